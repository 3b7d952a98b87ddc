"""One file from an address, by its sha256: what is there already counts, and what was cut off goes on."""

from __future__ import annotations

import hashlib
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from provision.errors import BadInput, Unreachable

PARTIAL = 206
CHUNK = 1 << 20


def download(url: str, sha256: str, to: Path) -> None:
    """Fetch a file; `BadInput` where it is another than the profile means, `Unreachable` where none comes.

    A file that is cut off stays as NAME.part, and the next call goes on from there.
    """
    if to.is_file() and digest(to) == sha256:
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_name(f"{to.name}.part")
    _fetch(url, part)
    found = digest(part)
    if found != sha256:
        part.unlink()
        raise BadInput(f"{url} is not what is meant: its sha256 is {found}, and {sha256} is wanted; it was not kept")
    part.replace(to)


def _fetch(url: str, part: Path) -> None:
    """As much of it as comes, behind what is there already; a server that cannot go on begins anew."""
    have = part.stat().st_size if part.exists() else 0
    asked = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - the profile's own addresses
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - likewise
            goes_on = have and getattr(answer, "status", None) == PARTIAL
            with part.open("ab" if goes_on else "wb") as file:
                begins = file.tell()
                shutil.copyfileobj(answer, file, CHUNK)
                came, promised = file.tell() - begins, int(answer.headers.get("Content-Length") or 0)
    except urllib.error.HTTPError as refusal:
        if refusal.code == 416:  # nothing is missing any more
            return
        raise Unreachable(f"{url} answers {refusal.code} {refusal.reason}: is it still there?") from None
    except OSError as why:
        raise Unreachable(f"{url} could not be fetched whole ({why}): run the same command again, it goes on") from None
    if came < promised:  # the connection ended, and Python says nothing
        raise Unreachable(f"{url} was cut off after {came} of {promised} bytes: run the same command again, it goes on")


def digest(file: Path) -> str:
    """Its sha256 in hexadecimal."""
    made = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(CHUNK):
            made.update(block)
    return made.hexdigest()
