#!/bin/sh
# Runs the steps of one run, on the host, detached from whoever started it. Usage: sh runner.sh RUN-DIRECTORY
# Each step NN has NN.title, NN.sh and, if it can be taken back, NN.undo. It leaves NN.log and NN.rc; a step that
# fails is undone at once, and the steps after it are not begun.
RUN=$1
export RUN
cd / || exit 1

say() { echo "@ $*" >>"$RUN/log"; }

run_step() { # NUMBER SCRIPT: its output goes to the run's log, each line marked
    {
        # A shell of its own: -e means nothing in one that runs as the condition of an `if`.
        STEP=$1 sh -eu -c '. "$RUN/lib.sh"; . "$0"' "$2" 2>&1 </dev/null
        echo "$?" >"$RUN/$1.status"
    } | tee -a "$RUN/$1.log" | sed -u 's/^/ /' >>"$RUN/log"
    read -r status <"$RUN/$1.status"
    rm -f "$RUN/$1.status"
    return "$status"
}

result=0
for title in "$RUN"/*.title; do
    number=${title##*/}
    number=${number%.title}
    say "begin $number $(cat "$title")"
    if run_step "$number" "$RUN/$number.sh"; then
        echo 0 >"$RUN/$number.rc"
        say "done $number"
        [ ! -e "$RUN/$number.undoes" ] || : >"$(cat "$RUN/$number.undoes").undone"
        continue
    fi
    result=$?
    [ "$result" -ne 0 ] || result=1
    echo "$result" >"$RUN/$number.rc"
    say "failed $number $result"
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
echo "$result" >"$RUN/end"
say "end $result"
