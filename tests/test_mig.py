"""GPUs divided (MIG): what can be, what is lacking, how it is planned; and what is read of real nvidia-smi's lists.

tests/onhosts/test_mig.py divides the GPUs of a real host by its stand-in for nvidia-smi.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.facts.mig_model import of
from checks.facts.reading import Unknown
from checks.facts.recording import Recording
from checks.finding import Finding
from checks.profiles import mig
from checks.profiles.profile import Profile, having
from provision import show
from provision.components import mig as component
from provision.planning import plan
from tests.alter import Alter, append, edit, put
from tests.faultbench.mig import DIVIDED, devices, enabled, unit
from tests.faultbench.twin import twin
from tests.hosts import DEBIAN, HEALTHY, read
from tests.kubelet.test_gates import host
from tests.test_recordings import law

GOLDEN = Path(__file__).parent / "mig"
CAPTURE = Path(__file__).parent / "captures/h100-mig-590.list.txt"
HOLDER = append("work", "holder 4711 ops ,0 |/user.slice python3\n")

OFF = having(DEBIAN, {"mig": {"all": ["off"]}})
ON = having(DEBIAN, {"mig": {"all": ["on"]}})


def asking(**keys: object) -> Profile:
    return having(DEBIAN, {"mig": keys})


@pytest.mark.parametrize(
    ("device", "names", "words"),
    [
        (0x20B5, ("1g.10gb",) * 7, ""),
        (0x20B5, ("3g.40gb", "3g.40gb"), ""),
        (0x20B5, ("4g.40gb", "2g.20gb", "1g.10gb"), ""),
        (0x20B5, ("3g.40gb", "2g.20gb", "1g.10gb", "1g.10gb"), ""),
        (0x20B5, ("1g.20gb",) * 4, ""),
        (0x20B5, (), ""),
        (0x20B5, ("1g.10gb",) * 8, "holds 7 x 1g.10gb at most, not 8"),
        (0x20B5, ("1g.10gb+me",) * 2, "holds 1 x 1g.10gb+me at most"),
        (0x20B5, ("4g.40gb", "3g.40gb", "1g.10gb"), "do not fit together on A100 80GB"),
        (0x20B5, ("3g.40gb", "3g.40gb", "1g.10gb"), "do not fit together"),
        (0x20B5, ("1g.5gb",), "1g.5gb is no profile of A100 80GB, which has 1g.10gb, "),
        (0x20B0, ("1g.5gb",) * 7, ""),
        (0x20B7, ("2g.12gb", "1g.6gb", "1g.6gb"), ""),
        (0x20B7, ("4g.24gb", "1g.6gb"), "do not fit together on A30"),
        (0x2330, ("7g.80gb",), ""),
        (0x2335, ("1g.18gb",) * 7, ""),
        (0x2335, ("1g.10gb",), "no profile of H200 141GB"),
        (0x2901, ("3g.90gb", "2g.45gb", "1g.23gb", "1g.23gb"), ""),
    ],
)
def test_what_goes_together(device: int, names: tuple[str, ...], words: str) -> None:
    model = of(device)
    assert model
    found = model.problem(names)
    assert words in found
    assert bool(found) == bool(words)


def test_a_gpu_that_cannot_be_divided_is_no_model() -> None:
    assert of(0x1DB4) is None  # V100


def test_a_real_list_of_mig_devices_is_read() -> None:
    lines = CAPTURE.read_text(encoding="utf-8").splitlines()
    text = "instance gpu0/mig/gi2\ninstance gpu0/mig/gi3\n" + "".join(f"list {line}\n" for line in lines)
    found = host(HEALTHY, put("mig", text)).mig
    assert list(found.devices.values()) == [("1g.10gb", "1g.10gb", "2g.20gb", "3g.40gb")]
    assert found.bare == 0


def test_an_instance_without_a_compute_instance_is_seen() -> None:
    facts = host(HEALTHY, enabled(), put("mig", "instance gpu0/mig/gi2\n"))
    assert facts.mig.bare == 1
    assert mig.differing(facts, ON)[0][1] == "1 GPU instance(s) have no compute instance"


FREE, MANY = (enabled(), devices(*DIVIDED)), ["3g.40gb", "1g.10gb x4"]
SITUATIONS: dict[str, tuple[tuple[Alter, ...], Profile]] = {
    "undivided": ((), asking(all=MANY)),
    "undivided, in use": ((HOLDER,), asking(all=MANY)),
    "otherwise": ((enabled(), devices("7g.80gb"), unit("on 7g.80gb")), asking(models={"20b5": MANY})),
    "otherwise, in use": ((enabled(), devices("7g.80gb"), unit("on 7g.80gb"), HOLDER), asking(gpus={"0": MANY})),
    "divided, and not at the next boot": (FREE, asking(all=MANY)),
    "divided, to be whole": ((*FREE, unit("on " + " ".join(DIVIDED))), OFF),
    "divided as wanted": ((*FREE, unit("on 3g.40gb " + " ".join(["1g.10gb"] * 4))), asking(all=MANY)),
    "no such profile": ((), asking(all=["1g.5gb x7"])),
    "no such GPU": ((), asking(gpus={"1": MANY})),
    "a driver too old": ((edit("modules", r"535\.309\.01", "440.118.02"),), asking(all=MANY)),
    "one of two": (twin(), asking(gpus={"1": ["1g.10gb x7"]})),
}


def golden(name: str) -> str:
    alters, profile = SITUATIONS[name]
    facts = host(HEALTHY, *alters)
    said = [finding for finding in examine(facts, profile) if finding.check == "mig_layout"]
    lines = "".join(f"{f.verdict} {f.summary}\n     {f.remedy.text if f.remedy else ''}\n" for f in said)
    steps = [step for step in plan(facts, profile).steps if step.component == "mig" and "divi" in (step.key or "")]
    scripts = "".join(f"--- script\n{step.script}--- undo\n{step.undo}" for step in steps)
    return lines + show.as_text(plan(facts, profile), "node", profile.name) + scripts


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_plan_is_the_golden_one(name: str) -> None:
    assert golden(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    alters, profile = SITUATIONS[name]
    law(host(HEALTHY, *alters), profile)


def test_a_gpu_in_use_costs_one_reboot_that_names_who_and_a_free_one_none() -> None:
    held, free = (
        plan(host(HEALTHY, *SITUATIONS[name][0]), SITUATIONS[name][1]) for name in ("undivided, in use", "undivided")
    )
    assert (held.reboots, free.reboots) == (1, 0)
    assert "python3 (pid 4711)" in held.phases[0].reboot
    assert any("python3 (pid 4711, ops, GPU 0)" in work for work in held.phases[0].stops)


def test_programs_on_other_gpus_cost_nothing() -> None:
    alters, profile = SITUATIONS["one of two"]
    assert plan(host(HEALTHY, *alters, HOLDER), profile).reboots == 0


def test_where_holders_are_not_known_nothing_is_planned() -> None:
    facts = host(HEALTHY, put("work", "holders only root can see who holds the GPUs\n"))
    planned = plan(facts, asking(all=MANY), ("mig",))
    assert not planned
    assert "only root can see" in dict(planned.unknown)["mig"]


def test_before_there_is_a_driver_it_is_in_the_plan_all_the_same_and_needs_the_driver() -> None:
    facts = Facts(Recording(read("bare-debian12-a100").readings | {"mig": read(HEALTHY).readings["mig"]}))
    profile = asking(all=MANY)
    divide = [step for step in plan(facts, profile).steps if step.key == "divide the GPUs"]
    assert [step.needs_driver for step in divide] == [True]
    law(facts, profile)


def test_a_profile_that_says_nothing_of_mig_asks_for_nothing_and_needs_no_topic() -> None:
    readings = {name: reading for name, reading in read(HEALTHY).readings.items() if name != "mig"}
    assert not plan(Facts(Recording(readings)), DEBIAN).unknown
    with pytest.raises(Unknown):
        mig.unit_lacks(Facts(Recording(readings, complete=False)), ON)


def test_gpus_that_are_divided_differently_on_purpose_are_no_warning() -> None:
    facts = host(HEALTHY, *twin(), enabled(1), devices(*DIVIDED))
    assert [f.verdict for f in _mode(facts, DEBIAN)] == ["warn"]
    assert [f.verdict for f in _mode(facts, asking(gpus={"0": MANY, "1": ["off"]}))] == ["ok"]


def _mode(facts: Facts, profile: Profile) -> list[Finding]:
    return [finding for finding in examine(facts, profile) if finding.check == "mig_mode"]


def test_shellcheck_finds_nothing_in_the_program() -> None:
    program = Path(component.__file__).with_suffix(".sh")
    done = subprocess.run(["shellcheck", "--shell=sh", str(program)], capture_output=True, text=True, check=False)
    assert done.stdout == ""


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in SITUATIONS:
        (GOLDEN / f"{each}.txt").write_text(golden(each), encoding="utf-8")
