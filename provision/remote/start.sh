#!/bin/sh
# Starts the runner of a run, detached from whoever started it. Sourced with $RUN, $UNIT and $WHO set, after lock.sh.
# shellcheck shell=sh disable=SC2154

reserve() { # room for what is said and undone when the disk has filled up meanwhile; the runner gives it back
    blocks=16
    # dpkg writes its list of packages anew for each change: twice that, where it lies on the same file system.
    [ "$(stat -c %d "$RUN")" != "$(stat -c %d /var/lib/dpkg 2>/dev/null)" ] ||
        blocks=$((blocks + $(wc -c </var/lib/dpkg/status 2>/dev/null || echo 0) / 32768))
    dd if=/dev/zero of="$RUN/reserve" bs=65536 count="$blocks" 2>/dev/null
}

begin() { # what is done under the lock
    audit "by $(cat "$RUN/who") (on the host: ${SUDO_USER:-$(id -un)}): $(cat "$RUN"/*.title | tr '\n' ';')"
    launch
}

launch() { # leaves the run alive, or fails
    if [ ! -d /run/systemd/system ]; then
        # shellcheck disable=SC2016 # the inner shell expands them
        setsid sh -c 'echo "$$ $(cat /proc/sys/kernel/random/boot_id)" >"$RUN/pid"; exec sh "$RUN/runner.sh" "$RUN"' \
            </dev/null >/dev/null 2>&1 &
        tries=0
        while [ ! -s "$RUN/pid" ] && [ "$tries" -lt 50 ]; do
            sleep 0.1
            tries=$((tries + 1))
        done
        [ -s "$RUN/pid" ]
        return
    fi
    # shellcheck disable=SC2046 # options, one word each
    systemd_run $(unit_options "$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')") || systemd_run
}

systemd_run() { # OPTIONS
    said=$(systemd-run --unit="$UNIT" --description="gpuwright run" "$@" /bin/sh "$RUN/runner.sh" "$RUN" 2>&1) || {
        echo "$said" >&2
        return 1
    }
}

unit_options() { # VERSION of systemd: what a run wants of its unit, as far as that version knows it
    version=${1:-0}
    # A run that was killed must not stay behind as a failed unit.
    [ "$version" -lt 236 ] || echo --collect
    # When the host shuts down, the step in flight gets ten minutes to end.
    [ "$version" -lt 240 ] || printf '%s\n' --property=KillMode=mixed --property=TimeoutStopSec=600
    # A compiler that runs out of memory fails its step; it does not take dpkg with it.
    [ "$version" -lt 243 ] || echo --property=OOMPolicy=continue
}
