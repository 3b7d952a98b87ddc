#!/bin/sh
# Runs the steps of one run, on the host, detached from whoever started it. Usage: sh runner.sh RUN-DIRECTORY
# Each step NN has NN.title, NN.sh and, if it can be taken back, NN.undo. It leaves NN.log and NN.rc; a step that
# fails is undone at once, and the steps after it are not begun. Nor are they after a file `stop` appeared in the run's
# directory: the step in flight is finished first.
RUN=$1
export RUN
cd / || exit 1
# shellcheck source=/dev/null
. "$RUN/lock.sh"
# The host shuts down: what is in flight ends, and no more is begun.
trap ': >"$RUN/stop"' TERM

say() { # the journal of the unit gets the events too
    echo "@ $*" >>"$RUN/log"
    echo "$*"
}

run_step() { # NUMBER SCRIPT: its output goes to the run's log, each line marked
    status=
    {
        # A shell of its own: -e means nothing in one that runs as the condition of an `if`.
        STEP=$1 sh -eu -c '. "$RUN/lib.sh"; . "$0"' "$2" 2>&1 </dev/null
        echo "$?" >"$RUN/$1.status"
    } | tee -a "$RUN/$1.log" 2>/dev/null | sed -u 's/^/ /' >>"$RUN/log" 2>/dev/null
    read -r status <"$RUN/$1.status"
    rm -f "$RUN/$1.status"
    return "${status:-1}"
}

fullest() { # the mount point with the least room, of those with less than 1 MiB; some messages name no place
    awk '$3 ~ /^(ext[234]|xfs|btrfs|f2fs|zfs|overlay|nfs4?|vfat)$/ && $4 ~ /^rw/ { print $2 }' /proc/mounts | sort -u |
        while read -r mount; do df -Pk "$mount" 2>/dev/null | awk 'NR == 2 && $4 < 1024 { print $4, $6 }'; done |
        sort -n | sed -n '1s/^[0-9]* //p'
}

out_of_space() { # NUMBER: the mount point that is full, its free KiB, and the line of the step's output that says so
    line=$(grep -E -h -m 1 -e 'No space left on device' -e "don't have enough free space" -e 'Disk quota exceeded' \
        -e 'more space needed on' "$RUN/$1.log" 2>/dev/null)
    if [ -z "$line" ]; then
        # Not even the log had room. A reserve was kept for what is said from here on.
        [ "$(df -Pk "$RUN" | awk 'NR == 2 { print $4 }')" = 0 ] || return
        line="$RUN: No space left on device"
    fi
    place=$(echo "$line" | sed -n "s/.*[' ]\(\/[^': ]*\).*/\1/p")
    [ -n "$place" ] || place=$(fullest)
    place=${place:-$RUN}
    while [ ! -d "$place" ] && [ "$place" ]; do place=${place%/*}; done
    # A file system may have room, and no inode left for one more file.
    inodes=$(df -Pi "${place:-/}" 2>/dev/null | awk 'NR == 2 && $2 > 0 && $4 == 0 { print " (no inode is left there)" }')
    echo "$(df -Pk "${place:-/}" | awk 'NR == 2 { print $6, $4 }') $line$inodes"
}

result=0
set -- "$RUN"/*.title
count=$#
for title; do
    number=${title##*/}
    number=${number%.title}
    if [ -e "$RUN/stop" ]; then
        say "stopped $number"
        result=130
        break
    fi
    say "begin $number/$(printf %02d "$count") $(cat "$title")"
    if run_step "$number" "$RUN/$number.sh"; then
        echo 0 >"$RUN/$number.rc"
        say "done $number"
        [ ! -e "$RUN/$number.undoes" ] || : >"$(cat "$RUN/$number.undoes").undone"
        continue
    fi
    result=${status:-1}
    [ "$result" -ne 0 ] || result=1
    full=$(out_of_space "$number") && result=73
    rm -f "$RUN/reserve"
    echo "$result" >"$RUN/$number.rc"
    say "failed $number $result"
    [ "$result" -ne 73 ] || say "full $full"
    if [ -e "$RUN/$number.undo" ]; then
        if run_step "$number" "$RUN/$number.undo"; then
            : >"$RUN/$number.undone"
            say "undone $number"
        else
            say "not-undone $number"
        fi
    fi
    break
done
rm -rf "$RUN/reserve" "$RUN/files"
audit "ended with $result"
say "end $result"
# Last, because whoever follows the log stops at it.
echo "$result" >"$RUN/end"
