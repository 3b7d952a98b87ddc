"""The sh that starts a run on the host, detached from us, and follows it; pure.

A dropped connection or ^C on our side must not kill apt half way, so steps run in a transient unit of the host's
systemd (where there is none: in a session of their own), and leave their log and exit status on its disk.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.facts.runs import ROOT

_HERE = Path(__file__).parent
LOCK = "/run/gpuwright/lock"

NOT_ROOT = 77
LOCKED = 75


@dataclass(frozen=True)
class Script:
    """One step as the host keeps it. `undoes` is the step of an earlier run that this one takes back."""

    title: str
    script: str
    undo: str = ""
    reboot: bool = False
    undoes: str = ""


def unit(run: str) -> str:
    """The unit in which a run's steps are done."""
    return f"gpuwright-{run}.service"


def start(run: str, who: str, steps: Sequence[Script], files: Sequence[tuple[str, str]] = ()) -> str:
    """Write the run's directory, take the lock, start the runner, and follow it to its end.

    `files` are kept beside the steps: the plan that was shown, for example.
    """
    folder = f"{ROOT}/{run}"
    parts = [
        f"""\
[ "$(id -u)" = 0 ] || exit {NOT_ROOT}
umask 077
RUN={folder} UNIT={unit(run)}
export RUN UNIT
mkdir -p "$RUN" {LOCK.rpartition("/")[0]}
if ! mkdir {LOCK} 2>/dev/null; then
    owner=$(cat {LOCK}/unit 2>/dev/null)
    if systemctl is-active -q "$owner"; then
        echo "@ locked $owner $(cat {LOCK}/who 2>/dev/null)"
        rm -rf "$RUN"
        exit {LOCKED}
    fi
fi
echo "$UNIT" >{LOCK}/unit
""",
        _write(f"{LOCK}/who", who),
        _write(f"{folder}/who", who),
        _write(f"{folder}/lib.sh", (_HERE / "lib.sh").read_text(encoding="utf-8")),
        _write(f"{folder}/runner.sh", (_HERE / "runner.sh").read_text(encoding="utf-8")),
    ]
    parts += [_write(f"{folder}/{name}", text) for name, text in files]
    for index, step in enumerate(steps, 1):
        base = f"{folder}/{index:02d}"
        parts += [_write(f"{base}.title", step.title), _write(f"{base}.sh", step.script)]
        parts += [_write(f"{base}.undo", step.undo)] if step.undo else []
        parts += [f": >{base}.reboot\n"] if step.reboot else []
        parts += [_write(f"{base}.undoes", step.undoes)] if step.undoes else []
    parts += [
        """\
: >"$RUN/log"
if [ -d /run/systemd/system ]; then
    systemd-run -q --unit="$UNIT" --description="gpuwright run" /bin/sh "$RUN/runner.sh" "$RUN" || exit 1
else
    setsid sh "$RUN/runner.sh" "$RUN" </dev/null >/dev/null 2>&1 &
    echo "$!" >"$RUN/pid"
fi
""",
        _follow(),
    ]
    return "".join(parts)


def follow(run: str) -> str:
    """Follow a run that is already under way, from its first line."""
    return f"RUN={ROOT}/{run} UNIT={unit(run)}\nexport RUN UNIT\n{_follow()}"


def _follow() -> str:
    return (_HERE / "follow.sh").read_text(encoding="utf-8")


def _write(path: str, text: str) -> str:
    mark = "END_OF_FILE_"
    while mark in text:
        mark += "_"
    return f"cat >{shlex.quote(path)} <<'{mark}'\n{text.rstrip()}\n{mark}\n"
