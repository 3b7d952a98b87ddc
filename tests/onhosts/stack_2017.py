"""The profile nvidia-docker1 as a site of the lab has it: what differs in the site file, and what a container sees.

The profile itself is the one that comes with the program. NVIDIA's key is retired, and no mirror can sign with it, or
with docker's: the lab's mirror signs with keys of its own, and its packages are stand-ins. So the site file says other
fingerprints and checksums, as a real site's would say of its mirror, and nothing else.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from checks.profiles import profile
from tests.lab.mirror import life
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.host import Host

SYSTEMS = ("centos7", "ubuntu1604")
DRIVER = "384.81"
VENDOR = {"cuda": "nvidia", "epel": "distribution", "docker": "docker"}
"""Whose key signs a repository, by the beginning of its name."""


def site(lab: Lab, folder: Path, more: str = "", name: str = "nvidia-docker1") -> dict[str, str]:
    """Write the site file, with more lines for every host; the environment in which it counts."""
    keys, wanted = life.fingerprints(lab.home), profile.load(name)
    lines = ['[hosts."*"]', f'profile = "{name}"']
    for each in wanted.repositories:
        vendor = VENDOR[each.partition("-")[0]]
        lines.append(f'override.repositories.{each}.fingerprint = "{keys[vendor]}"')
    for release, package in wanted.nvidia_docker.packages.items():
        lines.append(f'override.nvidia_docker.packages.{release}.sha256 = "{_sha256(lab, package.source)}"')
    if wanted.cudnn.source:
        lines.append(f'override.cudnn.sha256 = "{_sha256(lab, wanted.cudnn.source)}"')
    file = folder / "gpuwright/gpuwright.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([*lines, more]) + "\n", encoding="utf-8")
    return {"XDG_CONFIG_HOME": str(folder)}


def _sha256(lab: Lab, address: str) -> str:
    there = life.tree_for(lab.home, ()) / address.partition("://")[2]
    return hashlib.sha256(there.read_bytes()).hexdigest()


_IMAGE = """
set -e
mkdir -p /tmp/i/bin && cp -L /bin/sh /tmp/i/bin/
for f in $(ldd /bin/sh "$(readlink -f "$(command -v nvidia-smi)")" | grep -o '/[^ :()]*' | grep -v nvidia); do
    mkdir -p "/tmp/i${f%/*}"
    cp -L "$f" "/tmp/i$f"
done
tar -C /tmp/i -c . | docker import -c 'LABEL com.nvidia.volumes.needed=nvidia_driver' - mine
rm -r /tmp/i
"""
_LISTS = "--env PATH=/usr/local/nvidia/bin:/bin --env LD_LIBRARY_PATH=/usr/local/nvidia/lib64 mine nvidia-smi -L"


def three_ways(host: Host, env: dict[str, str]) -> dict[str, str]:
    """What nvidia-smi -L prints in a container: by nvidia-docker, by its plugin's flags, by plain docker's."""
    host.run(_IMAGE)
    plain = fab(host.name, "docker-args", "--driver", "volume", env=env)
    assert plain.returncode == 0, plain.stdout + plain.stderr
    ways = {
        "nvidia-docker run": f"nvidia-docker run --rm {_LISTS}",
        "the plugin's flags": f"docker run --rm $(curl -sf http://localhost:3476/docker/cli) {_LISTS}",
        "plain flags": f"docker run --rm {plain.stdout.strip()} {_LISTS}",
    }
    return {way: host.run(command).stdout for way, command in ways.items()}


def boots(host: Host) -> int:
    """How often it has booted: the journal's boot ids, that of the installation's own boot not among them."""
    return len(set(host.run("journalctl --list-boots --no-pager -q | awk '{ print $2 }'").stdout.split()))
