"""Filling the directory: what a bare host would install by the profile, its archives, an index, checksums, a profile.

Whatever is there already and right is kept, so that a fetch that was interrupted goes on, and a second one is quick.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from checks.profiles.profile import as_table
from checks.profiles.writing import toml
from provision.mirror import by_apt, by_rpm, openpgp
from provision.mirror.archives import Archive, archives
from provision.mirror.asked import Asked
from provision.mirror.download import digest, download

FILES, SUMS, PROFILE = "files", "SHA256SUMS", "profile.toml"


def fill(asked: Asked, say: Callable[[str], None]) -> None:
    """Fetch all of it; each error says what to do, and the same command goes on from there."""
    asked.to.mkdir(parents=True, exist_ok=True)
    key = openpgp.fresh("gpuwright mirror <mirror@gpuwright.invalid>", int(time.time()))
    way = by_apt if asked.system.family == "apt" else by_rpm
    with tempfile.TemporaryDirectory(prefix="gpuwright-mirror-") as scratch:
        offered = way.fill(asked, Path(scratch), key, say)
    files = list(archives(asked))
    for one in files:
        say(f"{one.section}: {one.url}")
        download(one.url, one.sha256, asked.to / FILES / one.name)
    (asked.to / "key.asc").write_text(key.armored)
    (asked.to / PROFILE).write_text(profile(asked, offered, files))
    (asked.to / SUMS).write_text("".join(sums(asked.to)))
    size = sum(file.stat().st_size for file in asked.to.rglob("*") if file.is_file())
    say(f"{size // 1000000} MB in {asked.to}")


def profile(asked: Asked, offered: Mapping[str, Any], files: Iterable[Archive]) -> str:
    """The profile with this directory in place of every repository and address; all other sources of hosts are off.

    It says for which hosts the directory is, so that others are refused.
    """
    table: dict[str, Any] = as_table(asked.profile)
    table["name"] = f"{asked.profile.name}-mirror"
    table["mirrors"] = {}
    table["sources"] = {"others": "off", "release": asked.release, "machine": asked.system.machine}
    table["repositories"] = offered
    for one in files:
        table[one.section] |= {"source": f"{asked.url}/{FILES}/{one.name}", "sha256": one.sha256}
    return toml(table)


def sums(folder: Path) -> Iterator[str]:
    """The sha256 of every file, as `sha256sum -c` reads them."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name != SUMS and not file.name.endswith(".part"):
            yield f"{digest(file)}  {file.relative_to(folder)}\n"
