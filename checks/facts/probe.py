"""The probe: one POSIX sh script that asks every topic at once and prints a recording.

It must not change the host, must not hang, and must end even when a command is stuck in the kernel. So each topic runs
in a subshell of its own with no input, and says on a pipe that it has ended; the collector reads that pipe until all
have, or the alarm has, and never waits: a process in uninterruptible sleep survives SIGKILL, and `wait` would hang with
it.

It must be cheap as well: a topic costs two forks and what it asks; nothing is forked to wait or to print, and no shell
is started anew. A topic may keep files beside "${topic:-$0}", a path of its own.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from checks.facts.recording import CAP, VERSION

LIMIT = 100 * 1024
"""Bytes of script that one command may carry: Linux takes at most 128 KiB in a single argument."""

DEADLINE = 20
"""Seconds after which a topic counts as late, unless the caller says otherwise."""

AFTER = {"nvlink": "smi", "containers": "docker", "volume": "docker"}
"""Topics that begin when another has ended, if that is asked: they use what it found out. Late with it, if it is."""

_PREAMBLE = f"""\
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C TZ=UTC
export PATH LC_ALL TZ
unset ENV BASH_ENV
umask 077
cd /
# Memory first: a full disk is one of the things this is asked to find.
d=$(mktemp -d /dev/shm/gpuwright.XXXXXXXX 2>/dev/null || mktemp -d /run/gpuwright.XXXXXXXX 2>/dev/null ||
    mktemp -d /tmp/gpuwright.XXXXXXXX 2>&1) || {{
    echo "no folder to work in: mktemp in /dev/shm, /run and /tmp failed: $d"
    exit 73
}}
alarm=
trap 'rm -rf "$d"; [ -z "$alarm" ] || kill "$alarm"' EXIT
trap 'exit 130' HUP INT TERM
# Topics say here that they have ended, so that waiting for them costs no process; and so does the alarm.
mkfifo "$d/ended" || exit 73
exec 3<>"$d/ended"

set_alarm() {{ # SECONDS
    {{
        trap 'kill "$!"; exit' TERM # takes the sleep along, or is told before there is one
        sleep "$1" &
        wait "$!" && echo late >&3
    }} </dev/null >/dev/null 2>&1 &
    alarm=$!
}}

start() {{ # NAME: asks the topic in the background; its .rc has text once it has ended
    {{
        # shellcheck disable=SC3045 # dash, bash and busybox all have -S, and root can take it back
        ulimit -S -f 32768
        topic=$d/$1
        # shellcheck disable=SC1090 # what the topic is asked by
        (set -- && . "$topic") 3>&- >"$topic.out" 2>&1
        echo "$?" >"$d/$1.rc"
        echo "$1" >&3
    }} </dev/null >/dev/null 2>&1 &
    echo "$!" >"$d/$1.pid"
}}

children() {{ # PID: its child processes
    for stat in /proc/[0-9]*/stat; do
        {{ read -r line <"$stat"; }} 2>/dev/null || continue
        line=${{line##*) ? }}
        [ "${{line%% *}}" = "$1" ] || continue
        stat=${{stat#/proc/}}
        echo "${{stat%/stat}}"
    done
}}

reap() {{ # PID: kills it with all that it started; what is stuck in the kernel stays, and nobody waits for it
    kill -STOP "$1" 2>/dev/null # or it would go on, and say that its child was killed
    for child in $(children "$1"); do reap "$child"; done
    kill -9 "$1" 2>/dev/null
}}

answers() {{ # prints every topic's answer: its header, and its text with a blank before each line
    if command -v awk >/dev/null; then
        awk -v d="$d" -v names="$names" 'BEGIN {{
            count = split(names, name)
            for (i = 1; i <= count; i++) {{
                file = d "/" name[i]
                if ((getline rc <(file ".rc")) <= 0) rc = "late"
                print "@ " name[i] " " rc
                room = {CAP + 1}
                while (room > 0 && (getline line <(file ".out")) > 0) {{
                    print " " substr(line, 1, room)
                    room -= length(line) + 1
                }}
                close(file ".rc")
                close(file ".out")
            }}
        }}'
    else
        for name in $names; do
            rc=late
            [ ! -s "$d/$name.rc" ] || read -r rc <"$d/$name.rc"
            echo "@ $name $rc"
            head -c {CAP + 1} "$d/$name.out" 2>/dev/null | sed 's/^/ /'
            echo
        done
    fi
}}

"""

_COLLECT = f"""\
for name in $names; do
    read -r ended <&3 && [ "$ended" != late ] || break
    case $ended in
@ARMS@    esac
done
late=
for name in $names; do [ -s "$d/$name.rc" ] || late="$late $name"; done
echo '@ probe {VERSION}'
answers
# What is late is ended after everybody's answer is out: on a busy host that takes a while.
for name in $late; do [ ! -s "$d/$name.pid" ] || reap "$(cat "$d/$name.pid")"; done
echo '@ end'
"""


def compose(topics: Mapping[str, str], deadline: float = DEADLINE) -> str:
    """The probe for these topics (name to sh commands), which ends at most a second after `deadline` seconds."""
    parts = [_PREAMBLE, f"set_alarm {max(1, round(deadline))}\nnames='{' '.join(topics)}'\n"]
    later: dict[str, str] = {}
    for name, command in topics.items():
        parts.append(f"printf '%s\\n' {shlex.quote(command.strip())} >\"$d/{name}\"\n")
        before = AFTER.get(name, "")
        if before in topics:
            later[before] = f"{later.get(before, '')}start {name}\n"
        else:
            parts.append(f"start {name}\n")
    arms = "".join(f"{before})\n{starts};;\n" for before, starts in later.items())
    script = "".join([*parts, _COLLECT.replace("@ARMS@", arms)])
    size = len(script.encode())
    if size > LIMIT:
        raise ValueError(f"the probe is {size} bytes; one command can carry {LIMIT}")
    return script
