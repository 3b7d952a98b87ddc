"""The distribution, as os-release(5) names it; the `distro` library does the reading."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import distro

from checks.facts.reading import Reading, Unknown

DEBIANS = ("debian", "ubuntu")
ENTERPRISE = ("centos", "rhel", "rocky", "almalinux", "ol", "scientific")
AMAZON = "amzn"
"""IDs in os-release of the systems that profiles may know: those with apt, Enterprise Linux and Amazon's with dnf."""

COMMAND = "cat /etc/os-release || cat /usr/lib/os-release"


@dataclass(frozen=True)
class Os:
    """`id` as in ID (debian), `version` as in VERSION_ID (12), `codename` as in VERSION_CODENAME (bookworm)."""

    id: str
    version: str
    codename: str
    name: str

    @property
    def family(self) -> str:
        """How packages come here: apt, or rpm (dnf, yum); empty for a system that no profile can know."""
        return "apt" if self.id in DEBIANS else "rpm" if self.id in (*ENTERPRISE, AMAZON) else ""

    @property
    def release(self) -> str:
        """The name by which profiles know this release: bookworm, xenial, el7, amzn2023; empty where none can."""
        if self.id == AMAZON:
            return f"{AMAZON}{self.version}"
        if self.family == "rpm":
            return f"el{self.version.partition('.')[0]}"
        return self.codename if self.family else ""


def parse(reading: Reading) -> Os:
    """An os-release file; `Unknown` when it names no distribution."""
    text = "\n".join(reading.lines())
    memory = Path("/dev/shm")  # noqa: S108 - a full disk must not stop a diagnosis
    with tempfile.NamedTemporaryFile("w", dir=memory if memory.is_dir() else None, encoding="utf-8") as file:
        file.write(text.replace("\0", ""))
        file.flush()
        try:
            found = distro.LinuxDistribution(
                include_lsb=False,
                include_uname=False,
                os_release_file=file.name,
                distro_release_file=file.name,
            ).os_release_info()
        except ValueError as error:  # shlex: an unclosed quote
            raise Unknown(f"os-release cannot be read: {error}") from None
    if not found.get("id"):
        raise Unknown("os-release has no ID")
    return Os(
        found["id"],
        found.get("version_id", ""),
        found.get("codename", ""),
        found.get("pretty_name", found["id"]),
    )
