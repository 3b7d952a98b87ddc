"""Faults of holds, where the profile wants the driver and the kernel held."""

from __future__ import annotations

from checks.profiles.profile import having
from tests.alter import Alter, append, edit, put
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN

_HOLD = having(DEBIAN, {"driver": {"hold": True}})
_PACKAGES = ["kmod-nvidia-latest-dkms"]
_EL = having(DEBIAN, {"driver": {"hold": True, "branch": {"el9": 535}, "components": [], "packages": _PACKAGES}})
_NAMES = r"(lib)?(nvidia|libnv|libcuda1|firmware-nvidia|linux-(image|headers)-amd64)"
_HELD: Alter = edit("packages", rf"^ii ({_NAMES}\S*) ", r"hi \1 ")
_LOCKS = "plugin /etc/dnf/plugins/versionlock.list\nlock kmod-nvidia-latest-dkms-3:535.288.01-1.el9.*\n"

FAULTS = (
    Fault(
        "somebody lifted the hold of the driver's packages and the kernel's",
        "NVIDIA/ubuntu-packaging-nvidia-driver issue 3",
        "driver_held",
        (put("holds", ""),),
        says="provision --only holds",
        verdict="warn",
        profile=_HOLD,
    ),
    Fault(
        "unattended-upgrades came after the holds",
        "unattended-upgrades: README, Package-Blacklist",
        "driver_held",
        (put("holds", ""), _HELD, append("packages", "ii unattended-upgrades 2.9.1\n")),
        says="unattended-upgrades is not kept off them",
        verdict="warn",
        profile=_HOLD,
    ),
    Fault(
        "a lock is of the version before the last upgrade",
        "dnf-plugins-core: versionlock",
        "driver_held",
        (put("holds", _LOCKS),),
        says="kmod-nvidia-latest-dkms",
        verdict="warn",
        base="healthy-el9",
        profile=_EL,
    ),
    Fault(
        "no versionlock plugin, and nothing excluded in dnf.conf",
        "dnf.conf(5): excludepkgs",
        "driver_held",
        (put("holds", ""),),
        says="versionlock: not there",
        verdict="warn",
        base="healthy-el9",
        profile=_EL,
    ),
)
