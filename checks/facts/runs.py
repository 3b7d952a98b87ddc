"""The runs that this program recorded on the host. They serve to find a running step and to undo, never to plan."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

ROOT = "/var/lib/gpuwright/runs"

COMMAND = f"""
for run in {ROOT}/*; do
    [ -d "$run" ] || continue
    id=${{run##*/}}
    state=ended
    if [ ! -e "$run/end" ]; then
        state=lost
        if [ -d /run/systemd/system ]; then systemctl is-active -q "gpuwright-$id.service" && state=running
        elif [ -e "$run/pid" ] && [ -d "/proc/$(cat "$run/pid")" ]; then state=running; fi
    fi
    echo "run $id $state $(cat "$run/who" 2>/dev/null)"
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
        echo "step ${{step##*/}} $state $reboot $(cat "$step.title")"
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
