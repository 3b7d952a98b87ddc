# Renders nvidia-smi's answers. Input: "field=value" lines, one block per GPU, each begun by "@ INDEX".
# Variables: form (table, list, csv, query, xml), driver, nvml, cuda, branch, now, dir; csv: ask, header, units.
function value(n, field) { return (n SUBSEP field) in v ? v[n, field] : "[N/A]" }
function plain(n, field,   s) { s = value(n, field); gsub(/^\[|\]$/, "", s); return s }
function number(n, field,   s) { s = value(n, field); sub(/[. ].*/, "", s); return s }
function left(s, w) { return sprintf("%-" w "." w "s", s) }
function short(s, w) { return length(s) > w ? substr(s, 1, w - 3) "..." : s }
function escaped(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); return s }

$1 == "@" { count++; index_of[count] = $2; next }
{ at = index($0, "="); v[count, substr($0, 1, at - 1)] = substr($0, at + 1) }

# The layouts: 535 and before (87 wide), 545 and later (89 wide, larger memory column).
function table(   wide, n, line, mem, mw) {
    wide = branch >= 545
    line = wide ? "-----------------------------------------+------------------------+----------------------" : "-----------------------------------------+----------------------+----------------------"
    print left(now, 31)
    print "+" (wide ? dashes(89, "-") : dashes(87, "-")) "+"
    printf "| NVIDIA-SMI %s             Driver Version: %s%sCUDA Version: %s|\n", left(driver, 10), left(driver, 10), wide ? "     " : "   ", left(cuda, 9)
    print (branch >= 590 ? "+" : "|") line (branch >= 590 ? "+" : "+")
    if (wide) {
        print "| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |"
        print "| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |"
        print "|                                         |                        |               MIG M. |"
        print "|=========================================+========================+======================|"
    } else {
        print "| GPU  Name                 Persistence-M | Bus-Id        Disp.A | Volatile Uncorr. ECC |"
        print "| Fan  Temp   Perf          Pwr:Usage/Cap |         Memory-Usage | GPU-Util  Compute M. |"
        print "|                                         |                      |               MIG M. |"
        print "|=========================================+======================+======================|"
    }
    for (n = 1; n <= count; n++) {
        printf "| %3d  %s   %s |%s%16s Off | %20s |\n", index_of[n], left(short(value(n, "name"), 27), 27), value(n, "persistence_mode") == "Enabled" ? " On " : " Off", wide ? "   " : " ", value(n, "pci.bus_id"), value(n, "ecc.mode.current") == "Enabled" ? value(n, "ecc.errors.uncorrected.volatile.total") : "N/A"
        mw = wide ? 6 : 5
        mem = sprintf(" %" mw "dMiB / %" mw "dMiB", number(n, "memory.used"), number(n, "memory.total"))
        printf "| N/A  %3dC  %4s %s |%s |    %3d%%   %10s |\n", number(n, "temperature.gpu"), value(n, "pstate"), wide ? sprintf("           %3dW / %4dW", number(n, "power.draw"), number(n, "power.limit")) : sprintf("            %3dW / %3dW", number(n, "power.draw"), number(n, "power.limit")), " " mem, number(n, "utilization.gpu"), value(n, "compute_mode")
        printf "|                                         |%s| %20s |\n", wide ? "                        " : "                      ", plain(n, "mig.mode.current")
        print "+" line "+"
    }
    print wide ? dashes(91, " ") : dashes(89, " ")
    print "+" dashes(wide ? 89 : 87, "-") "+"
    print left("| Processes:", wide ? 90 : 88) "|"
    if (wide) {
        print "|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |"
        print "|        ID   ID                                                               Usage      |"
    } else {
        print "|  GPU   GI   CI        PID   Type   Process name                            GPU Memory |"
        print "|        ID   ID                                                             Usage      |"
    }
    print "|" dashes(wide ? 89 : 87, "=") "|"
    print left("|  No running processes found", wide ? 90 : 88) "|"
    print "+" dashes(wide ? 89 : 87, "-") "+"
}
function dashes(n, c,   s) { s = sprintf("%" n "s", ""); gsub(/ /, c, s); return s }

