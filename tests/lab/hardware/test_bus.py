"""The simulated PCI bus, as the real lspci reads it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.hardware import FAULTS, GPU_NAMES, MODELS, parse_spec, prepare
from tests.lab.hardware.bus import layout
from tests.lab.hardware.models import MOST
from tests.lab.hardware.values import CAPTURES, recorded

if TYPE_CHECKING:
    from pathlib import Path

needs_lspci = pytest.mark.skipif(not shutil.which("lspci"), reason="pciutils is not installed")
specs = st.lists(st.tuples(st.sampled_from(GPU_NAMES), st.integers(1, 8)), min_size=1, max_size=3).filter(
    lambda cards: sum(count for _, count in cards) <= MOST
)


def lspci(machine: Path, *options: str) -> list[str]:
    """Ask the real one about a prepared machine."""
    words = ["lspci", "-O", f"sysfs.path={machine / 'hw/pci'}", *options]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()


def ready(folder: Path, gpus: str, *faults: str) -> Path:
    """A prepared machine."""
    prepare(folder, gpus, frozenset(faults))
    return folder


@given(specs)
def test_a_spec_is_what_its_cards_say(cards: list[tuple[str, int]]) -> None:
    """Counting the parsed cards gives the spec back."""
    counted = Counter(model.key for model in parse_spec(",".join(f"{key}:{count}" for key, count in cards)))
    asked: Counter[str] = Counter()
    for key, count in cards:
        asked[key] += count
    assert counted == asked


@given(specs)
def test_addresses_are_unique_and_sorted(cards: list[tuple[str, int]]) -> None:
    """As on every bus, and each card has its slot."""
    models = parse_spec(",".join(f"{key}:{count}" for key, count in cards))
    devices = layout(models)
    addresses = [device.address for device in devices]
    assert addresses == sorted(set(addresses))
    assert [device.model for device in devices if device.model] == models


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("a100x:1", "no GPU is called 'a100x' here: use one of v100, t4"),
        ("a100:", None),
        ("a100:0", "'0' is not a count: write a100:1"),
        ("a100:-1", "is not a count"),
        ("a100:1.5", "is not a count"),
        ("a100,,t4", "no GPU is called ''"),
        ("h200:17", "17 GPUs in one host: the lab goes up to 16"),
    ],
)
def test_bad_specs(spec: str, words: str | None) -> None:
    """A bad one says what a good one looks like."""
    if words is None:
        assert len(parse_spec(spec)) == 1
        return
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_spec(spec)


def test_no_cards() -> None:
    """Two ways to say it."""
    assert parse_spec("none") == parse_spec("") == []


@needs_lspci
@pytest.mark.parametrize("key", GPU_NAMES)
def test_lspci_prints_what_models_say(key: str, tmp_path: Path) -> None:
    """By number: what lspci calls them depends on the age of pci.ids."""
    model = MODELS[key]
    (line,) = lspci(ready(tmp_path, f"{key}:1"), "-nn", "-d", "10de:")
    assert line.startswith("3b:00.0 3D controller [0302]: NVIDIA Corporation ")
    assert line.endswith(f"[10de:{model.device}] (rev a1)")


@needs_lspci
def test_lspci_knows_the_a100_by_name(tmp_path: Path) -> None:
    """As every pci.ids of the last years does."""
    (line,) = lspci(ready(tmp_path, "a100:1"), "-d", "10de:")
    assert line == "3b:00.0 3D controller: NVIDIA Corporation GA100 [A100 PCIe 80GB] (rev a1)"


@needs_lspci
def test_a_board_of_eight_has_switches(tmp_path: Path) -> None:
    """Four NVSwitch bridges beside eight H200, and none beside four."""
    lines = lspci(ready(tmp_path, "h200:8"), "-n", "-d", "10de:")
    assert Counter(line.split()[2] for line in lines) == {"10de:2335": 8, "10de:22a3": 4}
    assert len(lspci(ready(tmp_path, "h200:4"), "-n", "-d", "10de:")) == 4


@needs_lspci
def test_every_host_has_ordinary_devices(tmp_path: Path) -> None:
    """No card, and still a bus."""
    lines = lspci(ready(tmp_path, "none"))
    assert [re.sub(r"^\S+ (.*?):.*", r"\1", line) for line in lines] == [
        "Host bridge",
        "ISA bridge",
        "Ethernet controller",
    ]


@needs_lspci
def test_link(tmp_path: Path) -> None:
    """Speed and width stand in the configuration space and in sysfs, and a fault narrows them."""
    (line,) = [line for line in lspci(ready(tmp_path, "h100:1"), "-vv", "-s", "3b:") if "LnkSta:" in line]
    assert "Speed 32GT/s" in line
    assert "Width x16" in line
    narrow = ready(tmp_path, "h100:1", "link_degraded")
    (line,) = [line for line in lspci(narrow, "-vv", "-s", "3b:") if "LnkSta:" in line]
    assert "Width x4" in line
    assert (narrow / "hw/pci/devices/0000:3b:00.0/current_link_width").read_text() == "4\n"


@needs_lspci
def test_lost_and_missing(tmp_path: Path) -> None:
    """One that fell off answers with ones; one that is missing is not there."""
    assert len(lspci(ready(tmp_path, "a100:2", "gpu_missing"), "-d", "10de:")) == 1
    config = ready(tmp_path, "a100:2", "gpu_lost") / "hw/pci/devices/0000:5e:00.0/config"
    assert set(config.read_bytes()) == {0xFF}


def test_faults_say_what_they_are() -> None:
    """In one line each."""
    assert all(text and "\n" not in text for text in FAULTS.values())


@pytest.mark.parametrize("key", GPU_NAMES)
def test_every_model_names_its_source(key: str) -> None:
    """A capture that is there, or derived."""
    model = MODELS[key]
    assert model.source == "derived" or (CAPTURES / model.source.split(" ")[0]).is_file()
    if model.source != "derived":
        values = recorded(model.like)
        assert values["name"] == model.name
        assert values["memory.total"] == f"{model.memory} MiB"
        assert values["pci.device_id"] == f"0x{model.device.upper()}10DE"
