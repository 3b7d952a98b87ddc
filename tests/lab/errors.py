"""What can go wrong in the lab is one exception, and its text is one sentence a person can act on."""

from __future__ import annotations


class LabError(Exception):
    """Something the lab could not do, and why."""


class UsageError(LabError):
    """Something the lab was asked for that does not exist."""
