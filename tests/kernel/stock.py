"""The lab on a stock Debian machine: systemd as PID 1, cgroup v2 alone, its controllers in systemd's hands.

Developers' own machines are like that; the machines on which this project is built are not. The machine is a guest that
has what the lab needs and a base ready made, because mmdebstrap takes long where every instruction is emulated.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kernel import image
from tests.kernel.guest import Guest
from tests.kernel.transcript import Transcript
from tests.lab import archive, base, package_cache
from tests.lab.command import run
from tests.lab.test_safety import LOAD
from tests.onhosts.fab import ROOT

if TYPE_CHECKING:
    from tests.lab.core import Lab
    from tests.lab.home import Home

OS = "debian12"
NAME = "stock"
CHECKOUT = "opt/gpuwright"
LAB_HOME = "var/lib/gpuwright-lab"
# invoke runs the lab's verbs; the verbs beside them read distro. Fabric is needed only where fab runs.
PYTHON = ("python3", "python3-distro", "python3-invoke")
DIGEST = "from tests.lab import base, systems; print(base.recipe_digest(systems.system('{os}')))"
# What the system calls say that load and remove modules.
DENIED = "-1 Operation not permitted"
LAB = f"cd /{CHECKOUT} && sudo python3 -m invoke"
INTO_HOST = f"sudo ssh -F /{LAB_HOME}/ssh_config g1"
BOOT_ID = "cat /proc/sys/kernel/random/boot_id"
# Everything a lab leaves would show in one of these; a login session comes and goes by itself.
STATE = """\
findmnt -rno TARGET,FSTYPE | grep -v '^/run/user/' | sort
ip -o link | cut -d: -f2
sudo nft list tables
sudo ls /run/netns 2>/dev/null
find /sys/fs/cgroup -name '*gpuwright*'
pgrep -af '[t]ests/lab'
cat /proc/sys/net/ipv4/ip_forward /proc/sys/fs/inotify/max_user_instances
"""


def show(lab: Lab, folder: Path, told: Transcript) -> None:
    """Boot it, bring a lab host up, log in, reboot it, take it down, and see that nothing is left."""
    installed = base.base(lab.home, OS)

    def prepare(root: Path) -> None:
        _prepare(lab.home, installed, root)

    told.section("The machine")
    made = image.build(lab.home, folder, NAME, [str(installed)], size="8G", prepare=prepare)
    told.note(f"Disk image with {made.kernel.name}, this checkout and a base, made in {made.seconds:.0f} s.")
    guest = Guest(NAME, folder, made, lab.home.key, memory=3072)
    with guest.running():
        told.note(f"sshd lets in after {guest.wait_until_up():.0f} s.")
        told.on(guest, "uname -r; ps -p 1 -o comm=; systemctl is-system-running; python3 -m invoke --version")
        said = told.on(guest, "findmnt -rno FSTYPE,TARGET -t cgroup,cgroup2; cat /sys/fs/cgroup/cgroup.controllers")
        told.must(said.startswith("cgroup2 /sys/fs/cgroup\n"), "control groups are of version 2 alone")
        told.section("A lab host on it")
        before = told.on(guest, STATE, lines=60)
        _host(guest, told)
        after = told.on(guest, STATE, lines=60)
        told.must(before == after, "mounts, links, tables, name spaces, groups, processes and settings are as before")


def _host(guest: Guest, told: Transcript) -> None:
    """The life of one host."""
    up = told.on(guest, f"{LAB} lab.up g1 --os {OS} --gpus a100:1", timeout=600)
    told.must("up in" in up, "lab.up brings the host up")
    running = told.on(guest, f"{INTO_HOST} 'systemctl is-system-running --wait; systemctl --failed --no-legend'")
    told.must(running.strip() == "running", "systemd on the host is running, no unit has failed")
    card = told.on(guest, f"{INTO_HOST} lspci -d 10de:")
    told.must("A100" in card, "its lspci shows the card")
    groups = told.on(guest, f"{INTO_HOST} cat /sys/fs/cgroup/cgroup.controllers")
    told.must("memory" in groups.split(), "its systemd has the controllers that this machine offers")
    refused = told.on(guest, f"{INTO_HOST} sudo sh -c {shlex.quote(shlex.quote(LOAD))}")
    told.must(refused.split("\n")[:3] == [DENIED] * 3, "this kernel has modules, and root on the host cannot load any")
    first = told.on(guest, f"{INTO_HOST} {BOOT_ID}").strip()
    told.on(guest, f"{INTO_HOST} sudo reboot")
    second = told.on(guest, _until_up_again(first), timeout=300).strip()
    told.must(len(second) == len(first) and second != first, "a reboot gives it another boot_id")
    told.on(guest, f"{LAB} lab.list")
    down = told.on(guest, f"{LAB} lab.down", timeout=300)
    told.must(down.strip() == "down: g1", "lab.down takes it down")


def _until_up_again(boot: str) -> str:
    return (
        f"for i in $(seq 60); do id=$({INTO_HOST} -o ConnectTimeout=5 {BOOT_ID} 2>/dev/null) && "
        f'[ "$id" != {boot} ] && echo "$id" && break; sleep 1; done'
    )


def _prepare(home: Home, installed: Path, root: Path) -> None:
    """Install what the lab needs, this checkout, and a base where the lab will look for it."""
    _install(home, root)
    (root / CHECKOUT).mkdir(parents=True)
    tar = root / "checkout.tar"
    run("git", "-C", ROOT, "archive", f"--output={tar}", "HEAD")
    run("tar", "-x", "-f", tar, "-C", root / CHECKOUT)
    tar.unlink()
    digest = run("chroot", root, "sh", "-c", f'cd /{CHECKOUT} && python3 -c "{DIGEST.format(os=OS)}"').stdout.strip()
    bases = root / LAB_HOME / "bases"
    bases.mkdir(parents=True)
    name = f"{OS}-{digest}-{installed.name.rpartition('-')[2]}"
    run("cp", "-a", installed, bases / name, timeout=300)
    (bases / f"{OS}-{digest}").symlink_to(name)


def _install(home: Home, root: Path) -> None:
    packages = (ROOT / "tests/lab/packages.txt").read_text().split()
    with package_cache.serving(home.packages, archive.upstream_proxies()) as proxy, _chrooted(root):
        options = ("-qq", "-y", "-o", f"Acquire::http::Proxy={proxy}", "--no-install-recommends")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run("chroot", root, "apt-get", *options, "update", timeout=300)
        run("chroot", root, "apt-get", *options, "install", *packages, *PYTHON, timeout=900, environment=quiet)
        run("chroot", root, "apt-get", "clean")
    shutil.rmtree(root / "var/lib/apt/lists")


@contextlib.contextmanager
def _chrooted(root: Path) -> Iterator[None]:
    """Names resolve as on this machine, and no daemon is started."""
    resolv, policy = root / "etc/resolv.conf", root / "usr/sbin/policy-rc.d"
    resolv.write_text(archive.resolver())
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    run("mount", "-t", "proc", "proc", root / "proc")
    try:
        yield
    finally:
        run("umount", root / "proc")
        policy.unlink()
        resolv.write_text(image.RESOLVER)
