"""The faults that are made for real, by stage."""

from __future__ import annotations

from tests.faultbench.made_container import CONTAINER
from tests.faultbench.real import RealFault

_NEXT = "6.1.0-99-amd64"

HOST = (
    RealFault(
        "a package left unpacked",
        "dpkg(1): --unpack, as after a power cut",
        "package broken true; dpkg --unpack /tmp/made.deb",
        "packages_configured",
        says="broken",
    ),
    RealFault(
        "a package whose configuration fails",
        "NVIDIA/nvidia-container-toolkit issue 361",
        "package broken 'exit 10'; dpkg -i /tmp/made.deb || true",
        "packages_configured",
        says="broken",
    ),
)

BUS = (
    RealFault("no card in the host", "lspci shows none", "", "gpu_on_bus", gpus="none"),
    RealFault("a card newer than the driver", "CUDA driver matrix", "", "gpu_supported", says="570", gpus="b200:1"),
    RealFault("a card older than the driver", "CUDA driver matrix", "", "gpu_supported", says="470", gpus="k80:1"),
    RealFault(
        "one of two cards is gone",
        "NVIDIA/NVSentinel issue 684",
        "",
        "gpu_count",
        says="1 of 2",
        gpus="a100:2",
        faults=("gpu_missing",),
        arguments=("--profile", "tests/faultbench/two-gpus.toml"),
    ),
)

DRIVER = (
    RealFault(
        "headers removed",
        "NVIDIA/ansible-role-nvidia-driver issue 18",
        "rm -rf /lib/modules/*/build",
        "kernel_headers",
        verdict="warn",
    ),
    RealFault(
        "no module for the next kernel",
        "GoogleCloudPlatform/compute-gpu-installation issue 35",
        f"touch /boot/vmlinuz-{_NEXT}; mkdir -p /lib/modules/{_NEXT}/build; touch /lib/modules/{_NEXT}/build/Makefile",
        "driver_built",
        says=_NEXT,
        verdict="warn",
    ),
    RealFault(
        "the module's files are gone",
        "dkms remove",
        "rm -rf /lib/modules/*/updates/dkms; depmod -a",
        "driver_built",
    ),
    RealFault(
        "the driver's library is gone",
        "nvidia-smi status 12",
        "rm -f /lib/x86_64-linux-gnu/libnvidia-ml.so.1; ldconfig",
        "driver_built",
        says="no driver library",
    ),
    RealFault(
        "the module was unloaded",
        "rmmod",
        "modprobe -r nvidia_uvm nvidia_drm nvidia_modeset nvidia",
        "driver_loaded",
    ),
    RealFault(
        "nouveau has the card again after a reboot",
        "NVRM: The NVIDIA probe routine was not called",
        "rm /etc/modprobe.d/nvidia-blacklists-nouveau.conf; update-initramfs -u",
        "nouveau",
        reboot=True,
    ),
    RealFault(
        "another module than the library",
        "NVIDIA/ubuntu-packaging-nvidia-driver issue 3",
        "echo 525.0.1 >/sys/module/nvidia/version",
        "driver_mismatch",
        says="525.0.1",
    ),
    RealFault("no device nodes", "NVIDIA/nvidia-docker issue 526", "rm -f /dev/nvidia*", "device_nodes"),
    RealFault(
        "no node of nvidia-uvm",
        "NVIDIA/nvidia-docker issue 139: lstat /dev/nvidia-uvm",
        "rm -f /dev/nvidia-uvm",
        "device_nodes",
        says="/dev/nvidia-uvm",
    ),
)

