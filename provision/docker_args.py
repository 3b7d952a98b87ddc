"""The flags that give a plain `docker run` this host's GPUs: its device nodes, and the driver volume; pure.

As `nvidia-docker` 1.0 computed them (GET /docker/cli of its plugin), here from the facts of the host.
"""

from __future__ import annotations

import json

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.facts.volume import PREFIX

_SHARED = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")


def flags(facts: Facts) -> list[str]:
    """One flag per item; `Unknown` when the driver is not loaded or has no nodes."""
    module = facts.modules.get("nvidia")
    if module is None:
        raise Unknown("the driver is not loaded")
    gpus = sorted((path for path in facts.nodes if path.removeprefix("/dev/nvidia").isdigit()), key=_minor)
    if not gpus:
        raise Unknown("there are no device nodes /dev/nvidia0, ...")
    devices = [path for path in _SHARED if path in facts.nodes] + gpus
    volume = f"--volume={PREFIX}{module.version}:/usr/local/nvidia:ro"
    paths = ["--env=LD_LIBRARY_PATH=/usr/local/nvidia/lib64"]
    return [*(f"--device={path}" for path in devices), volume, *paths]


def _minor(path: str) -> int:
    return int(path.removeprefix("/dev/nvidia"))


def as_text(found: list[str]) -> str:
    """For a command line: docker run $(... docker-args) IMAGE."""
    return " ".join(found) + "\n"


def as_json(found: list[str]) -> str:
    """A JSON list."""
    return json.dumps(found)
