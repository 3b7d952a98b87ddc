"""docs/nvidia-docker1.md: each command on it is one that there is, each check and number that it names exists."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

import tasks
from checks.examine import CHECKS, name
from checks.profiles.profile import names
from provision.planning import COMPONENTS
from provision.planning import name as component
from tests.lab.mirror import data
from tests.lab.standin import nvidia_docker

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = (Path(__file__).parent.parent / "docs/nvidia-docker1.md").read_text(encoding="utf-8")
KNOWN_CHECKS = {name(check) for check in CHECKS}
KNOWN_COMPONENTS = {component(each) for each in COMPONENTS}
COMMANDS = re.findall(r"^ +fab -H gpu01 (.*)$", PAGE, re.MULTILINE)
INSTALLED = re.findall(r"^ +(?:yum|apt-get) install ([^#\n]*)", PAGE.replace("-$(uname -r)", ""), re.MULTILINE)


def flags(verb: str) -> dict[str, bool]:
    """The flags of a verb, and whether each wants a value."""
    return {f"--{each.name.replace('_', '-')}": each.takes_value for each in tasks.namespace[verb].get_arguments()}


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_a_command_has_a_verb_and_flags_that_there_are(command: str) -> None:
    verb, *rest = shlex.split(command, comments=True)
    known = flags(verb)
    values: dict[str, str] = {}
    while rest:
        flag = rest.pop(0)
        assert flag in known, flag
        values[flag] = rest.pop(0) if known[flag] else ""
    only = {each for each in values.get("--only", "").split(",") if each}
    assert only <= (KNOWN_CHECKS if verb == "doctor" else KNOWN_COMPONENTS)
    assert values.get("--profile", "x.toml").endswith(".toml") or values["--profile"] in names()


def test_there_are_commands_of_each_kind() -> None:
    assert {"doctor", "plan", "provision", "rollback", "docker-args", "manifest"} == {
        line.split()[0] for line in COMMANDS
    }


def test_each_check_that_is_named_exists_and_each_of_the_plugin_is_named() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    cells = [line.strip("|").rsplit("|", 1)[1] for line in rows if not set(line) <= set("|-")]
    named = set(re.findall(r"`([a-z_]+)`", " ".join(cells))) - {component(each) for each in COMPONENTS}
    assert named <= KNOWN_CHECKS
    assert {each for each in KNOWN_CHECKS if each.startswith("nvidia_docker_")} - {"nvidia_docker_version"} <= named
    words = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", PAGE))
    assert words <= KNOWN_CHECKS | KNOWN_COMPONENTS


def test_each_package_that_is_installed_by_hand_is_one_of_the_mirrors() -> None:
    listed = {each.name for each in data.load().packages}
    wanted = {word for line in INSTALLED for word in line.split()} - {"epel-release"}
    assert len(wanted) > 9
    assert {word for word in wanted - listed if not word.startswith("linux-headers")} == set()
    assert not {"cuda", "cuda-8-0", "cuda-drivers"} & wanted


OBSERVED = {"1": 11, "2": 10, "3": 9, "4": 4, "5": 11, "6": 9, "7": 3, "8": 13, "9": 3}
"""How many observations of the real programs each section has."""


def numbers(table: str) -> dict[str, tuple[str, ...]]:
    """The rows of a table: the cell of the case, and the numbers of the observations."""
    rows = re.findall(r"^\| ((?:\d+\.\d+(?:, )?)+) \| [^|]* \| ([^|]*) \|", table, re.MULTILINE)
    return {case: tuple(cell.split(", ")) for cell, case in rows}


def test_the_comparison_has_each_case_of_the_contract_and_each_observation_once_held_or_not() -> None:
    contract = tomllib.loads((nvidia_docker.HERE / "contract.toml").read_text(encoding="utf-8"))
    cases = {case["name"]: tuple(re.findall(r"\d+\.\d+", case["known_from"])) for case in contract["case"]}
    compared, _, rest = PAGE.partition("## What was compared")[2].partition("Not held by a case")
    assert numbers(compared) == cases
    held = {number for some in cases.values() for number in some}
    left = [number for some in numbers(rest).values() for number in some]
    assert held.isdisjoint(left)
    assert len(left) == len(set(left))
    assert held | set(left) == {f"{section}.{n}" for section, count in OBSERVED.items() for n in range(1, count + 1)}
