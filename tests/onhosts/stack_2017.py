"""The profile nvidia-docker1 as a site of the lab has it: what differs in the site file, and what a container sees.

The profile itself is the one that comes with the program. NVIDIA's key is retired, and no mirror can sign with it, or
with docker's: the lab's mirror signs with keys of its own, and its packages are stand-ins. So the site file says other
fingerprints and checksums, as a real site's would say of its mirror, and nothing else.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from checks.profiles import profile
from tests.lab import layers
from tests.lab.fixtures import unique
from tests.lab.mirror import life
from tests.onhosts import stages
from tests.onhosts.fab import ROOT, fab

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.host import Host

SYSTEMS = ("centos7", "ubuntu1604")
DRIVER = "384.81"
VENDOR = {"cuda": "nvidia", "epel": "distribution", "docker": "docker"}
"""Whose key signs a repository, by the beginning of its name."""


NAME = "nvidia-docker1"


def site(lab: Lab, folder: Path, more: str = "", signer: str = "") -> dict[str, str]:
    """Write the site file, with more lines for every host; the environment in which it counts.

    `signer` is the fingerprint of whoever signs all repositories, where that is not each vendor's key.
    """
    keys, wanted = life.fingerprints(lab.home), profile.load(NAME)
    lines = ['[hosts."*"]', f'profile = "{NAME}"']
    for each in wanted.repositories:
        key = signer or keys[VENDOR[each.partition("-")[0]]]
        lines.append(f'override.repositories.{each}.fingerprint = "{key}"')
    for release, package in wanted.nvidia_docker.packages.items():
        lines.append(f'override.nvidia_docker.packages.{release}.sha256 = "{_sha256(lab, package.source)}"')
    if wanted.cudnn.source:
        lines.append(f'override.cudnn.sha256 = "{_sha256(lab, wanted.cudnn.source)}"')
    file = folder / "gpuwright/gpuwright.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([*lines, more]) + "\n", encoding="utf-8")
    return {"XDG_CONFIG_HOME": str(folder)}


def gpuwright(host: Host, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A verb, with the profile that the site file names."""
    return fab(host.name, *arguments, env=env, profile="")


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
    plain = gpuwright(host, "docker-args", "--driver", "volume", env=env)
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


DAEMON = 'override.docker.daemon = { log-opts = { max-size = "10m" } }'
FLAGS = {"centos7": "/etc/sysconfig/kubelet", "ubuntu1604": "/etc/default/kubelet"}
"""Where a kubelet of these systems keeps its flags, as their packages of kubeadm have it."""
_KUBELET = ROOT / "tests/lab/standin/kubelet/kubelet"
_NODE = """
set -e
mkdir -p /etc/kubelet-standin /etc/systemd/system/kubelet.service.d ${FLAGS%/*}
echo v1.10.13 >/etc/kubelet-standin/version
cat >/usr/bin/kubelet
chmod 755 /usr/bin/kubelet
unit=/etc/systemd/system/kubelet.service
cat >$unit <<'END'
[Service]
ExecStart=/usr/bin/kubelet --v=2
Restart=always
RestartSec=10
[Install]
WantedBy=multi-user.target
END
cat >$unit.d/10-kubeadm.conf <<END
[Service]
EnvironmentFile=-$FLAGS
ExecStart=
ExecStart=/usr/bin/kubelet --cgroup-driver=systemd \\$KUBELET_EXTRA_ARGS
END
echo 'KUBELET_EXTRA_ARGS=--feature-gates=PodPriority=true' >$FLAGS
systemctl daemon-reload
systemctl enable -q --now kubelet
"""


def whole(lab: Lab, folder: Path) -> dict[str, str]:
    """The site file of a node that has docker's settings besides."""
    return site(lab, folder, DAEMON)


def layer(lab: Lab, os: str, folder: Path) -> str:
    """The layer of a host that the profile has brought up whole, with a kubelet 1.10; made if it is not kept yet."""
    label = stages.label(os).replace("provisioned", "stack2017")
    if layers.find(lab.home, label) is not None:
        return label
    (host,) = lab.up([unique()], os=os, gpus="v100:1")
    try:
        env = whole(lab, folder)
        host.settle().run(f"FLAGS={FLAGS[os]}\n{_NODE}", text=_KUBELET.read_text(encoding="utf-8"))
        done = gpuwright(host, "provision", "--yes", env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        lab.snapshot(host, label)
    finally:
        lab.down([host.name])
    layers.collect_garbage(lab.home, older_than=label)
    return label


def with_driver(lab: Lab, os: str, env: dict[str, str]) -> str:
    """The layer of a host with driver and docker, without nvidia-docker and a volume; made if it is not kept yet."""
    label = stages.label(os).replace("provisioned", "driver2017")
    if layers.find(lab.home, label) is None:
        (host,) = lab.up([unique()], os=os, gpus="v100:1")
        try:
            done = gpuwright(host.settle(), "provision", "--yes", "--only", "device_nodes,docker", env=env)
            assert "make the device nodes" in done.stdout, done.stdout + done.stderr
            lab.snapshot(host, label)
        finally:
            lab.down([host.name])
        layers.collect_garbage(lab.home, older_than=label)
    return label
