"""Hosts for tests of many at once."""

from __future__ import annotations

from tests.onhosts.conftest import host, lab, provisioned, walked

__all__ = ["host", "lab", "provisioned", "walked"]
