"""nvidia-docker 1.0.1 on a real host: brought up over an older one, and just what is broken repaired."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.lab.standin import nvidia_docker
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

LISTING = """
find /etc /usr/bin /usr/local /lib/systemd/system /var/lib/nvidia-docker -xdev ! -path '/etc/gpuwright*' \
    ! -name 'ld.so.cache*' -printf '%p %y %s %m %u %l\\n' | sort
docker volume ls --format '{{.Driver}} {{.Name}}'; getcap /usr/bin/nvidia-docker-plugin
systemctl is-active nvidia-docker
"""
RM_LIBRARY = "rm $(docker volume inspect -f '{{.Mountpoint}}' $(docker volume ls -q))/lib64/libcuda.so.*.*"
OWN_VOLUME = "v=$(docker volume ls -q); docker volume rm $v; docker volume create $v"
STALE = "d=$(docker volume inspect -f '{{.Mountpoint}}' $(docker volume ls -q)); cp -a $d ${d%/*}/525.147.05"

BROKEN = {
    "the capability is lost": ("setcap -r /usr/bin/nvidia-docker-plugin", "nvidia_docker_capability", "nvidia_docker"),
    "five restarts, failed": (
        "chown root: /var/lib/nvidia-docker; systemctl restart nvidia-docker; sleep 7",
        "nvidia_docker_folder",
        "nvidia_docker",
    ),
    "the spec file is missing": ("rm /etc/docker/plugins/nvidia-docker.spec", "nvidia_docker_spec", "nvidia_docker"),
    "the volume is half filled": (RM_LIBRARY, "nvidia_docker_volume", "driver_volume"),
    "docker's own empty volume": (OWN_VOLUME, "nvidia_docker_local_volume", "driver_volume"),
    "a volume of an older driver": (STALE, "nvidia_docker_volume", "driver_volume"),
}
"""What breaks it, the check that says so, and the component that is named."""


def profile(folder: Path, package: Path, **settings: str) -> str:
    """The path of a profile that asks for nvidia-docker from this file."""
    sha256 = hashlib.sha256(package.read_bytes()).hexdigest()
    lines = ['name = "y2017"', 'extends = "debian"', "[nvidia_docker]", 'version = "1.0.1"', f'source = "{package}"']
    lines += [f'sha256 = "{sha256}"', *(f'{key} = "{value}"' for key, value in settings.items())]
    path = folder / "y2017.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def provision(one: Host, wanted: str, *more: str) -> str:
    done = fab(one.name, "provision", "--yes", "--profile", wanted, *more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_older_one_is_brought_up_and_what_breaks_is_repaired(
    provisioned: Callable[..., Host], tmp_path: Path
) -> None:
    one = provisioned(gpus="a100:2")
    old = base64.b64encode(nvidia_docker.deb(tmp_path, "1.0.0").read_bytes()).decode()
    one.run("base64 -d >/root/old.deb && dpkg -i /root/old.deb", text=old)
    wanted = profile(tmp_path, nvidia_docker.deb(tmp_path))
    said = fab(one.name, "doctor", "--profile", wanted)
    assert "nvidia-docker 1.0.0 is here, and the profile asks for 1.0.1" in said.stdout
    provision(one, wanted)
    assert one.run("nvidia-docker-plugin -v 2>/dev/null").stdout == "NVIDIA Docker plugin: 1.0.1\n"
    assert fab(one.name, "plan", "--profile", wanted).returncode == 0
    whole = one.run(LISTING).stdout
    for name, (breaks, check, component) in BROKEN.items():
        one.run(breaks)
        said = fab(one.name, "doctor", "--profile", wanted)
        assert check in said.stdout, (name, said.stdout)
        assert f"provision --only {component}" in said.stdout, (name, said.stdout)
        provision(one, wanted, "--only", component)
        assert one.run(LISTING).stdout == whole, name


def test_the_archive_on_a_var_lib_of_its_own_and_all_of_it_taken_back(
    provisioned: Callable[..., Host], tmp_path: Path
) -> None:
    one = provisioned()
    one.run("mkdir -p /var/lib/nvidia-docker; mount -t tmpfs -o mode=755 none /var/lib/nvidia-docker")
    runs = fab(one.name, "rollback").stdout
    wanted = profile(tmp_path, nvidia_docker.tarball(tmp_path))
    said = fab(one.name, "doctor", "--profile", wanted).stdout
    assert "/var/lib/nvidia-docker is on another file system than the driver's files" in said
    provision(one, wanted)
    volume = "/var/lib/nvidia-docker/volumes/nvidia_driver"
    assert one.run(f"stat -c %h {volume}/*/lib64/libcuda.so.*.*").stdout == "2\n"
    assert one.run("readlink /var/lib/nvidia-docker/volumes").stdout == "/usr/local/nvidia-driver\n"
    (run,) = [
        line.split()[0]
        for line in fab(one.name, "rollback").stdout.splitlines()
        if " ended " in line and line not in runs
    ]
    back = fab(one.name, "rollback", "--run", run, "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    left = "ls /usr/bin/nvidia-docker* /usr/local/nvidia-driver /etc/docker/plugins/*; id nvidia-docker"
    assert one.run(left, check=False).stdout == ""
    bad = profile(tmp_path, nvidia_docker.deb(tmp_path)).replace("y2017.toml", "bad.toml")
    text = (tmp_path / "y2017.toml").read_text(encoding="utf-8")
    page = "file:///etc/issue.deb"
    one.run("echo '<html>404</html>' >/etc/issue.deb")
    source = str(next(tmp_path.glob("*.deb")))
    (tmp_path / "bad.toml").write_text(text.replace(source, page), encoding="utf-8")
    refused = fab(one.name, "provision", "--yes", "--profile", bad)
    assert refused.returncode == 80, refused.stdout + refused.stderr
    assert "an HTML page" in refused.stdout + refused.stderr
    assert one.run("ls /usr/bin/nvidia-docker", check=False).stdout == ""
