"""NVIDIA's container toolkit on hosts: packages by real apt and dnf, CDI and the runtime through a real dockerd.

What is stood in for: the toolkit's programs (contract: tests/lab/standin/payload/nvidia-container-toolkit), the card.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.container_toolkit import PACKAGES
from tests.lab.mirror import life
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

TREE = "https://nvidia.github.io/libnvidia-container/stable"
# Its shell has a name of its own, so that the doctor finds none to open a GPU's node with: in the lab none opens.
IMAGE = """
cd / && tar -ch usr/bin/sleep usr/bin/dash lib/x86_64-linux-gnu/libc.so.6 lib64/ld-linux-x86-64.so.2 |
    docker import - tiny:1
"""
NODES = ["/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia0", "/dev/nvidia1", "/dev/nvidiactl"]


def profile(lab: Lab, path: Path, release: str, more: str = "") -> str:
    """Debian's profile with the toolkit out of the lab's mirror, whose key is the lab's own."""
    kind = f'url = "{TREE}/rpm/x86_64"' if release.startswith("el") else f'url = "{TREE}/deb/amd64"\nsuite = "/"'
    path.write_text(
        f'name = "lab-toolkit"\nextends = "debian"\n'
        f"[driver.branch]\n{release} = 550\n"
        f'[repositories.toolkit]\nrelease = "{release}"\n{kind}\n'
        f'key = "https://nvidia.github.io/libnvidia-container/gpgkey"\n'
        f'fingerprint = "{life.fingerprints(lab.home)["toolkit"]}"\n'
        f'[container_toolkit]\nversion = "1.20.0"\npackages = {json.dumps(PACKAGES)}\n{more}'
    )
    return str(path)


def versions(one: Host) -> set[str]:
    """The versions of the toolkit's packages."""
    ask = f"rpm -q --qf '%{{VERSION}}\\n' {' '.join(PACKAGES)}"
    if one.spec.os.startswith("debian"):
        ask = f"dpkg-query -W -f '${{Version}}\\n' {' '.join(PACKAGES)}"
    return {line.partition("-")[0] for line in one.run(ask).stdout.split()}


HALF = {
    "debian12": f"""
/usr/lib/apt/apt-helper -q download-file https://nvidia.github.io/libnvidia-container/gpgkey /usr/share/keyrings/t.asc
echo 'deb [signed-by=/usr/share/keyrings/t.asc] {TREE}/deb/amd64 /' >/etc/apt/sources.list.d/t.list
apt-get -q update
apt-get -qy install {" ".join(f"{name}=1.19.0-1" for name in PACKAGES)}
apt-get -qy install libnvidia-container1=1.20.0-1
""",
    "el9": f"""
yum-config-manager --add-repo {TREE}/rpm/nvidia-container-toolkit.repo
dnf -qy install {" ".join(f"{name}-1.19.0" for name in PACKAGES)}
dnf -qy install libnvidia-container1-1.20.0
""",
}


@pytest.mark.parametrize("os", HALF)
def test_a_half_updated_set_is_brought_to_one_version_and_back(
    lab: Lab, host: MakeHost, tmp_path: Path, os: str
) -> None:
    one = host(os=os, gpus="a100:1", faults=("mirror",) if os == "debian12" else ()).settle()
    wanted = profile(lab, tmp_path / "toolkit.toml", "bookworm" if os == "debian12" else os)
    one.run(HALF[os], timeout=120)
    assert versions(one) == {"1.19.0", "1.20.0"}
    done = fab(one.name, "provision", "--only", "container_toolkit", "--profile", wanted, "--yes")
    assert "install NVIDIA's container toolkit 1.20.0" in done.stdout, done.stdout + done.stderr
    assert versions(one) == {"1.20.0"}
    again = fab(one.name, "plan", "--only", "container_toolkit", "--profile", wanted)
    assert again.returncode == 0, again.stdout
    back = fab(one.name, "unprovision", "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert versions(one) == {"1.19.0", "1.20.0"}


def test_docker_gives_a_container_the_gpus_by_name_and_a_busy_host_keeps_its_own(
    lab: Lab, provisioned: Callable[..., Host], tmp_path: Path
) -> None:
    """CDI through Debian 13's dockerd; a container with GPUs is named, kept without consent, and outlives a restart."""
    one = provisioned("debian13", "mirror", gpus="l40s:2")
    wanted = profile(lab, tmp_path / "toolkit.toml", "trixie", '[cdi]\nfolder = "auto"\n')
    done = fab(one.name, "provision", "--profile", wanted, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert fab(one.name, "plan", "--profile", wanted).returncode == 0
    assert "through the runtime nvidia, CDI" in fab(one.name, "doctor", "--container", "-v").stdout
    one.run(f"{IMAGE}\ndocker run -d --name train --device nvidia.com/gpu=all tiny:1 /usr/bin/sleep 10000")
    assert inside(one) == NODES
    hooked = one.run("docker run --rm --network none --gpus all tiny:1 /usr/bin/dash -c 'echo /dev/nvidia*'")
    assert hooked.stdout.split() == NODES
    links = 'for node in /dev/nvidia0 /dev/nvidiactl; do ls -l /dev/char | grep -c -- "-> $node"; done'
    assert one.run(links).stdout.split() == ["1", "1"]

    busy = profile(lab, tmp_path / "busy.toml", "trixie", '[cdi]\nfolder = "auto"\n[docker.daemon]\nmtu = 1400\n')
    steps = json.loads(fab(one.name, "plan", "--profile", busy, "--format", "json").stdout)["phases"][0]["steps"]
    assert [step["stops"] for step in steps] == [["container train"]]
    pid = process(one)
    refused = fab(one.name, "provision", "--profile", busy)
    assert refused.returncode == 79, refused.stdout
    assert process(one) == pid

    kept = tmp_path / "kept.toml"
    kept.write_text('name = "kept"\nextends = "toolkit.toml"\n[docker.daemon]\nlive-restore = true\n')
    assert fab(one.name, "provision", "--profile", str(kept), "--yes").returncode == 0
    daemon = one.run("cat /run/docker.pid").stdout
    kept.write_text(kept.read_text() + "mtu = 1400\n")
    done = fab(one.name, "provision", "--profile", str(kept), "--yes")
    assert "and restart docker" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
    assert one.run("cat /run/docker.pid").stdout != daemon
    assert process(one) == pid
    assert inside(one) == NODES

    stale = "sed -i 's/550[.]163[.]01/550.1.1/' /var/run/cdi/nvidia.yaml && mkdir -p /etc/cdi"
    one.run(f"{stale} && cp /var/run/cdi/nvidia.yaml /etc/cdi/")
    assert "FAIL    cdi_spec" in fab(one.name, "doctor", "--deadline", "60s", profile="").stdout  # as provisioned
    assert fab(one.name, "provision", "--profile", str(kept), "--yes").returncode == 0
    assert one.run("ls /etc/cdi").stdout.startswith("nvidia.yaml.away-")
    assert "550.1.1" not in one.run("cat /var/run/cdi/nvidia.yaml").stdout
    assert process(one) == pid


def inside(one: Host) -> list[str]:
    """NVIDIA's device nodes in the container."""
    return one.run("docker exec train /usr/bin/dash -c 'echo /dev/nvidia*'").stdout.split()


def process(one: Host) -> str:
    """The container's first process on the host: another one after each start."""
    return one.run("docker inspect -f '{{.State.Running}} {{.State.Pid}}' train").stdout
