#!/bin/sh
# What the scripts of steps are written in. Every run has a directory of its own on the host, $RUN; $STEP is the step's
# number in it. What a step changes is kept there first, so that its undo puts back exactly that.
# shellcheck shell=sh

# Nothing may ask: there is nobody to answer, and no terminal to do it on.
export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true DEBIAN_PRIORITY=critical \
    APT_LISTCHANGES_FRONTEND=none APT_LISTBUGS_FRONTEND=none NEEDRESTART_SUSPEND=1 UCF_FORCE_CONFFOLD=1 \
    DPKG_FORCE=security-mac,downgrade,confdef,confold
umask 022
LOG=$RUN/log

host_environment() { # the locale of a login here: a unit of systemd has none
    LANG=$(setting LANG /etc/default/locale /etc/locale.conf /etc/environment)
    [ -n "$LANG" ] || LANG=C.UTF-8
    # What packages set up follows the host's language; messages, numbers and order stay those that scripts expect.
    unset LC_ALL LANGUAGE
    export LANG LC_MESSAGES=C LC_NUMERIC=C LC_COLLATE=C LC_TIME=C
}

tell() { # WORDS: an event of the run, for whoever follows it
    echo "@ $*" >>"$LOG"
}

put_file() { # PATH MODE [VALIDATOR...] <CONTENT: writes a file that is ours alone; see write_file
    path=$1 mode=$2
    shift 2
    write_file "$path" "$mode" any "$@"
}

edit_file() { # PATH CHECKSUM [VALIDATOR...] <CONTENT: a file that others write too, and only as it was when it was read
    path=$1 seen=$2
    shift 2
    write_file "$path" "" "$seen" "$@"
}

# Writes a file, with what was there kept for the undo. All or nothing: where anything fails, PATH is as it was.
# A link stays a link, and the file that it leads to is written. MODE empty: owner, mode, SELinux context and extended
# attributes stay as they are. CHECKSUM is the sha256 of what must be there, `absent`, or `any`. VALIDATOR is a command
# that gets the new file's path, under the same name elsewhere, and must end with 0.
write_file() { # PATH MODE CHECKSUM [VALIDATOR...] <CONTENT
    path=$1 mode=$2 seen=$3
    shift 3
    draft=$RUN/$STEP.new/${path##*/}
    mkdir -p "${path%/*}" "${draft%/*}" && cat >"$draft" || return 1
    real=$(file_behind "$path") && may_change "$real" && is_as_seen "$path" "$real" "$seen" || return 1
    if [ "$#" -gt 0 ] && ! "$@" "$draft"; then
        echo "$1 refuses the new $path: the old one stays"
        return 1
    fi
    keep_file "$path" "$real" "$seen" && is_as_seen "$path" "$real" "$seen" && put_in_place "$draft" "$real" "$mode"
}

file_behind() { # PATH: prints the file that it is or that its links lead to
    if [ -L "$1" ] && [ ! -e "$1" ]; then
        echo "$1 is a link to $(readlink "$1"), which does not exist: it stays as it is" >&2
    elif [ -e "$1" ] && [ ! -f "$1" ]; then
        echo "$1 is not a file: it stays as it is" >&2
    else
        readlink -f "$1"
        return
    fi
    return 1
}

may_change() { # PATH: whether nobody has made the file or its folder immutable
    for each in "$1" "${1%/*}"; do
        case $(lsattr -d "$each" 2>/dev/null | cut -d' ' -f1) in
        *[ai]*)
            echo "$each is immutable, or append-only: it stays as it is. If that is not meant: chattr -ia $each"
            return 1
            ;;
        esac
    done
}

checksum() { # PATH: the sha256 of its content
    if [ -e "$1" ]; then sha256sum <"$1" | cut -c1-64; else echo absent; fi
}

is_as_seen() { # PATH FILE CHECKSUM
    [ "$3" = any ] || [ "$(checksum "$2")" = "$3" ] || {
        echo "$1 has been changed since it was read: it stays as it is now. Run the same command again"
        return 1
    }
}

keep_file() { # PATH FILE CHECKSUM: keeps what is there for the undo; what others write too also beside itself
    kept=$RUN/$STEP.kept$1
    mkdir -p "${kept%/*}" && echo "$2" >"$kept.real" || return 1
    [ ! -e "$kept" ] && [ ! -e "$kept.absent" ] || return 0
    if [ ! -e "$2" ]; then
        : >"$kept.absent"
        return
    fi
    # A copy that was cut off must never be taken for the whole.
    cp -a "$2" "$kept.part" && mv "$kept.part" "$kept" || return 1
    [ "$3" = any ] || { copy=$(beside "$2") && cp -a "$2" "$copy" && mv -f "$copy" "$2.before-${RUN##*/}"; }
}

beside() { # FILE: makes an empty file in the same folder, for what is to take its place, and prints its path
    forget_beside "$1" && mktemp "${1%/*}/.gpuwright.${1##*/}.XXXXXX"
}

forget_beside() { # FILE: what a run that was cut off had not put in its place yet
    rm -f "${1%/*}/.gpuwright.${1##*/}."??????
}

