"""Where rehearsals start, and where an undisturbed one ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.lab.fixtures import host, lab, unique
from tests.onhosts.rehearsal.stage import SCRIPT, layers_on_the_way, state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

__all__ = ["host", "lab"]


class Way(NamedTuple):
    """The layer before each step, and the state at the end of the undisturbed way."""

    layers: list[str]
    end: list[str]


@pytest.fixture(scope="session")
def way(lab: Lab) -> Iterator[Way]:
    """Walk undisturbed, once."""
    label = unique("rehearsal")
    layers = layers_on_the_way(lab, unique("way"), label)
    name = unique("end")
    (one,) = lab.up([name], gpus="a100:1", layer=layers[-1])
    end = state(one.settle())
    lab.down([name])
    yield Way(layers, end)
    for layer in reversed(layers[1:]):
        lab.drop_layer(layer)


@pytest.fixture
def fresh(lab: Lab, host: MakeHost) -> Callable[[], Host]:
    """Make hosts on which nothing was rehearsed yet."""

    def make() -> Host:
        return host(gpus="a100:1", layer=lab.layer("debian12", "rehearsal", SCRIPT)).settle()

    return make
