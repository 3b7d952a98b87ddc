#!/bin/sh
# Packages that a step takes away: exactly those that were shown, each kept for the undo first, as replaced.sh does it.
# shellcheck shell=sh

remove_packages() { # NAMES: with their configuration; none of them where something else here needs one
    mend_packages
    note_packages || return 1
    printf '%s\n' "$@" >"$RUN/$STEP.names"
    keep_these <"$RUN/$STEP.names" || return 1
    failed=0
    if by_apt; then
        dpkg --simulate --purge "$@" >/dev/null && dpkg --purge --force-hold "$@" || failed=$?
    else
        rpm -e --test "$@" && rpm -e "$@" || failed=$?
    fi
    note_what_came
    return "$failed"
}
