"""NVLink and NVSwitch: which boards have switches, and what `nvidia-smi nvlink` says of the links: an active topic.

It goes through the gate of `nvidia-smi -q`, or begins when that has answered: where the driver hangs, each further
nvidia-smi would be stuck for good. Its own questions take a fraction of that one's time: they only read counters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from checks.facts.pci import Device, Pci
from checks.facts.reading import NOT_ASKED, Reading, Unknown
from checks.facts.smi import GATE, plain

AFTER_SMI = f"""
smi=${{topic:-$0}} rc=''
smi=${{smi%/*}}/smi
{{ read -r rc <"$smi.rc"; }} 2>/dev/null
[ "${{rc:-0}}" = 0 ] || {{ echo "reason nvidia-smi -q did not answer"; exit {NOT_ASKED}; }}
"""
ASK = r"""
# One GPU has no peers, and where no link is listed no errors are counted.
set -- /sys/bus/pci/drivers/nvidia/*:*
[ $# -lt 2 ] || nvidia-smi topo -p2p r >"${topic:-$0}.p" 2>/dev/null &
said=$(nvidia-smi nvlink -s 2>&1)
echo "status $?"
[ -z "$said" ] || echo "$said" | sed 's/^/s /'
case $said in
*"Link "[0-9]*)
    nvidia-smi nvlink -e >"${topic:-$0}.e" 2>&1
    echo "errors $?"
    grep -v -E ': *0$|^$| N/A$' "${topic:-$0}.e" | sed 's/^/e /'
    ;;
*) echo "errors 0" ;;
esac
wait "$!" && [ -s "${topic:-$0}.p" ] && grep 'GPU[0-9]' "${topic:-$0}.p" | tr '\t' ' ' | sed 's/^/p /'
exit 0
"""
COMMAND = f'{AFTER_SMI}if [ -z "$rc" ]; then{GATE}fi\n{ASK}'

SWITCHES = {"1af1": 6, "22a3": 4, "1ac2": 6}
"""NVSwitches of an eight-GPU board by their PCI device id: A100, H100 and H200, V100 (of DGX-2 and HGX-2)."""

_BOARDS = {"20b0": 6, "20b2": 6, "20bd": 6, "2330": 4, "2324": 4, "2335": 4, "233b": 4}
"""NVSwitches of a board of eight GPUs, by the GPUs' device id: SXM boards of A100, A800, H100, H800, H200."""

_FIFTH = ("2901", "3182")
"""The GPUs of NVLink 5's boards of eight, B200 and B300. Their NVSwitches are InfiniBand devices of another vendor."""

_BRIDGE = 0x0680
_LINK = re.compile(r"Link (\d+): (.+)$")
_SPEED = re.compile(r"([\d.]+) GB/s")


def switches(pci: Pci) -> tuple[Device, ...]:
    """The NVSwitches on the bus, in bus order."""
    return tuple(device for device in pci.devices if device.pci_class == _BRIDGE and f"{device.id:04x}" in SWITCHES)


def expected_switches(pci: Pci) -> int:
    """How many NVSwitches belong to these GPUs: those of one board of eight; 0 for any other."""
    models = Counter(f"{gpu.id:04x}" for gpu in pci.gpus)
    return max((_BOARDS[model] for model, count in models.items() if model in _BOARDS and count >= 8), default=0)


def fifth(pci: Pci) -> bool:
    """Whether these are the GPUs of a board of eight with NVLink 5."""
    models = Counter(f"{gpu.id:04x}" for gpu in pci.gpus)
    return any(models[model] >= 8 for model in _FIFTH)


@dataclass(frozen=True)
class GpuLinks:
    """One GPU's links: `speeds` in GB/s by number, 0 for one that is down; `said` is what is printed instead of links.

    `errors` are the counters that are not zero, by link and name.
    """

    name: str
    speeds: tuple[tuple[int, float], ...]
    said: str
    errors: tuple[tuple[int, str, int], ...]

    @property
    def down(self) -> tuple[int, ...]:
        """The links that are not up."""
        return tuple(number for number, speed in self.speeds if not speed)


@dataclass(frozen=True)
class NvLinks:
    """The links of each GPU, in the driver's order; `counted` tells whether their errors were.

    `peers` is what topo says of every two GPUs: OK, or why they do not reach each other's memory; empty where it does
    not tell.
    """

    gpus: tuple[GpuLinks, ...]
    counted: bool
    peers: tuple[tuple[str, str, str], ...] = ()


def parse(reading: Reading) -> NvLinks:
    """`s` lines of nvlink -s, `e` lines of nvlink -e, and how each ended."""
    if reading.status == NOT_ASKED:
        raise Unknown(f"not asked: {reading.text.strip() or 'no reason given'}")
    ended: dict[str, str] = {}
    found: dict[str, list[str]] = {"s": [], "e": [], "p": []}
    for line in plain(reading.text).splitlines() if reading.lines() else []:
        kind, _, rest = line.partition(" ")
        if kind in found:
            found[kind].append(rest)
        elif kind in ("status", "errors"):
            ended[kind] = rest
        elif line.strip():
            raise Unknown(f"unexpected line {line[:80]!r}")
    blocks = _blocks(found["s"])
    if ended.get("status") != "0" or not blocks:
        raise Unknown(f"nvidia-smi nvlink -s did not list the links: {' '.join(found['s'])[:120]!r}")
    errors = dict(_blocks(found["e"]))
    gpus = tuple(_gpu(name, body, errors.get(name, [])) for name, body in blocks)
    return NvLinks(gpus, ended.get("errors") == "0", tuple(_peers(found["p"])))


def _peers(table: list[str]) -> Iterator[tuple[str, str, str]]:
    """The cells of topo's table: GPUs from left to right, and one row for each."""
    head, *rows = [line.split() for line in table] or [[]]
    for one, *cells in rows:
        yield from ((one, other, said) for other, said in zip(head, cells) if one != other)  # noqa: B905 - not in 3.9


def _blocks(lines: list[str]) -> list[tuple[str, list[str]]]:
    """The lines of each GPU under its heading: "GPU 0: NVIDIA H200 (UUID: ...)"."""
    blocks: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith("GPU "):
            blocks.append((line.partition(" (UUID")[0], []))
        elif blocks and line.strip():
            blocks[-1][1].append(line.strip())
    return blocks


def _gpu(name: str, body: list[str], counters: list[str]) -> GpuLinks:
    speeds: list[tuple[int, float]] = []
    said = ""
    for line in body:
        link = _LINK.match(line)
        if not link:
            said = said or line
            continue
        speed = _SPEED.match(link[2])
        speeds.append((int(link[1]), float(speed[1]) if speed else 0.0))
    errors = []
    for line in counters:
        link = _LINK.match(line)
        key, _, value = link[2].rpartition(":") if link else ("", "", "")
        if link and value.strip().isdecimal():
            errors.append((int(link[1]), key.strip(), int(value)))
    return GpuLinks(name, tuple(speeds), said, tuple(errors))
