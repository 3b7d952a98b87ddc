"""Faults of the machine around the GPUs: drives, network, the BMC, memory, the IOMMU, and rules of the site."""

from __future__ import annotations

from checks.profiles.profile import having
from tests.alter import Alter, append, edit, put
from tests.faultbench.fault import Fault
from tests.faultbench.nvlink import HGX, manager
from tests.faultbench.twin import twin
from tests.faultbench.xid import log
from tests.hosts import DEBIAN

_METAL = (
    edit("machine", r"^(virtual|container) yes$", r"\1 no"),
    put("clock", "daemon chronyd\nchrony Leap status: Normal\n"),
)
_NFS = "nfs: server nas01 not responding, still trying"


def bmc(*events: str) -> Alter:
    """Lines of `ipmitool sel list`, of the day of the recording (2026-11-22)."""
    return put("bmc", "".join(f"event {i:x} | 11/22/2026 | 09:13:0{i} | {event}\n" for i, event in enumerate(events)))


def peers(said: str) -> Alter:
    """What topo -p2p says of two of the GPUs."""
    return append("nvlink", f"p  GPU0 GPU1\np GPU0 X {said}\np GPU1 {said} X\n")


def clocks(now: int, usual: int) -> Alter:
    """Application clocks as drivers before 590 list them."""
    old = r"Graphics: Requested .*\n  Memory: Requested .*"
    both = rf"^( Applications Clocks\n  ){old}\n( Default Applications Clocks\n  ){old}"
    memory = r"\n  Memory: 1593 MHz"
    return edit("smi", both, rf"\1Graphics: {now} MHz{memory}\n\2Graphics: {usual} MHz{memory}")


DRIVES = (
    Fault(
        "an array has lost a drive", "md(4); leptonai/gpud: components/disk", "raid",
        (put("storage", "array md0 active [U_] -\n"),), says="mdadm --detail /dev/md0", verdict="warn",
    ),
    Fault(
        "an array is being rebuilt", "md(4): recovery", "raid",
        (put("storage", "array md0 active [UU] -\narray md1 active [_UU] recovery\n"),), says="let it finish",
        verdict="warn",
    ),
    Fault(
        "an array is inactive", "md(4); mej/nhc: check_fs_mount", "raid",
        (put("storage", "array md127 inactive - -\n"),), says="the array md127 is inactive",
    ),
    Fault(
        "an NVMe drive is dead", "AzureHPC: nvme_count; nvme core: Removing after probe failure", "nvme_drives",
        (put("storage", "nvme nvme0 live\nnvme nvme3 dead\n"),), says="nvme smart-log /dev/nvme3",
    ),
    Fault(
        "an NVMe drive is being reset", "node-problem-detector: nvme .* timeout, reset controller", "nvme_drives",
        (put("storage", "nvme nvme0 resetting\n"),), says="is resetting", verdict="warn",
    ),
    Fault(
        "a drive fails to read", "node-problem-detector: Buffer I/O error", "disk_errors",
        (log("Buffer I/O error on dev sdb1, logical block 12345, async page read"),), says="smartctl -a /dev/sdb",
        verdict="warn",
    ),
    Fault(
        "an NVMe drive does not answer in time", "node-problem-detector: nvme .* timeout, reset controller",
        "disk_errors", (log("nvme nvme1: I/O 437 QID 12 timeout, reset controller"),), says="/dev/nvme1",
        verdict="warn",
    ),
    Fault(
        "an NFS server does not answer", "leptonai/gpud: components/nfs", "nfs_answers", (log(_NFS),),
        says="umount -f -l",
    ),
    Fault(
        "one of two NFS servers has come back", "leptonai/gpud: components/nfs", "nfs_answers",
        (log(_NFS, "nfs: server nas02 not responding, timed out", "nfs: server nas01 OK"),), says="nas02",
    ),
)  # fmt: skip

