"""Filling the directory: what a bare host would install by the profile, its archives, an index, checksums, a profile.

Whatever is there already and right is kept, so that a fetch that was interrupted goes on, and a second one is quick.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from checks.profiles.mirrors import mirrored
from checks.profiles.profile import Profile, as_table
from checks.profiles.writing import toml
from provision.mirror import by_apt, by_rpm, openpgp
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
    files = dict(archives(asked.profile))
    for (section, url), sha256 in files.items():
        say(f"{section}: {url}")
        download(url, sha256, asked.to / FILES / url.rpartition("/")[2])
    (asked.to / "key.asc").write_text(key.armored)
    (asked.to / PROFILE).write_text(profile(asked, offered))
    (asked.to / SUMS).write_text("".join(sums(asked.to)))
    size = sum(file.stat().st_size for file in asked.to.rglob("*") if file.is_file())
    say(f"{size // 1000000} MB in {asked.to}")


def archives(profile: Profile) -> Iterator[tuple[tuple[str, str], str]]:
    """The files that the profile has hosts fetch, with their sha256."""
    for section, one in (("cudnn", profile.cudnn), ("nvidia_docker", profile.nvidia_docker)):
        url = mirrored(one.source, profile)[0]
        if one.version and "://" in url and one.sha256:
            yield (section, url), one.sha256


def profile(asked: Asked, offered: Mapping[str, Any]) -> str:
    """The profile with this directory in place of every repository and address; all other sources of hosts are off."""
    table: dict[str, Any] = as_table(asked.profile)
    table["name"] = f"{asked.profile.name}-mirror"
    table["mirrors"] = {}
    table["sources"]["others"] = "off"
    table["repositories"] = offered
    for (section, url), _ in archives(asked.profile):
        table[section]["source"] = f"{asked.url}/{FILES}/{url.rpartition('/')[2]}"
    return toml(table)


def sums(folder: Path) -> Iterator[str]:
    """The sha256 of every file, as `sha256sum -c` reads them."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name != SUMS and not file.name.endswith(".part"):
            yield f"{digest(file)}  {file.relative_to(folder)}\n"
