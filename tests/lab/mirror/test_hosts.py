"""Real dnf and apt take packages from the mirror; with a fault, they take none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab.mirror import life

if TYPE_CHECKING:
    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost

pytestmark = [pytest.mark.lab, pytest.mark.slow]

CUDA = "https://developer.download.nvidia.com/compute/cuda/repos"
EL7 = f"""
set -e
yum -y -q install {CUDA}/rhel7/x86_64/cuda-repo-rhel7-8.0.61-1.x86_64.rpm epel-release
yum -y -q install kernel-devel-$(uname -r) cuda-drivers-384.81 cuda-toolkit-8-0
yum-config-manager --add-repo https://download.docker.com/linux/centos/docker-ce.repo
yum -y -q install docker-ce-18.06.3.ce
systemctl enable -q --now docker
timeout 60 sh -c 'until docker info; do sleep 1; done' >/dev/null 2>&1
docker info --format '{{{{.Driver}}}}'
"""
XENIAL = f"""
set -e
curl -sSf -o /tmp/repo.deb {CUDA}/ubuntu1604/x86_64/cuda-repo-ubuntu1604_8.0.61-1_amd64.deb
dpkg -i /tmp/repo.deb
curl -sSf -o /etc/apt/trusted.gpg.d/cuda.asc {CUDA}/ubuntu1604/x86_64/7fa2af80.pub
curl -sSf -o /etc/apt/trusted.gpg.d/docker.asc https://download.docker.com/linux/ubuntu/gpg
echo 'deb https://download.docker.com/linux/ubuntu xenial stable' >/etc/apt/sources.list.d/docker.list
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y linux-headers-$(uname -r) cuda-drivers cuda-toolkit-8-0 docker-ce
systemctl enable -q --now docker
timeout 60 sh -c 'until docker info; do sleep 1; done' >/dev/null 2>&1
docker info --format '{{{{.Driver}}}}'
"""
PROOF = """
dkms status
modinfo -F version nvidia || modinfo -F version nvidia_384
nvidia-smi -L
/usr/local/cuda/bin/nvcc -V
ldconfig -p
"""


@pytest.mark.parametrize(("os", "script"), [("centos7", EL7), ("ubuntu1604", XENIAL)])
def test_the_stack_of_2017_installs_and_its_module_drives_the_card(host: MakeHost, os: str, script: str) -> None:
    one = host(os=os, gpus="v100:1")
    assert one.run(script, timeout=300).stdout.splitlines()[-1] in {"vfs", "overlay2"}
    one.reboot()
    proof = one.run(PROOF).stdout
    assert "384.81" in proof
    assert "Tesla V100" in proof
    assert "V8.0.61" in proof
    assert "libcudart.so.8.0" in proof
    assert "installed" in proof.splitlines()[0]


FAULTS = {
    "mirror_wrong_checksum": "Hash Sum mismatch",
    "mirror_truncated": "Undetermined Error|unexpected size|Connection failed",
    "mirror_html": "unexpected size",
    "mirror_redirect": "elsewhere.example",
    "mirror_expired_key": "EXPKEYSIG",
    "mirror_unknown_key": "NO_PUBKEY",
    "mirror_unreachable": "Could not connect|Connection refused",
}
INSTALL = r"""
/usr/lib/apt/apt-helper download-file https://download.docker.com/linux/debian/gpg /etc/apt/trusted.gpg.d/docker.asc
echo 'deb https://download.docker.com/linux/debian bookworm stable' >/etc/apt/sources.list.d/docker.list
only='-o Dir::Etc::SourceList=/dev/null'
LC_ALL=C apt-get $only update; LC_ALL=C apt-get $only install -y --no-install-recommends docker-buildx-plugin
dpkg-query -W -f '${db:Status-Abbrev}\n' docker-buildx-plugin 2>/dev/null || echo absent
"""


def test_with_each_fault_apt_says_why_and_installs_nothing(host: MakeHost) -> None:
    assert host(os="debian12", faults=[life.MIRROR]).run(INSTALL).stdout.splitlines()[-1] == "ii "
    for fault, why in FAULTS.items():
        done = host(os="debian12", faults=[fault]).run(f"exec 2>&1\n{INSTALL}", check=False)
        assert any(word in done.stdout for word in why.split("|")), (fault, done.stdout)
        assert done.stdout.splitlines()[-1] == "absent", fault


def test_a_copy_of_the_mirror_serves_a_host_that_reaches_nobody(host: MakeHost) -> None:
    one = host(os="el9", faults=[life.DIRECTORY])
    one.run(
        f"printf '[d]\\nname=d\\nbaseurl=file://{life.AT}/download.docker.com/linux/rhel/9/x86_64/stable\\ngpgcheck=1\\n"
        f"gpgkey=file://{life.AT}/download.docker.com/linux/rhel/gpg\\n' >/etc/yum.repos.d/d.repo"
    )
    assert "docker-ce-cli" in one.run("dnf -y -q --repo d install docker-ce-cli; rpm -q docker-ce-cli").stdout


def test_the_server_ends_with_the_last_host_that_wants_it(lab: Lab) -> None:
    lab.up(["mirror-last"], os="debian12", faults=[life.MIRROR])
    running = (lab.home.path / "mirror.pid").exists()
    lab.down(["mirror-last"])
    wanted = any(life.wanted(host.spec.os, host.spec.faults) for host in lab.hosts())
    assert running
    assert (lab.home.path / "mirror.pid").exists() == wanted
