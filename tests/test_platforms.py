"""docs/platforms.md says what the tests show: each cell's test exists, runs on that system, and with that GPU."""

from __future__ import annotations

import ast
import re

import pytest

from tests import platforms
from tests.lab.simulations import SIMULATIONS
from tests.lab.systems import SYSTEMS
from tests.platforms import GPUS, PAGE, PLANS, ROOT, SHOWN, Shown


def test_the_page_is_the_one_that_the_tests_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == platforms.page()


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.test.partition("::")[2])
def test_what_a_cell_names_is_a_test_of_that_system_and_that_gpu(shown: Shown) -> None:
    file, _, name = shown.test.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert name in {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    if "stages.GPUS" not in text or shown.gpu != "a100":
        assert re.search(rf'gpus="{shown.gpu}:\d"', text)
    sources = (
        text + (ROOT / "tests/onhosts/stack_2017.py").read_text(encoding="utf-8") if "stack_2017" in text else text
    )
    for system in shown.systems:
        assert f'"{system}"' in sources or f"{system}" in file
        assert system in SIMULATIONS or system in SYSTEMS


def test_every_golden_plan_is_a_cell() -> None:
    folders = {path.parent for path in PLANS.glob("*/*.txt")}
    assert {folder.name for folder in folders} <= platforms.SYSTEMS.keys()
    for folder in folders:
        assert {path.stem for path in folder.glob("*.txt")} <= GPUS.keys()


def test_every_release_that_the_profile_has_a_driver_for_is_a_row() -> None:
    named = {"bookworm": "debian12", "trixie": "debian13", "jammy": "ubuntu2204"}
    named |= {"noble": "ubuntu2404", "resolute": "ubuntu2604"}
    assert {named.get(release, release) for release in platforms.releases()} <= platforms.SYSTEMS.keys()