put_in_place() { # DRAFT FILE MODE: by a rename, so that nobody ever sees half a file
    fresh=
    [ -e "$2" ] || fresh=yes
    new=$(beside "$2") || return 1
    if ! { fill_in "$1" "$2" "$3" && checksum "$new" >"$kept.wrote" && move_over "$new" "$2"; }; then
        [ ! -e "$new" ] || rm -f "$new" "$kept.wrote"
        return 1
    fi
    # A file that is made anew may get another SELinux context than its place asks for.
    [ -z "$fresh" ] || ! command -v restorecon >/dev/null || restorecon "$2"
}

fill_in() { # DRAFT FILE MODE: $new gets the draft's content, and everything else from the file if there is one
    if [ -e "$2" ]; then cp -a "$2" "$new"; else chmod 644 "$new"; fi && cat "$1" >"$new" &&
        if [ -n "$3" ]; then chmod "$3" "$new"; fi
}

move_over() { # NEW FILE: a complete file takes the place of another in the same folder
    flush "$1" && mv -f "$1" "$2" && flush "${2%/*}"
}

flush() { # PATH: its content, or its folder's names, are on the disk; an old sync flushes everything instead
    sync "$1" 2>/dev/null || sync
}

was_written() { # PATH: whether this step has changed it, and has not been undone
    [ -e "$RUN/$STEP.kept$1.wrote" ]
}

undo_file() { # PATH: puts back what was there, or removes the file
    kept=$RUN/$STEP.kept$1
    [ -e "$kept.real" ] || return 0
    real=$(cat "$kept.real")
    rm -f "$real.before-${RUN##*/}" && forget_beside "$real"
    was_written "$1" || return 0
    case $(checksum "$real") in
    # The third: the step was cut off before the new one was in its place.
    absent | "$(cat "$kept.wrote")" | "$(checksum "$kept")") ;;
    *)
        cp -a "$real" "$real.after-${RUN##*/}" || return 1
        echo "$1 has been changed since; that version is kept as $real.after-${RUN##*/}"
        ;;
    esac
    if [ -e "$kept" ]; then
        new=$(beside "$real") || return 1
        if ! { cp -a "$kept" "$new" && move_over "$new" "$real"; }; then
            rm -f "$new"
            return 1
        fi
    else
        rm -f "$real" && flush "${real%/*}" || return 1
    fi
    rm -f "$kept.wrote"
}

validate_docker() { # FILE
    if dockerd --help 2>/dev/null | grep -q -e --validate; then
        dockerd --validate --config-file "$1"
    else
        echo "this dockerd cannot validate a file, which came with 23.0: that it starts must do"
    fi
}

validate_containerd() { # FILE
    containerd --config "$1" config dump >/dev/null
}

# It must come up and answer, and its Kubernetes plugin load: one that is switched off has no line, and is nobody's error.
restart_containerd() {
    systemctl reset-failed containerd.service 2>/dev/null || true
    if systemctl restart containerd.service && timeout 60 ctr version >/dev/null &&
        ! timeout 60 ctr plugins ls | grep -E '^io.containerd.[a-z.]*v1 +(cri|runtime) .*error'; then return; fi
    journalctl -u containerd.service -n 20 -o cat --no-pager | grep -E 'level=(error|fatal)|failed' || true
    return 1
}

restart_crio() { # its unit is up when it says that it is ready
    systemctl reset-failed crio.service 2>/dev/null || true
    if systemctl restart crio.service; then return; fi
    journalctl -u crio.service -n 10 -o cat --no-pager || true
    return 1
}

restart_docker() { # docker must come up and answer
    systemctl reset-failed docker.service 2>/dev/null || true
    if systemctl restart docker.service && timeout 60 docker version --format '{{.Server.Version}}'; then return; fi
    journalctl -u docker.service -n 10 -o cat --no-pager || true
    return 1
}

reload_docker() { # the event comes only when docker has taken the file over; what it refuses is in its journal
    since=$(date +%s.%N)
    systemctl reload docker.service
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        timeout 10 docker events --since "$since" --until "$(date +%s.%N)" --filter type=daemon \
            --filter event=reload --format '{{.Action}}' | grep -q reload && return
        sleep 1
    done
    journalctl -u docker.service -n 10 -o cat --no-pager || true
    return 1
}

validate_kubelet_unit() { # PATH FILE: with FILE in the place of PATH systemd finds no fault with the unit that it has not now
    command -v systemd-analyze >/dev/null || return 0
    tree=$RUN/$STEP.unit
    rm -rf "$tree" && mkdir -p "$tree/kubelet.service.d" || return 1
    for each in $(systemctl show -p FragmentPath -p DropInPaths kubelet.service | cut -d= -f2-); do
        case $each in *.conf) cp "$each" "$tree/kubelet.service.d/" ;; *) cp "$each" "$tree/kubelet.service" ;; esac
    done
    kubelet_faults "$tree" >"$tree/now"
    case $1 in *.conf) cp "$2" "$tree/kubelet.service.d/${1##*/}" ;; *) cp "$2" "$tree/kubelet.service" ;; esac
    kubelet_faults "$tree" >"$tree/then"
    found=$(grep -vxF -f "$tree/now" "$tree/then" || true)
    rm -rf "$tree"
    [ -z "$found" ] || { echo "$found" && return 1; }
}

