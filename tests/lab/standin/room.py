"""Rooms: a lab host's root with its simulated kernel, for one command at a time.

A lab host takes a second and has a network; the rule of the simulated kernel has many cases. A room is the same root,
hardware and stand-ins in a mount namespace that lives as long as the command. Its module files are not the driver, but
files that the real kmod takes for it.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.hardware import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).parent
SUFFIXES = ("", "-uvm", "-modeset", "-drm", "-peermem")
BLACKLIST = {"etc/modprobe.d/nvidia-blacklists-nouveau.conf": "blacklist nouveau\n"}
GPU_ALIASES = ("pci:v000010DEd*sv*sd*bc03sc02i00*", "pci:v000010DEd*sv*sd*bc03sc00i00*")


@dataclass
class Room:
    """One root: read-only layers below, changes of its own above, hardware beside."""

    folder: Path
    lowers: Sequence[str]
    lab: Path
    gpus: str = "a100:1"
    faults: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        for name in ("root", "upper/changes", "upper/work", "machine"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        prepare(self.machine, self.gpus, self.faults)

    @property
    def machine(self) -> Path:
        """What `prepare` filled."""
        return self.folder / "machine"

    def lower(self, path: str) -> Path:
        """A file as the layers below have it."""
        return next(found for lower in self.lowers if (found := Path(lower) / path).exists())

    def kernel(self) -> str:
        """The release of the kernel that this root would boot."""
        images = (image for lower in self.lowers for image in (Path(lower) / "boot").glob("vmlinuz-*"))
        return next(images).name.removeprefix("vmlinuz-")

    def write(self, path: str, text: str | bytes) -> None:
        """Put a file into the root."""
        target = self.folder / "upper/changes" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)

    def run(self, script: str, *, environment: Mapping[str, str] | None = None) -> Answer:
        """Boot and run a shell script as root; every run is a fresh boot of the same disk."""
        words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", str(HERE / "room.sh")]
        words += [str(self.folder / "root"), ":".join(self.lowers), str(self.folder / "upper")]
        words += [str(self.machine / "hw"), str(self.lab), "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        words += [f"{name}={value}" for name, value in (environment or {}).items()]
        done = subprocess.run([*words, "sh", "-c", script], capture_output=True, text=True, check=False, timeout=60)
        return Answer(done.returncode, done.stdout, done.stderr)

    def initramfs(self, files: Mapping[str, str]) -> None:
        """Replace the initramfs that is booted by one that holds these files."""
        self.write(f"boot/initrd.img-{self.kernel()}", cpio(files))

    def modules(
        self, version: str, *, release: str = "", name: str = "nvidia-current", licence: str = "NVIDIA"
    ) -> None:
        """Put module files of a driver where DKMS puts them, and let the real depmod index them."""
        release = release or self.kernel()
        index = Path("usr/lib/modules") / release
        made = (
            self.lab.parent
            / "modules"
            / self.lowers[0].strip("/").replace("/", "-")
            / f"{name}-{version}-{release}-{licence[:4]}"
        )
        if not made.exists():  # depmod takes a second, and most tests want the same
            for suffix in SUFFIXES:
                path = index / "updates/dkms" / f"{name}{suffix}.ko"
                self.write(str(path), module_file(name, suffix, version, release, licence))
            self.run(f"depmod {release}")
            made.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(self.folder / "upper/changes" / index, made)
        shutil.copytree(made, self.folder / "upper/changes" / index, dirs_exist_ok=True)


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    status: int
    out: str
    err: str


@cache
def module_file(name: str, suffix: str, version: str, release: str, licence: str) -> bytes:
    """An object file that kmod reads as one of the driver's modules."""
    info = [
        f"version={version}",
        f"license={licence}",
        f"name=nvidia{suffix}".replace("-", "_"),
        f"vermagic={release} SMP preempt mod_unload modversions ",
        f"depends={name if suffix else ''}",
        f"description=NVIDIA UNIX x86_64 Kernel Module  {version}  Tue Jan  6 12:00:00 UTC 2026",
        *([] if suffix else (f"alias={alias}" for alias in GPU_ALIASES)),
    ]
    section = '__attribute__((section(".modinfo"), used, aligned(1)))'
    source = "".join(f'static const char t{i}[] {section} = "{text}";\n' for i, text in enumerate(info))
    with tempfile.NamedTemporaryFile(suffix=".ko") as target:
        words = ["gcc", "-c", "-x", "c", "-o", target.name, "-"]
        subprocess.run(words, input=source.encode(), capture_output=True, check=True)
        return Path(target.name).read_bytes()


def cpio(files: Mapping[str, str]) -> bytes:
    """An archive of the kind that an initramfs is (newc), its names sorted; a value `-> TARGET` is a link."""
    entries: dict[str, tuple[int, bytes]] = {}
    for path, text in files.items():
        for parent in reversed(Path(path).parents[:-1]):
            entries[str(parent)] = (0o040755, b"")
        link = text.startswith("-> ")
        entries[path] = (0o120777, text[3:].encode()) if link else (0o100644, text.encode())
    archive = bytearray()
    for name, (mode, data) in [*sorted(entries.items()), ("TRAILER!!!", (0, b""))]:
        encoded = name.encode() + b"\0"
        numbers = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0]
        archive += b"070701" + b"".join(b"%08X" % number for number in numbers) + encoded
        archive += b"\0" * (-len(archive) % 4) + data
        archive += b"\0" * (-len(archive) % 4)
    return bytes(archive)
