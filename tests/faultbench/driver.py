"""Faults of the driver: built, allowed, loaded, one version, reachable."""

from __future__ import annotations

from checks.facts.reading import NOT_ASKED
from tests.alter import append, edit, put
from tests.faultbench.fault import Fault

RUNNING = "6.1.0-56-amd64"
NEWER = "6.1.0-57-amd64"
NOT_LOADED = (
    put("modules", ""),
    put("nodes", ""),
    put("smi", "reason the driver is not loaded\n", NOT_ASKED),
    edit("pci", r"nvidia$", "none"),
)
_UPGRADE = (
    "apt\t2026-11-22  17:15:02\t\t/usr/bin/unattended-upgrade\t3\t"
    "Upgrade libnvidia-ml1 535.288.01-1~deb12u1 535.309.01-0+deb12u1\n"
)
_LOCKED_DOWN = edit("signing", r"^(secure_boot|lockdown) .*\n", r"")

FAULTS = (
    Fault(
        "library upgraded under the loaded module",
        "NVIDIA/ubuntu-packaging-nvidia-driver issue 3",
        "driver_mismatch",
        (edit("driver", r"^library .*$", "library /usr/lib/libnvidia-ml.so.535.288.01"),),
        says="535.288.01",
    ),
    Fault(
        "who upgraded the library is named",
        "lyulyul/shine-cluster issue 30",
        "driver_mismatch",
        (edit("modules", r"^nvidia 535.309.01", "nvidia 535.288.01"), append("history", _UPGRADE)),
        says="2026-11-22 17:15 UTC: libnvidia-ml1 535.288.01-1~deb12u1 -> 535.309.01-0+deb12u1 by /usr/bin/unattended",
    ),
    Fault(
        "a driver on EL upgraded by dnf",
        "NVIDIA/deepops issue 1186",
        "driver_mismatch",
        (
            edit("modules", r"^nvidia 535.309.01", "nvidia 535.288.01"),
            put(
                "history",
                "zone +0000 1795367988\n"
                "dnf 2026-11-22T15:15:01+0000 DDEBUG Command: dnf -y upgrade\n"
                "dnf 2026-11-22T15:16:11+0000 SUBDEBUG Upgrade: nvidia-driver-libs-3:535.309.01-1.el9.x86_64\n",
            ),
        ),
        says="2026-11-22 15:16 UTC: nvidia-driver-libs 3:535.309.01-1.el9 by dnf -y upgrade",
    ),
    Fault(
        "Secure Boot refuses a module that DKMS signed",
        "MicrosoftDocs/azure-docs issue 111536",
        "secure_boot",
        (
            *NOT_LOADED,
            _LOCKED_DOWN,
            append(
                "signing", "secure_boot 1\nlockdown none [integrity] confidentiality\nkey Debian Secure Boot CA: X\n"
            ),
        ),
        says="signed by DKMS module signing key, whose key it does not have",
    ),
    Fault(
        "Secure Boot and a module that nobody signed, on a kernel without lockdown (EL 7)",
        "GoogleCloudDataproc/initialization-actions issue 933",
        "secure_boot",
        (
            *NOT_LOADED,
            edit("signing", r"^secure_boot .*$", "secure_boot 1"),
            edit("signing", r"^module .*$", f"module {RUNNING} "),
        ),
        says="nobody signed it",
    ),
    Fault(
        "Secure Boot will refuse the module of the next kernel",
        "wvthoog/proxmox-vgpu-installer issue 9",
        "secure_boot",
        (
            edit("kernel", r"^image (\d+) .*$", rf"image \1 {RUNNING}\nimage \1 {NEWER}"),
            append("kernel", f"headers {NEWER}\n"),
            edit("driver", r"^built (.*)$", rf"built \1\nbuilt {NEWER} nvidia-current 535.309.01 NVIDIA"),
            _LOCKED_DOWN,
            append(
                "signing",
                "secure_boot 1\nlockdown none [integrity] confidentiality\n"
                f"key DKMS module signing key: 1f\nmodule {NEWER} \n",
            ),
        ),
        says=NEWER,
        verdict="warn",
    ),
    Fault(
        "the open module on a GPU without a GSP",
        "NVIDIA/open-gpu-kernel-modules issue 322",
        "module_flavour",
        (
            edit("pci", r"0x20b5", "0x1b38"),
            edit("driver", r"NVIDIA$", "Dual MIT/GPL"),
            *NOT_LOADED,
        ),
        says="pascal",
    ),
    Fault(
        "the proprietary module on Blackwell",
        "NVIDIA/open-gpu-kernel-modules issue 862",
        "module_flavour",
        (
            edit("pci", r"0x20b5", "0x2901"),
            edit("os", r"bookworm", "forky"),
            *NOT_LOADED,
        ),
        says="needs the open kernel module",
    ),
    Fault(
        "vfio-pci holds the GPU for a virtual machine",
        "NVIDIA's driver: The NVIDIA probe routine was not called for 1 device(s)",
        "gpu_holder",
        (*NOT_LOADED, edit("pci", r"none$", "vfio-pci")),
        says="vfio-pci holds the GPU",
    ),
    Fault(
        "nvidiafb holds the GPU",
        "NVIDIA's driver: nouveau, rivafb, nvidiafb or rivatv was loaded",
        "gpu_holder",
        (*NOT_LOADED, edit("pci", r"none$", "nvidiafb")),
        says="blacklist nvidiafb",
    ),
    Fault(
        "an install line that runs nothing forbids the module",
        "modprobe.d(5)",
        "module_allowed",
        (
            *NOT_LOADED,
            edit(
                "modprobe",
                r"^line .*install nvidia modprobe.*$",
                "line /etc/modprobe.d/x.conf install nvidia /bin/false",
            ),
        ),
        says="/etc/modprobe.d/x.conf: install nvidia /bin/false",
    ),
    Fault(
        "module_blacklist on the kernel's command line",
        "the kernel's admin-guide/kernel-parameters",
        "module_allowed",
        (*NOT_LOADED, edit("modprobe", r"^cmdline (.*)$", r"cmdline \1 module_blacklist=nouveau,nvidia")),
        says="module_blacklist=nouveau,nvidia",
    ),
    Fault(
        "prime-select left a blacklist",
        "nvidia-prime: /lib/modprobe.d/blacklist-nvidia.conf",
        "module_allowed",
        (append("modprobe", "line /usr/lib/modprobe.d/blacklist-nvidia.conf blacklist nvidia\n"),),
        says="blacklist nvidia",
        verdict="warn",
    ),
    Fault(
        "NVLink is switched off by a module option",
        "NVIDIA's driver, nv-reg.h: NVreg_NvLinkDisable",
        "module_options",
        (append("modprobe", "line /etc/modprobe.d/tune.conf options nvidia NVreg_NvLinkDisable=1\n"),),
        says="NVLink is off",
        verdict="warn",
    ),
    Fault(
        "a GPU is left out by a module option on the command line",
        "NVIDIA's driver, README: NVreg_ExcludedGpus",
        "module_options",
        (edit("modprobe", r"^cmdline (.*)$", r"cmdline \1 nvidia.NVreg_ExcludedGpus=GPU-1"),),
        says="/proc/cmdline",
        verdict="warn",
    ),
    Fault(
        "DKMS' tree has lost its sources",
        "dkms: Could not locate dkms.conf file",
        "dkms_trees",
        (append("dkms", "tree nvidia/525.60.13 no\n"),),
        says="mv /var/lib/dkms/nvidia/525.60.13 /var/lib/dkms-nvidia-525.60.13",
        verdict="warn",
    ),
    Fault(
        "DKMS could not build the module: the compiler's first error",
        "NVIDIA/nvidia-container-toolkit issue 361",
        "driver_built",
        (
            edit("driver", r"^built .*\n", ""),
            edit(
                "dkms",
                r"^built .*$",
                f"failed nvidia-current/535.309.01 {RUNNING} 1795367000 nv.c:12:10: error: implicit",
            ),
        ),
        says="nv.c:12:10: error: implicit",
    ),
    Fault(
        "the driver was added to DKMS and never built",
        "mailrocketsystems/CudaSetupUbuntu20 issue 1",
        "driver_built",
        (edit("driver", r"^built .*\n", ""), edit("dkms", r"^built .*\n", "")),
        says="added but never built",
    ),
    Fault(
        "DKMS built the module for another kernel only",
        "NVIDIA/ansible-role-nvidia-driver issue 18",
        "driver_built",
        (
            edit("driver", r"^built .*\n", ""),
            edit("dkms", r"^built .*$", "built nvidia-current/535.309.01 6.1.0-49-amd64"),
        ),
        says="for 6.1.0-49-amd64 only",
    ),
    Fault(
        "the boot loader's default is an older kernel, without a module",
        "GRUB manual: saved_entry",
        "kernel_headers",
        (
            edit("kernel", r"^image (\d+) .*$", rf"image \1 {RUNNING}\nimage \1 6.1.0-49-amd64"),
            append("kernel", "env saved_entry=old\nbls old.conf 6.1.0-49-amd64\n" + f"bls new.conf {RUNNING}\n"),
        ),
        says="6.1.0-49-amd64",
        verdict="warn",
    ),
    Fault(
        "the CUDA toolkit's stub is on the loader's path",
        "CUDA: CUDA driver is a stub library",
        "library_path",
        (
            edit(
                "loader",
                r"^library libcuda.so.1 .*$",
                "library libcuda.so.1 /usr/local/cuda/lib64/stubs/libcuda.so.1 /usr/local/cuda/lib64/stubs/libcuda.so",
            ),
        ),
        says="stub",
    ),
    Fault(
        "libcuda and libnvidia-ml of two drivers",
        "peers: runfile beside packages",
        "library_path",
        (
            edit(
                "loader",
                r"^library libcuda.so.1 .*$",
                "library libcuda.so.1 /usr/lib64/libcuda.so.1 /usr/lib64/libcuda.so.550.54.14",
            ),
        ),
        says="libcuda 550.54.14 and libnvidia-ml 535.309.01",
    ),
    Fault(
        "a second driver's libraries lie behind the first's",
        "leptonai/gpud: components/library",
        "library_path",
        (append("loader", "library libcuda.so.1 /opt/x/libcuda.so.1 /opt/x/libcuda.so.470.57.02\n"),),
        says="470.57.02",
        verdict="warn",
    ),
    Fault(
        "a runfile's leftovers beside packages",
        "NVIDIA's runfile: nvidia-uninstall",
        "library_path",
        (append("loader", "runfile /usr/bin/nvidia-uninstall\n"),),
        says="nvidia-uninstall",
        verdict="warn",
    ),
    Fault(
        "LD_LIBRARY_PATH for every program",
        "CUDA quick start guides",
        "library_path",
        (append("loader", "path /etc/environment LD_LIBRARY_PATH=/opt/old/lib64\n"),),
        says="/etc/environment",
        verdict="warn",
    ),
)
