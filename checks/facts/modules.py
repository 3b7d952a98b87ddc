"""The NVIDIA and nouveau modules that the running kernel has loaded, from /sys/module."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, number, words

NAMES = ("nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm", "nvidia_peermem", "nouveau")

COMMAND = f"""
[ -d /sys/module ] || {{ echo "no /sys/module"; exit 1; }}
for name in {" ".join(NAMES)}; do
    [ -d "/sys/module/$name" ] || continue
    version=- users=0
    read -r version 2>/dev/null <"/sys/module/$name/version" || version=-
    read -r users 2>/dev/null <"/sys/module/$name/refcnt" || users=0
    holders=
    for holder in /sys/module/"$name"/holders/*; do [ -e "$holder" ] && holders="$holders,${{holder##*/}}"; done
    echo "$name $version $users ${{holders:-,}}"
done
exit 0
"""


@dataclass(frozen=True)
class Module:
    """A loaded module: its version (empty if it has none), its use count, and the modules that rest on it."""

    name: str
    version: str
    users: int
    holders: tuple[str, ...]


def parse(reading: Reading) -> dict[str, Module]:
    """The loaded modules by name; empty when none is loaded."""
    modules = {}
    for line in reading.lines():
        name, version, users, holders = words(line, 4)
        names = tuple(holder for holder in holders.split(",") if holder)
        modules[name] = Module(name, "" if version == "-" else version, number(users), names)
    return modules
