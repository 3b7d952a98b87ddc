"""Mounts of the lab on the machine: all below its home, none left after the last `down`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.lab.command import run
from tests.lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Bind(NamedTuple):
    """Something of the machine that appears in a host at each boot."""

    mode: str
    source: Path
    place: str

    def line(self) -> str:
        """As boot.sh reads it."""
        return f"{self.mode}\t{self.source}\t{self.place}\n"


def below(folder: Path) -> list[Path]:
    """Every mount point at or below a folder, innermost first."""
    points = (line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())
    inside = [Path(point) for point in points if Path(point).is_relative_to(folder)]
    return sorted(inside, key=lambda point: len(point.parts), reverse=True)


def unmount_below(folder: Path) -> None:
    """Unmount everything at or below a folder, the uppermost of several at one place first."""
    while points := below(folder):
        for point in points:
            run("umount", point)


def remove(folder: Path) -> None:
    """Delete a folder, but never what is mounted in it."""
    if left := below(folder):
        raise LabError(f"{left[0]} is still mounted: nothing was deleted")
    if folder.exists():
        shutil.rmtree(folder)


def keep_private(folder: Path) -> None:
    """Let mounts below a folder stay out of every other mount namespace of the machine."""
    if folder not in below(folder):
        folder.mkdir(parents=True, exist_ok=True)
        run("mount", "--bind", folder, folder)
        run("mount", "--make-private", folder)


def overlay(lowers: Sequence[Path], upper: Path, work: Path, root: Path) -> None:
    """Mount what a host sees as its disk: its own changes over what it was made from.

    `volatile` because a host's fsync is worth nothing to us: after a crash of the machine its hosts are thrown away.
    """
    if work.exists():
        shutil.rmtree(work)
    for folder in (upper, work, root):
        folder.mkdir(parents=True, exist_ok=True)
    upper.chmod(0o755)
    options = [
        f"lowerdir={':'.join(map(str, lowers))}",
        f"upperdir={upper}",
        f"workdir={work}",
        "redirect_dir=on,index=off,metacopy=off,volatile",
    ]
    run("mount", "-t", "overlay", "overlay", "-o", ",".join(options), root)


def loop(image: Path, size: str, point: Path) -> None:
    """Mount an ext4 file system of its own, made on first use."""
    if not image.exists():
        run("truncate", "--size", size, image)
        run("mkfs.ext4", "-q", "-F", image)
    point.mkdir(parents=True, exist_ok=True)
    if point not in below(point):
        run("mount", "-o", "loop", image, point)
