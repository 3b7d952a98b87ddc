"""Faults of a driver's origin: another maker's, or NVIDIA's runfile."""

from __future__ import annotations

from checks.profiles.profile import having
from tests.alter import append, edit
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN

_REPLACE = having(DEBIAN, {"driver": {"replace": True}})
_NO_PACKAGES = edit("packages", r"^ii \S*(nvidia|libcuda1)\S* .*\n", "")
_RUNFILE = append("loader", "runfile /usr/bin/nvidia-uninstall\n")

FAULTS = (
    Fault(
        "NVIDIA's runfile brought the driver, and the profile wants packages",
        "NVIDIA's runfile: nvidia-uninstall",
        "driver_origin",
        (_NO_PACKAGES, _RUNFILE),
        says="driver.replace = true in the profile",
        verdict="warn",
    ),
    Fault(
        "the distribution's driver, and the profile wants NVIDIA's",
        "NVIDIA, Driver Installation Guide: remove conflicting packages first",
        "driver_origin",
        (),
        says="packages of Debian: firmware-nvidia-gsp",
        verdict="warn",
        profile=having(DEBIAN, {"driver": {"version": "auto"}}),
    ),
    Fault(
        "the runfile's driver is to be replaced",
        "NVIDIA's runfile: nvidia-uninstall",
        "driver_origin",
        (_NO_PACKAGES, _RUNFILE),
        says="provision --only leftovers",
        verdict="warn",
        profile=_REPLACE,
    ),
    Fault(
        "the runfile was run over the packages, and is to go",
        "peers: runfile beside packages",
        "driver_origin",
        (_RUNFILE,),
        says="over the one from packages",
        verdict="warn",
        profile=_REPLACE,
    ),
)
