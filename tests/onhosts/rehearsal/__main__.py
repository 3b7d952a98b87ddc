"""fab, with six small components in place of the real ones: `python -m tests.onhosts.rehearsal -H gpu01 provision`.

Everything but the components is what users run. REHEARSAL_STEPS=N keeps the first N. Each step and each package can be
held at points that have names (packages.sh), so that a test can cut exactly there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import cast

from fabric.main import program

import checks.facts
from checks.facts import Facts
from checks.profiles import wants
from checks.profiles.profile import Profile
from provision import planning
from provision.step import Step

COMMAND = """\
[ ! -e /etc/apt/sources.list.d/rehearsal.list ] || ! ls /var/lib/apt/lists/*rehearsal* >/dev/null 2>&1 || echo offered
dpkg-query -W -f '${db:Status-Abbrev} ${Package}\\n' 'nvidia-rehearsal-*' 2>/dev/null | sed -n 's/^ii  *//p'
[ ! -e /etc/rehearsal/own.conf ] || ! systemctl -q is-enabled rehearsal.service || echo configured
[ ! -e /etc/rehearsal/boot.conf ] || echo written
[ ! -e /run/rehearsal.booted ] || echo booted
[ ! -e /etc/rehearsal/done.conf ] || echo finished
exit 0
"""

Plan = Callable[[frozenset[str]], Iterator[Step]]


def _held(name: str, script: str) -> str:
    return f"rehearsal-at {name}-begin\n{script}rehearsal-at {name}-end\n"


def _file(path: str) -> str:
    return f"put_file {path} 644 <<'END'\nrehearsed\nEND\n"


def offer(state: frozenset[str]) -> Iterator[Step]:
    path = "/etc/apt/sources.list.d/rehearsal.list"
    source = f"put_file {path} 644 <<'END'\ndeb [trusted=yes] copy:/srv/rehearsal ./\nEND\napt update\n"
    if "offered" not in state:
        yield Step("offer the packages", "no source has them", _held("s1", source), f"undo_file {path}\n")


def first(state: frozenset[str]) -> Iterator[Step]:
    if "nvidia-rehearsal-a" not in state:
        install = _held("s2", "install_packages nvidia-rehearsal-a\n")
        yield Step("install a", "it is missing", install, "undo_packages\n")


def second(state: frozenset[str]) -> Iterator[Step]:
    if not {"nvidia-rehearsal-b", "nvidia-rehearsal-c"} <= state:
        install = _held("s3", "install_packages nvidia-rehearsal-b nvidia-rehearsal-c\n")
        yield Step("install b and c", "they are missing", install, "undo_packages\n")


def configure(state: frozenset[str]) -> Iterator[Step]:
    path = "/etc/rehearsal/own.conf"
    script = f"{_file(path)}rehearsal-at s4-mid\nsystemctl enable -q --now rehearsal.service\n"
    if "configured" not in state:
        yield Step("configure", "it is not", _held("s4", script), f"undo_file {path}\n")


def at_boot(state: frozenset[str]) -> Iterator[Step]:
    path = "/etc/rehearsal/boot.conf"
    why = "only a boot reads it"
    if "written" not in state:
        yield Step("write for the boot", why, _held("s5", _file(path)), f"undo_file {path}\n", reboot=why)
    elif "booted" not in state:
        yield Step("boot with it", why, ":\n", reboot=why)


def finish(state: frozenset[str]) -> Iterator[Step]:
    path = "/etc/rehearsal/done.conf"
    script = f"grep -q rehearsed /run/rehearsal.booted\n{_file(path)}"
    if "finished" not in state:
        yield Step("finish", "it is not", _held("s6", script), f"undo_file {path}\n", needs_driver=True)


def ask(state: frozenset[str]) -> Iterator[Step]:
    if "nvidia-rehearsal-asks" not in state and os.environ.get("REHEARSAL_ASKS"):
        yield Step("install what asks", "it is missing", "install_packages nvidia-rehearsal-asks\n", "undo_packages\n")


def component(plan: Plan) -> ModuleType:
    """A component as planning knows them."""

    def of_facts(facts: Facts, profile: Profile) -> Iterator[Step]:
        del profile
        yield from plan(frozenset(facts.recording.reading("rehearsal").lines()))

    made = ModuleType(plan.__name__)
    made.__dict__.update(RESTS_ON=(), plan=of_facts)
    return made


def main() -> None:
    """Put the small components in place of the real ones, and be fab."""
    steps = int(os.environ.get("REHEARSAL_STEPS", "6"))
    chosen = [component(plan) for plan in (offer, first, second, configure, at_boot, finish)[:steps]]
    chosen.append(component(ask))
    mender = next(known for known in planning.COMPONENTS if planning.name(known) == "packages")
    planning.COMPONENTS = (mender, *chosen)
    cast("dict[str, tuple[str, ...]]", wants.READS).update({planning.name(each): () for each in chosen})
    cast("dict[str, str]", checks.facts.TOPICS)["rehearsal"] = COMMAND
    program.run(["fab", *sys.argv[1:]])


main()
