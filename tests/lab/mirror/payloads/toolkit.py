"""NVIDIA's container toolkit: the lab's stand-ins of its programs, in the four packages that the real ones come in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.mirror.package import Entry, program, text
from tests.lab.mirror.payloads.made import Payload, shared

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parents[2] / "standin/payload/nvidia-container-toolkit"
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "nvidia-container-toolkit": ("nvidia-container-runtime-hook",),
    "nvidia-container-toolkit-base": ("nvidia-ctk", "nvidia-container-runtime", "nvidia-cdi-hook"),
    "libnvidia-container-tools": ("nvidia-container-cli",),
    "libnvidia-container1": (),
}
_UNITS = ("nvidia-cdi-refresh.service", "nvidia-cdi-refresh.path")

# The real packages make the configuration only where there is none.
_CONFIGURE = """\
[ -e /etc/nvidia-container-runtime/config.toml ] || nvidia-ctk --quiet config --in-place
"""
_ENABLE = """\
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
    systemctl enable -q nvidia-cdi-refresh.path nvidia-cdi-refresh.service || :
    systemctl start nvidia-cdi-refresh.path nvidia-cdi-refresh.service || :
fi
"""
_DISABLE = "systemctl disable -q --now nvidia-cdi-refresh.path nvidia-cdi-refresh.service || :\n"


def package(name: str, version: str) -> Payload:
    """`toolkit nvidia-container-toolkit-base 1.20.0`: what one of the four packages holds."""
    files: dict[str, Entry] = {f"/usr/bin/{each}": program(_of(each, version)) for each in PROGRAMS[name]}
    if name == "libnvidia-container1":
        files |= shared("/usr/lib/x86_64-linux-gnu", "libnvidia-container.so", "libnvidia-container.so.1", version)
    if name != "nvidia-container-toolkit-base":
        return Payload(files)
    if version < "1.18":
        return Payload(files, {"after-install": _CONFIGURE})
    # In /etc up to 1.19, as installed by the real packages.
    folder = "/usr/lib/systemd/system" if version >= "1.20" else "/etc/systemd/system"
    files |= {f"{folder}/{unit}": text(_of(unit, version)) for unit in _UNITS}
    return Payload(files, {"after-install": _CONFIGURE + _ENABLE, "before-remove": _DISABLE})


def _of(name: str, version: str) -> str:
    return (HERE / name).read_text(encoding="utf-8").replace("VERSION=1.20.0\n", f"VERSION={version}\n")
