"""Fixtures of the lab for the tests of its mirror."""

from tests.lab.fixtures import host, lab

__all__ = ["host", "lab"]
