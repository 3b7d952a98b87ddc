"""Debian's own docker, containerd, runc and DKMS, unpacked once, for packages of the mirror that only link to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import layers
from tests.lab.errors import LabError
from tests.lab.simulations import SIMULATIONS

if TYPE_CHECKING:
    from tests.lab.home import Home

NAME = "borrowed"
FOLDER = "opt/borrowed"
# docker-cli is part of docker.io in Debian 12, and a package of its own in 13.
SCRIPT = f"""
apt-get update -qq
mkdir -p /{FOLDER} /var/tmp/debs
cd /var/tmp/debs
for name in docker.io docker-cli containerd runc tini dkms; do
    apt-cache show "$name" >/dev/null 2>&1 || continue
    apt-get download -qq "$name"
done
for file in *.deb; do dpkg-deb -x "$file" /{FOLDER}; done
rm -rf /var/tmp/debs /var/lib/apt/lists/* /{FOLDER}/usr/share/doc /{FOLDER}/usr/share/man
"""


def below(os: str) -> str:
    """The Debian that a host of this system runs on."""
    return SIMULATIONS[os].over if os in SIMULATIONS else os


def folder(home: Home, os: str) -> Path:
    """Where the unpacked packages lie on this machine."""
    label = layers.label_of(home, below(os), NAME, SCRIPT)
    layer = layers.find(home, label)
    if layer is None:
        raise LabError(f"layer {label} was removed meanwhile: try again")
    return Path(layer.lowers[0]) / FOLDER
