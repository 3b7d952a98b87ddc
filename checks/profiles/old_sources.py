"""Sources of packages that stand in the way: which entries of which files, and which keys, are to go, and why.

- Two entries for one archive with different keys: apt refuses all work ("Conflicting values set for option
  Signed-By").
- A repository of the profile that another file offers, too: the second is what some later upgrade comes from.
- NVIDIA's retired key, and entries that only it can vouch for.
- Every source that the profile does not name, where it wants none (`sources.others`): a host without a way out waits
  for each of them, and dnf ends with an error.

What cannot be told apart (two keys of which none is the profile's) is left to a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.facts import Facts
from checks.facts.keys import RETIRED
from checks.facts.reading import Unknown
from checks.facts.sources import Repository, Source
from checks.profiles import repositories
from checks.profiles.profile import Profile
from checks.profiles.repositories import OURS, Wanted
from checks.profiles.source_edit import without

GLOBAL = "/etc/apt/trusted.gpg"


@dataclass(frozen=True)
class Conflict:
    """Entries for one archive that name different keys: by key, the entries; `keep` is the key to keep, if known."""

    uri: str
    suite: str
    keys: Mapping[str, tuple[Source, ...]]
    keep: str | None

    @property
    def off(self) -> tuple[Source, ...]:
        """The entries to switch off."""
        return tuple(
            entry for key, found in self.keys.items() if self.keep is not None and key != self.keep for entry in found
        )


@dataclass(frozen=True)
class Twice:
    """A repository of the profile that is offered by more than one file: `off` are those to switch off."""

    name: str
    url: str
    off: tuple[Source | Repository, ...]


@dataclass(frozen=True)
class Change:
    """A file of sources as it is to be: its text as it was read, its new text, and why."""

    file: str
    old: str
    new: str
    why: str


def conflicts(facts: Facts, profile: Profile) -> tuple[Conflict, ...]:
    """Archives whose entries name different keys."""
    found: dict[tuple[str, str], dict[str, list[Source]]] = {}
    for entry in facts.sources.entries:
        key = (entry.uri.rstrip("/"), entry.suite)
        found.setdefault(key, {}).setdefault(_signed_by(entry), []).append(entry)
    return tuple(
        Conflict(uri, suite, {key: tuple(some) for key, some in keys.items()}, _to_keep(facts, profile, keys))
        for (uri, suite), keys in found.items()
        if len(keys) > 1
    )


def _to_keep(facts: Facts, profile: Profile, keys: Mapping[str, list[Source]]) -> str | None:
    """The key to go by: ours, else the one that is the profile's, else the only one that is named and not retired."""
    first = next(iter(keys.values()))[0]
    for one in _wanted(facts, profile):
        if first in repositories.entries(facts, one):
            if one.key_file in keys:
                return one.key_file
            if right := [key for key, some in keys.items() if key and repositories.vouched(facts, some[0], one)]:
                return right[0]
    named = [key for key in keys if key and not _retired_alone(facts, key)]
    return named[0] if len(named) == 1 else None


def twice(facts: Facts, profile: Profile) -> tuple[Twice, ...]:
    """Repositories of the profile that more than one file offers, or would when ours has come."""
    lacking = repositories.lacking(facts, profile)
    settled = {entry for each in conflicts(facts, profile) for entry in each.off}
    found = []
    for one in _wanted(facts, profile):
        offers: list[Source | Repository] = (
            [each for each in repositories.entries(facts, one) if each not in settled]
            if one.family == "apt"
            else list(repositories.sections(facts, one))
        )
        ours = [each for each in offers if OURS in each.file]
        keep = ours[0] if ours else None if one in lacking or not offers else offers[0]
        if off := tuple(each for each in offers if each is not keep and OURS not in each.file):
            found.append(Twice(one.name, one.url, off))
    return tuple(found)


def others(facts: Facts, profile: Profile) -> tuple[Source | Repository, ...]:
    """The sources that the profile does not name, where it wants none of them."""
    if profile.sources.others != "off":
        return ()
    offers: list[Source | Repository] = [*facts.sources.entries, *facts.sources.repositories]
    named: list[Source | Repository] = []
    for one in _wanted(facts, profile):
        named += [*repositories.entries(facts, one), *repositories.sections(facts, one)]
    on = (each for each in offers if isinstance(each, Source) or each.enabled)
    return tuple(each for each in on if OURS not in each.file and each not in named)


def retired(facts: Facts) -> tuple[str, ...]:
    """The files in which apt holds NVIDIA's retired key; `rpm` for rpm's own keyring."""
    held = repositories.held_keys(facts) or {}
    try:
        rpm = any(key.lower().endswith(RETIRED[-8:].lower()) for key in facts.keys.rpm)
    except Unknown:
        rpm = False
    return (*(file for file, keys in held.items() if RETIRED in keys), *(("rpm",) if rpm else ()))


def alone(facts: Facts, file: str) -> bool:
    """Whether the retired key is the only one in its file."""
    return set((repositories.held_keys(facts) or {}).get(file, ())) == {RETIRED}


def changes(facts: Facts, profile: Profile) -> tuple[Change, ...]:
    """The files of sources that change, each once."""
    off: dict[str, list[Source | Repository]] = {}
    why: dict[str, str] = {}
    for each, reason in _off(facts, profile):
        off.setdefault(each.file, []).append(each)
        why.setdefault(each.file, reason)
    return tuple(
        Change(file, facts.sources.texts[file], new, why[file])
        for file, gone in off.items()
        if (new := without(file, facts.sources.texts[file], gone)) is not None
    )


def _off(facts: Facts, profile: Profile) -> Iterator[tuple[Source | Repository, str]]:
    for conflict in conflicts(facts, profile):
        yield from ((entry, f"it conflicts with {conflict.keep}, and apt refuses all work") for entry in conflict.off)
    for each in twice(facts, profile):
        yield from ((entry, f"{each.url} is in the profile, and offered by another file") for entry in each.off)
    for other in others(facts, profile):
        yield other, "the profile wants no sources but its own (sources.others)"
    for entry in facts.sources.entries:
        if _retired_alone(facts, _signed_by(entry)):
            yield entry, "its key is NVIDIA's retired one, so apt can read nothing from it"


def mendable(facts: Facts, profile: Profile, entry: Source | Repository) -> bool:
    """Whether the file that has an entry can be changed so that it lacks exactly what stands in the way."""
    return any(change.file == entry.file for change in changes(facts, profile))


def _wanted(facts: Facts, profile: Profile) -> tuple[Wanted, ...]:
    return repositories.wanted(facts, profile)


def _signed_by(entry: Source) -> str:
    return dict(entry.options).get("signed-by", "")


def _retired_alone(facts: Facts, signed: str) -> bool:
    return signed.startswith("/") and alone(facts, signed)
