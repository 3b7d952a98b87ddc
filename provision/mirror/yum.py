"""The repositories of Enterprise Linux: their metadata read, their packages fetched, and an index of these alone.

Each repository stays one of its own, so that hosts go on checking its packages by the vendor's key. Where the vendor
signs the index and not the packages (`signed = "index"`), gpgv checks that here, and the new index is signed by the
directory's key; so is that of the distribution's own repositories, which are trusted here by their https address.
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from provision.errors import Unreachable, Usage
from provision.mirror import rpm
from provision.mirror.download import download
from provision.mirror.openpgp import Key, armor
from provision.mirror.rpm import COMMON, REPO, RPM, Package

XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'
NAMES = {"": COMMON, "rpm": RPM}


@dataclass(frozen=True)
class Source:
    """A repository: its name, its address, the architecture whose packages count, as `uname -m` has it.

    `signer` is the file with the key that must have signed its index (None: none).
    """

    name: str
    url: str
    machine: str
    signer: Path | None = None


def read(source: Source, scratch: Path) -> tuple[list[Package], frozenset[str]]:
    """Its packages, and those of its comps' group core, if it has comps."""
    repomd = get(f"{source.url}/repodata/repomd.xml")
    if source.signer is not None:
        signed_by(source, repomd, scratch)
    found: dict[str, bytes] = {}
    for entry in rpm.parsed(repomd).iter(f"{{{REPO}}}data"):
        kind, location = entry.get("type", ""), entry.find(f"{{{REPO}}}location")
        if kind not in ("primary", "group", "group_gz") or location is None:
            continue
        name = location.get("href", "")
        content = get(f"{source.url}/{name}")
        if hashlib.sha256(content).hexdigest() != entry.findtext(f"{{{REPO}}}checksum"):
            raise Unreachable(f"{source.url}/{name} is not what its repomd.xml says")
        found[kind] = rpm.unpacked(name, content)
    if "primary" not in found:
        raise Unreachable(f"{source.url}: its repomd.xml names no primary metadata")
    comps = found.get("group") or found.get("group_gz")
    return list(rpm.primary(source.name, found["primary"], source.machine)), rpm.core(comps) if comps else frozenset()


def get(url: str) -> bytes:
    """A small file."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - the profile's own addresses
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as refusal:
        raise Unreachable(f"{url} answers {refusal.code} {refusal.reason}: is it still there?") from None
    except OSError as why:
        raise Unreachable(f"{url} could not be fetched: {why}") from None


def signed_by(source: Source, repomd: bytes, scratch: Path) -> None:
    """Whether its key has signed its index; else `Unreachable`."""
    (scratch / "repomd.xml").write_bytes(repomd)
    (scratch / "repomd.xml.asc").write_bytes(get(f"{source.url}/repodata/repomd.xml.asc"))
    ask = ["gpgv", "--keyring", str(source.signer), str(scratch / "repomd.xml.asc"), str(scratch / "repomd.xml")]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Usage("gpgv is not here, and without it no index can be trusted: apt install gpgv") from None
    if done.returncode != 0:
        raise Unreachable(f"{source.url}: its index is not signed by its key: {done.stderr.strip()[-200:]}")


def fetch(source: Source, packages: Iterable[Package], folder: Path, key: Key | None) -> None:
    """Fetch packages and write their index, signed if there is a key; what is no longer needed goes."""
    names = {}
    for one in packages:
        names[one.location.rpartition("/")[2]] = one
        download(f"{source.url}/{one.location}", one.sha256, folder / one.location.rpartition("/")[2])
    for old in folder.glob("*.rpm"):
        if old.name not in names:
            old.unlink()
    files = index(list(names.items()))
    if key is not None:
        files["repomd.xml.asc"] = armor("SIGNATURE", key.sign(files["repomd.xml"])).encode()
    (folder / "repodata").mkdir(parents=True, exist_ok=True)
    for old in (folder / "repodata").iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / "repodata" / name).write_bytes(content)


def index(packages: Sequence[tuple[str, Package]]) -> dict[str, bytes]:
    """repomd.xml, and the packages' own entries in primary.xml.gz, each with its new place."""
    for prefix, space in NAMES.items():
        ET.register_namespace(prefix, space)
    root = ET.Element(f"{{{COMMON}}}metadata", {"packages": str(len(packages))})
    for name, one in packages:
        location = one.entry.find(f"{{{COMMON}}}location")
        if location is not None:
            location.attrib.clear()
            location.set("href", name)
        root.append(one.entry)
    plain = XML + ET.tostring(root)
    packed = gzip.compress(plain, mtime=0)
    digests = [hashlib.sha256(content).hexdigest() for content in (packed, plain)]
    repomd = (
        f'<repomd xmlns="{REPO}"><revision>1</revision><data type="primary">'
        f'<checksum type="sha256">{digests[0]}</checksum><open-checksum type="sha256">{digests[1]}</open-checksum>'
        f'<location href="repodata/{digests[0]}-primary.xml.gz"/><timestamp>1</timestamp><size>{len(packed)}</size>'
        f"<open-size>{len(plain)}</open-size></data></repomd>\n"
    )
    return {"repomd.xml": XML + repomd.encode(), f"{digests[0]}-primary.xml.gz": packed}
