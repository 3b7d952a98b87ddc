"""The archives that a profile has hosts fetch: cuDNN, nvidia-docker. Each with its sha256.

Where cuDNN comes by NVIDIA's manifest (redistrib_X.json), the archive for the hosts' architecture is looked up here:
a host without a way out could not.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.profiles import cudnn
from checks.profiles.mirrors import mirrored
from provision.errors import BadInput
from provision.mirror.asked import Asked
from provision.mirror.yum import get


@dataclass(frozen=True)
class Archive:
    """A file, and the section of the profile whose `source` it is."""

    section: str
    url: str
    sha256: str

    @property
    def name(self) -> str:
        """What it is called in the directory."""
        return self.url.rpartition("/")[2]


def archives(asked: Asked) -> Iterator[Archive]:
    """Those that the profile names; `BadInput` for a manifest that has none for these hosts."""
    profile = asked.profile
    for section, one in (("cudnn", profile.cudnn), ("nvidia_docker", profile.nvidia_docker)):
        url = mirrored(one.source, profile)[0]
        if one.version and cudnn.is_manifest(url):
            yield of_manifest(section, url, one.sha256, asked.system.machine, profile.cuda.version)
        elif one.version and "://" in url and one.sha256:
            yield Archive(section, url, one.sha256)


def of_manifest(section: str, url: str, sha256: str, machine: str, cuda: str) -> Archive:
    """The archive that the manifest at this address names for an architecture and a version of CUDA.

    `sha256` is what the manifest itself must be; empty: whatever it is.
    """
    content, variant = get(url), f"cuda{cuda.partition('.')[0]}"
    found = hashlib.sha256(content).hexdigest()
    if sha256 not in ("", found):
        raise BadInput(f"{url} is not what the profile means: its sha256 is {found}, and {sha256} is wanted")
    try:
        listed = json.loads(content)["cudnn"][cudnn.PLATFORMS[machine]][variant]
        path, meant = str(listed["relative_path"]), str(listed["sha256"])
    except (ValueError, KeyError, TypeError):
        path, meant = "", ""
    if not re.fullmatch(r"\w[\w./-]*", path) or ".." in path or not re.fullmatch("[0-9a-f]{64}", meant):
        raise BadInput(f"{url} names no archive for {machine} and {variant}")
    return Archive(section, f"{url.rpartition('/')[0]}/{path}", meant)
