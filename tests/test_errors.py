"""Errors are for people, and what people see never holds a secret."""

from __future__ import annotations

import pytest

from provision import errors
from provision.errors import GpuwrightError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GpuwrightError)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_in_what_a_tool_said_is_blanked(kind: type[GpuwrightError]) -> None:
    text = str(kind("gpu01: apt cannot reach http://joe:hunter2@proxy:3128/ token=abcdef; nothing was changed"))
    assert "hunter2" not in text
    assert "abcdef" not in text
    assert text.startswith("gpu01: apt cannot reach http://")
    assert text.endswith(" nothing was changed")


def test_each_kind_has_a_status_of_its_own() -> None:
    kinds = [kind for kind in KINDS if "status" in vars(kind)]
    assert len({kind.status for kind in kinds}) == len(kinds)
