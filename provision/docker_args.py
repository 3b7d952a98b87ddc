"""The flags that give a plain `docker run` this host's GPUs: its device nodes, and the driver's files; pure.

As `nvidia-docker` 1.0 computed them (GET /docker/cli of its plugin), here from the facts of the host.
"""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass

from checks.facts import Facts
from checks.facts.reading import NotAsked, Unknown
from checks.facts.volume import PREFIX
from checks.profiles.plugin import OURS
from provision.errors import Usage

_SHARED = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")
_INSIDE = "/usr/local/nvidia"

FORMATS = ("text", "json", "compose")
WAYS = ("auto", "plugin", "volume", "folder")
"""Where the driver's files come from: the plugin's volume, docker's own volume, or their folder on the host.

auto: the plugin's where its plugin serves, else docker's own.
"""


@dataclass(frozen=True)
class Flags:
    """What a container is given: device nodes, the source of the driver's files, where they go, the volume's driver."""

    devices: tuple[str, ...]
    source: str
    target: str = _INSIDE
    driver: str = ""

    @property
    def mount(self) -> str:
        """The mount as docker writes it."""
        return f"{self.source}:{self.target}:ro"

    def all(self) -> list[str]:
        """One flag of `docker run` per item."""
        by = [f"--volume-driver={self.driver}"] if self.driver else []
        paths = [f"--env=LD_LIBRARY_PATH={_INSIDE}/lib64"]
        return [*(f"--device={path}" for path in self.devices), *by, f"--volume={self.mount}", *paths]


def flags(facts: Facts, gpus: str = "", way: str = "auto") -> Flags:
    """For the GPUs named (`0,2`; empty: all); `Unknown` when the driver is not loaded or has no nodes."""
    module = facts.modules.get("nvidia")
    if module is None:
        raise Unknown("the driver is not loaded")
    nodes = sorted((path for path in facts.nodes if path.removeprefix("/dev/nvidia").isdigit()), key=_minor)
    if not nodes:
        raise Unknown("there are no device nodes /dev/nvidia0, ...")
    devices = (*(path for path in _SHARED if path in facts.nodes), *_chosen(nodes, gpus))
    if way == "folder":
        return Flags(devices, _folder(facts), f"{_INSIDE}/lib64")
    by_plugin = way == "plugin" or (way == "auto" and _serves(facts))
    return Flags(devices, f"{PREFIX}{module.version}", driver=OURS if by_plugin else "")


def _chosen(nodes: list[str], gpus: str) -> list[str]:
    if not gpus:
        return nodes
    wanted = [f"/dev/nvidia{word.strip()}" for word in gpus.split(",")]
    for path in (path for path in wanted if path not in nodes):
        raise Usage(f"--gpus {gpus}: there is no {path} here, only {', '.join(nodes)}")
    return [path for path in nodes if path in wanted]


def _serves(facts: Facts) -> bool:
    try:
        return facts.nvidia_docker.active and bool(facts.nvidia_docker.port)
    except NotAsked:
        return False


def _folder(facts: Facts) -> str:
    """The folder of the driver's libraries, /usr/lib64/nvidia on EL 7; never the system's own, with its C library."""
    files = facts.volume.files.values()
    found = next((posixpath.dirname(f.path) for f in files if posixpath.basename(f.path).startswith("libcuda.so")), "")
    if not found:
        raise Unknown("the loader finds no libcuda.so here")
    if "nvidia" not in found:
        raise Unknown(f"the driver's libraries lie among the system's, in {found}: a container must not get those")
    return found


def _minor(path: str) -> int:
    return int(path.removeprefix("/dev/nvidia"))


def as_text(found: Flags) -> str:
    """For a command line: docker run $(... docker-args) IMAGE."""
    return " ".join(found.all()) + "\n"


def as_json(found: Flags) -> str:
    """A JSON list."""
    return json.dumps(found.all())


def as_compose(found: Flags) -> str:
    """A fragment for docker compose. The volume is external: compose must not make an empty one of that name."""
    lines = ["services:", "  gpu:", "    devices:", *(f"      - {path}:{path}" for path in found.devices)]
    lines += ["    environment:", f"      LD_LIBRARY_PATH: {_INSIDE}/lib64", "    volumes:", f"      - {found.mount}"]
    if not found.source.startswith("/"):
        lines += ["volumes:", f"  {found.source}:", "    external: true"]
    return "\n".join(lines) + "\n"
