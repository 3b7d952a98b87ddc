"""The golden plans are those that are planned, all of them and no others, and say what the rules ask for."""

from __future__ import annotations

import subprocess

import pytest

from checks.profiles.profile import having
from provision.components import driver
from provision.planning import plan
from tests.hosts import refused
from tests.plans.golden import CURRENT, FOLDER, ON_ARM, SHOWN, SYSTEMS, facts, files
from tests.plans.shapes import ARM, SHAPES
from tests.test_recordings import law

FILES = files()


def test_there_is_a_file_for_every_system_and_every_kind_of_gpu_and_no_other() -> None:
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/*.txt")}
    assert there == set(FILES)
    assert len(FILES) == len(SYSTEMS) * len(SHAPES) + len(ARM) == 58


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
    "gh200": ("branch 595", "open kernel module", "compute/cuda/repos/ubuntu2404/sbsa", "stable/deb/arm64"),
    "gb200": ("branch 595", "open kernel module, which blackwell needs", "compute/cuda/repos/ubuntu2404/sbsa"),
    "pascal-blackwell": ("refused: ", "pascal needs the proprietary", "blackwell the open one", "a host each"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_plan_says_what_nvidias_rules_ask_for(name: str) -> None:
    text, shape = FILES[name], name.partition("/")[2].removesuffix(".txt")
    assert [words for words in RULES[shape] if words not in text] == []
    assert ("fabricmanager" in text) == (shape in ("h100-hgx", "h200", "b200-hgx"))
    assert ("nvlsm" in text) == (shape == "b200-hgx")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("system", ["debian12", "ubuntu2404", "el9"])
def test_the_law_of_plan_and_doctor_holds_for_them(system: str, shape: str) -> None:
    law(facts(system, shape), CURRENT)


@pytest.mark.parametrize("shape", ARM)
def test_it_holds_on_servers_of_arm(shape: str) -> None:
    law(facts(ON_ARM, shape), CURRENT)
    text = FILES[f"{ON_ARM}/{shape}.txt"]
    assert "linux-headers-6.8.0-1020-nvidia-64k" in text
    assert "x86_64" not in text
    assert "amd64" not in text


def test_the_solver_is_kept_on_the_branch_or_the_version_as_the_run_will_be() -> None:
    """A glob with brackets matches nothing there: apt knows globs that end in an asterisk, and regular expressions."""
    exact = having(CURRENT, {"driver": {"version": "580.95.05"}})
    assert "Pin: version /^580[-.]/\nPin-Priority: 1001\n" in driver.planned(facts("debian12", "v100"), CURRENT)
    assert "Pin: version /^580.95.05[-.]/\n" in driver.planned(facts("ubuntu2404", "a100"), exact)
    assert "module_hotfixes=1" in driver.planned(facts("el9", "a100"), CURRENT)


def test_shellcheck_finds_nothing_in_the_commands_for_the_driver() -> None:
    """All of them at once, each as the body of a function."""
    hosts = [facts(system, shape) for system in SYSTEMS for shape in SHAPES]
    steps = [step for host in hosts if not refused(host, CURRENT) for step in plan(host, CURRENT).steps]
    scripts = {text for step in steps if step.component in SHOWN for text in (step.script, step.undo) if text}
    assert len(scripts) > 20
    text = "".join(f"f{number}() {{\n{script}}}\n" for number, script in enumerate(sorted(scripts)))
    command = ["shellcheck", "--shell=sh", "--severity=warning", "--exclude=SC2154,SC2034", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.stdout == ""
