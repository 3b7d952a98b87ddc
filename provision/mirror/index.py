"""The index of the directory's own repository: what is in it and nothing else, signed by a key made for it.

The vendors' own indexes are not copied: they name packages that the directory lacks, so that a solver may choose what
is not there, and the distributions' expire after a week (Valid-Until). apt has verified each of them against the
vendor's key before; from here on the directory's key vouches for the whole. Its secret half is kept nowhere: nobody,
not even the machine that fetched, can put a package into a directory that hosts trust.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence
from email.utils import formatdate
from pathlib import Path

from provision.mirror.apt import Package, rendered
from provision.mirror.openpgp import Key, armor

LABEL = "gpuwright mirror"


def write_apt(folder: Path, packages: Sequence[Package], arch: str, key: Key, now: int) -> None:
    """Packages and a signed Release beside the packages' files; a file of another run is removed."""
    keep = {one.file for one in packages}
    for old in folder.glob("*.deb"):
        if old.name not in keep:
            old.unlink()
    text = "".join(rendered(one.stanza, {"Filename": f"./{one.file}"}) for one in packages)
    plain = text.encode()
    indexes = {"Packages": plain, "Packages.gz": gzip.compress(plain, mtime=0)}
    lines = [
        "Origin: gpuwright",
        f"Label: {LABEL}",
        f"Architectures: {arch}",
        f"Date: {formatdate(now, usegmt=True)}",
        "SHA256:",
        *(f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}" for name, content in indexes.items()),
    ]
    release = "\n".join(lines) + "\n"
    files = {
        **indexes,
        "Release": release.encode(),
        "Release.gpg": armor("SIGNATURE", key.sign(release.encode())).encode(),
        "InRelease": key.clear_sign(release).encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
