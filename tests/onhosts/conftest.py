"""Hosts for the tests of the verbs: bare ones, and ones that start where a real provisioning ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab import layers
from tests.lab.fixtures import host, lab, unique
from tests.onhosts import stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host
    from tests.onhosts.stages import Way

__all__ = ["host", "lab"]


@pytest.fixture(scope="session")
def walked(lab: Lab) -> Iterator[Callable[[str], Way]]:
    """Walk the way from bare to provisioned, really, once in this session for each system."""
    ways: dict[str, Way] = {}
    names: list[str] = []

    def walk(os: str) -> Way:
        if os not in ways:
            name = unique("way")
            (one,) = lab.up([name], os=os, gpus=stages.GPUS)
            names.append(name)
            ways[os] = stages.walk(lab, one, os)
        return ways[os]

    yield walk
    there = {one.name for one in lab.hosts()}
    lab.down([name for name in names if name in there])


@pytest.fixture
def provisioned(lab: Lab, host: MakeHost, walked: Callable[[str], Way]) -> Callable[..., Host]:
    """Make hosts that start provisioned; the way there is walked only if its end is not kept yet."""

    def make(os: str = "debian12", *faults: str, gpus: str = stages.GPUS) -> Host:
        label = stages.label(os)
        if layers.find(lab.home, label) is None:
            walked(os)
        return host(gpus=gpus, layer=label, faults=faults).settle()

    return make
