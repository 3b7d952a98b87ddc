"""The package repositories that a profile names for a release, where they really are, and those that a host lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.facts import Facts
from checks.facts.keys import RETIRED
from checks.facts.reading import Unknown
from checks.facts.sources import Repository, Source
from checks.profiles.keys import RepositoryProfile
from checks.profiles.mirrors import mirrored
from checks.profiles.profile import Profile

OURS = "/gpuwright-"
"""What the name of each file of ours begins with."""

WHOLE = 40
"""The hexadecimal digits of a fingerprint; a key's id has 8 or 16 of them."""


@dataclass(frozen=True)
class Wanted:
    """One repository: `url` is the mirror's where there is one; `key` an address or the armored key itself."""

    name: str
    url: str
    origin: str
    suite: str
    components: tuple[str, ...]
    key: str
    fingerprint: str
    family: str
    prefer: str = ""
    index: bool = False

    @property
    def key_file(self) -> str:
        """Where its key lies on the host; the name holds the key's id, so that another key is another file."""
        if self.family == "apt":
            return f"/usr/share/keyrings/gpuwright-{self.name}-{self.fingerprint[-8:]}.gpg"
        return f"/etc/pki/rpm-gpg/RPM-GPG-KEY-gpuwright-{self.name}-{self.fingerprint[-8:]}"


def wanted(facts: Facts, profile: Profile) -> tuple[Wanted, ...]:
    """The repositories of the profile for this host's release."""
    found = []
    for name, each in profile.repositories.items():
        if each.release != facts.os.release:
            continue
        origin, own_key = (_here(address, each, facts) for address in (each.url, each.key))
        url, mirror = mirrored(origin, profile)
        signed = mirror if mirror and mirror.fingerprint else each
        fingerprint, family = signed.fingerprint.replace(" ", "").upper(), facts.os.family
        key = mirror.key if signed is mirror else mirrored(own_key, profile)[0]
        words = (name, url, origin, each.suite, each.components, key, fingerprint, family, each.prefer)
        found.append(Wanted(*words, index=each.signed == "index"))
    return tuple(found)


def _here(address: str, one: RepositoryProfile, facts: Facts) -> str:
    """The address on a host of this architecture; what that is is read only where the address has a place for it."""
    if "{arch}" not in address:
        return address
    return address.replace("{arch}", one.arch.get(facts.host.machine, facts.host.machine))


def lacking(facts: Facts, profile: Profile) -> tuple[Wanted, ...]:
    """Those that nothing on the host offers yet with the key that counts, or not before what the distribution has."""
    return tuple(each for each in wanted(facts, profile) if not _offered(facts, each))


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why what is lacking cannot be offered; empty when it can."""
    for each in lacking(facts, profile):
        missing = [
            key for key, value in (("url", each.url), ("key", each.key), ("fingerprint", each.fingerprint)) if not value
        ]
        if each.family == "apt" and not each.suite:
            missing.append("suite")
        if missing:
            return f"the profile's repository {each.name} has no {' and no '.join(missing)}"
        if each.family == "apt" and each.url.startswith("https:") and not facts.sources.https:
            return (
                f"apt here cannot fetch {each.url}: before apt 1.5 https takes a package of its own. On the host: "
                "apt-get install apt-transport-https ca-certificates; or name a mirror that answers by http"
            )
        if len(each.fingerprint) < WHOLE and not each.key.startswith("https://"):
            return (
                f"the profile's repository {each.name} names its key by the id {each.fingerprint} alone, and the key "
                "does not come by https: name its whole fingerprint"
            )
        if each.fingerprint.endswith(RETIRED):
            return (
                f"{each.url} is signed with NVIDIA's key {RETIRED[-8:]}, which was retired in April 2022 and is no "
                "longer trusted: copy the repository, sign it with a key of your own, and name it in the profile, "
                f'[mirrors."{each.origin}"] with url, key and fingerprint'
            )
    return ""


def _offered(facts: Facts, one: Wanted) -> bool:
    """Whether an entry offers it: one of the host's own that its key can vouch for, or ours with its key in place."""
    sources = facts.sources
    if one.family == "apt":
        good = any(
            vouched(facts, entry, one)
            for entry in entries(facts, one)
            if entry.uri.partition(":")[0] == one.url.partition(":")[0]
        )
        return good and (not one.prefer or any(f"l={one.prefer}" in pin for pin in sources.pins))
    return any(
        _ours(each.file, " ".join(each.gpgkey).replace("file://", ""), one, facts)
        and (each.priority, each.gpgcheck) == (priority(one), not one.index)
        if OURS in each.file
        else RETIRED[-8:].lower() not in " ".join(each.gpgkey).lower()
        for each in sections(facts, one)
    )


def priority(one: Wanted) -> str:
    """Dnf's priority of a repository that is preferred: any below 99 is (dnf.conf(5)); empty for the others."""
    return "90" if one.prefer else ""


def entries(facts: Facts, one: Wanted) -> tuple[Source, ...]:
    """Apt's entries for the repository, by http or https; those for sources not among them."""
    return tuple(
        entry
        for entry in facts.sources.entries
        if entry.kind == "deb" and (place(entry.uri), entry.suite.strip("/")) == (place(one.url), one.suite.strip("/"))
    )


def sections(facts: Facts, one: Wanted) -> tuple[Repository, ...]:
    """The enabled repositories of dnf or yum that are at its address, with yum's variables filled in."""
    return tuple(
        each
        for each in facts.sources.repositories
        if each.enabled and place(one.url) in {place(_filled(url, facts)) for url in each.urls}
    )


def place(url: str) -> str:
    """An address as far as it says where: without http or https, and without the last slash."""
    return url.partition("://")[2].rstrip("/") if url.startswith("http") else url.rstrip("/")


def _filled(url: str, facts: Facts) -> str:
    version, machine = facts.os.version.partition(".")[0], facts.host.machine
    for name, value in (("releasever", version), ("basearch", machine), ("arch", machine)):
        url = url.replace(f"${{{name}}}", value).replace(f"${name}", value)
    return url


def _ours(file: str, key: str, one: Wanted, facts: Facts) -> bool:
    return OURS in file and key == one.key_file and key in facts.sources.keys


def vouched(facts: Facts, entry: Source, one: Wanted) -> bool:
    """Whether apt has the key for it; taken for granted where what the key files hold is not known."""
    signed = dict(entry.options).get("signed-by", "")
    if OURS in entry.file:
        return _ours(entry.file, signed, one, facts)
    held = held_keys(facts)
    if held is None or (signed and not signed.startswith("/")):
        return True
    files = signed.replace(",", " ").split() or [file for file in held if file.startswith("/etc/apt/trusted.gpg")]
    return any(one.fingerprint.endswith(name) for file in files for name in held.get(file, ()))


def held_keys(facts: Facts) -> Mapping[str, tuple[str, ...]] | None:
    """The ids of the keys by file; None where nobody could read or ask that."""
    try:
        files = facts.keys.files
    except Unknown:
        return None
    return None if files is None else {file: tuple(key.id for key in keys) for file, keys in files.items()}
