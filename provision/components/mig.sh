#!/bin/sh
# Made by gpuwright. Divides the GPUs (MIG) as a file says, each line: ADDRESS off, or ADDRESS on PROFILE...
# Does nothing where they are divided so already; ends no program: what a GPU is in use for stays. Status 75: the change
# of the mode waits for a reset of a GPU that is in use.
set -eu
LC_ALL=C
export LC_ALL
layout=${1:-/etc/gpuwright/mig}
stopped=
waiting=

mode() { # ADDRESS: Enabled or Disabled
    nvidia-smi -i "$1" --query-gpu=mig.mode.current --format=csv,noheader
}

devices() { # ADDRESS: the profiles of its MIG devices, sorted, in one line
    uuid=$(nvidia-smi -i "$1" --query-gpu=uuid --format=csv,noheader)
    nvidia-smi -L | awk -v uuid="$uuid" '
        /^GPU / { ours = index($0, "(UUID: " uuid ")") }
        ours && $1 == "MIG" { print $2 }' | sort | tr '\n' ' '
}

instances() { # ADDRESS: whether it has any
    nvidia-smi mig -i "$1" -lgi 2>/dev/null | grep -q ' MIG '
}

# Daemons that watch the GPUs hold them, and do no work of anybody; they come back in any case.
make_quiet() {
    for unit in nvsm nvidia-dcgm-exporter nvidia-dcgm dcgm nvidia-persistenced; do
        systemctl is-active -q "$unit.service" 2>/dev/null || continue
        systemctl stop "$unit.service" && stopped="$unit.service $stopped"
    done
}

bring_back() {
    # Without waiting: at boot this is ordered before some of them.
    for unit in $stopped; do systemctl --no-block start "$unit" || true; done
}
trap bring_back EXIT

clear_instances() { # ADDRESS
    instances "$1" || return 0
    nvidia-smi mig -i "$1" -dci >/dev/null || true # none is left of those that failed half way
    nvidia-smi mig -i "$1" -dgi
}

set_mode() { # ADDRESS WORD 0|1
    [ "$(mode "$1")" != "$2" ] || return 0
    [ -n "$stopped" ] || make_quiet
    [ "$3" = 1 ] || clear_instances "$1"
    nvidia-smi -i "$1" -mig "$3" || true
    [ "$(mode "$1")" = "$2" ] || nvidia-smi -i "$1" --gpu-reset || true
    [ "$(mode "$1")" != "$2" ] || return 0
    echo "GPU $1: the change of the MIG mode waits for a reset: something uses the GPU"
    waiting=yes
    return 1
}

divide() { # ADDRESS PROFILE...
    address=$1
    shift
    wanted=$(for profile; do echo "$profile"; done | sort | tr '\n' ' ')
    if [ "$(devices "$address")" != "$wanted" ] || { [ -z "$wanted" ] && instances "$address"; }; then
        clear_instances "$address"
        list=$(echo "$*" | tr ' ' ',')
        [ -z "$list" ] || nvidia-smi mig -i "$address" -cgi "$list" -C
    fi
    got=$(devices "$address")
    [ "$got" = "$wanted" ] || {
        echo "GPU $address is divided into ${got:-nothing }and not into $wanted"
        return 1
    }
}

while read -r address word profiles; do
    case $word in
    off) set_mode "$address" Disabled 0 || continue ;;
    on)
        set_mode "$address" Enabled 1 || continue
        # shellcheck disable=SC2086 # a list of profiles
        divide "$address" $profiles
        ;;
    esac
done <"$layout"
# What containers are told of the GPUs is made anew; without waiting, as it comes after this at boot.
! systemctl is-enabled -q nvidia-cdi-refresh.service 2>/dev/null ||
    systemctl --no-block restart nvidia-cdi-refresh.service || true
[ -z "$waiting" ] || exit 75
