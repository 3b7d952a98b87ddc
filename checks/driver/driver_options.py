"""The NVIDIA modules are loaded with the options that the profile asks for, and will be so at the next load.

What modprobe hands over is what its files say last, and the kernel's command line after them; a module that is loaded
keeps what it was given then.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, warn
from checks.profiles import module_options, options_lacking
from checks.profiles.module_options import FILE
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not module_options.asked(profile):
        yield skipped("not applicable: the profile asks for no option of the modules")
        return
    why = module_options.obstacle(facts, profile)
    loaded = options_lacking.to_load(facts, profile)
    remedy = by_hand(f"{why}: take it out there, or out of the profile") if why else provision("module_options")
    if loaded:
        yield fail(
            "; ".join(loaded),
            why="the modules do not work as the profile asks",
            evidence=why or "/proc/driver/nvidia/params and /sys/module/nvidia*/parameters, of the loaded modules",
            remedy=remedy,
        )
    elif why or module_options.file_differs(facts, profile):
        yield warn(
            "the modules' options are not those of the profile",
            why="modprobe hands over what its files and the kernel's command line say",
            evidence=why or f"{FILE} does not have: {'; '.join(module_options.lines(facts, profile))}",
            remedy=remedy,
            when="the driver is loaded next",
        )
    elif strange := module_options.unheard_of(facts, profile):
        yield warn(
            f"the loaded driver has no option {', '.join(strange)}",
            why="the kernel takes no notice of an option that a module does not have",
            evidence=f"version {facts.modules['nvidia'].version}; not in /proc/driver/nvidia/params or /sys/module",
            remedy=by_hand("take it out of driver.options of the profile, or install a driver that has it"),
        )
    else:
        under = [line for line, where in module_options.others(facts, profile) if where == "under"]
        said = "".join(f"; {line.file} says otherwise ({line.text}), and counts less" for line in under)
        yield ok(f"{sum(map(len, profile.driver.options.values()))} option(s) as the profile asks{said}")
