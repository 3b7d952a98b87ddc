"""Podman on a host without docker: Debian's own, installed, given the GPUs by name, and taken away again.

What the lab cannot give a Podman is the site's to set beforehand: overlay storage on a disk that is an overlay itself,
a limit of processes without the cgroup controller for it, crun, which raises a limit that lab hosts may not raise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.onhosts import stages
from tests.onhosts.fab import fab
from tests.onhosts.test_container_toolkit import profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

WANTED = """
[docker]
packages = []
[driver_volume]
method = "none"
[cdi]
folder = "auto"
[podman]
packages = ["podman"]
"""
SITE = """
mkdir -p /etc/containers
cat >/etc/containers/storage.conf <<'EOF'
[storage]
driver = "vfs"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
EOF
cat >/etc/containers/containers.conf <<'EOF'
[containers]
pids_limit = 0
[engine]
runtime = "runc"
EOF
apt-get -qy purge docker.io
"""
SPOILED = """
mkdir -p /etc/containers/containers.conf.d
printf '[engine]\\ncdi_spec_dirs = ["/nowhere"]\\n' >/etc/containers/containers.conf.d/site.conf
chmod 600 /var/run/cdi/nvidia.yaml
"""
RUN = """
echo "images: $(podman image ls -q)"
cd / && tar -ch usr/bin/dash lib/x86_64-linux-gnu/libc.so.6 lib64/ld-linux-x86-64.so.2 | podman import - tiny:1
podman run --rm --pull never --network none --device nvidia.com/gpu=all tiny:1 /usr/bin/dash -c 'echo /dev/nvidia*'
podman image rm tiny:1
"""
NODES = "/dev/nvidia-uvm /dev/nvidia-uvm-tools /dev/nvidia0 /dev/nvidiactl"


def test_podman_comes_in_dockers_place_gives_containers_the_gpus_and_goes_again(
    lab: Lab, provisioned: Callable[..., Host], tmp_path: Path
) -> None:
    one = provisioned("debian12", "mirror", gpus="a100:1")
    one.run(SITE)
    before = _etc(one)
    wanted = profile(lab, tmp_path / "podman.toml", "bookworm", WANTED)
    done = fab(one.name, "provision", "--profile", wanted, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "install Podman: podman" in done.stdout
    assert fab(one.name, "plan", "--profile", wanted).returncode == 0

    shown = fab(one.name, "doctor", "--container", "-v", "--profile", wanted)
    assert shown.returncode == 0, shown.stdout
    assert "a container lists 1 GPU(s), through Podman's CDI" in shown.stdout
    assert "Podman 4.3.1 takes GPUs by CDI" in shown.stdout
    # Root's Podman 4.3 reads a specification that is root's alone, wherever containers.conf has it look.
    one.run(SPOILED)
    left, *nodes = one.run(RUN).stdout.split("\n")
    assert (left, NODES in nodes) == ("images: ", True)
    found = fab(one.name, "doctor", "-v", "--only", "podman_folders,podman_cdi", "--profile", wanted).stdout
    assert "Podman looks for CDI specs in /etc/cdi, /var/run/cdi" in found
    assert "only root may read /var/run/cdi/nvidia.yaml" in found
    one.run("rm -r /etc/containers/containers.conf.d")

    run = [line.split()[0] for line in fab(one.name, "rollback").stdout.splitlines() if " ended " in line][-1]
    back = fab(one.name, "rollback", "--run", run, "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert one.run("command -v podman", check=False).returncode != 0
    assert _etc(one) == before


def _etc(one: Host) -> list[str]:
    return [line for line in stages.etc(one).splitlines() if not line.startswith(("./gpuwright", "./ld.so.cache"))]
