"""Xids: the driver's own error numbers in the kernel log, and what the catalogue (checks/xid.toml) says of each."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from checks.facts.data import beside
from checks.facts.kernel_log import Line

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = beside(str(Path(__file__).parent)) / "xid.toml"

ACTIONS = (
    "none",
    "watch",
    "restart_app",
    "restart_fabric",
    "update",
    "reset",
    "drain_reset",
    "restart_vm",
    "reboot",
    "inspect",
)
"""What is to be done, the gravest last."""
BROKEN = ACTIONS.index("restart_fabric")
"""From here on the GPU is not well until it has been done."""

_XID = re.compile(
    r"(?<!S)Xid \((?:PCI:)?([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2})(?:\.\d)?[^)]*\)\s*: (\d+),? ?(.*)"
)
_ADDRESS = re.compile(r"(?:GPU |PCI:)(?:at PCI:)?([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2})")
_PROCESS = re.compile(r"pid='?([^',]+)'?, name=([^,]*), ?")
_LINK = re.compile(
    r"(\w+) (Fatal|Nonfatal|Non-fatal) XC(\d) i(\d+) Link (-?\d+) \(0x([0-9a-fA-F]{1,8}) 0x([0-9a-fA-F]{1,8})"
)
_SAID = (("reboot", "reboot"), ("drain and reset", "drain_reset"), ("drain p2p", "drain_reset"), ("reset", "reset"))


@dataclass(frozen=True)
class Xid:
    """One report: of which GPU (address as in /sys/bus/pci), its text, and the process that had the GPU, if it says."""

    number: int
    address: str
    line: Line
    text: str
    pid: str
    process: str

    @property
    def action(self) -> str:
        """What Xid 154 itself tells to do; empty for any other, and where it says "None"."""
        return said_action(self.text) if self.number == 154 else ""


@dataclass(frozen=True)
class Entry:
    """What the catalogue says: `points` is to the application, the driver or the hardware."""

    number: int
    name: str
    means: str
    action: str
    points: str


@dataclass(frozen=True)
class Link:
    """An error of NVLink 5 (Xid 144 to 150): its unit, sub-code (bits 20 to 25 of the first word) and error status."""

    unit: str
    fatal: bool
    link: int
    code: int
    status: int


def said_action(text: str) -> str:
    """The action in the words of Xid 154 or of nvidia-smi's recovery action; empty when there is none."""
    return next((action for words, action in _SAID if words in text.lower()), "")


def xids(lines: Iterable[Line]) -> tuple[Xid, ...]:
    """The Xids among the lines, also in the form of old drivers: "Xid (0000:03:00): 14, ..."."""
    found = []
    for line in lines:
        match = _XID.search(line.text)
        if match:
            process = _PROCESS.match(match[3])
            text = match[3][process.end() :] if process else match[3]
            pid, name = (process[1], process[2]) if process else ("", "")
            found.append(Xid(int(match[2]), f"{match[1].lower()[-10:]}.0", line, text, pid, name))
    return tuple(found)


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return table


def of(number: int, generation: str = "") -> Entry:
    """The catalogue's entry, as it is for that generation of GPUs; an unknown number is an entry that says so."""
    found = _table()["xid"].get(str(number))
    if found is None:
        return Entry(number, "not in the catalogue", "a driver newer than this catalogue reports it", "watch", "driver")
    action = found.get("by", {}).get(generation, found["action"])
    return Entry(number, found["name"], found["means"], action, found["points"])


def lost(lines: Iterable[Line]) -> dict[str, Line]:
    """The GPUs that fell off the bus, each with the line that says so: Xid 79, or words on one line or on three."""
    found: dict[str, Line] = {}
    address = ""
    for line in lines:
        named = _ADDRESS.search(line.text)
        address = f"{named[1].lower()[-10:]}.0" if named else address
        if "fallen off the bus" in line.text and address:
            found.setdefault(address, line)
    return found


def link(xid: Xid) -> Link | None:
    """The decoded words of an NVLink 5 error; None for any other Xid, and for one whose words are missing."""
    match = _LINK.search(xid.text) if 144 <= xid.number <= 150 else None
    if not match:
        return None
    first, status = int(match[6], 16), int(match[7], 16)
    return Link(match[1], match[2] == "Fatal", int(match[5]), first >> 20 & 0x3F, status)


def link_action(number: int, found: Link) -> str:
    """What to do about an NVLink 5 error: by unit, sub-code and status; else a reset when it calls itself fatal."""
    rules: dict[str, dict[str, str]] = _table()["nvlink5"].get(str(number), {})
    known = rules.get(f"{found.unit}.{found.code}") or rules.get(found.unit) or {}
    exact = f"0x{found.status:08x}"
    if exact in known:
        return known[exact]
    hit = [action for bits, action in known.items() if bits == "any" or found.status & int(bits, 16)]
    return max(hit, key=ACTIONS.index, default="reset" if found.fatal else "watch")
