"""The probe: one POSIX sh script that asks every topic at once and prints a recording.

It must not change the host, must not hang, and must end even when a command is stuck in the kernel. So each topic runs
in a shell of its own with no input, and the collector polls for results until the deadline and never waits: a process
in uninterruptible sleep survives SIGKILL, and `wait` would hang with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from checks.facts.recording import CAP, VERSION

LIMIT = 100 * 1024
"""Bytes of script that one command may carry: Linux takes at most 128 KiB in a single argument."""

DEADLINE = 20
"""Seconds after which a topic counts as late, unless the caller says otherwise."""

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
trap 'rm -rf "$d"' EXIT
trap 'exit 130' HUP INT TERM
names=

start() {{ # NAME: asks the topic in the background; its .rc has text once it has ended
    names="$names $1"
    {{
        # shellcheck disable=SC3045 # dash, bash and busybox all have -S, and root can take it back
        ulimit -S -f 32768
        sh "$d/$1" >"$d/$1.out" 2>&1
        echo "$?" >"$d/$1.rc"
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

finished() {{ # NAME: waits until the topic has ended or the deadline is past
    while [ ! -s "$d/$1.rc" ]; do
        read -r up _ </proc/uptime
        [ "${{up%.*}}" -lt "$end" ] || return 1
        sleep 0.02 2>/dev/null || sleep 1
    done
}}

collect() {{ # NAME: prints the topic's answer
    rc=late
    if finished "$1"; then read -r rc <"$d/$1.rc"; else reap "$(cat "$d/$1.pid")"; fi
    echo "@ $1 $rc"
    head -c {CAP + 1} "$d/$1.out" | sed 's/^/ /'
    echo
}}

"""

_COLLECT = f"""\
echo '@ probe {VERSION}'
for name in $names; do collect "$name"; done
echo '@ end'
"""


def compose(topics: Mapping[str, str], deadline: float = DEADLINE) -> str:
    """The probe for these topics (name to sh commands), which ends at most a second after `deadline` seconds."""
    parts = [_PREAMBLE, f"read -r up _ </proc/uptime\nend=$((${{up%.*}} + {max(1, round(deadline))}))\n"]
    parts += [
        f"cat >\"$d/{name}\" <<'END_OF_TOPIC'\n{command.strip()}\nEND_OF_TOPIC\nstart {name}\n"
        for name, command in topics.items()
    ]
    script = "".join([*parts, _COLLECT])
    size = len(script.encode())
    if size > LIMIT:
        raise ValueError(f"the probe is {size} bytes; one command can carry {LIMIT}")
    return script
