"""The golden plans: one file for each system and each kind of GPU."""

from __future__ import annotations

from pathlib import Path

from checks.facts import Facts
from checks.facts.recording import Recording, parse
from checks.profiles import driver_choice
from checks.profiles.profile import load
from provision import show
from provision.planning import plan
from provision.step import Step
from tests import hosts
from tests.alter import altered, edit
from tests.plans.shapes import ARM, SHAPES, given

FOLDER = Path(__file__).parent
CURRENT = load("current")
RECORDED = {"debian12": "bare-debian12-a100", "debian13": "bare-debian13-a100"}
"""The systems whose bare host is among the recordings; the others' lie in hosts/."""

SYSTEMS = ("debian12", "debian13", "ubuntu2204", "ubuntu2404", "el8", "el9", "el10")
ON_ARM = "ubuntu2404-sbsa"
SHOWN = ("driver", "fabric_manager")
"""The components whose commands are written out too."""


def bare(system: str) -> Recording:
    """The recorded bare host of a system; that of Arm is Ubuntu's with other words of the kernel's and of apt's."""
    if system == ON_ARM:
        return altered(bare("ubuntu2404"), _OF_ARM)
    if system in RECORDED:
        return hosts.read(RECORDED[system])
    return parse((FOLDER / f"hosts/{system}.rec").read_text(encoding="utf-8"))


_OF_ARM = (
    edit("host", "machine x86_64", "machine aarch64"),
    edit("sources", "archive.ubuntu.com/ubuntu/", "ports.ubuntu.com/ubuntu-ports/"),
    *(edit(topic, r"6\.8\.0-45-generic\b", "6.8.0-1020-nvidia-64k") for topic in ("kernel", "packages", "history")),
)


def facts(system: str, shape: str) -> Facts:
    """The bare host with these GPUs."""
    recording = bare(system)
    return Facts(altered(recording, given(shape, system, Facts(recording).kernel.running)))


def golden(system: str, shape: str) -> str:
    """What `plan --profile current` says of it, the commands for the driver, and the ceilings for CUDA and cuDNN."""
    found = facts(system, shape)
    refused = hosts.refused(found, CURRENT)
    if refused:
        return f"refused: {refused}\n"
    choice = driver_choice.chosen(found, CURRENT)
    planned = plan(found, CURRENT)
    assert choice is not None
    ceilings = f"CUDA {choice.cuda} at most; cuDNN {choice.cudnn or 'without a known end'}\n"
    commands = "".join(f"\n{step.title}:\n{_commands(step)}" for step in planned.steps if step.component in SHOWN)
    return f"{show.as_text(planned, f'{system} {shape}', CURRENT.name)}\n{ceilings}{commands}"


def _commands(step: Step) -> str:
    return "".join(f"    {line}\n" for line in step.script.splitlines())


def files() -> dict[str, str]:
    """Every golden file, by its name."""
    cells = [*((system, shape) for system in SYSTEMS for shape in SHAPES), *((ON_ARM, shape) for shape in ARM)]
    return {f"{system}/{shape}.txt": golden(system, shape) for system, shape in cells}