function csv(   n, i, fields, asked, unit, alias, line, name, cell) {
    while ((getline line < (dir "/fields")) > 0) { split(line, cell, " "); unit[cell[1]] = cell[2]; known[cell[1]] = 1 }
    while ((getline line < (dir "/aliases")) > 0) { split(line, cell, " "); alias[cell[1]] = cell[2] }
    asked = split(ask, fields, ",")
    for (i = 1; i <= asked; i++) {
        gsub(/^ +| +$/, "", fields[i])
        if (fields[i] in alias) fields[i] = alias[fields[i]]
        if (!(fields[i] in known) || index(" " absent " ", " " fields[i] " ")) {
            printf "Field \"%s\" is not a valid field to query.\n\n", fields[i]
            exit 2
        }
    }
    if (header) {
        line = ""
        for (i = 1; i <= asked; i++) line = line (i > 1 ? ", " : "") fields[i] (unit[fields[i]] == "" ? "" : " " unit[fields[i]])
        print line
    }
    for (n = 1; n <= count; n++) {
        line = ""
        for (i = 1; i <= asked; i++) {
            cell[1] = value(n, fields[i])
            if (!units && unit[fields[i]] != "") sub(/ [^ ]+$/, "", cell[1])
            line = line (i > 1 ? ", " : "") cell[1]
        }
        print line
    }
}

# The template is of 590; what drivers before do not print is left out (branches by the release notes of NVML).
function newer(line) {
    return (branch < 570 && line ~ /^    GPU Recovery Action/) || (branch < 590 && line ~ /^        (Channel Repair|TPC Repair|Unrepairable)/)
}
function query(   n, line, field) {
    print "\n==============NVSMI LOG==============\n"
    printf "%-55s: %s\n", "Timestamp", now
    printf "%-55s: %s\n", "Driver Version", driver
    printf "%-55s: %s\n\n", "CUDA Version", cuda
    printf "%-55s: %s\n", "Attached GPUs", count
    for (n = 1; n <= count; n++) {
        while ((getline line < (dir "/query")) > 0) {
            while (match(line, /\{[A-Za-z_.]+\}/)) {
                field = substr(line, RSTART + 1, RLENGTH - 2)
                line = substr(line, 1, RSTART - 1) plain(n, field) substr(line, RSTART + RLENGTH)
            }
            if (!newer(line)) print line
        }
        close(dir "/query")
        print ""
    }
}

# Derived: no capture of -q -x was to be had; the elements are those of NVIDIA's published nvsmi_device DTD.
function xml(   n) {
    print "<?xml version=\"1.0\" ?>"
    print "<!DOCTYPE nvidia_smi_log SYSTEM \"nvsmi_device_v12.dtd\">"
    print "<nvidia_smi_log>"
    printf "\t<timestamp>%s</timestamp>\n\t<driver_version>%s</driver_version>\n\t<cuda_version>%s</cuda_version>\n\t<attached_gpus>%d</attached_gpus>\n", now, driver, cuda, count
    for (n = 1; n <= count; n++) {
        printf "\t<gpu id=\"%s\">\n", value(n, "pci.bus_id")
        element(n, 2, "product_name", "name"); element(n, 2, "product_architecture", "lab.architecture")
        element(n, 2, "persistence_mode", "persistence_mode")
        print "\t\t<mig_mode>"; element(n, 3, "current_mig", "mig.mode.current"); element(n, 3, "pending_mig", "mig.mode.pending"); print "\t\t</mig_mode>"
        element(n, 2, "serial", "serial"); element(n, 2, "uuid", "uuid"); element(n, 2, "minor_number", "lab.minor")
        element(n, 2, "vbios_version", "vbios_version"); element(n, 2, "gsp_firmware_version", "lab.gsp")
        print "\t\t<pci>"; element(n, 3, "pci_bus", "pci.bus"); element(n, 3, "pci_device", "pci.device"); element(n, 3, "pci_domain", "pci.domain")
        element(n, 3, "pci_device_id", "pci.device_id"); element(n, 3, "pci_bus_id", "pci.bus_id"); element(n, 3, "pci_sub_system_id", "pci.sub_device_id"); print "\t\t</pci>"
        element(n, 2, "fan_speed", "fan.speed"); element(n, 2, "performance_state", "pstate")
        print "\t\t<fb_memory_usage>"; element(n, 3, "total", "memory.total"); element(n, 3, "reserved", "memory.reserved"); element(n, 3, "used", "memory.used"); element(n, 3, "free", "memory.free"); print "\t\t</fb_memory_usage>"
        element(n, 2, "compute_mode", "compute_mode")
        print "\t\t<ecc_mode>"; element(n, 3, "current_ecc", "ecc.mode.current"); element(n, 3, "pending_ecc", "ecc.mode.pending"); print "\t\t</ecc_mode>"
        print "\t\t<processes>\n\t\t</processes>\n\t</gpu>"
    }
    print "</nvidia_smi_log>"
}
function element(n, depth, tag, field) { printf "%s<%s>%s</%s>\n", dashes(depth, "\t"), tag, escaped(plain(n, field)), tag }

END {
    if (form == "table") table()
    if (form == "list") for (n = 1; n <= count; n++) printf "GPU %d: %s (UUID: %s)\n", index_of[n], value(n, "name"), value(n, "uuid")
    if (form == "csv") csv()
    if (form == "query") query()
    if (form == "xml") xml()
}
