"""What nvidia-smi says of the GPUs: an active topic.

nvidia-smi loads modules and makes device nodes, so it is asked only where both are there already, and never while an
older one is stuck in the kernel: each further one would be stuck too, and would need a reboot to go away.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from checks.facts.reading import NOT_ASKED, Reading, Unknown, number

FIELDS = ("index", "name", "uuid", "pci.bus_id", "driver_version", "memory.total")
STUCK_AFTER = 5
"""Seconds in uninterruptible sleep after which an nvidia-smi counts as stuck."""

COMMAND = f"""
read -r up _ </proc/uptime
for process in /proc/[0-9]*; do
    {{ read -r comm <"$process/comm"; }} 2>/dev/null || continue
    [ "$comm" = nvidia-smi ] || continue
    {{ read -r stat <"$process/stat"; }} 2>/dev/null || continue
    set -- ${{stat##*) }}
    shift 19 2>/dev/null || continue
    age=$((${{up%.*}} - $1 / $(getconf CLK_TCK 2>/dev/null || echo 100)))
    state=${{stat##*) }}
    [ "${{state%% *}}" = D ] && [ "$age" -ge {STUCK_AFTER} ] && stuck="$stuck ${{process#/proc/}}"
done
if [ -n "$stuck" ]; then
    echo "stuck$stuck"
    exit {NOT_ASKED}
fi
[ -d /sys/module/nvidia ] || {{ echo "reason the driver is not loaded"; exit {NOT_ASKED}; }}
count=0
for device in /sys/bus/pci/drivers/nvidia/0*; do [ -e "$device" ] && count=$((count + 1)); done
while [ "$count" -gt 0 ]; do
    count=$((count - 1))
    [ -c "/dev/nvidia$count" ] || {{ echo "reason it would make /dev/nvidia$count"; exit {NOT_ASKED}; }}
done
[ -c /dev/nvidiactl ] || {{ echo "reason it would make /dev/nvidiactl"; exit {NOT_ASKED}; }}
command -v nvidia-smi >/dev/null || {{ echo "nvidia-smi: not found"; exit 127; }}
nvidia-smi --query-gpu={",".join(FIELDS)} --format=csv &
echo "pid $!"
wait "$!"
"""

_BUS = re.compile(r"(?:[0-9A-Fa-f]{4})?([0-9A-Fa-f]{4}):([0-9A-Fa-f]{2}):([0-9A-Fa-f]{2})\.([0-7])$")


@dataclass(frozen=True)
class Gpu:
    """One GPU as the driver sees it: `address` as in /sys/bus/pci, `memory` in MiB."""

    index: int
    name: str
    uuid: str
    address: str
    driver: str
    memory: int


@dataclass(frozen=True)
class Smi:
    """Its exit status (None: it did not end), what it printed, the GPUs it listed, and the process ids that are stuck.

    `not_asked` says why it was not run; it is empty when it was.
    """

    status: int | None
    text: str
    gpus: tuple[Gpu, ...]
    stuck: tuple[int, ...]
    not_asked: str


def parse(reading: Reading) -> Smi:
    """Every exit status is an answer here: what nvidia-smi cannot do is what a check wants to know."""
    lines = reading.text.splitlines()
    if reading.status == NOT_ASKED:
        kind, _, rest = (lines[0] if lines else "reason not said").partition(" ")
        if kind == "stuck":
            return Smi(None, "", (), tuple(number(pid) for pid in rest.split()), "an earlier one is stuck")
        return Smi(None, "", (), (), rest)
    pids = tuple(number(line.removeprefix("pid ")) for line in lines if line.startswith("pid "))
    body = [line for line in lines if line.strip() and not line.startswith("pid ")]
    if reading.status is None:
        return Smi(None, "\n".join(body), (), pids, "")
    if reading.cut:
        raise Unknown("the answer is longer than the probe keeps")
    gpus = tuple(_gpus(body)) if reading.status == 0 else ()
    return Smi(reading.status, "\n".join(body), gpus, (), "")


def _gpus(body: list[str]) -> list[Gpu]:
    start = next((i for i, line in enumerate(body) if line.startswith("index,")), None)
    if start is None:
        raise Unknown(f"nvidia-smi printed no table: {' '.join(body)[:120]!r}")
    rows = csv.reader(body[start + 1 :], skipinitialspace=True)
    try:
        return [_gpu(row) for row in rows]
    except csv.Error as error:
        raise Unknown(f"nvidia-smi's table cannot be read: {error}") from None


def _gpu(row: list[str]) -> Gpu:
    if len(row) != len(FIELDS):
        raise Unknown(f"nvidia-smi printed {len(row)} fields for a GPU, not {len(FIELDS)}: {row}")
    index, name, uuid, bus, driver, memory = row
    match = _BUS.match(bus.strip())
    if match is None:
        raise Unknown(f"not a PCI address: {bus[:40]!r}")
    address = "{}:{}:{}.{}".format(*match.groups()).lower()
    return Gpu(number(index), name, uuid, address, driver, number(memory.removesuffix(" MiB")))
