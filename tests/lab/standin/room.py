"""Rooms: a lab host's root with its simulated kernel, for one command at a time.

A lab host takes a second and has a network; the rule of the simulated kernel has many cases. A room is the same root,
hardware and stand-ins in a mount namespace that lives as long as the command. Its module files are not the driver, but
files that the real kmod takes for it.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass, field
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
        for suffix in SUFFIXES:
            info = {
                "version": version,
                "license": licence,
                "name": f"nvidia{suffix}".replace("-", "_"),
                "vermagic": f"{release} SMP preempt mod_unload modversions ",
                "depends": "" if not suffix else name,
                "description": f"NVIDIA UNIX x86_64 Kernel Module  {version}  Tue Jan  6 12:00:00 UTC 2026",
            }
            aliases = GPU_ALIASES if not suffix else ()
            self.write(f"usr/lib/modules/{release}/updates/dkms/{name}{suffix}.ko", module_file(info, aliases))
        self.run(f"depmod {release}")


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    status: int
    out: str
    err: str


def module_file(info: Mapping[str, str], aliases: Sequence[str] = ()) -> bytes:
    """An object file that kmod reads as a module."""
    pairs = [*info.items(), *(("alias", alias) for alias in aliases)]
    body = "".join(f'static const char t{i}[] I = "{key}={value}";' for i, (key, value) in enumerate(pairs))
    source = f'#define I __attribute__((section(".modinfo"), used, aligned(1)))\n{body}\n'
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
