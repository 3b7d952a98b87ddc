"""The table of GPU generations, held against the machine's own pci.ids (the package that lspci reads)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checks.facts.generation import of

PCI_IDS = Path("/usr/share/misc/pci.ids")
CHIPS = {
    "GF": "fermi",
    "GK": "kepler",
    "GM": "maxwell",
    "GP": "pascal",
    "GV": "volta",
    "TU": "turing",
    "GA": "ampere",
    "AD": "ada",
    "GH": "hopper",
    "GB": "blackwell",
}


def boards() -> list[tuple[int, str]]:
    """Each device of vendor 10de whose entry begins with a chip's name, without audio, USB and bridge functions."""
    text = PCI_IDS.read_text(encoding="utf-8", errors="replace")
    section = text.partition("\n10de  ")[2].partition("\n10df")[0]
    found = re.findall(r"^\t([0-9a-f]{4})  ((?:GF|GK|GM|GP|GV|TU|GA|AD|GH|GB)\d{3})\S* \[", section, re.MULTILINE)
    return [(int(device, 16), chip[:2]) for device, chip in found if device != "1af1"]  # the NVSwitch of A100 boards


@pytest.mark.skipif(not PCI_IDS.exists(), reason="no pci.ids here: the Debian package pci.ids brings it")
def test_every_board_that_pci_ids_names_is_of_its_chips_generation() -> None:
    assert len(boards()) > 500
    wrong = []
    for device, chip in boards():
        generation = of(device)
        if generation is None or generation.name != CHIPS[chip]:
            wrong.append((f"{device:04x}", chip, generation and generation.name))
    assert wrong == []


@pytest.mark.parametrize(
    ("device", "name", "branch", "drives"),
    [
        (0x1DB6, "volta", 535, True),
        (0x1DB6, "volta", 595, False),
        (0x20B5, "ampere", 535, True),
        (0x2330, "hopper", 535, True),
        (0x2335, "hopper", 535, False),
        (0x2335, "hopper", 550, True),
        (0x2901, "blackwell", 535, False),
        (0x2901, "blackwell", 570, True),
        (0x102D, "kepler", 470, True),
        (0x102D, "kepler", 535, False),
    ],
)
def test_a_branch_drives_what_it_supports(device: int, name: str, branch: int, drives: bool) -> None:
    generation = of(device)
    assert generation is not None
    assert (generation.name, generation.drives(branch)) == (name, drives)
