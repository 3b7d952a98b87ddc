"""Tests of the lab use its fixtures."""

from __future__ import annotations

from tests.lab.fixtures import host, lab

__all__ = ["host", "lab"]