kubelet_faults() { # FOLDER: what systemd says of the unit in it, without numbers of lines
    SYSTEMD_LOG_LEVEL=warning systemd-analyze verify "$1/kubelet.service" 2>&1 | grep kubelet | sed 's/:[0-9][0-9]*:/:/' || true
}

kubelet_says() { # what one of the kubelet's two ports answers to the question for its health; fails where none does
    for port in 10248 10255; do
        if command -v curl >/dev/null; then
            curl -fsS -m 3 "http://127.0.0.1:$port/healthz" 2>/dev/null && return
        elif command -v wget >/dev/null; then
            wget -q -O - -T 3 -t 1 "http://127.0.0.1:$port/healthz" 2>/dev/null && return
        else
            # shellcheck disable=SC2016 # bash expands them
            timeout 3 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "GET /healthz HTTP/1.0\r\n\r\n" >&3 &&
                sed -n "\$p" <&3' "$port" 2>/dev/null && return
        fi
    done
    return 1
}

restart_kubelet() { # it must come up and be healthy within a minute; one that was stopped stays so
    if [ "$(systemctl is-active kubelet.service)" = inactive ]; then
        echo "the kubelet is stopped, and stays so"
        return
    fi
    systemctl reset-failed kubelet.service 2>/dev/null || true
    systemctl restart kubelet.service || return 1
    waited=0 down=0
    while [ "$waited" -lt 60 ] && [ "$down" -lt 3 ]; do
        sleep 1
        waited=$((waited + 1))
        if [ "$(systemctl is-active kubelet.service)" != active ]; then
            down=$((down + 1))
        elif [ "$(kubelet_says)" = ok ]; then
            return
        fi
    done
    journalctl -u kubelet.service -n 10 -o cat --no-pager || true
    echo "the kubelet did not come up healthy within $waited s"
    return 1
}

refresh_cdi() { # FILE: the CDI specification of the GPUs anew; what is not whole never takes the place of what is there
    case $1 in
    /var/run/cdi/*)
        : >"$RUN/$STEP.mark"
        systemctl reset-failed nvidia-cdi-refresh.service 2>/dev/null || true
        systemctl restart nvidia-cdi-refresh.service || true
        [ -n "$(find "$1" -newer "$RUN/$STEP.mark" 2>/dev/null)" ] || {
            journalctl -u nvidia-cdi-refresh.service -n 10 -o cat --no-pager || true
            echo "nvidia-cdi-refresh made no $1"
            return 1
        }
        ;;
    *)
        mkdir -p "$RUN/$STEP.cdi" && nvidia-ctk cdi generate --output="$RUN/$STEP.cdi/nvidia.yaml" || return 1
        put_file "$1" 644 <"$RUN/$STEP.cdi/nvidia.yaml" || return 1
        ;;
    esac
    # It says nothing by its status of what it found (nvidia-ctk 1.20.0, watched).
    nvidia-ctk cdi list 2>/dev/null | grep '^nvidia.com/gpu='
}

put_aside() { # FILE...: out of the way of whoever reads the folder, until put_back
    for each in "$@"; do
        [ -e "$each" ] || continue
        # Noted first, so that the undo knows it wherever this is cut off.
        echo "$each" >>"$RUN/$STEP.aside" && mv "$each" "$each.away-${RUN##*/}" || return 1
        echo "$each is now $each.away-${RUN##*/}"
    done
}

put_back() { # what put_aside took away
    [ -e "$RUN/$STEP.aside" ] || return 0
    while read -r each; do
        [ ! -e "$each.away-${RUN##*/}" ] || mv "$each.away-${RUN##*/}" "$each"
    done <"$RUN/$STEP.aside"
    rm -f "$RUN/$STEP.aside"
}

rebuild_initramfs() { # of every kernel here
    if command -v update-initramfs >/dev/null; then update-initramfs -u -k all; else dracut -f --regenerate-all; fi
}

build_driver() { # RELEASE: by DKMS; once more where it takes the module for installed, and the file is gone
    dkms autoinstall -k "$1" || true
    [ -z "$(find "/lib/modules/$1" -name 'nvidia*.ko*')" ] || return 0
    dkms status | sed -n 's|^\(nvidia[a-z0-9-]*\)[/, ]*\([0-9][0-9.]*\).*|\1 \2|p' | sort -u | while read -r name version; do
        dkms install --force -m "$name" -v "$version" -k "$1"
    done
}

unload_driver() { # as far as nothing uses it
    [ ! -d /run/systemd/system ] || systemctl stop nvidia-persistenced.service 2>/dev/null || true
    for module in nvidia_uvm nvidia_drm nvidia_modeset nvidia_peermem nvidia; do
        [ ! -d "/sys/module/$module" ] || modprobe -r "$module"
    done
}

load_driver() { # Debian's alternatives name it nvidia; without them it is nvidia-current
    modprobe nvidia || modprobe nvidia-current
}

host_environment
