"""What modprobe(8) is told about the NVIDIA modules: lines of modprobe.d, and the kernel's command line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

COMMAND = r"""
folders="/etc/modprobe.d /run/modprobe.d /usr/local/lib/modprobe.d /usr/lib/modprobe.d"
[ -L /lib ] || folders="$folders /lib/modprobe.d"
for folder in $folders; do
    for file in "$folder"/*.conf; do
        [ -r "$file" ] || continue
        sed -nE "s|^[[:space:]]*((blacklist\|install\|options\|alias)[[:space:]]+nvidia.*)|line $file \1|p" "$file"
    done
done
echo "cmdline $(cat /proc/cmdline)"
"""

_NEVER = re.compile(r"install\s+(nvidia|nvidia-current)\s+(/usr)?(/bin/)?(true|false)\s*$")
_BLACKLIST = re.compile(r"(blacklist\s+(nvidia|nvidia-current)|alias\s+nvidia\s+off)\s*$")
_ON_CMDLINE = re.compile(r"(?:^|\s)((?:module_blacklist|modprobe\.blacklist|rd\.driver\.blacklist)=\S+)")
_OPTION = re.compile(r"(NVreg_\w+)=(\S+)")


@dataclass(frozen=True)
class Line:
    """One line of a modprobe.d file, or of the kernel's command line."""

    file: str
    text: str


@dataclass(frozen=True)
class Modprobe:
    """The lines about NVIDIA modules, and the command line."""

    lines: tuple[Line, ...]
    cmdline: str

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

    def _blacklisted(self, *keys: str) -> tuple[Line, ...]:
        found = [text for text in _ON_CMDLINE.findall(self.cmdline) if text.partition("=")[0] in keys]
        return tuple(Line("/proc/cmdline", text) for text in found if "nvidia" in text.partition("=")[2].split(","))


def parse(reading: Reading) -> Modprobe:
    """`line` lines of file and text, and one `cmdline` line."""
    lines: list[Line] = []
    cmdline: str | None = None
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "line":
            lines.append(Line(*words(rest, 2)))
        elif kind == "cmdline":
            cmdline = rest
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    if cmdline is None:
        raise Unknown("no line about the kernel's command line")
    return Modprobe(tuple(lines), cmdline)
