#!/bin/sh
# What the scripts of steps are written in. Every run has a directory of its own on the host, $RUN; $STEP is the step's
# number in it. What a step changes is kept there first, so that its undo puts back exactly that.
# shellcheck shell=sh

export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1
umask 022

apt() { # ARGUMENTS: apt-get that asks nothing, keeps edited configuration files, and waits for another one's lock
    apt-get -y -q -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

packages() { # every package that is at least unpacked
    dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' |
        sed -n -e '/^not-installed /d' -e '/^config-files /d' -e 's/^[^ ]* //p' | sort
}

install_packages() { # NAMES
    [ -e "$RUN/$STEP.before" ] || packages >"$RUN/$STEP.before"
    apt install --no-install-recommends "$@"
}

undo_packages() { # purges what came with this step and was not there before
    [ -e "$RUN/$STEP.before" ] || return 0
    packages >"$RUN/$STEP.now"
    new=$(comm -13 "$RUN/$STEP.before" "$RUN/$STEP.now")
    [ -n "$new" ] || return 0
    dpkg --configure -a || true
    # shellcheck disable=SC2086 # names of packages, one word each
    apt purge $new
}

put_file() { # PATH MODE <CONTENT: writes it, with what was there kept for the undo
    kept=$RUN/$STEP.kept$1
    if [ ! -e "$kept" ] && [ ! -e "$kept.absent" ]; then
        mkdir -p "${kept%/*}"
        if [ -e "$1" ]; then cp -a "$1" "$kept"; else : >"$kept.absent"; fi
    fi
    mkdir -p "${1%/*}"
    new=$(mktemp "$1.XXXXXX")
    cat >"$new"
    chmod "$2" "$new"
    mv "$new" "$1"
}

undo_file() { # PATH: puts back what was there, or removes the file
    kept=$RUN/$STEP.kept$1
    if [ -e "$kept" ]; then
        cp -a "$kept" "$1"
    elif [ -e "$kept.absent" ]; then
        rm -f "$1"
    fi
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
