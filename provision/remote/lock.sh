#!/bin/sh
# The lock of a host: one run at a time. Sourced with $RUN and $WHO set, and with the function `alive`.
# shellcheck shell=sh

LOCK=/run/gpuwright/lock

locked_start() { # COMMAND: takes the lock and runs COMMAND, which leaves the run alive; 75 when another run lives
    # The lock is a link to its owner's directory. It is stale when that run is no longer alive, so nobody has to
    # remove it; who looks, takes it over and starts the run does so under one flock, which the kernel gives back
    # whatever happens to us: of two that start in the same instant, the second sees the first one's run alive.
    mkdir -p "${LOCK%/*}"
    (
        flock -w 60 9 || {
            echo "@ locked somebody who has been starting a run for a minute"
            exit 75
        }
        owner=$(readlink "$LOCK")
        if [ -n "$owner" ] && [ "$owner" != "$RUN" ] && alive "$owner"; then
            echo "@ locked $(holder "$owner")"
            exit 75
        fi
        ln -sfn "$RUN" "$LOCK"
        "$1" 9>&-
    ) 9>"${LOCK%/*}/guard"
}

holder() { # RUN-DIRECTORY: who, since when, and at which step
    step=$(sed -n 's/^@ begin [0-9/]* //p' "$1/log" 2>/dev/null | tail -n 1)
    echo "$(cat "$1/who" 2>/dev/null || echo somebody), since $(date -u -r "$1/who" +'%Y-%m-%d %H:%M UTC' 2>/dev/null)," \
        "${step:+at the step: $step, }run ${1##*/}"
}

audit() { # WORDS: one line in the host's journal (or syslog), and in a file that lasts longer
    line="run ${RUN##*/} $*"
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $line" >>"${RUN%/*/*}/audit" 2>/dev/null || true
    logger -t gpuwright -p user.notice -- "$line" 2>/dev/null || true
}
