"""docker and containerd: their units, for the real programs of Debian."""

from __future__ import annotations

from tests.lab.mirror.package import link, text
from tests.lab.mirror.payloads.made import BORROWED, Payload

DOCKER_SERVICE = """[Unit]
Description=Docker Application Container Engine
After=network-online.target docker.socket
Wants=network-online.target
Requires=docker.socket

[Service]
Type=notify
ExecStart=/usr/bin/dockerd -H fd://
ExecReload=/bin/kill -s HUP $MAINPID
LimitNOFILE=infinity
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
Delegate=yes
KillMode=process

[Install]
WantedBy=multi-user.target
"""
DOCKER_SOCKET = """[Unit]
Description=Docker Socket for the API

[Socket]
ListenStream=/run/docker.sock
SocketMode=0660
SocketUser=root
SocketGroup=docker

[Install]
WantedBy=sockets.target
"""
CONTAINERD_SERVICE = """[Unit]
Description=containerd container runtime
After=network.target

[Service]
ExecStart=/usr/bin/containerd
Type=notify
Delegate=yes
KillMode=process

[Install]
WantedBy=multi-user.target
"""


def docker() -> Payload:
    """`docker`: units and group of docker, for Debian's real dockerd."""
    files = {
        "/usr/lib/systemd/system/docker.service": text(DOCKER_SERVICE),
        "/usr/lib/systemd/system/docker.socket": text(DOCKER_SOCKET),
    }
    made = "getent group docker >/dev/null || groupadd -r docker\nsystemctl daemon-reload || :\n"
    return Payload(
        files, {"after-install": made, "before-remove": "systemctl disable --now docker.service docker.socket || :\n"}
    )


def containerd() -> Payload:
    """`containerd`: its unit, for Debian's real containerd."""
    files = {"/usr/lib/systemd/system/containerd.service": text(CONTAINERD_SERVICE)}
    stop = "systemctl disable --now containerd.service || :\n"
    return Payload(files, {"after-install": "systemctl daemon-reload || :\n", "before-remove": stop})


def borrowed(*paths: str) -> Payload:
    """`borrowed /usr/sbin/dkms /usr/bin/docker=/usr/bin/docker`: links to programs of Debian's own packages."""
    pairs = [each.partition("=") for each in paths]
    return Payload({path: link(f"{BORROWED}{target or path}") for path, _, target in pairs})


def started(*units: str) -> Payload:
    """`started docker.service`: what Debian's and Ubuntu's packages do with their units."""
    return Payload(scripts={"after-install": f"systemctl enable --now {' '.join(units)} || :\n"})
