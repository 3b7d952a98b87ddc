"""Whether this machine can have lab hosts; if not, one sentence says what is missing and how to get it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.lab import cgroups
from tests.lab.command import run
from tests.lab.errors import LabError

TOOLS = {
    "gcc": "gcc",
    "ip": "iproute2",
    "mkfs.ext4": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "nsenter": "util-linux",
    "ssh": "openssh-client",
    "unshare": "util-linux",
}
NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "uts")
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def supported() -> str | None:
    """Why this machine cannot have lab hosts; None when it can."""
    if sys.platform != "linux":
        return "lab hosts need Linux: they share the kernel of this machine"
    if os.geteuid() != 0:
        return "lab hosts need root: run this with sudo"
    return _missing_tool() or _missing_in_kernel() or _refused()


def _missing_tool() -> str | None:
    for tool, package in TOOLS.items():
        if shutil.which(tool, path=PATH) is None:
            return f"{tool} is missing: apt-get install {package} (or `make setup`, which installs all that is needed)"
    return None


def _missing_in_kernel() -> str | None:
    for name in NAMESPACES:
        if not Path(f"/proc/self/ns/{name}").exists():
            return f"this kernel has no {name} namespaces: Linux 5.10 or newer is needed, with all of them configured"
    if not Path("/dev/net/tun").exists():
        return "/dev/net/tun is missing: modprobe tun, or a kernel with CONFIG_TUN"
    try:
        cgroups.hierarchy()
    except LabError as missing:
        return str(missing)
    return None


def _refused() -> str | None:
    """Try what cannot be seen beforehand, without leaving anything behind."""
    with tempfile.TemporaryDirectory() as folder:
        script = (
            f"cd {folder} && mount -t tmpfs none . && mkdir lower upper work root && "
            "mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work,volatile root"
        )
        if run("unshare", "--mount", "sh", "-c", script, check=False).returncode != 0:
            return "overlay file systems do not work here: modprobe overlay (Linux 5.10 or newer; not in a container)"
    rules = "table ip gpuwright_try { chain c { type nat hook postrouting priority srcnat; masquerade; }; }"
    if run("unshare", "--net", "nft", "-f", "-", text=rules, check=False).returncode != 0:
        return "nft cannot make a NAT table: modprobe nft_masq, or a kernel with CONFIG_NFT_MASQ"
    return None
