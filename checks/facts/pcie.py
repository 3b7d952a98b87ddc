"""The PCIe side of the GPUs and NVSwitches: links, memory windows, error counters, from /sys; and ACS on bare metal.

A GPU's link is narrow or slow only against what both ends can do, so the bridge above is read as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = r"""
[ -d /sys/bus/pci/devices ] || { echo "no /sys/bus/pci/devices"; exit 1; }
link() {
    for file in current_link_speed max_link_speed current_link_width max_link_width; do
        value=-
        { read -r value _ <"$1/$file"; } 2>/dev/null
        line="$line ${value:--}"
    done
}
virtual=no
grep -q -w hypervisor /proc/cpuinfo 2>/dev/null && virtual=yes
echo "virtual $virtual"
for device in /sys/bus/pci/devices/*; do
    { read -r vendor <"$device/vendor" && read -r class <"$device/class"; } 2>/dev/null || continue
    case $vendor$class in 0x10de0x03* | 0x10de0x0680*) ;; *) continue ;; esac
    address=${device##*/} above=-
    cd -P "$device/.." 2>/dev/null && [ -e vendor ] && above=${PWD##*/}
    line="function $address $above"
    link "$device"
    if [ "$above" = - ]; then line="$line - - - -"; else link .; counters="$counters $PWD/aer_dev_*"; fi
    echo "$line"
    counters="$counters $device/aer_dev_*"
    configs="$configs $device/config"
    while read -r start end flags; do
        [ $((flags & 0x200)) -eq 0 ] || echo "window $address $start $end"
    done <"$device/resource" 2>/dev/null
done
cd /
# shellcheck disable=SC2086 # lists of paths without blanks; the patterns are to be expanded
if [ -n "$configs" ]; then
    for config in $configs; do
        bytes=$(head -c 16 "$config" 2>/dev/null | od -An -v -tx1 | tr -d ' \n')
        config=${config%/config}
        echo "header ${config##*/} ${bytes:--}"
    done
    grep -H -v ' 0$' $counters 2>/dev/null | sed -nE 's,.*/([^/]+)/aer_dev_([a-z]+):,error \1 \2 ,p'
fi
if [ "$virtual" = no ] && command -v lspci >/dev/null; then
    echo "acs asked"
    lspci -D -vvv 2>/dev/null |
        awk '/^[0-9a-f]/ { bridge = /PCI bridge/; at = $1 } bridge && /ACSCtl:/ && /SrcValid\+/ { print "acs " at }'
fi
exit 0
"""


@dataclass(frozen=True)
class Link:
    """A link as one end sees it: GT/s and lanes; 0 where /sys does not say."""

    speed: float
    max_speed: float
    width: int
    max_width: int


@dataclass(frozen=True)
class Function:
    """A GPU or NVSwitch: the bridge above it (empty if none), both ends of its link, and its windows (start, end).

    `header` are the first 16 bytes of its configuration space in hexadecimal; empty where they cannot be read.
    """

    address: str
    above: str
    link: Link
    slot: Link
    header: str
    windows: tuple[tuple[int, int], ...]

    @property
    def gone(self) -> bool:
        """Whether it answers every read with ones: it has fallen off the bus."""
        return len(self.header) >= 8 and not self.header.strip("f")

    @property
    def decodes_memory(self) -> bool:
        """Whether it answers at its memory windows (bit 1 of the command register)."""
        return len(self.header) < 10 or bool(int(self.header[8:10], 16) & 2)

    @property
    def unmapped(self) -> int:
        """How many of its windows have a size and no place."""
        return sum(start == 0 and end > 0 for start, end in self.windows)


@dataclass(frozen=True)
class Error:
    """An AER counter that is not zero: `kind` is correctable, nonfatal or fatal; `name` as the kernel names it."""

    address: str
    kind: str
    name: str
    count: int


@dataclass(frozen=True)
class Pcie:
    """`acs` are the bridges that have ACS on; None where it was not asked: in a virtual machine, or without lspci."""

    virtual: bool
    functions: dict[str, Function]
    errors: tuple[Error, ...]
    acs: tuple[str, ...] | None


def parse(reading: Reading) -> Pcie:
    """`virtual`, `function`, `window`, `header`, `error` and `acs` lines."""
    virtual: str | None = None
    links: dict[str, list[str]] = {}
    windows: dict[str, list[tuple[int, int]]] = {}
    headers: dict[str, str] = {}
    errors: list[Error] = []
    acs: list[str] | None = None
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "virtual":
            virtual = rest
        elif kind == "function":
            parts = words(rest, 10)
            links[parts[0]] = parts
        elif kind == "window":
            address, start, end = words(rest, 3)
            windows.setdefault(address, []).append((number(start, 16), number(end, 16)))
        elif kind == "header":
            address, header = words(rest, 2)
            headers[address] = "" if header == "-" else f"{number(header, 16):0{len(header)}x}"
        elif kind == "error":
            address, severity, name, count = words(rest, 4)
            errors.append(Error(address, severity, name, number(count)))
        elif kind == "acs":
            acs = (acs or []) + ([] if rest == "asked" else [rest])
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    if virtual is None:
        raise Unknown("the answer has no beginning")
    functions = {
        address: Function(
            address,
            "" if parts[1] == "-" else parts[1],
            _link(parts[2:6]),
            _link(parts[6:10]),
            headers.get(address, ""),
            tuple(windows.get(address, ())),
        )
        for address, parts in links.items()
    }
    return Pcie(virtual == "yes", functions, tuple(errors), None if acs is None else tuple(acs))


def _link(parts: Iterable[str]) -> Link:
    speed, max_speed, width, max_width = parts
    return Link(_speed(speed), _speed(max_speed), _width(width), _width(max_width))


def _speed(text: str) -> float:
    """GT/s; the kernel says "Unknown" of a link that is down."""
    try:
        return float(text) if text not in ("-", "Unknown") else 0.0
    except ValueError:
        raise Unknown(f"not a link speed: {text[:40]!r}") from None


def _width(text: str) -> int:
    return 0 if text == "-" else number(text)
