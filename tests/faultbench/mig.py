"""Faults of GPUs that are divided (MIG), on hosts whose profile says how."""

from __future__ import annotations

from checks.profiles.profile import having
from tests.alter import Alter, append, edit, put
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN

ADDRESS = "0000:3b:00.0"
DIVIDED = ("3g.40gb", "1g.10gb", "1g.10gb", "1g.10gb", "1g.10gb")
WANTED = having(DEBIAN, {"mig": {"all": ["3g.40gb", "1g.10gb x4"]}})
_GUIDE = "NVIDIA MIG User Guide, Getting Started with MIG"


def enabled(count: int = 0) -> Alter:
    """MIG mode is on, of all GPUs or of the first few."""
    return edit("smi", r"^( MIG Mode\n  Current: )Disabled(\n  Pending: )Disabled", r"\1Enabled\2Enabled", count)


def devices(*names: str) -> Alter:
    """The GPU has these MIG devices."""
    instances = "".join(f"instance gpu0/mig/gi{at}\n" for at, _ in enumerate(names))
    listed = "".join(f"list   MIG {name:<11} Device {at:>2}: (UUID: MIG-{at})\n" for at, name in enumerate(names))
    return put("mig", f"{instances}list GPU 0: NVIDIA A100 80GB PCIe (UUID: GPU-0)\n{listed}" if names else "")


def unit(line: str) -> Alter:
    """Our unit divides the GPU so at each boot."""
    return append("mig", f"layout {ADDRESS} {line}\nenabled\n")


AS_WANTED = "on " + " ".join(DIVIDED)
FAULTS = (
    Fault(
        "the MIG devices are gone after a reset",
        _GUIDE,
        "mig_layout",
        (enabled(), devices(), unit(AS_WANTED)),
        says="it has no MIG devices",
        profile=WANTED,
    ),
    Fault(
        "somebody divided the GPU otherwise",
        "NVIDIA/k8s-device-plugin issue 343",
        "mig_layout",
        (enabled(), devices("7g.80gb"), unit(AS_WANTED)),
        says="it is divided into 7g.80gb",
        profile=WANTED,
    ),
    Fault(
        "MIG mode is off after a reboot of a Hopper",
        _GUIDE,
        "mig_layout",
        (devices(), unit(AS_WANTED)),
        says="it is not divided",
        profile=WANTED,
    ),
    Fault(
        "divided by hand, and gone with the next boot",
        _GUIDE,
        "mig_layout",
        (enabled(), devices(*DIVIDED)),
        verdict="warn",
        says="nothing divides the GPUs at the next boot",
        profile=WANTED,
    ),
    Fault(
        "a GPU instance was made without a compute instance",
        f"{_GUIDE}: -cgi without -C",
        "mig_layout",
        (enabled(), devices(*DIVIDED), append("mig", "instance gpu0/mig/gi13\n"), unit(AS_WANTED)),
        says="have no compute instance",
        profile=WANTED,
    ),
    Fault(
        "the profile names a division of another model",
        "NVIDIA MIG User Guide, Supported MIG Profiles",
        "mig_layout",
        (),
        says="1g.5gb is no profile of A100 80GB",
        profile=having(DEBIAN, {"mig": {"all": ["1g.5gb x7"]}}),
    ),
)
