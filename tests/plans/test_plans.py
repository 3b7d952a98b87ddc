"""The golden plans are those that are planned, all of them and no others, and say what the rules ask for."""

from __future__ import annotations

import pytest

from tests.plans.golden import FOLDER, SYSTEMS, files
from tests.plans.shapes import SHAPES

FILES = files()


def test_there_is_a_file_for_every_system_and_every_kind_of_gpu_and_no_other() -> None:
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/*.txt")}
    assert there == set(FILES)
    assert len(FILES) == len(SYSTEMS) * len(SHAPES) == 56


@pytest.mark.parametrize("name", FILES)
def test_a_plan_is_the_golden_one(name: str) -> None:
    assert FILES[name] == (FOLDER / name).read_text(encoding="utf-8"), "run: python -m tests.plans, and read the diff"


RULES = {
    "v100": ("branch 580", "proprietary kernel module, which volta needs", "CUDA 12.9 at most; cuDNN 9.10.2"),
    "t4": ("branch 595", "open kernel module"),
    "a100": ("branch 595", "open kernel module"),
    "h100-hgx": ("branch 595", "open kernel module", "nvidia-fabricmanager=595:", "start the fabric manager"),
    "h200": ("branch 595", "open kernel module", "nvidia-fabricmanager=595:", "start the fabric manager"),
    "b200-hgx": ("branch 595", "open kernel module, which blackwell needs", "nvlsm", "modprobe ib_umad"),
    "a100-v100": ("branch 580", "proprietary kernel module, which volta needs", "CUDA 12.9 at most; cuDNN 9.10.2"),
    "pascal-blackwell": ("refused: ", "pascal needs the proprietary", "blackwell the open one", "a host each"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_plan_says_what_nvidias_rules_ask_for(name: str) -> None:
    text, shape = FILES[name], name.partition("/")[2].removesuffix(".txt")
    assert [words for words in RULES[shape] if words not in text] == []
    assert ("fabricmanager" in text) == (shape in ("h100-hgx", "h200", "b200-hgx"))
    assert ("nvlsm" in text) == (shape == "b200-hgx")
