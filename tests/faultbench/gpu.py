"""Faults of the GPUs as nvidia-smi tells them."""

from __future__ import annotations

from tests.alter import Alter, append, edit, put
from tests.faultbench.fault import Fault
from tests.faultbench.twin import twin

MAN = "nvidia-smi(1), RETURN VALUE"
QUERY = "nvidia-smi -q; field of nvidia_gpu_exporter's captures"
BUS = "00000000:3B:00.0"


def said(key: str, value: str, *, old: str = r".*") -> Alter:
    """One field of `nvidia-smi -q`, at its first place."""
    return edit("smi", rf"^( +{key}): {old}$", rf"\1: {value}", count=1)


def reported(key: str, value: str) -> Alter:
    """A field that the healthy host's driver (535) does not print yet."""
    return edit("smi", r"^ VBIOS Version: .*$", rf"\g<0>\n {key}: {value}")


def repair(key: str) -> Alter:
    """One of the repairs that drivers tell of from 590 on."""
    fields = {"Channel Repair Pending": "No", "TPC Repair Pending": "No", "Unrepairable Memory": "No", key: "Yes"}
    lines = "".join(f"\n  {name}: {value}" for name, value in fields.items())
    return edit("smi", r"^   SRAM Threshold Exceeded: .*$", rf"\g<0>{lines}")


def failing(status: int, text: str) -> tuple[Alter, ...]:
    return (put("smi", f"pid 4711\n{text}\n", status),)


