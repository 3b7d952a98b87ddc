"""The pages about the checks are current: one is written from them, the other names only checks that there are."""

from __future__ import annotations

import re
from pathlib import Path

from checks.examine import CHECKS, name
from tests import reference

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_of_the_checks_is_current() -> None:
    assert reference.FILE.read_text(encoding="utf-8") == reference.page(), "run: python -m tests.reference"


def test_the_comparison_has_every_row_and_names_only_checks_that_there_are() -> None:
    rows = re.findall(
        r"^\| (\d+) \|.*\| ([^|]*) \|$", (DOCS / "diagnosis.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [int(number) for number, _ in rows] == list(range(1, 85))
    known = {name(check) for check in CHECKS}
    for number, ours in rows:
        named = set(re.findall(r"`([a-z_0-9]+)`", ours))
        assert named <= known, (number, named - known)
        assert named or ours.startswith("not done: "), f"row {number} names no check, and does not say why"
