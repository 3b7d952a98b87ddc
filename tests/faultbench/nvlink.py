"""Faults of NVLink: the fabric, links that are down, links that count errors."""

from __future__ import annotations

from tests.alter import Alter, edit, put
from tests.faultbench.fault import Fault

_NAME = "NVIDIA A100-SXM4-80GB"
_HEAD = f"GPU 0: {_NAME} (UUID: GPU-0)\n"


def links(speeds: dict[int, str], errors: str = "") -> Alter:
    """What nvlink -s says of each link, and -e of those that have errors."""
    status = "".join(f"s \t Link {number}: {speed}\n" for number, speed in speeds.items())
    return put("nvlink", f"status 0\ns {_HEAD}{status}errors 0\ne {_HEAD}{errors}")


def fabric(state: str, status: str) -> Alter:
    """How far the fabric manager has come with the GPU."""
    return edit("smi", r"^( Fabric\n  State): N/A\n  Status: N/A", rf"\1: {state}\n  Status: {status}")


UP = dict.fromkeys(range(12), "25 GB/s")

FAULTS = (
    Fault(
        "one NVLink inactive",
        "Azure NHC2016; gpud-nvidia-smi.nvlink.status.a100 (altered)",
        "nvlink_up",
        (links({**UP, 7: "<inactive>"}),),
        says="7",
    ),
    Fault(
        "NVLink counts replays",
        "imbue, awslabs: nvidia-smi nvlink -e",
        "nvlink_errors",
        (links(UP, "e \t Link 3: Replay Errors: 41\n"),),
        says="Replay Errors: 41",
        verdict="warn",
    ),
    Fault(
        "NVLink 5 counts failed recoveries",
        "nvidia-smi nvlink -e of Blackwell",
        "nvlink_errors",
        (links(UP, "e \t Link 5: Link recovery failed events: 2\n"),),
        says="recovery failed",
        verdict="warn",
    ),
    Fault(
        "fabric not completed",
        "gpud fabric_state.go; CUDA error 802",
        "fabric_state",
        (fabric("In Progress", "N/A"),),
        says="In Progress",
    ),
    Fault(
        "fabric failed",
        "gpud fabric_state.go",
        "fabric_state",
        (fabric("Completed", "Unknown error code"),),
        says="Status",
    ),
    Fault(
        "fabric bandwidth degraded",
        "gpud fabric_state.go: degraded bandwidth",
        "fabric_state",
        (
            edit("smi", r"^( Fabric\n  State): N/A\n  Status: N/A", r"\1: Completed\n  Status: Success"),
            edit("smi", r"^   Bandwidth: N/A", "   Bandwidth: Degraded"),
        ),
        says="Bandwidth Degraded",
    ),
)
