"""How the GPUs are divided (MIG), and how they are to be at each boot: an active topic.

The driver shows every GPU instance as a folder of /proc/driver/nvidia/capabilities (NVIDIA MIG User Guide, "Device
Nodes and Capabilities"), so nvidia-smi is asked only where there are some; `-L` names each device's profile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.facts.reading import Reading, Unknown
from checks.facts.smi import GATE

LAYOUT, UNIT = "/etc/gpuwright/mig", "gpuwright-mig.service"

COMMAND = f"""
sed 's/^/layout /' {LAYOUT} 2>/dev/null
[ -e /etc/systemd/system/multi-user.target.wants/{UNIT} ] && echo enabled
there=
for gi in /proc/driver/nvidia/capabilities/gpu*/mig/gi*; do
    [ -d "$gi" ] || continue
    there=yes
    echo "instance ${{gi#/proc/driver/nvidia/capabilities/}}"
done
[ -n "$there" ] || exit 0
{GATE}
nvidia-smi -L | sed 's/^/list /'
"""

_GPU = re.compile(r"GPU (\d+): ")
_DEVICE = re.compile(r" +MIG (\S+) +Device +\d+: ")


@dataclass(frozen=True)
class Mig:
    """`devices` are the profiles of each GPU's MIG devices, sorted, by its number; `instances` all GPU instances.

    `layout` are the lines of the file that the unit reads at each boot, where it is enabled.
    """

    devices: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    instances: tuple[str, ...] = ()
    layout: tuple[str, ...] = ()
    enabled: bool = False

    @property
    def bare(self) -> int:
        """How many GPU instances have no compute instance, so that nothing can use them."""
        return max(0, len(self.instances) - sum(map(len, self.devices.values())))


def parse(reading: Reading) -> Mig:
    """Lines by their first word; the list's are indented below their GPU."""
    devices: dict[int, list[str]] = {}
    instances, layout, enabled, gpu = [], [], False, 0
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "instance":
            instances.append(rest)
        elif kind == "layout":
            layout.append(rest)
        elif line == "enabled":
            enabled = True
        elif kind != "list":
            raise Unknown(f"unexpected line {line[:80]!r}")
        elif found := _GPU.match(rest):
            gpu = int(found[1])
        elif found := _DEVICE.match(rest):
            devices.setdefault(gpu, []).append(found[1])
    return Mig({gpu: tuple(sorted(names)) for gpu, names in devices.items()}, tuple(instances), tuple(layout), enabled)
