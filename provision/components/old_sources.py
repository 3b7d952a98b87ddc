"""Sources of packages that stand in the way are switched off, and NVIDIA's retired key is no longer trusted.

A file is changed as far as it must be, and only as it was read; its undo puts it back byte for byte.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.keys import RETIRED
from checks.profiles import old_sources
from checks.profiles.profile import Profile
from provision.step import Step, fed

RESTS_ON = ()

_SHORT = RETIRED[-8:]
_WHY = f"{_SHORT} signed NVIDIA's repositories until April 2022; who trusts it trusts whoever has it by now"


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    for change in old_sources.changes(facts, profile):
        file, seen = shlex.quote(change.file), hashlib.sha256(change.old.encode()).hexdigest()
        yield Step(
            f"switch off what is doubled or outdated in {change.file}",
            why=change.why,
            script=f"is_as_seen {file} {file} {seen} || exit 1\n" + fed(change.new, f"put_file {file} ''"),
            undo=f"undo_file {file}\n",
        )
    for file in old_sources.retired(facts):
        yield Step(
            f"no longer trust NVIDIA's retired key {_SHORT.lower()}" + (f" ({file})" if file != "rpm" else ""),
            why=_WHY,
            script=_FORGET if file == "rpm" else _without(file, alone=old_sources.alone(facts, file)),
            undo=_REMEMBER if file == "rpm" else f"undo_file {shlex.quote(file)}\n",
        )


def planned(facts: Facts, profile: Profile) -> str:
    """The sh that gives the solver the files as they will be, in its own directory."""
    texts = []
    for change in old_sources.changes(facts, profile):
        folder, _, name = change.file.rpartition("/")
        texts.append(fed(change.new, f'cat >"$d/{"" if folder == "/etc/apt" else "parts/"}{name}"'))
    return "".join(texts)


def _without(file: str, *, alone: bool) -> str:
    """A file with this key alone becomes empty, which apt takes for none; of another, gpg writes what is left."""
    name = shlex.quote(file)
    if alone:
        return f"put_file {name} '' </dev/null\n"
    armor = "--armor " if file.endswith(".asc") else ""
    return (
        'd=$RUN/$STEP.gpg\nmkdir -p -m 700 "$d"\n'
        'ask() { gpg --homedir "$d" --no-options --no-autostart --batch --yes --quiet "$@"; }\n'
        f"ask --import {name}\nask --delete-keys {RETIRED}\n"
        f'ask {armor}--export >"$d/left"\n[ -s "$d/left" ]\nput_file {name} \'\' <"$d/left"\n'
    )


_FORGET = f"""\
for key in $(rpm -q gpg-pubkey --qf '%{{NAME}}-%{{VERSION}}-%{{RELEASE}}\\n' | grep -i '{_SHORT}-'); do
    rpm -q --qf '%{{DESCRIPTION}}' "$key" >"$RUN/$STEP.key"
    grep -q 'BEGIN PGP PUBLIC KEY' "$RUN/$STEP.key"
    rpm -e "$key"
done
"""
_REMEMBER = '[ ! -s "$RUN/$STEP.key" ] || rpm --import "$RUN/$STEP.key"\n'
