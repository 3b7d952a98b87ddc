"""Faults of the nvidia-docker 1.x volume plugin, as the real 1.0.1 showed them (run and watched, 2026-11-22)."""

from __future__ import annotations

import re

from checks.profiles.profile import having
from tests.alter import Alter, append, edit, put
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN
from tests.nvidia_docker1 import BY_PLUGIN, MANAGED
from tests.topics import NVIDIA_DOCKER as HEALTHY

_WATCHED = "nvidia-docker 1.0.1, run and watched"
_VERSION = "535.309.01"
_P = "log /usr/bin/nvidia-docker-plugin | 2026/11/22 06:19:12 "
_FLAGS = re.findall(r"^flags .*\n", HEALTHY, re.MULTILINE)[0]
_LOG = HEALTHY[HEALTHY.index("log ") :]
_SOCKET = "socket /var/lib/nvidia-docker/nvidia-docker.sock\n"
_SPEC = "spec unix:///var/lib/nvidia-docker/nvidia-docker.sock\n"
_PORT = 'port users:(("nvidia-docker-p",pid=812,fd=5))\n'
_CAPS = "caps /usr/bin/nvidia-docker-plugin cap_fowner=ep\n"
_MADE = f"version 29 2 nvidia-docker {_VERSION}\n"
_ASKED = f"{_P}Received create request for volume 'nvidia_driver_{_VERSION}'\n"
_LISTED = "GPU 0: NVIDIA A100 80GB PCIe (UUID: GPU-0)\n"
_LINK = (
    f"link /usr/lib/nvidia/current/nvidia-smi /var/lib/nvidia-docker/volumes/nvidia_driver/{_VERSION}/bin/nvidia-smi"
)


def plugin(*changes: tuple[str, str]) -> Alter:
    """The healthy plugin with these changes; one that changes nothing is a mistake of the test."""
    text = HEALTHY
    for old, new in changes:
        if old not in text:
            raise ValueError(f"no {old!r}")
        text = text.replace(old, new)
    return put("nvidia_docker", text)


def down(state: str, error: str, sub: str = "failed") -> tuple[tuple[str, str], ...]:
    """The unit has ended: no socket, no port, no spec file, and this as its last word."""
    return (
        ("ActiveState=active\nunit SubState=running", f"ActiveState={state}\nunit SubState={sub}"),
        ("NRestarts=0", "NRestarts=5"),
        ("MainPID=812", "MainPID=0"),
        (_SOCKET, ""),
        (_SPEC, ""),
        (_PORT, ""),
        (_FLAGS, ""),
        (_LOG, f"{_P}{error}\nlog nvidia-docker.service: Failed with result 'exit-code'.\n"),
    )


def failed_create(error: str) -> tuple[tuple[str, str], ...]:
    """The last create ended with this line in the journal."""
    return ((_MADE, ""), (_ASKED, f"{_ASKED}{_P}Error: {error}\n"))


GONE = having(DEBIAN, {"nvidia_docker": {"remove": True}, "driver_volume": {"method": "none"}})

