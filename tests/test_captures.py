"""What real tools printed on real hosts is read as it was meant, and none of it is taken for a fault."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from checks.examine import CHECKS, examine, stage
from checks.facts import Facts, nvlink, pci, smi
from checks.facts.query import FILTER, Gpu
from checks.facts.reading import Reading
from checks.facts.recording import CAP, Recording
from checks.finding import Finding
from checks.nvlink import fabric_log, fabric_manager, fabric_version
from tests.faultbench import FAULTS
from tests.hosts import DEBIAN, HEALTHY, read

CAPTURES = Path(__file__).parent / "captures"
TEMPLATES = Path(__file__).parent / "lab/standin/templates"
QUERIES = sorted(path.name for path in CAPTURES.glob("*.query.txt"))
WHOLE = sorted(path.name for path in TEMPLATES.glob("*.query.txt"))
OF_GPUS = [check for check in CHECKS if stage(check) == "gpu"]


def filtered(text: str, tmp_path: Path) -> str:
    """What the topic keeps of a whole output."""
    file = tmp_path / "q"
    file.write_text(text, encoding="utf-8")
    return subprocess.run(["sh", "-c", f"{FILTER} {file}"], capture_output=True, text=True, check=True).stdout


def gpus(text: str) -> tuple[Gpu, ...]:
    return smi.parse(Reading(0, text)).gpus


def examined(text: str) -> tuple[Finding, ...]:
    """The findings about the GPUs of a host that has these instead of its own."""
    readings = dict(read(HEALTHY).readings)
    readings["smi"] = Reading(0, text)
    lines = (f"device {gpu.address} 0x20b5 0x030200 nvidia\n" for gpu in gpus(text))
    readings["pci"] = Reading(0, "".join(lines))
    readings["nodes"] = Reading(0, "")
    return examine(Facts(Recording(readings)), DEBIAN, OF_GPUS)


@pytest.mark.parametrize("name", QUERIES)
def test_no_capture_is_taken_for_a_fault(name: str) -> None:
    loud = [found for found in examined((CAPTURES / name).read_text(encoding="utf-8")) if found.verdict not in LUCKY]
    assert loud == []


LUCKY = ("ok", "skipped")


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_output_goes_through_the_filter(name: str, tmp_path: Path) -> None:
    text = filtered((TEMPLATES / name).read_text(encoding="utf-8"), tmp_path)
    (gpu,) = gpus(text)
    assert gpu.name.startswith("NVIDIA ")
    assert (gpu.number("ECC Errors/Volatile/DRAM Uncorrectable"), gpu.says("Compute Mode")) == (0, "Default")
    assert [found for found in examined(text) if found.verdict not in LUCKY] == []


def test_fields_of_old_and_new_drivers_are_found_under_their_names() -> None:
    old, _ = gpus((CAPTURES / "derived-p100-375.26.query.txt").read_text(encoding="utf-8"))
    (new,) = gpus((CAPTURES / "rtx2080s-610.57.04.query.txt").read_text(encoding="utf-8"))
    (mig,) = gpus((CAPTURES / "h100-mig-590.48.01.query.txt").read_text(encoding="utf-8"))
    assert (old.driver, old.address, old.says("GPU Recovery Action")) == ("375.26", "0000:05:00.0", "")
    assert new.number("GPU Power Readings/GPU Ceiling Power Limit/Current Power Limit") == 250
    assert new.says("ECC Mode/Current") == ""
    assert (mig.mig, [process.pid for process in mig.processes]) == (True, ["21180", "21181", "21198"])


def test_sixteen_gpus_fit_into_the_topic(tmp_path: Path) -> None:
    whole = (TEMPLATES / "h200.query.txt").read_text(encoding="utf-8")
    banner, _, board = whole.partition("GPU 00000000:")
    busy = board.replace(
        "    Processes                                          : None\n",
        "    Processes\n"
        + "        GPU instance ID                   : N/A\n        Process ID                        : 4242\n"
        "            Type                          : C\n            Name                          : /usr/bin/python3\n"
        "            Used GPU Memory               : 70000 MiB\n" * 9,
    )
    assert busy != board
    cards = "".join(f"GPU 00000000:{slot:02X}{busy[2:]}" for slot in range(16))
    text = filtered(banner.replace(": 1\n", ": 16\n") + cards, tmp_path)
    assert len(text) < CAP
    assert [gpu.address for gpu in gpus(text)] == [f"0000:{slot:02x}:{busy[3:7]}" for slot in range(16)]


@pytest.mark.parametrize("name", [path.name for path in CAPTURES.glob("*nvlink*.txt")])
def test_no_capture_of_nvlink_is_taken_for_a_fault(name: str) -> None:
    status = "".join(f"s {line}\n" for line in (CAPTURES / name).read_text(encoding="utf-8").splitlines())
    readings = {**read(HEALTHY).readings, "nvlink": Reading(0, f"status 0\n{status}errors 0\n")}
    of_links = [check for check in CHECKS if stage(check) == "nvlink"]
    assert {found.verdict for found in examine(Facts(Recording(readings)), DEBIAN, of_links)} <= set(LUCKY)


def test_a_fabric_manager_at_work_complains_of_nothing() -> None:
    log = (CAPTURES / "gpud-fabricmanager.log").read_text(encoding="utf-8")
    readings = dict(fault_of("fabric manager misses a GPU").readings)
    unit = "unit LoadState=loaded\nunit ActiveState=active\nversion Fabric Manager version is : 535.309.01\n"
    readings["fabric"] = Reading(0, unit + "".join(f"log {line}\n" for line in log.splitlines() if line))
    found = examine(Facts(Recording(readings)), DEBIAN, [fabric_version, fabric_manager, fabric_log])
    assert [each.verdict for each in found] == ["ok", "ok", "ok"]


def fault_of(name: str) -> Recording:
    """A host of the bench."""
    return next(fault for fault in FAULTS if fault.name == name).recording()


@pytest.mark.parametrize(("name", "gpus", "switches"), [("a100", 8, 6), ("a10", 1, 0)])
def test_nvswitches_are_told_from_gpus(name: str, gpus: int, switches: int) -> None:
    found = re.findall(
        r"^(?:([0-9a-f]{4}):)?(\S+) .*\[(\w{4})\]: .*\[10de:(\w{4})\]",
        (CAPTURES / f"gpud-lspci-{name}.txt").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    lines = (f"device {domain or '0000'}:{slot} 0x{model} 0x{kind}00 nvidia\n" for domain, slot, kind, model in found)
    bus = pci.parse(Reading(0, "".join(lines)))
    assert (len(bus.gpus), len(nvlink.switches(bus)), nvlink.expected_switches(bus)) == (gpus, switches, switches)


def test_colours_and_strange_letters_are_no_fault() -> None:
    text = (CAPTURES / "rtx2080s-595.71.05.query.txt").read_text(encoding="utf-8")
    noisy = text.replace("GeForce RTX", "\x1b[4mGeForce\x1b[0m® RTX™").replace("\n", "\r\n")
    (gpu,) = gpus(noisy)
    assert gpu.name == "NVIDIA GeForce® RTX™ 2080 SUPER"
    assert {found.verdict for found in examined(noisy)} <= set(LUCKY)
