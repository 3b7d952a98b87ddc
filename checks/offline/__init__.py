"""Reading what other tools collected on a host as if the probe had asked it: the same rules on other material.

What such material does not hold was not asked: the checks that need it are skipped, never well. docs/offline.md says
which topics each kind feeds.
"""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zlib

from checks.facts.recording import BadRecording, Recording, parse
from checks.offline import archive, bugreport
from checks.offline.topics import recording

LIMIT = 512 * 1024 * 1024
"""Bytes after which a compressed file counts as one that nobody should unpack."""

_GZIP, _XZ, _BZIP2, _TAR = b"\x1f\x8b", b"\xfd7zXZ", b"BZh", b"ustar"


def read(data: bytes) -> Recording:
    """A recording, our own bundle, a bug report or a sosreport, by what it holds; `BadRecording` for anything else."""
    try:
        if data.startswith(_GZIP) and not _is_tar(head := _unzipped(data, 1024)) and head:
            data = _unzipped(data, LIMIT)
        if data.startswith((_GZIP, _XZ, _BZIP2)) or _is_tar(data):
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as tar:
                return archive.read(tar)
    except (tarfile.TarError, EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError) as error:
        raise BadRecording(f"a compressed file that cannot be read: {error}") from None
    text = data.decode(errors="replace")
    if bugreport.START in text[:4096]:
        return recording(bugreport.material(text))
    return parse(text)


def _is_tar(data: bytes) -> bool:
    return data[257:262] == _TAR


def _unzipped(data: bytes, limit: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        found = file.read(limit + 1)
    if limit == LIMIT and len(found) > limit:
        raise BadRecording(f"a compressed file of more than {limit >> 20} MiB")
    return found