FAULTS = (
    Fault(
        "the driver was late at boot, five restarts, the unit has given up",
        f"{_WATCHED}, 1.3 and 1.10",
        "nvidia_docker_unit",
        (plugin(*down("failed", "Error: nvml: Driver Not Loaded")),),
        says="not running (failed, failed) after 5 restarts",
    ),
    Fault(
        "nvidia-modprobe is missing",
        f"{_WATCHED}, 1.1",
        "nvidia_docker_unit",
        (plugin(*down("failed", "Error: Could not load UVM kernel module. Is nvidia-modprobe installed?")),),
        says="Could not load UVM kernel module",
    ),
    Fault(
        "the plugin starts and fails again and again",
        f"{_WATCHED}, 1.4",
        "nvidia_docker_unit",
        (plugin(*down("activating", "Error: cuda: no CUDA-capable device is detected", "auto-restart")),),
        says="not running (activating, auto-restart)",
    ),
    Fault(
        "the plugin was stopped",
        "NVIDIA/nvidia-docker issue 437",
        "nvidia_docker_unit",
        (plugin(*down("inactive", "Successfully terminated", "dead")),),
        says="systemctl reset-failed nvidia-docker; systemctl start nvidia-docker",
    ),
    Fault(
        "the plugin without its unit",
        "NVIDIA/nvidia-docker v1.0.1, the tar archive",
        "nvidia_docker_unit",
        (plugin(("LoadState=loaded", "LoadState=not-found"), ("ActiveState=active", "ActiveState=inactive")),),
        verdict="warn",
        says="without a unit",
    ),
    Fault(
        "another program has port 3476",
        "NVIDIA/nvidia-docker issue 358",
        "nvidia_docker_port",
        (
            plugin(
                *down("failed", "Error: listen tcp 127.0.0.1:3476: bind: address already in use"),
                ("protected 1\n", 'protected 1\nport users:(("python3",pid=4711,fd=3))\n'),
            ),
        ),
        says="python3",
    ),
    Fault(
        "a copy of the plugin started by hand has the port",
        f"{_WATCHED}, 1.7",
        "nvidia_docker_port",
        (
            plugin(
                *down("failed", "Error: listen tcp 127.0.0.1:3476: bind: address already in use"),
                ("protected 1\n", 'protected 1\nport users:(("nvidia-docker-p",pid=4711,fd=3))\n'),
            ),
        ),
        says="not the unit's",
    ),
    Fault(
        "the socket's folder belongs to root",
        f"{_WATCHED}, 1.8",
        "nvidia_docker_folder",
        (
            plugin(
                *down(
                    "activating",
                    "Error: listen unix /var/lib/nvidia-docker/nvidia-docker.sock: bind: permission denied",
                ),
                ("folder nvidia-docker ", "folder root "),
            ),
        ),
        says="/var/lib/nvidia-docker belongs to root",
    ),
    Fault(
        "the volume of this version belongs to root",
        f"{_WATCHED}, 5.3",
        "nvidia_docker_folder",
        (plugin((_MADE, f"version 29 2 root {_VERSION}\n")),),
        says=f"chown nvidia-docker: /var/lib/nvidia-docker/volumes/nvidia_driver/{_VERSION}",
    ),
    Fault(
        "no GPU for NVML: the plugin spins",
        f"{_WATCHED}, 1.5",
        "nvidia_docker_serves",
        (
            plugin(
                ("cpu 0.0", "cpu 99.8"),
                (_SOCKET, ""),
                (_PORT, ""),
                (_FLAGS, ""),
                (_LOG, f"{_P}Discovering GPU devices\nlog Started nvidia-docker.service - NVIDIA Docker plugin.\n"),
            ),
        ),
        says="spins for ever (99.8 % CPU)",
    ),
    Fault(
        "a second copy has deleted the plugin's socket",
        f"{_WATCHED}, 1.9",
        "nvidia_docker_serves",
        (plugin((_SOCKET, "")),),
        says="socket is gone",
    ),
    Fault(
        "active, and no port",
        f"{_WATCHED}, 1.6",
        "nvidia_docker_serves",
        (plugin((_PORT, "")),),
        says="does not listen on port 3476",
    ),
    Fault(
        "NVML was lost while the plugin runs",
        f"{_WATCHED}, 2.7",
        "nvidia_docker_serves",
        (plugin(("volumes 59", "status curl: (22) The requested URL returned error: 500\nvolumes 59")),),
        says="cannot ask the GPUs any more",
    ),
    Fault(
        "the file in /etc/docker/plugins is gone",
        "NVIDIA/nvidia-docker issue 273",
        "nvidia_docker_spec",
        (plugin((_SPEC, "")),),
        says="nvidia-docker.spec: missing",
    ),
    Fault(
        "the file in /etc/docker/plugins outlived the plugin",
        f"{_WATCHED}, 8.4",
        "nvidia_docker_spec",
        (
            put(
                "nvidia_docker",
                f"plugin \nfolder root /var/lib/nvidia-docker\n{_SPEC}volumes 59 /var/lib/nvidia-docker\n",
            ),
        ),
        says="left behind",
    ),
    Fault(
        "/var/lib on another file system than the driver",
        "NVIDIA/nvidia-docker issues 133 and 475",
        "nvidia_docker_file_system",
        (plugin(("volumes 59", "volumes 1792"), *failed_create(f"{_LINK}: invalid cross-device link")),),
        says="on another file system than the driver's files",
    ),
    Fault(
        "the plugin's program was copied and lost its capability",
        f"{_WATCHED}, 1.11",
        "nvidia_docker_capability",
        (
            plugin(
                ("caps /usr/bin/nvidia-docker-plugin cap_fowner=ep", "caps "),
                *failed_create(f"{_LINK}: operation not permitted"),
            ),
        ),
        says="setcap cap_fowner+pe /usr/bin/nvidia-docker-plugin",
    ),
    Fault(
        "docker made an empty volume of the same name",
        f"{_WATCHED}, 3.6",
        "nvidia_docker_local_volume",
        (plugin((_MADE, f"local 0 nvidia_driver_{_VERSION}\n")),),
        says="an empty volume of its own",
    ),
    Fault(
        "a volume of the same name that something else filled",
        f"{_WATCHED}, 3.3",
        "nvidia_docker_local_volume",
        (plugin((_MADE, f"local 4 nvidia_driver_{_VERSION}\n")),),
        verdict="warn",
        says="a volume of its own named",
    ),
    Fault(
        "a half-filled volume",
        f"{_WATCHED}, 5.1 and 5.6",
        "nvidia_docker_volume",
        (plugin((_MADE, f"version 6 0 nvidia-docker {_VERSION}\n"), (_ASKED, "")),),
        says="holds 6 files, and no libcuda",
    ),
    Fault(
        "the driver was changed, and the volume is the old one's",
        "NVIDIA/nvidia-docker issue 307",
        "nvidia_docker_volume",
        (plugin((_MADE, "version 29 1 nvidia-docker 525.147.05\n"), (_ASKED, "")),),
        verdict="warn",
        says=f"525.147.05; none of {_VERSION} has been made",
    ),
    Fault(
        "a volume of an older driver is left beside",
        f"{_WATCHED}, 5.11",
        "nvidia_docker_volume",
        (plugin((_MADE, f"{_MADE}version 29 1 nvidia-docker 525.147.05\n")),),
        verdict="warn",
        says="docker volume rm nvidia_driver_525.147.05",
    ),
    Fault(
        "nvidia-smi is a script",
        f"{_WATCHED}, 5.5",
        "nvidia_docker_create",
        (plugin(*failed_create("/usr/bin/nvidia-smi: bad magic number '[35 33 47 98]' in record at byte 0x0")),),
        says="move the wrapper out of PATH",
    ),
    Fault(
        "a driver library in two folders",
        "NVIDIA/nvidia-docker issue 211",
        "nvidia_docker_create",
        (plugin(*failed_create(f"{_LINK}: file exists")),),
        says="remove the second copy",
    ),
    Fault(
        "the plugin crashes over libnvidia-tls",
        f"{_WATCHED}, 5.6",
        "nvidia_docker_create",
        (plugin((_MADE, f"version 6 0 nvidia-docker {_VERSION}\n")),),
        says="libnvidia-tls",
    ),
    Fault(
        "nvidia-docker 1.0.0 where the profile asks for 1.0.1",
        "NVIDIA/nvidia-docker v1.0.1, changelog",
        "nvidia_docker_version",
        (*BY_PLUGIN, edit("nvidia_docker", "release 1.0.1", "release 1.0.0")),
        says="nvidia-docker 1.0.0 is here",
        profile=MANAGED,
    ),
    Fault(
        "no nvidia-docker where the profile asks for it",
        "NVIDIA/nvidia-docker v1.0.1, README",
        "nvidia_docker_version",
        (),
        says="nvidia-docker 1.0.1 is not installed",
        profile=MANAGED,
    ),
    Fault(
        "the plugin's user was removed",
        "NVIDIA/nvidia-docker v1.0.1, postinst of its package",
        "nvidia_docker_folder",
        (*BY_PLUGIN, edit("nvidia_docker", r"^account\n", "")),
        says="there is no user nvidia-docker",
        profile=MANAGED,
    ),
    Fault(
        "the driver was changed under the plugin",
        f"{_WATCHED}, 5.9 and 5.10",
        "nvidia_docker_serves",
        (*BY_PLUGIN, edit("nvidia_docker", r"^driver .*$", "driver 525.147.05")),
        says="was started with driver 525.147.05",
        profile=MANAGED,
    ),
    Fault(
        "/var/lib on another file system, before any volume is made",
        "NVIDIA/nvidia-docker issues 133 and 475",
        "nvidia_docker_file_system",
        (
            *BY_PLUGIN,
            edit("volume", r"^(volume|made|held) .*\n", ""),
            edit("disk", r"^/var/lib 59 .*$", "/var/lib 1792 /dev/sdb1 1000000 1 999999 1% /var/lib"),
        ),
        says="/dev/sdb1 (/var/lib)",
        profile=MANAGED,
    ),
    Fault(
        "the plugin's volume lacks a library",
        f"{_WATCHED}, 5.2",
        "nvidia_docker_volume",
        (*BY_PLUGIN, edit("volume", r"^held .*libnvidia-ml.*\n", "")),
        says="lacks 1 of the driver's files, lib64/libnvidia-ml.so",
        profile=MANAGED,
    ),
    Fault(
        "the plugin's volume is the old driver's, held by a container",
        f"{_WATCHED}, 5.11",
        "nvidia_docker_volume",
        (*BY_PLUGIN, append("volume", "volume nvidia_driver_525.147.05 /x\nmade nvidia-docker\nuser train\n")),
        verdict="warn",
        says="train",
        profile=MANAGED,
    ),
    Fault(
        "nvidia-docker starts containers without GPUs",
        f"{_WATCHED}, 6.7",
        "container_gpu",
        (*BY_PLUGIN, put("container", f"{_LISTED}through nvidia-docker:\nsh: nvidia-smi: not found\n", 127)),
        says="sh: nvidia-smi: not found",
        profile=MANAGED,
    ),
    Fault(
        "the profile has moved on, and containers still hold the old driver volume",
        f"{_WATCHED}, 5.9",
        "old_stack",
        (*BY_PLUGIN, edit("volume", r"^(made nvidia-docker)$", r"\1\nuser train\nuser web")),
        verdict="warn",
        says="used by train, web",
        profile=GONE,
    ),
    Fault(
        "the profile has moved on, and nvidia-docker was left installed",
        f"{_WATCHED}, 5.9",
        "old_stack",
        BY_PLUGIN,
        verdict="warn",
        says="provision --only old_stack",
        profile=GONE,
    ),
    Fault(
        "the profile has moved on, and an archive of 1.0.0 without volumes is still there",
        "NVIDIA/nvidia-docker v1.0.0, README: installed from an archive",
        "old_stack",
        (
            *BY_PLUGIN,
            edit("nvidia_docker", r"^release 1\.0\.1", "release 1.0.0"),
            edit("volume", r"^volume (.*\n)+", ""),
        ),
        verdict="warn",
        says="nvidia-docker 1.0.0 (/usr/bin/nvidia-docker-plugin)",
        profile=GONE,
    ),
)
