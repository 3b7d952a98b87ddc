"""Fixtures for every test that wants a real host: `from tests.lab.fixtures import lab, host`.

`lab` skips with the reason where there can be no hosts. `host` makes hosts under names that nobody else uses, so that
a user's own stay up, and takes them down when the test ends.
"""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tests.lab.core import Lab
from tests.lab.supported import supported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import Host


class MakeHost(Protocol):
    """Makes one host; keywords as of Lab.up."""

    def __call__(self, **wanted: Any) -> Host:
        """Bring it up."""


def unique(prefix: str = "t") -> str:
    """Return a host name that no other test and no user has."""
    return f"{prefix}{os.getpid() % 10_000}-{uuid.uuid4().hex[:6]}"


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The lab of this machine."""
    reason = supported()
    if reason:
        pytest.skip(reason)
    return Lab()


@pytest.fixture
def host(lab: Lab) -> Iterator[MakeHost]:
    """Make hosts that end with the test."""
    made: list[str] = []

    def make(**wanted: Any) -> Host:
        name = unique()
        made.append(name)
        return lab.up([name], **wanted)[0]

    yield make
    there = {host.name for host in lab.hosts()}
    lab.down([name for name in made if name in there])