GPU = (
    RealFault(
        "uncorrected memory errors",
        "DCGM_FR_VOLATILE_DBE_DETECTED",
        "card ecc.errors.uncorrected.volatile.dram 2; card ecc.errors.uncorrected.volatile.total 2",
        "ecc_uncorrected",
    ),
    RealFault(
        "a row waits to be remapped",
        "NVIDIA GPU Memory Error Management: row remapping",
        "card remapped_rows.pending Yes",
        "remapped_rows",
        verdict="warn",
    ),
    RealFault(
        "a row could not be remapped",
        "NVIDIA GPU Memory Error Management: RMA criteria",
        "card remapped_rows.failure Yes",
        "remapped_rows",
    ),
    RealFault(
        "ECC is switched off",
        "DCGM_FR_ECC_DISABLED",
        "card ecc.mode.current Disabled; card ecc.mode.pending Disabled",
        "ecc_mode",
        verdict="warn",
    ),
    RealFault(
        "a change of ECC waits for a reset",
        "DCGM_FR_ECC_PENDING",
        "card ecc.mode.pending Disabled",
        "ecc_mode",
        verdict="warn",
    ),
    RealFault(
        "slowed down by heat",
        "DCGM_FR_CLOCKS_EVENT_THERMAL",
        "card clocks_event_reasons.hw_slowdown Active; card clocks_event_reasons.hw_thermal_slowdown Active",
        "clocks_slowed",
    ),
    RealFault(
        "the power supply's brake",
        "DCGM_FR_CLOCKS_EVENT_POWER",
        "card clocks_event_reasons.hw_slowdown Active; card clocks_event_reasons.hw_power_brake_slowdown Active",
        "clocks_slowed",
        says="ower",
    ),
    RealFault(
        "a power limit below the board's own",
        "DCGM_FR_POWER_CAP",
        "card power.limit '150.00 W'; card enforced.power.limit '150.00 W'",
        "power_limit",
        verdict="warn",
    ),
    RealFault(
        "MIG waits for a reset",
        "NVIDIA/mig-parted issue 181",
        'for card in "$HW"/gpus/*; do mkdir -p "$HW/mig/${card##*/}" && echo Enabled >"$HW/mig/${card##*/}/pending"; '
        "done",
        "mig_mode",
        verdict="warn",
    ),
    RealFault(
        "no program may compute",
        "nvidia-smi(1), compute mode Prohibited",
        "card compute_mode Prohibited",
        "compute_mode",
    ),
    RealFault(
        "two boards with different firmware",
        "Azure NHC2011 VBIOS",
        "nvidia-smi -pm 1 >/dev/null; last_card vbios_version 92.00.45.00.06",
        "vbios_uniform",
        verdict="warn",
        gpus="a100:2",
    ),
    RealFault(
        "memory in use by nobody",
        "facebookresearch/gcm mem_usage",
        "card memory.used '40960 MiB'",
        "gpu_memory_held",
        verdict="warn",
    ),
    RealFault(
        "nvidia-smi crashes",
        "status 139 of a crashed program",
        "rm /usr/bin/nvidia-smi; printf '#!/bin/sh\\nkill -SEGV $$\\n' >/usr/bin/nvidia-smi; "
        "chmod 755 /usr/bin/nvidia-smi",
        "nvidia_smi",
    ),
    RealFault(
        "nvidia-smi is gone",
        "status 127",
        "rm /usr/bin/nvidia-smi",
        "nvidia_smi",
    ),
)

KERNEL_LOG = (
    RealFault(
        "the card has fallen off the bus",
        "NVIDIA/NVSentinel issue 155",
        'kernel_says "NVRM: Xid (PCI:0000:3b:00): 79, pid=0, GPU has fallen off the bus."',
        "gpu_off_bus",
        says="79",
    ),
    RealFault(
        "a double bit error",
        "NVIDIA's Xid 48",
        'kernel_says "NVRM: Xid (PCI:0000:3b:00): 48, pid=1234, name=train, Uncorrectable ECC error"',
        "xid",
        says="Xid 48",
    ),
    RealFault(
        "a program's own mistake",
        "NVIDIA's Xid 31",
        'kernel_says "NVRM: Xid (PCI:0000:3b:00): 31, pid=1234, name=train, MMU Fault: ENGINE GRAPHICS"',
        "xid",
        says="Xid 31",
        verdict="warn",
    ),
    RealFault(
        "the card cannot be initialised",
        "NVRM: RmInitAdapter failed",
        'kernel_says "NVRM: GPU 0000:3b:00.0: RmInitAdapter failed! (0x24:0xffff:1220)"',
        "gpu_init",
    ),
    RealFault(
        "a machine check",
        "mcelog's texts",
        'kernel_says "mce: [Hardware Error]: CPU 4: Machine Check Exception: 5 Bank 7: be00000000800400"',
        "machine_check",
    ),
)

PACKAGES = (
    RealFault(
        "half of the driver is on hold",
        "NVIDIA/ansible-role-nvidia-driver issue 28",
        "apt-mark hold libcuda1 >/dev/null",
        "package_holds",
        says="libcuda1",
        verdict="warn",
    ),
    RealFault(
        "one archive in two files, one without its key",
        "NVIDIA/nvidia-container-toolkit issue 170",
        "echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://x.invalid/debian s main' "
        ">/etc/apt/sources.list.d/a.list; echo 'deb http://x.invalid/debian s main' >/etc/apt/sources.list.d/b.list",
        "signed_by",
        says="x.invalid",
    ),
    RealFault(
        "a reboot is due",
        "unattended-upgrades: /run/reboot-required",
        "touch /run/reboot-required; echo linux-image-6.1.0-99-amd64 >/run/reboot-required.pkgs",
        "reboot_pending",
        verdict="warn",
    ),
)

FAULTS: tuple[RealFault, ...] = (*HOST, *BUS, *DRIVER, *GPU, *CONTAINER, *KERNEL_LOG, *PACKAGES)
