"""A host that reaches nobody becomes a GPU host from a directory that `mirror.fetch` filled, and from nothing else."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.lab import ssh
from tests.lab.mirror import data, life
from tests.onhosts import today
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

SOURCES = "sha256sum /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/yum.repos.d/* 2>/dev/null"
INSTALLED = {"debian12": "dpkg-query -W -f '${Package}\\n'", "el9": "rpm -qa --qf '%{NAME}\\n'"}


def fetched(lab: Lab, folder: Path, os: str, kernel: str) -> Path:
    """The directory, filled on this machine: Debian's part from its own archive, all else from the lab's mirror."""
    tree = life.tree_for(lab.home, ())
    profile = today.profile(lab, folder)
    names = [name for name in data.load().hosts if (tree / name).is_dir()]
    profile.write_text(
        profile.read_text() + "".join(f'[mirrors."https://{name}"]\nurl = "file://{tree}/{name}"\n' for name in names)
    )
    flags = ("--profile", str(profile), "--os", os, "--gpu", "a100", "--kernel", kernel)
    done = fab("", "mirror.fetch", *flags, "--to", str(folder / "gpu"))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "gpu"


def carry(host: Host, folder: Path) -> None:
    """Bring a folder to the same path on a host, as a disk would."""
    command = ssh.command(host.home, host.spec, "root", f"mkdir -p {folder} && tar -C {folder} -x")
    with subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE) as packed:
        subprocess.run(command, stdin=packed.stdout, check=True, timeout=120)


@pytest.mark.parametrize("os", INSTALLED)
def test_with_every_way_out_closed_the_same_provision_succeeds(
    lab: Lab, host: MakeHost, tmp_path: Path, os: str
) -> None:
    one = host(os=os, gpus="a100:1", faults=[life.UNREACHABLE]).settle()
    folder = fetched(lab, tmp_path, os, one.run("uname -r").stdout.strip())
    carry(one, folder)
    one.run("rm -f /etc/apt/apt.conf.d/90lab-cache")
    one.network_outside(reachable=False)
    assert one.run("timeout 5 bash -c '</dev/tcp/deb.debian.org/80'", check=False).returncode != 0
    assert f"{folder}/key.asc: OK" in one.run(f"cd {folder} && sha256sum -c SHA256SUMS | sed 's|^|{folder}/|'").stdout
    sources = one.run(SOURCES, check=False).stdout
    before = set(one.run(INSTALLED[os]).stdout.split())

    wanted = str(folder / "profile.toml")
    done = fab(one.name, "provision", "--profile", wanted, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    again = fab(one.name, "provision", "--profile", wanted, "--yes")
    assert "nothing to do" in again.stdout.lower(), again.stdout + again.stderr
    assert fab(one.name, "doctor", "--profile", wanted).returncode == 0

    files = [*folder.rglob("*.deb"), *folder.rglob("*.rpm")]
    there = {file.name.split("_")[0] if file.suffix == ".deb" else file.name.rsplit("-", 2)[0] for file in files}
    came = {name for name in set(one.run(INSTALLED[os]).stdout.split()) - before if name != "gpg-pubkey"}
    assert came <= there
    assert there - came <= before, "what did not come is there because the host's own may be older"

    back = fab(one.name, "unprovision", "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert one.run(SOURCES, check=False).stdout == sources
