"""Tests here run the simulated kernel in rooms."""

from __future__ import annotations

from tests.lab.standin.fixtures import built, programs, room

__all__ = ["built", "programs", "room"]
