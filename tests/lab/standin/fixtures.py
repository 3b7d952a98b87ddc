"""Fixtures for tests of the simulated kernel: rooms with Debian's real NVIDIA programs, and no driver in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tests.lab import layers
from tests.lab.standin import build
from tests.lab.standin.room import Room

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.lab.core import Lab

# The real programs and Debian's real modprobe configuration; the driver itself is left out, it takes minutes to build.
PROGRAMS = """
export DEBIAN_FRONTEND=noninteractive
find /etc/apt -name '*.list' -o -name '*.sources' |
    xargs sed -i 's/main non-free-firmware/main contrib non-free non-free-firmware/'
apt-get -q update
apt-get -q -y install --no-install-recommends nvidia-smi nvidia-persistenced nvidia-modprobe nvidia-kernel-support \\
    libcuda1 runc
systemctl disable nvidia-persistenced
"""


class MakeRoom(Protocol):
    """Makes one room."""

    def __call__(self, gpus: str = "a100:1", faults: Sequence[str] = ()) -> Room:
        """With these cards."""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-ins, built once."""
    destination = tmp_path_factory.mktemp("standin") / "lab"
    build(destination)
    return destination


@pytest.fixture(scope="session", params=["debian12", pytest.param("debian13", marks=pytest.mark.slow)])
def programs(request: pytest.FixtureRequest, lab: Lab) -> tuple[str, ...]:
    """The layers of a root with Debian's own programs around the card."""
    found = layers.find(lab.home, lab.layer(request.param, "nvidia-programs", PROGRAMS))
    assert found
    return found.lowers


@pytest.fixture
def room(programs: tuple[str, ...], built: Path, tmp_path: Path) -> MakeRoom:
    """Make rooms, whose initramfs says nothing unless a test says otherwise."""
    count = 0

    def make(gpus: str = "a100:1", faults: Sequence[str] = (), **rest: Any) -> Room:
        nonlocal count
        count += 1
        one = Room(tmp_path / f"room{count}", programs, built, gpus, frozenset(faults), **rest)
        one.initramfs({})
        return one

    return make


def library_version(room: Room) -> str:
    """The version of the libnvidia-ml in a room."""
    folder = room.lower("usr/lib/x86_64-linux-gnu/nvidia/current")
    names = (re.fullmatch(r"libnvidia-ml\.so\.(\d+\.[\d.]+)", path.name) for path in folder.iterdir())
    return next(match[1] for match in names if match)
