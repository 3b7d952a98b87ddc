"""Faults of the modules' options: set by a profile, and lost, forgotten, or overruled since."""

from __future__ import annotations

from checks.profiles.module_options import FILE
from checks.profiles.profile import having
from tests.alter import append, edit
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN

PRESERVE = "NVreg_PreserveVideoMemoryAllocations"
ASKED = having(DEBIAN, {"driver": {"options": {"nvidia": {PRESERVE: 1}}}})
WRITTEN = append(
    "modprobe", "".join(f"line {FILE} options {name} {PRESERVE}=1\n" for name in ("nvidia", "nvidia-current"))
)
LOADED = edit("modprobe", r"^param PreserveVideoMemoryAllocations: 0$", "param PreserveVideoMemoryAllocations: 1")

FAULTS = (
    Fault(
        "an option was written, and the module not loaded since",
        "NVIDIA's driver, README: power management; /proc/driver/nvidia/params says what the loaded one uses",
        "driver_options",
        (WRITTEN,),
        says=f"{PRESERVE} is 0, not 1",
        profile=ASKED,
    ),
    Fault(
        "the file with the options is gone, and the module still has them",
        "modprobe.d(5): files count when the module is loaded",
        "driver_options",
        (LOADED,),
        says=f"{FILE} does not have: options nvidia {PRESERVE}=1",
        verdict="warn",
        profile=ASKED,
    ),
    Fault(
        "the kernel's command line overrules the file",
        "kmod, libkmod-config.c: the command line is read after the files",
        "driver_options",
        (WRITTEN, edit("modprobe", r"^cmdline (.*)$", rf"cmdline \1 nvidia.{PRESERVE}=0")),
        says=f"/proc/cmdline says nvidia.{PRESERVE}=0, which counts over",
        profile=ASKED,
    ),
    Fault(
        "a user's file that is read later sets another value",
        "modprobe.d(5): files are read in the order of their names",
        "driver_options",
        (WRITTEN, LOADED, append("modprobe", f"line /etc/modprobe.d/zzz-site.conf options nvidia {PRESERVE}=0\n")),
        says="zzz-site.conf says options nvidia",
        verdict="warn",
        profile=ASKED,
    ),
    Fault(
        "the loaded driver has no such option",
        "the kernel: unknown parameter ignored",
        "driver_options",
        (WRITTEN, edit("modprobe", r"^param PreserveVideoMemoryAllocations: 0\n", "")),
        says=f"the loaded driver has no option {PRESERVE}",
        verdict="warn",
        profile=ASKED,
    ),
)
