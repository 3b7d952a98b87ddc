"""The runs that this program recorded on the host. They serve to find a running step and to undo, never to plan."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import NEEDS_ROOT, Reading, Unknown, number, words

ROOT = "/var/lib/gpuwright/runs"

ALIVE = r"""
alive() { # RUN-DIRECTORY: whether somebody still works on this run
    [ ! -e "$1/end" ] || return 1
    if [ -e "$1/pid" ]; then
        # Started without systemd, as the leader of a session; a number of another boot says nothing.
        { read -r pid boot <"$1/pid" && read -r now </proc/sys/kernel/random/boot_id; } 2>/dev/null || return 1
        [ "$boot" = "$now" ] || return 1
        cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^.*) //' |
            awk -v session="$pid" '$1 != "Z" && $4 == session { found = 1 } END { exit !found }'
        return
    fi
    # The control group still counts when systemd is just executing itself anew and does not answer.
    systemctl is-active -q "gpuwright-${1##*/}.service" 2>/dev/null ||
        grep -qsF "/gpuwright-${1##*/}.service" /proc/[0-9]*/cgroup
}
"""
"""A function of sh that tells a run in progress from one whose end was lost: after a power cut, after kill -9."""

COMMAND = f"""{ALIVE}
folder={ROOT.rpartition("/")[0]}
if [ -d "$folder" ] && [ ! -r "$folder" ]; then echo "$folder is root's alone"; exit {NEEDS_ROOT}; fi
for run in {ROOT}/*; do
    [ -d "$run" ] || continue
    id=${{run##*/}}
    state=ended
    if [ ! -e "$run/end" ]; then
        state=lost
        if alive "$run"; then state=running; fi
    fi
    line=''
    {{ IFS= read -r line <"$run/who"; }} 2>/dev/null
    echo "run $id $state $line"
    for step in "$run"/*.title; do
        [ -e "$step" ] || continue
        step=${{step%.title}}
        state=waiting
        [ -e "$step.log" ] && state=begun
        if [ -e "$step.rc" ]; then
            read -r rc <"$step.rc"
            if [ "$rc" = 0 ]; then state="done"; else state=failed; fi
        fi
        [ -e "$step.undone" ] && state=undone
        [ -e "$step.undo" ] || state=final
        reboot=no
        [ -e "$step.reboot" ] && reboot=yes
        line=''
        IFS= read -r line <"$step.title"
        echo "step ${{step##*/}} $state $reboot $line"
    done
done
exit 0
"""


@dataclass(frozen=True)
class RunStep:
    """A step of a run: waiting, begun, done, failed, undone, or final (it has no undo)."""

    number: str
    state: str
    reboot: bool
    title: str

    @property
    def undoable(self) -> bool:
        """Whether it left something to take back: also when it was cut off in the middle."""
        return self.state in ("done", "failed", "begun")


@dataclass(frozen=True)
class Run:
    """A run: its id (which sorts by time), running, ended or lost, and who started it."""

    id: str
    state: str
    who: str
    steps: tuple[RunStep, ...]


def parse(reading: Reading) -> tuple[Run, ...]:
    """The runs, oldest first."""
    runs: list[tuple[str, str, str, list[RunStep]]] = []
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "run":
            parts = rest.split(None, 2)
            if len(parts) < 2:
                raise Unknown(f"unexpected line {line[:80]!r}")
            runs.append((parts[0], parts[1], parts[2] if len(parts) > 2 else "", []))
        elif kind == "step" and runs:
            step, state, reboot, title = words(rest, 4)
            number(step)
            runs[-1][3].append(RunStep(step, state, reboot == "yes", title))
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return tuple(Run(name, state, who, tuple(steps)) for name, state, who, steps in runs)
