"""What peers check, row by row, and the checks of ours that ask the same: docs/diagnosis.md is written from it.

The rows are those of ten diagnostic tools and their neighbours, as they were read in August 2026. A row without a
check says that it is not done, and why.
"""

from __future__ import annotations

from dataclasses import dataclass

NOBODY = "nobody"


@dataclass(frozen=True)
class Row:
    """One question: who asks it, the names of our checks that do, words about them, and why there would be none."""

    what: str
    peers: str
    ours: str = ""
    words: str = ""
    undone: str = ""


ROWS: tuple[Row, ...] = (
    Row("GPU on the PCI bus", "deepops, gpud, imbue", "gpu_on_bus gpu_mapped nvswitches"),
    Row(
        "GPU count against what is expected",
        "gpud, AzureHPC, gcm, deepops, DCGM, EKS, AWS",
        "gpu_count gpu_models nvidia_smi",
    ),
    Row(
        "nvidia-smi works",
        "AzureHPC, nhc, imbue, AWS, device plugin",
        "nvidia_smi gpu_answers",
        words="every exit status has its own words",
    ),
    Row(
        "nvidia-smi hangs",
        "gpud, gcm",
        "nvidia_smi stuck_tasks",
        words="it is asked under a deadline, and never while an older one is stuck",
    ),
    Row("NVML's errors by their text", "gpud", "gpu_answers nvidia_smi"),
    Row(
        "Driver and library of two versions",
        "gpud, gcm",
        "driver_mismatch package_versions",
        words="who brought the other version, when and by which command is its evidence",
    ),
    Row(
        "One driver version in the whole cluster",
        "deepops, imbue",
        "driver_version",
        words="against the version that the cluster's profile expects; hosts are not compared with each other",
    ),
    Row("Open or proprietary module for this GPU", NOBODY, "module_flavour gpu_supported"),
    Row("nouveau holds the GPU", "DCGM", "nouveau gpu_bound"),
    Row("Another driver holds the GPU", NOBODY, "gpu_holder gpu_bound"),
    Row(
        "DKMS not built, headers missing",
        NOBODY,
        "kernel_headers driver_built dkms_trees next_kernel",
        words="also for the kernel of the next boot",
    ),
    Row("Secure boot keeps the module out", NOBODY, "secure_boot signing_key"),
    Row("Device nodes missing or unreadable", "DCGM", "device_nodes"),
    Row(
        "Libraries present",
        "DCGM, gpud",
        "driver_built library_path",
        words="CUDA's own libraries are not looked for: they lie in images",
    ),
    Row(
        "Harmful CUDA environment",
        "DCGM",
        "cuda_environment",
        words="what logins and services get from files; a job's own environment is not seen",
    ),
    Row("Persistence mode", "DCGM, gpud, AzureHPC, AWS", "persistence"),
    Row(
        "Graphics processes, leftover processes",
        "DCGM, gcm, gpud",
        "gpu_memory_held",
        words="processes are named, none is killed: which are leftovers, only the scheduler knows",
    ),
    Row("ECC off or pending", "imbue, DCGM", "ecc_mode"),
    Row("Uncorrectable ECC errors", "imbue, gcm, AzureHPC, DCGM, EKS", "ecc_uncorrected"),
    Row("Correctable ECC errors", "gcm, DCGM", "ecc_corrected"),
    Row("SRAM threshold exceeded", "DCGM", "memory_repair"),
    Row("Retired pages (before Ampere)", "AzureHPC, gcm, deepops, DCGM, AWS", "retired_pages"),
    Row("Remapped rows (from Ampere on)", "gpud, AzureHPC, gcm, DCGM, IBM", "remapped_rows"),
    Row("infoROM corrupt", "DCGM, AzureHPC", "inforom"),
    Row("The driver's own recovery action", "NVRX, DCGM, AWS", "gpu_recovery"),
    Row("Xid in the kernel log", "all", "xid kernel_log"),
    Row("Fell off the bus without an Xid", "gpud, NVSentinel", "gpu_off_bus"),
    Row("RmInitAdapter failed, GSP init", NOBODY, "gpu_init gsp"),
    Row("SXid (NVSwitch)", "gpud, imbue, DCGM, AWS", "sxid"),
    Row("Fabric manager runs", "gpud, imbue, AWS, DCGM", "fabric_manager"),
    Row("Fabric manager of another version than the driver", NOBODY, "fabric_version"),
    Row("Fabric manager's log", "gpud", "fabric_log"),
    Row("Fabric state (NVML)", "gpud", "fabric_state"),
    Row(
        "NVLink inactive",
        "AzureHPC, imbue, gcm, DCGM, gpud, NVRX",
        "nvlink_up",
    ),
    Row("NVLink error counters", "imbue, AWS, gcm, DCGM, NVRX", "nvlink_errors"),
    Row(
        "P2P and topology",
        "AWS, AzureHPC, gpud",
        "gpu_peers iommu pcie_acs",
        words="P2P behind NVSwitches; the topology is not compared with a file of what it should be",
    ),
    Row("PCIe width and speed", "deepops, gcm, DCGM", "pcie_link", words="an idle link that slowed down is no fault"),
    Row("PCIe replays", "DCGM", "pcie_errors"),
    Row("ACS on bare metal", "gpud", "pcie_acs"),
    Row("Slowed down by heat or power", "AzureHPC, gpud, DCGM, IBM", "clocks_slowed"),
    Row("Temperature", "gcm, gpud, DCGM", "gpu_temperature"),
    Row(
        "Application clocks",
        "gcm, AzureHPC, gpud",
        "application_clocks",
        words="against the card's default; drivers from 590 on no longer report them",
    ),
    Row("Power limit", "DCGM, gpud", "power_limit"),
    Row("VBIOS uniform", "AzureHPC, gcm, imbue", "vbios_uniform"),
    Row("GPU memory in use at idle", "gcm", "gpu_memory_held"),
    Row(
        "Bandwidth, GEMM, burn-in",
        "AzureHPC, SuperBench, DCGM",
        undone="cannot be read: it has to be measured, by load on GPUs that may be in use; dcgmi diag does that",
    ),
    Row(
        "NCCL all-reduce; crashes in libnccl",
        "AzureHPC, AWS, gcm, gpud",
        "library_crashes",
        words="the crashes; all-reduce is a benchmark over several hosts, which no look at one can be",
    ),
    Row(
        "dcgmi diag",
        "DCGM, gcm, deepops, AWS",
        undone="cannot be read: it takes the GPUs for minutes; run it when the doctor has nothing to say",
    ),
    Row(
        "A container sees the GPUs",
        "imbue, deepops, GPU operator",
        "container_gpu framework gpus_kept",
        words="only with --container, or after provisioning: it starts one; with --framework it computes",
    ),
    Row("containerd knows the NVIDIA runtime", "gpud", "containerd_config containerd_runtimes crio_config"),
    Row("docker knows the NVIDIA runtime", "deepops", "daemon_json daemon_live runtime_programs"),
    Row("docker is up and as expected", "gpud, imbue", "docker_running docker_engine storage_driver daemon_live"),
    Row(
        "containerd is up",
        "gpud, node-problem-detector",
        "kubelet_runtime containerd_config failed_units",
        words="its socket must be there where the kubelet uses it; pods are not listed",
    ),
    Row(
        "kubelet is healthy",
        "node-problem-detector",
        "kubelet_running failed_units",
        words="its health port is asked; it is never restarted",
    ),
    Row(
        "The node offers nvidia.com/gpu",
        "deepops, GPU operator",
        "gpu_capacity",
    ),
    Row(
        "Why the device plugin did not start",
        NOBODY,
        "device_plugin",
    ),
    Row(
        "NVML: Unknown Error inside containers after a daemon-reload",
        NOBODY,
        "daemon_reload gpus_kept",
        words="before it happens, and after",
    ),
    Row("CDI specs stale", NOBODY, "cdi_stale cdi_missing cdi_twice cdi_gpus"),
    Row("Hook or runtime binaries missing", NOBODY, "runtime_programs toolkit_versions toolkit_config"),
    Row("Image newer than the driver", NOBODY, "image_cuda"),
    Row("Disk full", "imbue, gcm, nhc, gpud", "disk_space inodes boot_space data_root var_lib_partition"),
    Row(
        "File systems read-only or hung, RAID, NVMe",
        "nhc, gpud, node-problem-detector, gcm, AzureHPC",
        "read_only raid nvme_drives disk_errors stuck_tasks",
        words="from the kernel; SMART is not asked: it wakes drives, and each maker has values of its own",
    ),
    Row(
        "NFS hangs",
        "gpud",
        "nfs_answers stuck_tasks",
        words="from the kernel's log and its stuck tasks; no test write is made",
    ),
    Row(
        "Memory, OOM, machine checks",
        "nhc, gcm, gpud, node-problem-detector",
        "memory_errors machine_check oom memory_size",
        words="the size against the profile's; how memory is broken up (buddyinfo) is not judged",
    ),
    Row(
        "CPU governor, clocksource, lockups",
        "gcm, gpud, node-problem-detector",
        "cpu_governor clocksource lockups stuck_tasks",
    ),
    Row(
        "InfiniBand ports and flaps",
        "gpud, nhc, AzureHPC, gcm, imbue, deepops, NVRX",
        "infiniband adapter_log",
        words="bit error rates and firmware versions are not asked: mlxlink and mstflint are seldom installed",
    ),
    Row("GPUDirect RDMA (nvidia_peermem)", "imbue, gpud", "peermem adapter_log"),
    Row(
        "Ethernet links, MTU, ping",
        "gcm, nhc",
        "bond_links",
        words="the links of bonds; which other links, sizes and peers are right only the site knows",
    ),
    Row("Clock synchronised", "node-problem-detector", "clock"),
    Row("Locked memory", "AWS", "memlock"),
    Row("Swap", "imbue, nhc", "kubelet_swap"),
    Row("BMC event log", "gcm", "bmc_events", words="where ipmitool is, for five seconds at most"),
    Row(
        "Fans and power supplies",
        "gcm",
        "bmc_events",
        words="by the events of their sensors; reading every sensor takes a BMC half a minute",
    ),
    Row("Open files, processes", "gpud, gcm", "exhaustion"),
    Row(
        "Kernel messages that nobody knows",
        "imbue",
        undone="a list of all that healthy kernels say would call every new kernel broken; "
        "`gpuwright explain` says what it knows of a log",
    ),
    Row(
        "Kernel modules that must be there",
        "gpud, gcm",
        "driver_loaded module_allowed module_options",
        words="only the driver's; which others a site needs is not asked of it",
    ),
    Row("Kernel panics kept in pstore", "gpud", "kernel_panics"),
    Row("Reboot loops", "gcm", "reboot_loop"),
    Row(
        "Repositories broken",
        "gcm",
        "repositories repository_keys signed_by package_lock transactions_finished packages_configured",
        words="no repository is fetched from: a look changes nothing",
    ),
    Row("Package versions", "gcm", "package_versions package_origins package_holds toolkit_versions"),
    Row("Slurm hides GPUs from a login", "deepops", "login_devices"),
    Row(
        "The same bad GPU came back",
        "stas, AWS",
        undone="cannot be read from a host: which card was sent back, and into which host it came, its makers know; "
        "an Xid that came back after a reboot is told (`xid`)",
    ),
    Row("/dev/shm, SELinux, IOMMU", NOBODY, "shared_memory selinux iommu"),
    Row(
        "/var/lib on another file system than the driver (nvidia-docker 1.0)",
        NOBODY,
        "var_lib_partition nvidia_docker_file_system",
    ),
)
"""In the order of the page; a row is known by its number."""
