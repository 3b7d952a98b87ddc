"""The repositories that the profile names: a file of our own for each, trusted by exactly the key that it names.

The key is fetched by the host, or travels in the step where the profile holds it, and counts only when its fingerprint
is the profile's. apt then uses it for this repository alone; rpm knows no such bounds.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from checks.facts import Facts
from checks.profiles import repositories
from checks.profiles.profile import Profile
from checks.profiles.repositories import Wanted
from provision.step import Step, fed

RESTS_ON = ("packages", "old_sources")

_REMOTE = Path(__file__).parent.parent / "remote"
KEYS = (_REMOTE / "repository_keys.sh").read_text(encoding="utf-8")
_FETCH = (_REMOTE / "fetch.sh").read_text(encoding="utf-8")


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    for each in repositories.lacking(facts, profile):
        mirror = f", the mirror of {each.origin}" if each.url != each.origin else ""
        first = ", before what the distribution has under the same names" if each.prefer else ""
        yield Step(
            f"offer the repository {each.name} ({each.url})",
            why=f"the profile names it{mirror}{first}; its key is {each.fingerprint}",
            script=f'{KEYS}d=$RUN/$STEP.keys\nmkdir -p "$d"\n{_key(each)}{_SCRIPT[each.family](each)}',
            undo=_UNDO[each.family](each),
            key=f"offer the repository {each.name}",
        )


def planned(facts: Facts, profile: Profile) -> str:
    """The sh that offers those to come to the solver, in its own directory."""
    lacking = repositories.lacking(facts, profile)
    return (_FETCH + KEYS if lacking else "") + "".join(_offer(each) for each in lacking)


def _key(one: Wanted) -> str:
    """Brings the key to "$d/NAME", and ends the script unless it is the right one."""
    file = f'"$d/{one.name}"'
    if one.key.lstrip().startswith("-----BEGIN"):
        bring = f"cat >{file} <<'END_OF_KEY'\n{one.key.strip()}\nEND_OF_KEY\n"
        name = f"the profile's key for {one.name}"
    else:
        bring, name = f"fetch_key {shlex.quote(one.key)} {file} || exit 1\n", one.key
    return f"{bring}check_key {file} {one.fingerprint} {shlex.quote(name)} || exit 1\n"


def _offer(one: Wanted) -> str:
    text, end = (_stanza, "sources") if one.family == "apt" else (_section, "repo")
    suffix = ".bare" if one.family == "apt" else ""
    return (
        f'{_key(one)}cat >"$d/parts/gpuwright-{one.name}.{end}" <<END_OF_FILE\n'
        f"{text(one, f'$d/{one.name}{suffix}')}END_OF_FILE\n"
        + (fed(_pin(one), f'cat >"$d/preferences/gpuwright-{one.name}"') if one.prefer and one.family == "apt" else "")
    )


def _pin(one: Wanted) -> str:
    """apt_preferences(5): what NVIDIA's cuda-repository-pin-600 says for its own repositories."""
    return f"Package: *\nPin: release l={one.prefer}\nPin-Priority: 600\n"


def _stanza(one: Wanted, key: str) -> str:
    """deb822, as sources.list(5) has it; a suite that ends in a slash has no components."""
    components = f"Components: {' '.join(one.components)}\n" if not one.suite.endswith("/") else ""
    return f"Types: deb\nURIs: {one.url}\nSuites: {one.suite}\n{components}Signed-By: {key}\n"


def _section(one: Wanted, key: str) -> str:
    return (
        f"[gpuwright-{one.name}]\nname={one.name}, from gpuwright's profile\nbaseurl={one.url}\n"
        f"enabled=1\ngpgkey=file://{key}\ngpgcheck={int(not one.index)}\nrepo_gpgcheck={int(one.index)}\n"
    ) + (f"priority={repositories.priority(one)}\n" if one.prefer else "")


def _file(one: Wanted) -> str:
    if one.family == "apt":
        return f"/etc/apt/sources.list.d/gpuwright-{one.name}.sources"
    return f"/etc/yum.repos.d/gpuwright-{one.name}.repo"


def _pin_file(one: Wanted) -> str:
    return f"/etc/apt/preferences.d/gpuwright-{one.name}"


def _by_apt(one: Wanted) -> str:
    return (
        f'put_file {one.key_file} 644 <"$d/{one.name}.bare"\n'
        f"put_file {_file(one)} 644 <<'END_OF_FILE'\n{_stanza(one, one.key_file)}END_OF_FILE\n"
        + (fed(_pin(one), f"put_file {_pin_file(one)} 644") if one.prefer else "")
        + "apt update\n"
    )


def _by_rpm(one: Wanted) -> str:
    """The key is given to rpm here, so that no later `-y` takes over one that nobody looked at."""
    key = f"gpg-pubkey-{one.fingerprint[-8:].lower()}"
    return (
        f'put_file {one.key_file} 644 <"$d/{one.name}"\n'
        f"rpm -q {key} >/dev/null 2>&1 || {{\n"
        f'    : >"$RUN/$STEP.imported"\n    rpm --import {one.key_file}\n}}\n'
        f"put_file {_file(one)} 644 <<'END_OF_FILE'\n{_section(one, one.key_file)}END_OF_FILE\n"
        f"dnf_or_yum --disablerepo='*' --enablerepo=gpuwright-{one.name} makecache\n"
    )


def _undo_rpm(one: Wanted) -> str:
    key = f"gpg-pubkey-{one.fingerprint[-8:].lower()}"
    return f'{_undo_files(one)}[ ! -e "$RUN/$STEP.imported" ] || ! rpm -q {key} >/dev/null 2>&1 || rpm -e {key}\n'


def _undo_files(one: Wanted) -> str:
    pin = f"undo_file {_pin_file(one)}\n" if one.prefer and one.family == "apt" else ""
    return f"undo_file {_file(one)}\nundo_file {one.key_file}\n{pin}"


_SCRIPT = {"apt": _by_apt, "rpm": _by_rpm}
_UNDO = {"apt": _undo_files, "rpm": _undo_rpm}