HOST = (
    Fault(
        "a processor hung in the driver", "gpud: soft lockup; open-gpu-kernel-modules issue 446", "lockups",
        (log("watchdog: BUG: soft lockup - CPU#12 stuck for 26s! [nvidia-smi:4711]"),), says="nvidia-bug-report.sh",
        verdict="warn",
    ),
    Fault(
        "a task was blocked for two minutes", "node-problem-detector: task blocked for more than", "lockups",
        (log("INFO: task jbd2/sda1-8:312 blocked for more than 120 seconds."),), says="grep -A 30", verdict="warn",
    ),
    Fault(
        "half of the memory is missing", "mej/nhc: check_hw_physmem", "memory_size", (), says="24 GiB of memory, 64",
        profile=having(DEBIAN, {"expect": {"memory": 64}}),
    ),
    Fault(
        "a power supply has no current", "gcm: check_ipmitool, Power Supply AC lost", "bmc_events",
        (bmc("Power Supply #0x85 | Power Supply AC lost | Asserted"),), says="Power Supply AC lost", verdict="warn",
    ),
    Fault(
        "a fan stands still, and the power came back", "IPMI 2.0, table 42: Lower Critical going low", "bmc_events",
        (
            bmc(
                "Power Supply #0x85 | Power Supply AC lost | Asserted",
                "Fan #0x31 | Lower Critical going low  | Asserted",
                "Power Supply #0x85 | Power Supply AC lost | Deasserted",
            ),
        ),
        says="the BMC has logged: Fan #0x31: Lower Critical going low", verdict="warn",
    ),
    Fault(
        "a link of the bond has no carrier", "gcm: check_ethlink; mej/nhc: check_net_ifstatus", "bond_links",
        (put("bonds", "link bond0 ens1f0 1 100000\nlink bond0 ens1f1 0 -1\n"),), says="ethtool ens1f1",
        verdict="warn",
    ),
    Fault(
        "a link of the bond is slow", "gcm: check_ethlink", "bond_links",
        (put("bonds", "link bond0 ens1f0 1 100000\nlink bond0 ens1f1 1 10000\n"),), says="its peers at 100000",
        verdict="warn",
    ),
    Fault(
        "CUDA_VISIBLE_DEVICES is set for everybody", "DCGM: nvvs, error 28", "cuda_environment",
        (put("environment", "read 9\nset /etc/profile.d/cuda.sh:export CUDA_VISIBLE_DEVICES=0\n"),),
        says="/etc/profile.d/cuda.sh", verdict="warn",
    ),
    Fault(
        "a debugger's variable is set for everybody", "DCGM: nvvs, error 28", "cuda_environment",
        (put("environment", "read 9\nset /etc/environment:CUDA_INJECTION64_PATH=/opt/nsight/inject.so\n"),),
        says="CUDA_INJECTION64_PATH", verdict="warn",
    ),
)  # fmt: skip

GPUS = (
    Fault(
        "the IOMMU translates between the GPUs", "CUDA C++ Programming Guide: IOMMU on Linux", "iommu",
        (*_METAL, *twin(), append("isolation", "iommu 0000:3b:00.0 DMA-FQ\niommu 0000:af:00.0 DMA-FQ\n")),
        says="iommu=pt", verdict="warn",
    ),
    Fault(
        "another driver than in the rest of the cluster", "deepops: deepops_doctor; imbue: health_checks",
        "driver_version", (), says="535.288.01 expected", verdict="warn",
        profile=having(DEBIAN, {"expect": {"driver": "535.288.01"}}),
    ),
    Fault(
        "application clocks below the default", "gcm: check_clock_freq; AzureHPC: app_clocks", "application_clocks",
        (clocks(1095, 1410),), says="nvidia-smi -i 0000:3b:00.0 -rac", verdict="warn",
    ),
    Fault(
        "a program crashed in libnccl", "leptonai/gpud: nccl, segfault at.*in libnccl.so", "library_crashes",
        (log("python3[4711]: segfault at 7f3c ip 00007f3c8a0 sp 00007ffd error 4 in libnccl.so.2.21.5[7f3c80+4000]"),),
        says="python3 in libnccl.so.2.21.5", verdict="warn",
    ),
    Fault(
        "Slurm hides the GPUs from logins", "deepops: deepops_doctor.py, DeviceAllow", "login_devices",
        (
            append("isolation", "login /etc/systemd/system/ssh.service.d/gpu.conf:DeviceAllow=/dev/nvidiactl\n"),
            put("smi", "No devices were found\n", 6),
        ),
        says="srun --gpus=1",
    ),
    Fault(
        "GPUs behind NVSwitches do not reach each other", "AWS: gpu-cluster-healthcheck; nvidia-smi topo -p2p",
        "gpu_peers", (*HGX, manager(), peers("CNS")), says="the chipset does not support it", verdict="warn",
    ),
    Fault(
        "an adapter gets too little power", "leptonai/gpud: components/infiniband, kmsg", "adapter_log",
        (log("mlx5_core 0000:5c:00.0: mlx5_pcie_event:296: Detected insufficient power on the PCIe slot (27W)."),),
        says="75 W", verdict="warn",
    ),
    Fault(
        "an adapter does not answer its registers", "leptonai/gpud: components/infiniband, kmsg", "adapter_log",
        (log("mlx5_core 0000:5c:00.0: mlx5_cmd_out_err:838: ACCESS_REG(0x805) op_mod(0x1) failed, status bad"),),
        says="firmware", verdict="warn",
    ),
    Fault(
        "SELinux keeps containers from the GPUs", "cloud-native-docs: container-toolkit/troubleshooting", "selinux",
        (
            put("isolation", "selinux 1\nuse_devices 0\n"),
            append("docker_config", "running --selinux-enabled\n"),
        ),
        says="setsebool -P container_use_devices on", verdict="warn",
    ),
)  # fmt: skip

FAULTS = (*DRIVES, *HOST, *GPUS)
