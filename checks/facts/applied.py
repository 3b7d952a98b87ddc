"""The profile that provisioning left on the host, as TOML text; empty when there is none."""

from __future__ import annotations

from checks.facts.reading import Reading

PATH = "/etc/gpuwright/profile.toml"

COMMAND = f"[ ! -e {PATH} ] || cat {PATH}"


def parse(reading: Reading) -> str:
    """The text as it stands; what it means is for the profile's own parser."""
    return "\n".join(reading.lines())
