"""The sh that starts a run on the host, detached from us, and follows it; pure.

A dropped connection or ^C on our side must not kill apt half way, so steps run in a transient unit of the host's
systemd (where there is none: in a session of their own), and leave their log and exit status on its disk.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.facts.package_lock import HOLDERS
from checks.facts.runs import ALIVE, ROOT
from provision.bringing import Parcel

_HERE = Path(__file__).parent
AUDIT = "/var/lib/gpuwright/audit"

_LIB = (
    "packages.sh",
    "replaced.sh",
    "put_back.sh",
    "removed.sh",
    "nouveau.sh",
    "options.sh",
    "compiler.sh",
    "holds.sh",
    "fetch.sh",
    "lib.sh",
)
"""The functions that steps are written in."""

NOT_ROOT = 77
LOCKED = 75
NO_SPACE = 73

LOCK_WAIT = 600.0
"""Seconds for which another's apt or dnf is waited for, unless told otherwise."""

PROXY = (_HERE / "proxy.sh").read_text(encoding="utf-8")
"""The sh that sets the proxies which the host's own configuration names."""


@dataclass(frozen=True)
class Script:
    """One step as the host keeps it. `undoes` is the step of an earlier run that this one takes back."""

    title: str
    script: str
    undo: str = ""
    reboot: bool = False
    undoes: str = ""


def library() -> str:
    """The functions that steps are written in, as they are kept with each run."""
    return HOLDERS + PROXY + "".join(map(_text, _LIB))


def unit(run: str) -> str:
    """The unit in which a run's steps are done."""
    return f"gpuwright-{run}.service"


def start(
    run: str,
    who: str,
    steps: Sequence[Script],
    files: Sequence[tuple[str, str]] = (),
    lock_wait: float = LOCK_WAIT,
    parcels: Sequence[Parcel] = (),
) -> str:
    """Write the run's directory, take the lock, start the runner, and follow it to its end.

    `files` are kept beside the steps: the plan that was shown, for example. The `parcels` are read from standard input.
    """
    kept = [
        ("who", who),
        ("lock_wait", f"{lock_wait:.0f}"),
        ("lib.sh", library()),
        ("lock.sh", ALIVE + _text("lock.sh")),
        ("start.sh", _text("start.sh")),
        ("bring.sh", _text("bring.sh")),
        ("runner.sh", _text("runner.sh")),
        *files,
    ]
    for index, step in enumerate(steps, 1):
        number = f"{index:02d}"
        kept += [(f"{number}.title", step.title), (f"{number}.sh", step.script)]
        kept += [(f"{number}.undo", step.undo)] if step.undo else []
        kept += [(f"{number}.reboot", "yes")] if step.reboot else []
        kept += [(f"{number}.undoes", step.undoes)] if step.undoes else []
    writes = "".join(_write(f"{ROOT}/{run}/{name}", text) for name, text in kept)
    return f"""\
{_names(run)}
[ "$(id -u)" = 0 ] || exit {NOT_ROOT}
umask 077
write_run() {{
mkdir -p "$RUN" || return
{writes}: >"$RUN/log" || return
}}
{_BEGIN}
{_bring(parcels)}{_START}
{_text("follow.sh")}"""


def _bring(parcels: Sequence[Parcel]) -> str:
    if not parcels:
        return ""
    size = sum(parcel.size for parcel in parcels)
    each = "".join(f"bring {parcel.name} {parcel.size} {parcel.sha256}\n" for parcel in parcels)
    return f"not_locked\nopen_files {size}\n{each}exec </dev/null\n"


def follow(run: str, seen: int = 0) -> str:
    """Follow a run that is already under way, from the line after the first `seen`."""
    return f"{_names(run)}\nSEEN={seen}\n{ALIVE}\n{_text('follow.sh')}"


def stop(run: str) -> str:
    """Ask the runner to begin no more steps. Where the run has not been written down yet, it will not begin at all."""
    return f'{_names(run)}\numask 077\nmkdir -p "$RUN" && : >"$RUN/stop"\n'


_BEGIN = f"""\
refuse() {{ # STATUS WORDS: nothing was begun, and nothing is left, even where nobody hears the words any longer
    status=$1
    shift
    rm -rf "$RUN"
    echo "@ $*"
    exit "$status"
}}
if [ -e /run/systemd/shutdown/scheduled ]; then
    refuse {LOCKED} "shutdown $(tr '\\n' ' ' </run/systemd/shutdown/scheduled)"
fi
said=$(write_run 2>&1) || {{
    place=$RUN
    while [ ! -d "$place" ]; do place=${{place%/*}}; done
    case $said in
    *'No space left'* | *'quota exceeded'*)
        refuse {NO_SPACE} "full $(df -Pk "$place" | awk 'NR == 2 {{ print $6, $4 }}') $said" ;;
    *) refuse 1 "unwritable $said" ;;
    esac
}}
. "$RUN/lock.sh"
. "$RUN/start.sh"
. "$RUN/bring.sh"
sweep"""

_START = f"""\
[ ! -e "$RUN/stop" ] || refuse 130 "stopped 01"
reserve || refuse {NO_SPACE} "full $(df -Pk "$RUN" | awk 'NR == 2 {{ print $6, $4 }}') no room for a reserve of 1 MiB"
locked_start begin 8>&- || {{
    status=$?
    rm -rf "$RUN"
    exit "$status"
}}
rm -f "$RUN"/bringing"""


def _names(run: str) -> str:
    return f"LC_ALL=C RUN={ROOT}/{run} UNIT={unit(run)}\nexport LC_ALL RUN UNIT"


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _write(path: str, text: str) -> str:
    mark = "END_OF_FILE_"
    while mark in text:
        mark += "_"
    return f"cat >{shlex.quote(path)} <<'{mark}' || return\n{text.rstrip()}\n{mark}\n"
