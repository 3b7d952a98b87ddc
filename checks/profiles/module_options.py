"""`driver.options`: what a file of our own says to modprobe, and what says something else after it or before it.

The file is read after all others but those that sort behind it, so that nothing of a user's is changed; the kernel's
command line counts over every file. Where one of these sets another value, that is a person's to settle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.modprobe import Line
from checks.facts.options_known import known, shown
from checks.facts.reading import Unknown
from checks.profiles.profile import Profile

FILE = "/etc/modprobe.d/zz-gpuwright.conf"
_NUMBERED = re.compile(r"nvidia-(\d{3})(=.*)?$")
_TEXTS = ("text", known()["nvidia"]["NVreg_RmNvlinkBandwidth"])
_TRUTH = {"Y": "1", "N": "0", "y": "1", "n": "0"}


def asked(profile: Profile) -> bool:
    """Whether the profile wants any option."""
    return any(profile.driver.options.values())


def lines(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The lines of our file."""
    return tuple(
        f"options {name} {' '.join(f'{option}={value}' for option, value in options.items())}"
        for module, options in sorted(profile.driver.options.items())
        if options
        for name in _names(facts, profile, module)
    )


def file_differs(facts: Facts, profile: Profile) -> bool:
    """Whether our file does not say what the profile asks for."""
    return lines(facts, profile) != tuple(line.text for line in facts.modprobe.lines if line.file == FILE)


def others(facts: Facts, profile: Profile) -> tuple[tuple[Line, str], ...]:
    """Lines of others that set an option to another value: `over` what our file says, or `under` it."""
    found: dict[tuple[Line, str], None] = {}
    for module, options in profile.driver.options.items():
        for name in _names(facts, profile, module):
            for line, option, value in facts.modprobe.settings(name):
                if line.file != FILE and option in options and not _same(value, str(options[option])):
                    last = line.file == "/proc/cmdline" or line.file.rpartition("/")[2] > FILE.rpartition("/")[2]
                    found[line, "over" if last else "under"] = None
    return tuple(found)


def obstacle(facts: Facts, profile: Profile) -> str:
    """What counts over our file and says otherwise; empty where nothing does."""
    over = next((line for line, where in others(facts, profile) if where == "over"), None)
    return f"{over.file} says {over.text}, which counts over driver.options of the profile" if over else ""


def loaded_otherwise(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The options with which loaded modules were not loaded as the profile asks, in words."""
    return tuple(
        f"{option} is {value}, not {wanted}"
        for _, option, wanted, value in _given(facts, profile)
        if value is not None and not _same(value, wanted)
    )


def unheard_of(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The options that the loaded modules do not show, which are not theirs; texts are shown by some drivers only."""
    return tuple(
        option
        for module, option, _, value in _given(facts, profile)
        if value is None and (module != "nvidia" or known()[module][option] not in _TEXTS)
    )


def _given(facts: Facts, profile: Profile) -> Iterator[tuple[str, str, str, str | None]]:
    """Module, option, and its value as asked and as loaded (None: not shown), of the modules that are loaded."""
    if "nvidia" not in facts.modules:
        return
    given = facts.modprobe.given
    if not given.get("nvidia"):
        raise Unknown("what the loaded module was given is not known: no /proc/driver/nvidia/params")
    for module, options in profile.driver.options.items():
        if module.replace("-", "_") not in facts.modules:
            continue
        for option, wanted in options.items():
            name = shown(option) if module == "nvidia" else option
            yield module, option, str(wanted), given.get(module, {}).get(name)


def _names(facts: Facts, profile: Profile, module: str) -> tuple[str, ...]:
    """The names under which modprobe may load a module: udev by its file's own, which Debian and old Ubuntu change."""
    main = {"nvidia", *(built.name for built in facts.driver.built)}
    main |= {"nvidia-current"} if facts.os.id == "debian" else set()
    main |= {f"nvidia_{match[1]}" for each in profile.driver.packages if (match := _NUMBERED.match(each))}
    return tuple(sorted(name + module.removeprefix("nvidia") for name in main))


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _plain(value: str) -> str:
    """Numbers as modprobe takes them (decimal, octal, hexadecimal, -1 as 4294967295), and truth as sysfs shows it."""
    try:
        return str(int(value, 8 if re.fullmatch(r"0[0-7]+", value) else 0) % 2**32)
    except ValueError:
        return _TRUTH.get(value, value)
