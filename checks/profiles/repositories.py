"""The package repositories that a profile names for a release, where they really are, and those that a host lacks."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts import Facts
from checks.facts.keys import RETIRED
from checks.profiles.mirrors import mirrored
from checks.profiles.profile import Profile


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
        url, mirror = mirrored(each.url, profile)
        signed = mirror if mirror and mirror.fingerprint else each
        fingerprint = signed.fingerprint.replace(" ", "").upper()
        key = mirror.key if signed is mirror else mirrored(each.key, profile)[0]
        found.append(Wanted(name, url, each.url, each.suite, each.components, key, fingerprint, facts.os.family))
    return tuple(found)


def lacking(facts: Facts, profile: Profile) -> tuple[Wanted, ...]:
    """Those that nothing on the host offers yet, or that our own file offers with another key, or without it."""
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
        if each.fingerprint.endswith(RETIRED):
            return (
                f"{each.url} is signed with NVIDIA's key {RETIRED[-8:]}, which was retired in April 2022 and is no "
                "longer trusted: copy the repository, sign it with a key of your own, and name it in the profile, "
                f'[mirrors."{each.origin}"] with url, key and fingerprint'
            )
    return ""


def _offered(facts: Facts, one: Wanted) -> bool:
    """Whether an entry offers it: any of the host's own, or ours with its key in place."""
    sources, place = facts.sources, one.url.rstrip("/")
    if one.family == "apt":
        pairs = [
            (entry.file, dict(entry.options).get("signed-by", ""))
            for entry in sources.entries
            if entry.kind == "deb" and entry.uri.rstrip("/") == place and entry.suite.strip("/") == one.suite.strip("/")
        ]
    else:
        pairs = [
            (each.file, " ".join(each.gpgkey).replace("file://", ""))
            for each in sources.repositories
            if each.enabled and place in {url.rstrip("/") for url in each.urls}
        ]
    ours = "/gpuwright-"
    return any(ours not in file or (key == one.key_file and key in sources.keys) for file, key in pairs)
