"""A base: one installed system, as its installer would leave it on a small server.

It holds what Debian calls required and important, sshd, sudo and the real kernel package with its generated initrd;
no compiler, no headers, no Python. It is kept until its recipe changes or a week has passed: after that the archive
may have dropped the packages that go with its kernel.
"""

from __future__ import annotations

import hashlib
import inspect
import shutil
import time
from typing import TYPE_CHECKING

from tests.lab import accounts, archive, package_cache, systems
from tests.lab.command import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.home import Home
    from tests.lab.systems import System

DAYS_KEPT = 7
PACKAGES = (
    "ca-certificates",
    "dbus",
    "e2fsprogs",
    "initramfs-tools",
    "iproute2",
    "iputils-ping",
    "kmod",
    "less",
    "libpam-systemd",
    "linux-image-amd64",
    "openssh-server",
    "pciutils",
    "procps",
    "sudo",
    "systemd",
    "systemd-sysv",
    "udev",
)
# Devices, modules and the console belong to the machine; timers would take apt's lock in the middle of a test.
MASKED = (
    "apt-daily-upgrade.timer",
    "apt-daily.timer",
    "dev-hugepages.mount",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty@tty1.service",
    "kmod-static-nodes.service",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-modules-load.service",
    "systemd-pstore.service",
    "systemd-sysctl.service",
    "systemd-udev-settle.service",
    "systemd-udev-trigger.service",
    "systemd-udevd-control.socket",
    "systemd-udevd-kernel.socket",
    "systemd-udevd.service",
)
# Every exec request is a line in the log of sshd: tests count them.
SSHD = "LogLevel VERBOSE\nUseDNS no\n"


def base(home: Home, os: str) -> Path:
    """Find the base of an operating system, or build it."""
    system = systems.system(os)
    with home.locked(f"base-{os}"):
        wanted = home.bases / f"{os}-{recipe_digest(system)}"
        if not _fresh(wanted):
            _build(home, system, wanted)
        return wanted.resolve()


def recipe_digest(system: System) -> str:
    """What a base depends on: the packages, this code, the mirror and the machine's certificates."""
    addresses = archive.machine_archive()
    inputs = [
        system.name,
        repr(sorted(system.sources(addresses).items())),
        repr(sorted(archive.certificates().items())),
        *(inspect.getsource(module) for module in (inspect.getmodule(base), accounts) if module),
    ]
    return hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:12]


def _fresh(link: Path) -> bool:
    # The link names a directory that ends in the time of its building.
    if not link.exists():
        return False
    built = int(link.resolve().name.rpartition("-")[2])
    return time.time() - built < DAYS_KEPT * 86400


def _build(home: Home, system: System, link: Path) -> None:
    home.bases.mkdir(parents=True, exist_ok=True)
    for abandoned in home.bases.glob(f".building-{system.name}-*"):
        shutil.rmtree(abandoned)
    stamp = f"{int(time.time())}"
    aside = home.bases / f".building-{system.name}-{stamp}"
    with package_cache.serving(home.packages, archive.upstream_proxies()) as proxy:
        _install(system, aside, proxy)
    _finish(system, aside)
    built = link.with_name(f"{link.name}-{stamp}")
    aside.rename(built)
    pointer = link.with_name(f".{link.name}.link")
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(built.name)
    pointer.replace(link)


def _install(system: System, root: Path, proxy: str) -> None:
    run(
        "mmdebstrap",
        "--mode=root",
        "--variant=important",
        f"--include={','.join(PACKAGES)}",
        f"--keyring={archive.keyring()}",
        f'--aptopt=Acquire::http::Proxy "{proxy}"',
        '--aptopt=Acquire::https::Proxy "DIRECT"',
        system.suite,
        root,
        "-",
        text=system.building_sources(archive.machine_archive()),
        timeout=1800,
    )


def _finish(system: System, root: Path) -> None:
    """Turn what was installed into what an installer leaves."""
    (root / "etc/apt/apt.conf.d/99mmdebstrap").unlink(missing_ok=True)
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    for name, text in system.sources(archive.machine_archive()).items():
        (root / name).write_text(text)
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    (root / "etc/ssh/sshd_config.d/10-lab.conf").write_text(SSHD)
    for unit in MASKED:
        mask = root / "etc/systemd/system" / unit
        mask.unlink(missing_ok=True)
        mask.symlink_to("/dev/null")
    accounts.add_accounts(root)
    _trust(root)
    # The places over which each boot binds the simulated kernel.
    (root / "usr/lib/gpuwright-lab").mkdir()
    (root / "etc/ld.so.preload").touch()
    (root / "etc/resolv.conf").unlink(missing_ok=True)


def _trust(root: Path) -> None:
    folder = root / "usr/local/share/ca-certificates"
    for name, text in archive.certificates().items():
        (folder / name).write_text(text)
    run("chroot", root, "update-ca-certificates")
