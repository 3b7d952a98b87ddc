"""The pages about the checks are current, and every row of the comparison names a check or says why there is none."""

from __future__ import annotations

import pytest

from checks.examine import CHECKS, name
from tests.peers import ROWS
from tests.reference import DOCS, PAGES, asked_here


@pytest.mark.parametrize("file", PAGES)
def test_a_page_is_what_the_checks_say(file: str) -> None:
    assert (DOCS / file).read_text(encoding="utf-8") == PAGES[file](), "run: python -m tests.reference"


def test_every_row_of_peers_is_there_and_answered() -> None:
    known = [name(check) for check in CHECKS]
    assert len(ROWS) == 84
    assert all(asked_here(row, known) or row.undone for row in ROWS)
