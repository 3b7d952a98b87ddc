"""Which version of the doctor this is: a digest of what checks/ is made of, the same as a package and as one file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zipfile import ZipFile

SUFFIXES = (".py", ".toml", ".sh", ".json")
"""What belongs to the program, and not to its caches."""

_PACKAGE = Path(__file__).parent.parent


def sources(package: Path = _PACKAGE) -> Iterator[tuple[str, bytes]]:
    """Every file of a package, by its name from the package's parent: in a folder, or in the zip file it runs from."""
    if package.is_dir():
        for path in sorted(package.rglob("*")):
            if path.suffix in SUFFIXES:
                yield f"{package.name}/{path.relative_to(package).as_posix()}", path.read_bytes()
        return
    with ZipFile(package.parent) as archive:
        for name in archive.namelist():
            if name.startswith(f"{package.name}/"):
                yield name, archive.read(name)


@cache
def fingerprint() -> str:
    """The digest, short: 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, data in sorted(sources()):
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:16]
