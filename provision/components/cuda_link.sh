#!/bin/sh
# Lets /usr/local/cuda lead to one of the toolkits beside it, by alternatives where they manage it. Part of a step's
# script, with $ROOT set, and the functions of lib.sh.
# shellcheck shell=sh disable=SC2154

LINK=/usr/local/cuda
MANAGED=/etc/alternatives/cuda

alternatives_of_cuda() { # ARGUMENTS
    if command -v update-alternatives >/dev/null; then update-alternatives "$@"; else alternatives "$@"; fi
}

point_link() {
    if [ -e "$LINK" ] && [ ! -L "$LINK" ]; then
        echo "$LINK is a folder and no link: it stays as it is"
        return 1
    fi
    [ -d "$ROOT" ] || { echo "there is no $ROOT: $LINK stays as it is" && return 1; }
    if [ "$(readlink "$LINK")" = "$MANAGED" ]; then
        readlink "$MANAGED" >"$RUN/$STEP.choice"
        ! LC_ALL=C alternatives_of_cuda --display cuda | grep -q -e 'auto mode' -e 'status is auto' || : >"$RUN/$STEP.auto"
        alternatives_of_cuda --set cuda "$ROOT"
    else
        [ ! -L "$LINK" ] || readlink "$LINK" >"$RUN/$STEP.link"
        lead "${ROOT##*/}"
    fi
    [ "$(readlink -f "$LINK")" = "$(readlink -f "$ROOT")" ]
}

lead() { # TARGET: by a rename, so that the link is never missing; what was cut off before it is made anew
    : >"$RUN/$STEP.made"
    ln -sfn "$1" "$LINK.gpuwright"
    mv -fT "$LINK.gpuwright" "$LINK"
}

undo_link() {
    if [ -e "$RUN/$STEP.auto" ]; then
        alternatives_of_cuda --auto cuda
    elif [ -s "$RUN/$STEP.choice" ]; then
        alternatives_of_cuda --set cuda "$(cat "$RUN/$STEP.choice")"
    elif [ -e "$RUN/$STEP.made" ]; then
        rm -f "$LINK.gpuwright"
        if [ -s "$RUN/$STEP.link" ]; then lead "$(cat "$RUN/$STEP.link")"; else rm -f "$LINK"; fi
    fi
}
