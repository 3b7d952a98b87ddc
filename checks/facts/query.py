"""What `nvidia-smi -q` prints of each GPU: its text form, which drivers 375 (2017) to 610 share.

Fields come and go between drivers, so nothing here names them all: a GPU is a map of path to value, and who needs a
field asks for it by each name it has had. A field that a driver does not print is not reported; it is never a zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checks.facts.reading import Unknown

KEPT = (
    *("Product (Name|Arch)", "Persistence", "MIG Mode", "GPU (UUID|Reco|Power)", "VBIOS"),
    *("PCI$", "Perf", "Clocks (E|T)[a-z]* Reasons$", "FB M", "Compute M", "Util", "E[Cc][Cc] ", "Reti", "Rema"),
    *("Temp", "Power R", "Fabric", "Processes", "(Default )?Applications C"),
)
"""The sections of -q that checks read, as the beginnings of their names; sixteen GPUs must fit into one topic."""

DROPPED = "instance ID  |Throughput|Atomic|Classcode|Bridge|Rollover|SRAM [LSMPO]|coder  |JPEG|OFA|Cl(iq|us)"
"""Lines inside of them that no check reads."""

PROCESSES = 4
"""Processes kept of each GPU: a count that no check needs exactly."""

FILTER = f"""awk '
    {{ depth = match($0, /[^ ]/) - 1 }}
    depth < 0 {{ next }}
    depth == 0 {{ keep = 1 }}
    depth == 4 {{ keep = /^    ({"|".join(KEPT)})/; processes = 0 }}
    /{DROPPED}/ {{ next }}
    /Process ID  / && ++processes > {PROCESSES} {{ keep = 0 }}
    keep {{ sub(/ +: /, ": "); print substr("       ", 1, depth / 4) substr($0, depth + 1) }}'"""
"""sh: takes the sections that are kept out of -q's output, one blank for each level."""


def kept(text: str) -> str:
    """What FILTER keeps of -q's output, where that was collected by another tool."""
    lines: list[str] = []
    keep, processes = False, 0
    section = re.compile(rf"    ({'|'.join(KEPT)})")
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(" "))
        if not line.strip():
            continue
        if depth == 0:
            keep = True
        elif depth == _LEVEL:
            keep, processes = bool(section.match(line)), 0
        if re.search(DROPPED, line):
            continue
        processes += "Process ID  " in line
        keep = keep and not ("Process ID  " in line and processes > PROCESSES)
        if keep:
            lines.append(" " * (depth // _LEVEL) + re.sub(" +: ", ": ", line[depth:], count=1))
    return "".join(f"{line}\n" for line in lines)


_LEVEL = 4
"""Blanks by which -q indents each level."""

_GPU = re.compile(r"GPU (?:[0-9A-Fa-f]{4})?([0-9A-Fa-f]{4}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7])(.*)$")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_NOTHING = re.compile(
    r"(\[?(n/a|not supported|not found)\]?|requested functionality has been deprecated|)$", re.IGNORECASE
)
_BROKEN = re.compile(r"\[?unknown error\]?$|gpu is lost|requires? (a )?reset|err!|gpu access blocked", re.IGNORECASE)


@dataclass(frozen=True)
class Process:
    """A process that uses a GPU: `kind` is C (compute), G (graphics) or both; `memory` in MiB, if it is known."""

    pid: str
    kind: str
    name: str
    memory: str


@dataclass(frozen=True)
class Gpu:
    """One GPU as the driver sees it: `address` as in /sys/bus/pci; `said` is what -q says, path to value.

    Paths are in small letters. `processes` are the first few that use it.
    """

    index: int
    address: str
    driver: str
    said: Mapping[str, str]
    processes: tuple[Process, ...] = ()

    def says(self, *paths: str) -> str:
        """The value under the first of the paths that is reported; empty when none is: N/A, or no such field."""
        for path in paths:
            value = self.said.get(path.lower(), "")
            if not _NOTHING.match(value) and not _BROKEN.search(value):
                return value
        return ""

    def number(self, *paths: str) -> float | None:
        """The same as a number, its unit dropped; None when it is not reported, `Unknown` when it is no number."""
        value = self.says(*paths)
        if not value:
            return None
        found = _NUMBER.match(value)
        if not found:
            raise Unknown(f"{self.address}: {paths[0]} is no number: {value[:40]!r}")
        return float(found[0])

    def total(self, *paths: str) -> float | None:
        """The sum of those of the paths that are reported; None when none is."""
        found = [value for value in (self.number(path) for path in paths) if value is not None]
        return sum(found) if found else None

    @property
    def name(self) -> str:
        """The product's name."""
        return self.says("Product Name")

    @property
    def uuid(self) -> str:
        """The GPU's UUID."""
        return self.says("GPU UUID")

    @property
    def error(self) -> str:
        """What stands in place of a value where the driver cannot reach the GPU: "path: GPU is lost"; else empty."""
        return next((f"{path}: {value}" for path, value in self.said.items() if _BROKEN.search(value)), "")

    @property
    def mig(self) -> bool:
        """Whether it is divided into instances."""
        return self.says("MIG Mode/Current") == "Enabled"


def parse(lines: Iterable[str]) -> tuple[Gpu, ...]:
    """The GPUs in the driver's own order; `Unknown` when there are fewer than the text itself announces."""
    banner: dict[str, str] = {}
    blocks: list[tuple[str, str, list[str]]] = []
    for line in lines:
        header = _GPU.match(line)
        if header:
            blocks.append((header[1].lower(), header[2].strip(" :"), []))
        elif blocks:
            blocks[-1][2].append(line)
        elif ":" in line:
            key, _, value = line.partition(":")
            banner[key.strip().lower()] = value.strip()
    if "driver version" not in banner or not blocks:
        raise Unknown("nvidia-smi -q printed no list of GPUs")
    gpus = tuple(_gpu(i, *block, banner["driver version"]) for i, block in enumerate(blocks))
    announced = banner.get("attached gpus", str(len(gpus)))
    ended = gpus[-1].error or any(path.startswith("processes") for path in gpus[-1].said)
    if announced != str(len(gpus)) or not ended:
        raise Unknown(f"nvidia-smi -q was cut short: it announces {announced} GPU(s) and ends in number {len(gpus)}")
    return gpus


def _gpu(index: int, address: str, remark: str, body: list[str], driver: str) -> Gpu:
    said: dict[str, str] = {"": remark} if remark else {}
    processes: list[dict[str, str]] = []
    for path, value in _paths(body):
        if path.startswith("processes/"):
            if path == "processes/process id":
                processes.append({})
            if processes:
                processes[-1][path.rpartition("/")[2]] = value
        said.setdefault(path, value)
    found = (
        Process(p["process id"], p.get("type", ""), p.get("name", ""), p.get("used gpu memory", "")) for p in processes
    )
    return Gpu(index, address, driver, said, tuple(found))


def _paths(body: list[str]) -> Iterator[tuple[str, str]]:
    """Each line as its path ("ecc mode/current") and value; a level is what is indented further than the one above."""
    above: list[tuple[int, str]] = []
    for line in body:
        text = line.lstrip(" \t")
        key, colon, value = text.partition(":")
        if not text:
            continue
        depth = len(line) - len(text)
        while above and above[-1][0] >= depth:
            above.pop()
        above.append((depth, key.strip().lower()))
        if colon:
            yield "/".join(name for _, name in above), value.strip()
