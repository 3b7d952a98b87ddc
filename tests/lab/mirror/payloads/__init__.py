"""What the mirror's packages put on a host: stand-ins at the paths of the real packages.

A line of `data/` names a payload and its words (`driver-module 384.81`); PAYLOADS has the function that makes it. The
programs that belong to Debian's own docker and DKMS are links to the real ones (`borrowed.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.mirror.package import DIRECTORY, Entry
from tests.lab.mirror.payloads import cuda, docker, driver, kernel, plugin, toolkit
from tests.lab.mirror.payloads.made import Payload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

STANDINS = Path(__file__).parents[2] / "standin/payload"


def nothing() -> Payload:
    """A package that only names others."""
    return Payload()


def folder(path: str) -> Payload:
    """`folder /var/lib/dkms`: an empty directory."""
    return Payload({path: Entry(mode=DIRECTORY | 0o755)})


def stand_in(name: str) -> Payload:
    """`stand-in NAME`: the tree and scripts that lie in standin/payload/NAME, and nothing as long as they do not."""
    folder = STANDINS / name / "tree"
    files = {
        f"/{path.relative_to(folder)}": Entry(path.read_bytes(), path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    scripts = {file.stem: file.read_text() for file in sorted((STANDINS / name).glob("*-install.sh"))}
    scripts |= {file.stem: file.read_text() for file in sorted((STANDINS / name).glob("*-remove.sh"))}
    return Payload(files, scripts)


PAYLOADS: Mapping[str, Callable[..., Payload]] = {
    "borrowed": docker.borrowed,
    "containerd": docker.containerd,
    "cuda-libraries": cuda.libraries,
    "cuda-toolkit": cuda.toolkit,
    "cudnn": cuda.cudnn,
    "docker": docker.docker,
    "driver-libraries": driver.libraries,
    "driver-module": driver.module,
    "driver-prebuilt": driver.prebuilt,
    "driver-programs": driver.programs,
    "driver-tools": driver.tools,
    "driver-persistenced": driver.persistenced,
    "folder": folder,
    "kernel": kernel.kernel,
    "kernel-headers": kernel.headers,
    "modprobe-program": driver.modprobe_program,
    "nothing": nothing,
    "nvidia-docker": plugin.package,
    "nvidia-docker-programs": plugin.programs,
    "nouveau-off": driver.nouveau_off,
    "stand-in": stand_in,
    "started": docker.started,
    "toolkit": toolkit.package,
}


def payload(line: str) -> Payload:
    """The payload that a line of `data/` names."""
    name, *words = line.split()
    return PAYLOADS[name](*words)


def together(lines: Sequence[str]) -> Payload:
    """Several payloads in one package."""
    files: dict[str, Entry] = {}
    scripts: dict[str, str] = {}
    for each in map(payload, lines):
        files |= each.files
        for moment, script in each.scripts.items():
            scripts[moment] = scripts.get(moment, "") + script
    return Payload(files, scripts)
