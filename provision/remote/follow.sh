#!/bin/sh
# Follows a run's log until the run ends. Usage: RUN=directory UNIT=unit sh follow.sh
# The end mark is looked for before the log is read, so that nothing written before it is lost.
seen=0
idle=0
while :; do
    last=
    [ ! -e "$RUN/end" ] || last=yes
    size=$(wc -c <"$RUN/log" 2>/dev/null || echo 0)
    if [ "$size" -gt "$seen" ]; then
        tail -c "+$((seen + 1))" "$RUN/log" | head -c "$((size - seen))"
        seen=$size
        idle=0
    fi
    [ -z "$last" ] || exit 0
    idle=$((idle + 1))
    if [ "$idle" -ge 25 ]; then
        idle=0
        if [ -d /run/systemd/system ]; then
            systemctl is-active -q "$UNIT" || [ -e "$RUN/end" ] || {
                echo "@ lost"
                exit 3
            }
        fi
    fi
    sleep 0.2
done
