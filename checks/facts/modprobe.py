"""What modprobe(8) is told about the NVIDIA modules (modprobe.d, the kernel's command line), and what they were given.

A file in an earlier folder takes the place of one of the same name in a later one; then all are read in the order of
their names, and the command line last (kmod's libkmod-config.c). What is said of an option last counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.facts.options_known import known
from checks.facts.reading import Reading, Unknown, words

_GIVEN = " ".join(
    f"/sys/module/{module.replace('-', '_')}/parameters/{option}"
    for module, options in known().items()
    if module != "nvidia"
    for option in options
)

COMMAND = (
    r"""
set --
seen=
folders="/etc/modprobe.d /run/modprobe.d /usr/local/lib/modprobe.d /usr/lib/modprobe.d"
[ -L /lib ] || folders="$folders /lib/modprobe.d"
for folder in $folders; do
    for file in "$folder"/*.conf; do
        [ -r "$file" ] || continue
        case "$seen " in *" ${file##*/} "*) continue ;; esac
        seen="$seen ${file##*/}"
        set -- "$@" "$file"
    done
done
grep -HE '^[[:space:]]*(blacklist|install|options|alias)[[:space:]]+nvidia' "$@" /dev/null |
    sed 's/^\([^:]*\):[[:space:]]*/line \1 /'
[ ! -d /sys/module/nvidia ] || {
    sed 's/^/param /' /proc/driver/nvidia/params 2>/dev/null
    grep -sH '' """
    + _GIVEN
    + r""" | sed 's|^/sys/module/\([^/]*\)/parameters/\([^:]*\):|given \1 \2 |'
}
read -r line </proc/cmdline
echo "cmdline $line"
"""
)

_NEVER = re.compile(r"install\s+(nvidia|nvidia-current)\s+(/usr)?(/bin/)?(true|false)\s*$")
_BLACKLIST = re.compile(r"(blacklist\s+(nvidia|nvidia-current)|alias\s+nvidia\s+off)\s*$")
_ON_CMDLINE = re.compile(r"(?:^|\s)((?:module_blacklist|modprobe\.blacklist|rd\.driver\.blacklist)=\S+)")
_OPTION = re.compile(r"(NVreg_\w+)=(\S+)")
_SETTING = re.compile(r"(\w+)=(\"[^\"]*\"|\S*)")


@dataclass(frozen=True)
class Line:
    """One line of a modprobe.d file, or of the kernel's command line."""

    file: str
    text: str


@dataclass(frozen=True)
class Modprobe:
    """The lines about NVIDIA modules, and the command line.

    `given` are the values that loaded modules have, by module: of nvidia under the names of /proc/driver/nvidia/params.
    """

    lines: tuple[Line, ...]
    cmdline: str
    given: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def forbidden(self) -> tuple[Line, ...]:
        """What makes `modprobe nvidia` itself do nothing: an install line, or the kernel's own module_blacklist."""
        return tuple(line for line in self.lines if _NEVER.match(line.text)) + self._blacklisted("module_blacklist")

    @property
    def not_by_itself(self) -> tuple[Line, ...]:
        """What keeps udev from loading the module for the card; `modprobe nvidia` still loads it."""
        found = tuple(line for line in self.lines if _BLACKLIST.match(line.text))
        return found + self._blacklisted("modprobe.blacklist", "rd.driver.blacklist")

    @property
    def options(self) -> tuple[tuple[Line, str, str], ...]:
        """The module's options: line, name (NVreg_...), value."""
        sources = [line for line in self.lines if line.text.startswith("options")]
        sources += [Line("/proc/cmdline", word) for word in self.cmdline.split() if word.startswith("nvidia.")]
        return tuple((line, name, value) for line in sources for name, value in _OPTION.findall(line.text))

    def settings(self, module: str) -> tuple[tuple[Line, str, str], ...]:
        """What a module is given when modprobe loads it by this name: line, option, value; the last one counts."""
        name = module.replace("-", "_")
        found = []
        for line in sorted(self.lines, key=lambda line: line.file.rpartition("/")[2]):
            keyword, of, *_ = (*line.text.split(None, 2), "", "")
            if keyword == "options" and of.replace("-", "_") == name:
                found += [(line, option, value) for option, value in _SETTING.findall(line.text)]
        for word in self.cmdline.split():
            of, _, setting = word.partition(".")
            if of.replace("-", "_") == name:
                found += [(Line("/proc/cmdline", word), *each) for each in _SETTING.findall(setting)]
        return tuple((line, option, value.strip('"')) for line, option, value in found)

    def _blacklisted(self, *keys: str) -> tuple[Line, ...]:
        found = [text for text in _ON_CMDLINE.findall(self.cmdline) if text.partition("=")[0] in keys]
        return tuple(Line("/proc/cmdline", text) for text in found if "nvidia" in text.partition("=")[2].split(","))


def parse(reading: Reading) -> Modprobe:
    """`line` lines of file and text, `param` and `given` lines of options, and one `cmdline` line."""
    lines: list[Line] = []
    given: dict[str, dict[str, str]] = {}
    cmdline: str | None = None
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "line":
            lines.append(Line(*words(rest, 2)))
        elif kind == "param":
            name, _, value = rest.partition(": ")
            given.setdefault("nvidia", {})[name] = value.strip('"')
        elif kind == "given":
            module, option, value = words(rest, 3)
            given.setdefault(module.replace("_", "-"), {})[option] = value
        elif kind == "cmdline":
            cmdline = rest
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    if cmdline is None:
        raise Unknown("no line about the kernel's command line")
    return Modprobe(tuple(lines), cmdline, given)
