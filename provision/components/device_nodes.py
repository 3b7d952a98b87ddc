"""The device nodes, now and at each boot: a unit of our own runs nvidia-modprobe for every GPU and for nvidia-uvm.

No udev rule makes them. nvidia-persistenced makes those of the GPUs but not nvidia-uvm's, which every CUDA program in a
container needs. The unit also links each in /dev/char, by which systemd finds a container's devices again.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import char_links, wants
from checks.profiles.profile import Profile
from provision.step import Step

RESTS_ON = ("driver",)
UNIT = "gpuwright-device-nodes.service"
FILE = f"/etc/systemd/system/{UNIT}"

_TEXT = """\
[Unit]
Description=Device nodes of the NVIDIA GPUs
After=systemd-modules-load.service
Before=docker.service nvidia-persistenced.service
ConditionPathExists=/sys/module/nvidia

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'n=0; for gpu in /sys/bus/pci/drivers/nvidia/0*; do nvidia-modprobe -c $n; n=$((n + 1)); done'
ExecStart=/usr/bin/nvidia-modprobe -u -c 0
ExecStart=/bin/sh -c 'mkdir -p /dev/char; for node in /dev/nvidia* /dev/nvidia-caps/nvidia-cap*; do \
    [ ! -c "$node" ] || ln -sfn "$node" /dev/char/$((0x$(stat -c %%t "$node"))):$((0x$(stat -c %%T "$node"))); done'

[Install]
WantedBy=multi-user.target
"""


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    missing, links = wants.nodes(facts), tuple(char_links.lacking(facts, profile))
    if missing or links:
        lost = ", and a reload of systemd takes the GPUs from containers"
        yield Step(
            f"{'make' if missing else 'link'} the device nodes, now and at each boot, by {UNIT}",
            why=f"{_some(missing)} missing, and no udev rule makes them"
            if missing
            else f"{_some(links)} missing{lost}",
            script=f"put_file {FILE} 644 <<'END_OF_FILE'\n{_TEXT}END_OF_FILE\n"
            f"systemctl daemon-reload\nsystemctl enable {UNIT}\nsystemctl restart {UNIT}\n",
            undo=f"systemctl disable --now {UNIT} || true\nundo_file {FILE}\nsystemctl daemon-reload\n",
            needs_driver=True,
        )


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
