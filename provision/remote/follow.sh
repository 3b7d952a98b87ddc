#!/bin/sh
# Follows a run's log until the run ends. Usage: RUN=directory SEEN=lines-already-read, with the function `alive`.
# The end mark is looked for before the log is read, so that nothing written before it is lost.
seen=0
[ "${SEEN:-0}" -eq 0 ] || seen=$(head -n "$SEEN" "$RUN/log" 2>/dev/null | wc -c)
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
        # A sign of life: it keeps the connection open and the clock on the terminal going.
        echo "@ tick"
        alive "$RUN" || [ -e "$RUN/end" ] || {
            echo "@ lost"
            exit 3
        }
    fi
    sleep 0.2
done