STATUSES = (
    Fault(
        "nvidia-smi is a wrapper that knows no -q",
        MAN,
        "nvidia_smi",
        failing(2, "ERROR: Option -q is not recognized. Please run 'nvidia-smi -h'."),
        says="status 2",
    ),
    Fault(
        "device nodes of root alone",
        f"{MAN}; NVIDIA/cloud-native-docs troubleshooting",
        "nvidia_smi",
        failing(4, "Failed to initialize NVML: Insufficient Permissions"),
        says="not permitted",
    ),
    Fault(
        "no GPU found", f"{MAN}; peers' texts", "nvidia_smi", failing(6, "No devices were found"), says="finds no GPU"
    ),
    Fault(
        "power cables not attached",
        MAN,
        "nvidia_smi",
        failing(8, "Unable to determine the device handle for GPU 0000:3B:00.0: Insufficient External Power"),
        says="power cables",
    ),
    Fault(
        "driver said not to be loaded",
        MAN,
        "nvidia_smi",
        failing(9, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."),
        says="the driver is not loaded",
    ),
    Fault(
        "interrupts do not arrive",
        MAN,
        "nvidia_smi",
        failing(10, "Unable to determine the device handle: IRQ Issue"),
        says="interrupts",
    ),
    Fault(
        "libnvidia-ml not found",
        MAN,
        "nvidia_smi",
        failing(12, "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system."),
        says="ldconfig -p",
    ),
    Fault(
        "libnvidia-ml of another version lacks a function",
        MAN,
        "nvidia_smi",
        failing(13, "Function Not Found"),
        says="lacks a function",
    ),
    Fault(
        "infoROM corrupted, and nvidia-smi stops",
        f"{MAN}; Azure NHC2008",
        "nvidia_smi",
        failing(14, "WARNING: infoROM is corrupted at gpu 0000:3B:00.0"),
        says="infoROM",
    ),
    Fault(
        "GPU inaccessible",
        MAN,
        "nvidia_smi",
        failing(15, "Unable to determine the device handle: GPU is lost."),
        says="fallen off the bus",
    ),
    Fault(
        "nvidia-smi crashes",
        "signal 11 by sh's convention",
        "nvidia_smi",
        failing(139, "Segmentation fault"),
        says="segmentation fault",
    ),
    Fault("nvidia-smi aborts", "signal 6 by sh's convention", "nvidia_smi", failing(134, "Aborted"), says="abort"),
    Fault(
        "nvidia-smi cannot be executed",
        "status 126 by sh's convention",
        "nvidia_smi",
        failing(126, "/usr/bin/nvidia-smi: Permission denied"),
        says="126",
    ),
    Fault("a status that the manual lacks", MAN, "nvidia_smi", failing(77, "?"), says="77"),
    Fault(
        "nvidia-smi hangs",
        "mej/nhc issue 95; gpud's blocked processes",
        "nvidia_smi",
        (put("smi", "pid 4711\n", None),),
        says="stuck",
    ),
    Fault(
        "an older nvidia-smi hangs",
        "pando85/homelab issue 4110",
        "nvidia_smi",
        (put("smi", "stuck 4711 4712\n", 99),),
        says="4711",
    ),
    Fault(
        "nvidia-smi prints garbage",
        "truncated pipes",
        "nvidia_smi",
        (put("smi", "pid 1\n\x1b[31m\x00\ufffd{{{\n"),),
        says="no list of GPUs",
        verdict="unknown",
    ),
    Fault(
        "nvidia-smi speaks another language",
        "a wrapper with messages of its own",
        "nvidia_smi",
        (put("smi", "pid 1\nTreiberversion: 535.309.01\nAngeschlossene GPUs: 1\nGrafikprozessor 00000000:3B:00.0\n"),),
        says="no list of GPUs",
        verdict="unknown",
    ),
    Fault(
        "nvidia-smi is cut short in the middle",
        "a full disk; a dropped connection",
        "nvidia_smi",
        (edit("smi", r"^  Volatile\n(.*\n)*", "  Volat"),),
        says="cut short",
        verdict="unknown",
    ),
    Fault(
        "nvidia-smi announces more GPUs than it prints",
        "a crash between two GPUs",
        "nvidia_smi",
        (edit("smi", r"^Attached GPUs: 1$", "Attached GPUs: 2"),),
        says="announces 2",
        verdict="unknown",
    ),
)

CELLS = (
    Fault(
        "GPU lost, and still listed",
        "gpud pkg/nvidia/errors: gpu is lost",
        "gpu_answers",
        (said("Performance State", "GPU is lost"),),
        says="GPU is lost",
    ),
    Fault(
        "GPU requires a reset",
        "gpud pkg/nvidia/errors: gpu requires reset",
        "gpu_answers",
        (said("Compute Mode", "[GPU requires reset]"),),
        says="requires reset",
    ),
    Fault(
        "Unknown Error in a field",
        "open-gpu-kernel-modules issue 446",
        "gpu_answers",
        (said("GPU Current Temp", "Unknown Error"),),
        says="Unknown Error",
    ),
    Fault(
        "recovery: reset",
        "NVML_FI_DEV_GET_GPU_RECOVERY_ACTION",
        "gpu_recovery",
        (reported("GPU Recovery Action", "Reset"),),
        says="nvidia-smi -r",
    ),
    Fault(
        "recovery: reboot",
        "NVML_FI_DEV_GET_GPU_RECOVERY_ACTION",
        "gpu_recovery",
        (reported("GPU Recovery Action", "Reboot"),),
        says="reboot it",
    ),
    Fault(
        "recovery: drain P2P",
        "NVML_FI_DEV_GET_GPU_RECOVERY_ACTION",
        "gpu_recovery",
        (reported("GPU Recovery Action", "Drain P2P"),),
        says="together with others",
    ),
    Fault(
        "recovery: drain and reset",
        "NVML_FI_DEV_GET_GPU_RECOVERY_ACTION",
        "gpu_recovery",
        (reported("GPU Recovery Action", "Drain and Reset"),),
        says="no new work",
    ),
    Fault(
        "infoROM corrupted, and nvidia-smi goes on",
        "Azure NHC2008; DCGM FR 9",
        "inforom",
        (append("smi", "WARNING: infoROM is corrupted at gpu 0000:3B:00.0\n"),),
        says="infoROM",
    ),
)

MEMORY = (
    Fault(
        "ECC change waits for a reset",
        "DCGM FR_ECC_PENDING",
        "ecc_mode",
        (
            edit(
                "smi",
                r"^ ECC Mode\n  Current: Enabled\n  Pending: Enabled",
                " ECC Mode\n  Current: Enabled\n  Pending: Disabled",
            ),
        ),
        says="becomes disabled",
        verdict="warn",
    ),
    Fault(
        "ECC off",
        "imbue cluster-health; DCGM FR_ECC_DISABLED",
        "ecc_mode",
        (
            edit(
                "smi",
                r"^ ECC Mode\n  Current: Enabled\n  Pending: Enabled",
                " ECC Mode\n  Current: Disabled\n  Pending: Disabled",
            ),
        ),
        says="-e 1",
        verdict="warn",
    ),
    Fault(
        "uncorrected error in DRAM",
        "DCGM: drain and reset; Azure NHC2019",
        "ecc_uncorrected",
        (said("DRAM Uncorrectable", "1"),),
        says="1 uncorrected",
    ),
    Fault(
        "uncorrected error in SRAM",
        "Azure NHC2019",
        "ecc_uncorrected",
        (said("SRAM Uncorrectable SEC-DED", "2"),),
        says="2 uncorrected",
    ),
    Fault(
        "SRAM errors beyond the threshold",
        "NVML SRAM threshold flag",
        "ecc_uncorrected",
        (said("SRAM Threshold Exceeded", "Yes"),),
        says="replaced",
    ),
    Fault(
        "five uncorrected SRAM errors in its life",
        "Stas Bekman, Debugging NVIDIA GPUs",
        "ecc_uncorrected",
        (edit("smi", r"(  Aggregate\n   SRAM Correctable: 0\n   SRAM Uncorrectable Parity: )0", r"\g<1>5"),),
        says="5 in its life",
    ),
    Fault(
        "uncorrected errors, as drivers before 450 print them (derived)",
        "nvidia-smi -q of driver 375",
        "ecc_uncorrected",
        (
            edit(
                "smi",
                r"^  Volatile\n(   .*\n)*",
                "  Volatile\n   Single Bit\n    Total: 3\n   Double Bit\n    Total: 1\n",
            ),
        ),
        says="1 uncorrected",
    ),
    Fault(
        "very many corrected errors in DRAM",
        "azurehpc-health-checks, H100 configuration",
        "ecc_corrected",
        (said("DRAM Correctable", "20000001"),),
        says="20000001",
        verdict="warn",
    ),
    Fault(
        "very many corrected errors in SRAM",
        "azurehpc-health-checks, H100 configuration",
        "ecc_corrected",
        (said("SRAM Correctable", "10001"),),
        says="dcgmi diag",
        verdict="warn",
    ),
    Fault(
        "page waits to be retired (derived)",
        "deepops: retired_pages.pending",
        "retired_pages",
        (
            edit(
                "smi",
                r"^( Retired Pages)\n(  .*\n)*",
                "\\1\n  Single Bit ECC: 0\n  Double Bit ECC: 1\n  Pending: Yes\n",
            ),
        ),
        says="waits to be retired",
        verdict="warn",
    ),
    Fault(
        "table of retired pages nearly full (derived)",
        "Azure NHC2018; Dynamic Page Retirement",
        "retired_pages",
        (
            edit(
                "smi",
                r"^( Retired Pages)\n(  .*\n)*",
                "\\1\n  Single Bit ECC: 58\n  Double Bit ECC: 3\n  Pending Page Blacklist: No\n",
            ),
        ),
        says="61 retired",
    ),
    Fault(
        "row waits to be remapped",
        "gpud remapped-rows; Azure NHC2007",
        "remapped_rows",
        (edit("smi", r"(Uncorrectable Error: )0\n  Pending: No", "\\g<1>1\n  Pending: Yes"),),
        says="waits to be remapped",
        verdict="warn",
    ),
    Fault(
        "row could not be remapped",
        "GPU Memory Error Management: RMA criterion",
        "remapped_rows",
        (said("Remapping Failure Occurred", "Yes"),),
        says="replaced",
    ),
    Fault(
        "memory beyond repair",
        "field of driver 590",
        "memory_repair",
        (repair("Unrepairable Memory"),),
        says="replaced",
    ),
    Fault(
        "channel repair pending",
        "field of driver 590",
        "memory_repair",
        (repair("Channel Repair Pending"),),
        says="Channel",
        verdict="warn",
    ),
    Fault(
        "memory held by nobody",
        "gcm check mem_usage",
        "gpu_memory_held",
        (edit("smi", r"(FB Memory Usage\n.*\n.*\n  Used): 0 MiB", r"\1: 61234 MiB"),),
        says="61234 MiB",
        verdict="warn",
    ),
    Fault(
        "process of another namespace",
        "nvidia-smi prints [Not Found]",
        "gpu_memory_held",
        (
            edit(
                "smi",
                r"^ Processes: None",
                " Processes\n  Process ID: 31337\n   Type: C\n   Name: [Not Found]\n   Used GPU Memory: 900 MiB",
            ),
        ),
        says="31337",
        verdict="warn",
    ),
)

SPEED = (
    Fault(
        "heat slows the hardware down",
        "Azure NHC; clocks_event_reasons 0x40",
        "clocks_slowed",
        (
            edit(
                "smi",
                r"HW Slowdown: Not Active\n   HW Thermal Slowdown: Not Active",
                "HW Slowdown: Active\n   HW Thermal Slowdown: Active",
            ),
        ),
        says="HW Thermal Slowdown",
    ),
    Fault(
        "power brake",
        "clocks_event_reasons 0x80",
        "clocks_slowed",
        (edit("smi", r"HW Power Brake Slowdown: Not Active", "HW Power Brake Slowdown: Active"),),
        says="power supplies",
    ),
    Fault(
        "slowed down, and an old driver says no more (derived)",
        "nvidia-smi -q of driver 375",
        "clocks_slowed",
        (
            edit(
                "smi",
                r"^ Clocks Event Reasons\n(  .*\n)*",
                " Clocks Throttle Reasons\n  Idle: Not Active\n  HW Slowdown: Active\n  Unknown: Not Active\n",
            ),
        ),
        says="HW Slowdown",
    ),
    Fault(
        "driver lowers clocks for heat",
        "clocks_event_reasons 0x20",
        "clocks_slowed",
        (said("SW Thermal Slowdown", "Active"),),
        says="SW Thermal",
        verdict="warn",
    ),
    Fault(
        "as hot as the limit",
        "gpud: margin to slowdown",
        "gpu_temperature",
        (said("GPU T.Limit Temp", "-3 C"),),
        says="so hot",
    ),
    Fault(
        "three degrees below the limit, old form",
        "field of captures of GeForce",
        "gpu_temperature",
        (
            edit(
                "smi",
                r"  GPU T.Limit Temp: .*\n(.*\n)  GPU Slowdown T.Limit Temp: .*",
                "  GPU T.Limit Temp: N/A\n\\1  GPU Slowdown Temp: 44 C",
            ),
        ),
        says="3 C below",
        verdict="warn",
    ),
    Fault(
        "power limit lowered",
        "DCGM FR 11",
        "power_limit",
        (said("Current Power Limit", "200.00 W"),),
        says="-pl 300",
        verdict="warn",
    ),
    Fault("compute prohibited", "nvidia-smi -c 2", "compute_mode", (said("Compute Mode", "Prohibited"),), says="-c 0"),
    Fault(
        "MIG change waits",
        "mig-parted issue 181",
        "mig_mode",
        (edit("smi", r"^( MIG Mode\n  Current: Disabled\n  Pending): Disabled", r"\1: Enabled"),),
        says="becomes enabled",
        verdict="warn",
    ),
)


TWINS = (
    Fault(
        "persistence off with several GPUs",
        "DCGM FR 29; nvidia-docker issue 723",
        "persistence",
        twin(said("Persistence Mode", "Disabled")),
        says="-pm 1",
        verdict="warn",
    ),
    Fault(
        "MIG on one of two",
        "k8s-device-plugin: mixed strategy",
        "mig_mode",
        twin(edit("smi", r"^( MIG Mode)\n.*\n.*\n", "\\1\n  Current: Enabled\n  Pending: Enabled\n")),
        says="on for some",
        verdict="warn",
    ),
    Fault(
        "two VBIOS versions",
        "Azure NHC, gcm, imbue: VBIOS uniform",
        "vbios_uniform",
        twin(said("VBIOS Version", "92.00.45.00.03")),
        says="92.00.45.00.03",
        verdict="warn",
    ),
    Fault("one of two GPUs is not listed", "NVSentinel issue 684", "nvidia_smi", twin()[:2], says="does not list"),
)

FAULTS = (*STATUSES, *CELLS, *MEMORY, *SPEED, *TWINS)
