"""The fabric manager, on boards with NVSwitches: of exactly the driver's version, started at each boot.

From NVLink 5 on it brings a subnet manager up first, which talks to the switches over InfiniBand's management device.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts, nvlink
from checks.profiles import driver_choice, fabric, pins, wants
from checks.profiles.profile import Profile
from provision.step import Step

RESTS_ON = ("driver",)
UNIT = f"{fabric.MANAGER}.service"
UMAD = "/etc/modules-load.d/gpuwright-fabric-manager.conf"
_LOAD_UMAD = f"put_file {UMAD} 644 <<'END_OF_FILE'\nib_umad\nEND_OF_FILE\nmodprobe ib_umad\n"
_UNDO_UMAD = f"undo_file {UMAD}\n"


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    packages = wants.fabric_packages(facts, profile)
    if not packages:
        return
    fifth = nvlink.fifth(facts.pci)
    yield Step(
        f"install the fabric manager at the driver's version: {' '.join(packages)}",
        why=f"{fabric.board(facts)}: without it CUDA does not start, and of another version it does not start itself",
        script=("OVER_HOLDS=yes\n" if profile.driver.hold else "")
        + f"{_version(facts, profile)}install_packages {_asked(packages, facts.os.family)}\n"
        + (_LOAD_UMAD if fifth else "")
        + f"systemctl enable -q {UNIT}\n",
        undo=f"systemctl disable --now {UNIT} || true\n{_UNDO_UMAD if fifth else ''}undo_packages\n",
        installs=pins.asked(packages, facts.os.family),
    )
    yield Step(
        "start the fabric manager",
        why="it sets up the routes between the GPUs",
        script=f"systemctl reset-failed {UNIT} 2>/dev/null || true\nsystemctl restart {UNIT} || {{\n"
        f"    journalctl -u {UNIT} -n 20 --no-pager\n    exit 1\n}}\n",
        undo=f"systemctl stop {UNIT} || true\n",
        needs_driver=True,
    )


def _version(facts: Facts, profile: Profile) -> str:
    """The sh that finds the driver's version out; where its packages are still to come, from them."""
    choice = driver_choice.chosen(facts, profile)
    if choice is None or not wants.driver_packages(facts, profile):
        return f"version={facts.driver.library}\n"
    return f"version=$(package_version {pins.name(choice.packages[0])})\n"


def _asked(packages: tuple[str, ...], family: str) -> str:
    """The packages as words of sh, the manager's at $version."""
    manager = f'"{fabric.MANAGER}{"=" if family == "apt" else "-"}$version*"'
    return " ".join(manager if pins.name(name) == fabric.MANAGER else name for name in packages)
