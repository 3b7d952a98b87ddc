"""Nothing forbids the NVIDIA module: no blacklist, no install line that runs nothing, no word on the command line.

Tools that switch between graphics cards (prime-select intel) and hardening scripts leave such lines behind.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.modprobe import Line
from checks.finding import Finding, Remedy, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("driver_built",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    forbidden, lines = facts.modprobe.forbidden, facts.modprobe.forbidden + facts.modprobe.not_by_itself
    loaded = "nvidia" in facts.modules
    if forbidden and not loaded:
        yield fail(
            "the NVIDIA module is forbidden",
            why="modprobe does nothing, and no program can use a GPU",
            evidence=f"{forbidden[0].file}: {forbidden[0].text}",
            remedy=_take_out(forbidden[0]),
        )
    elif lines:
        yield warn(
            "the NVIDIA module is not loaded by itself",
            why="the host comes up without its GPUs until something loads it",
            evidence=f"{lines[0].file}: {lines[0].text}",
            remedy=_take_out(lines[0]),
            when="next boot",
        )
    else:
        yield ok("nothing forbids the NVIDIA module")


def _take_out(line: Line) -> Remedy:
    if line.file == "/proc/cmdline":
        return by_hand(
            "take it out of the boot loader's configuration (GRUB_CMDLINE_LINUX, then update-grub), and reboot"
        )
    return by_hand(f"take the line out of {line.file}, rebuild the initramfs, and run: modprobe nvidia")
