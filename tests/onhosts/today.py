"""Profile `current` as hosts of the lab need it: the same, with the fingerprints of the lab's own keys.

The mirror signs in the vendors' place; which key that is follows from where a repository lies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.profiles.profile import load
from tests.lab.mirror import life

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.core import Lab

SIGNED = {
    "developer.download.nvidia.com": "nvidia",
    "nvidia.github.io": "toolkit",
    "download.docker.com": "docker",
    "dl.fedoraproject.org": "distribution",
}


def profile(lab: Lab, folder: Path) -> Path:
    """Write it to a file."""
    keys = life.fingerprints(lab.home)
    named = {name: each.url.split("/")[2] for name, each in load("current").repositories.items()}
    path = folder / "today.toml"
    path.write_text(
        'name = "today"\nextends = "current"\n'
        + "".join(f'[repositories.{name}]\nfingerprint = "{keys[SIGNED[at]]}"\n' for name, at in named.items())
    )
    return path
