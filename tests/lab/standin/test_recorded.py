"""nvidia-smi's renderer gives back the captures that it was made from, byte for byte."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.lab.hardware.values import recorded

HERE = Path(__file__).parent
CARDS = ("h100", "h200", "l40s")
pytestmark = [pytest.mark.lab, pytest.mark.slow]


def rendered(built: Path, card: str, form: str, **variables: str) -> str:
    """One answer about one recorded card."""
    values = recorded(card)
    driver = values["driver_version"]
    known = {
        "form": form,
        "driver": driver,
        "branch": driver.split(".", maxsplit=1)[0],
        "cuda": {"590": "13.1", "595": "13.2"}[driver.split(".", maxsplit=1)[0]],
        "dir": str(HERE / "smi"),
    }
    words = [word for name, value in {**known, **variables}.items() for word in ("-v", f"{name}={value}")]
    block = "@ 0\n" + "".join(f"{name}={value}\n" for name, value in values.items())
    command = [str(built / "busybox"), "awk", *words, "-f", str(HERE / "smi/render.awk")]
    return subprocess.run(command, input=block, capture_output=True, text=True, check=True).stdout


def capture(card: str, form: str) -> str:
    """As recorded."""
    return (HERE / "templates" / f"{card}.{form}").read_text(encoding="utf-8")


@pytest.mark.parametrize("card", CARDS)
def test_list(card: str, built: Path) -> None:
    """nvidia-smi -L."""
    assert rendered(built, card, "list") == capture(card, "list.txt")


@pytest.mark.parametrize("card", CARDS)
def test_every_field_at_once(card: str, built: Path) -> None:
    """--query-gpu with all fields."""
    wanted = capture(card, "query-gpu.csv")
    fields = ",".join(name.split(" ")[0] for name in wanted.splitlines()[0].split(", "))
    assert rendered(built, card, "csv", ask=fields, header="1", units="1") == wanted


@pytest.mark.parametrize("card", CARDS)
def test_table(card: str, built: Path) -> None:
    """The plain table; power and temperature were read a moment apart and are left out of the comparison."""
    wanted = capture(card, "table.txt").splitlines()
    got = rendered(built, card, "table", now=wanted[0].rstrip()).splitlines()
    assert len(got) == len(wanted)
    for one, other in zip(got, wanted, strict=True):
        if one.startswith("| N/A"):
            assert len(one) == len(other)
            assert one.split("|")[2] == other.split("|")[2]
        else:
            assert one.rstrip() == other.rstrip()


def test_whole_query_of_the_recorded_h200(built: Path) -> None:
    """-q was made from this capture: the same labels in the same order."""
    wanted = [line.partition(":")[0] for line in capture("h200", "query.txt").strip().splitlines()]
    got = [line.partition(":")[0] for line in rendered(built, "h200", "query").strip().splitlines()]
    assert got == wanted
