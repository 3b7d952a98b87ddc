"""Faults of NVLink: the fabric, links that are down, links that count errors."""

from __future__ import annotations

from tests.alter import Alter, edit, put
from tests.faultbench import bus
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

HGX = (*bus.HGX, bus.switches(4), links(UP))


def manager(state: str = "active", version: str = "535.309.01", log: str = "") -> Alter:
    """The fabric manager's unit, version and complaints."""
    lines = f"unit LoadState=loaded\nunit ActiveState={state}\nversion Fabric Manager version is : {version}\n"
    return put("fabric", lines + "".join(f"log {line}\n" for line in log.splitlines()))


def port(state: str, rate: int = 400, downed: int = 0, device: str = "mlx5_0") -> str:
    return f"port {device} 1 {state} {rate} InfiniBand {downed}\n"


UP_PORT = port("4: 5:", device="mlx5_1")
PEERMEM = "nvidia_peermem - 0 ,\nnvidia_drm"
ABSENT = put("fabric", "unit LoadState=not-found\nunit ActiveState=inactive\n")

FABRIC = (
    Fault(
        "fabric manager not installed", "gpu-operator issue 544; CUDA error 802", "fabric_manager", (*HGX, ABSENT),
        says="not installed",
    ),
    Fault(
        "fabric manager stopped", "imbue: systemctl is-active nvidia-fabricmanager", "fabric_manager",
        (*HGX, manager("inactive")), says="systemctl start nvidia-fabricmanager",
    ),
    Fault(
        "fabric manager failed", "imbue: systemctl is-active nvidia-fabricmanager", "fabric_manager",
        (*HGX, manager("failed")), says="journalctl -u nvidia-fabricmanager",
    ),
    Fault(
        "fabric manager of another version", "gpu-operator issue 544; dstack issue 2348", "fabric_version",
        (
            *HGX,
            manager(
                "failed",
                "535.288.01",
                "[Nov 23 2026 21:00:00] [ERROR] [tid 12] fabric manager NVIDIA GPU driver interface version 535.288.01 "
                "don't match with driver version 535.309.01",
            ),
        ),
        says="535.309.01",
    ),
    Fault(
        "fabric manager reports a fatal error", "gpud fabric-manager/log_matcher.go", "fabric_log",
        (*HGX, manager(log="[Jan 01 2030 00:00:00] [ERROR] [tid 1] detected NVSwitch fatal error 20034 on fid 0")),
        says="20034",
    ),
    Fault(
        "fabric manager misses a GPU", "gpud fabric-manager/log_matcher.go", "fabric_log",
        (*HGX, manager(log="[ERROR] failed to find the GPU handle 5410063385821516767 in the multicast team")),
        says="GPU handle", verdict="warn",
    ),
    Fault(
        "InfiniBand port waits for its subnet manager", "azurehpc NHC2002; ibstat: Initializing", "infiniband",
        (put("infiniband", port("2: 5:") + UP_PORT),), says="subnet manager",
    ),
    Fault(
        "InfiniBand port has gone down", "gpud infiniband: drops", "infiniband",
        (put("infiniband", port("1: 2:", downed=1) + UP_PORT),), says="was up and is down",
    ),
    Fault(
        "InfiniBand port flaps", "gpud infiniband: flaps", "infiniband",
        (put("infiniband", port("4: 5:", downed=7) + UP_PORT), edit("modules", "^nvidia_drm", PEERMEM)),
        says="7 times", verdict="warn",
    ),
    Fault(
        "InfiniBand port slower than its peers", "NHC check_hw_ib; deepops", "infiniband",
        (put("infiniband", port("4: 5:", 200) + UP_PORT),), says="200 Gb/s", verdict="warn",
    ),
    Fault(
        "InfiniBand without peermem", "imbue: lsmod | grep peermem", "peermem", (put("infiniband", UP_PORT),),
        says="modprobe nvidia-peermem", verdict="warn",
    ),
)  # fmt: skip

LINKS = (
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

FAULTS = (*FABRIC, *LINKS)
