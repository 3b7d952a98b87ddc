"""The mirror as a tree of files: one folder per host name, below it the paths that are asked for.

A tree is made once for each state of the lists, the payloads and the keys. `signing` makes another whole tree: with a
key that has expired, or with one that is not the published one.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.mirror import apt_repository, data, deb, keys, payloads, rpm, yum_repository
from tests.lab.mirror.package import Package, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.mirror.openpgp import Key
    from tests.lab.mirror.data import Archive, Contents, Listed, Repository

# What serves and compares a tree does not change it.
IN_NO_TREE = ("test_", "conftest", "compare", "life", "server", "borrowed")


def tree(folder: Path, signing: str = "") -> Path:
    """Find or make a tree below the mirror's folder; call it with the mirror locked."""
    wanted = folder / "trees" / f"{_digest(folder)}{'-' if signing else ''}{signing}"
    if not wanted.exists():
        aside = wanted.with_name(f".building-{wanted.name}")
        shutil.rmtree(aside, ignore_errors=True)
        contents = data.load()
        for path, content in _files(contents, folder / "keys", signing).items():
            file = aside / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        aside.rename(wanted)
    return wanted


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for file in sorted([*here.rglob("*.py"), *here.glob("data/*.toml"), *payloads.STANDINS.rglob("*")]):
        if file.is_file() and file.suffix != ".pyc" and not file.name.startswith(IN_NO_TREE):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    for vendor in keys.VENDORS:
        digest.update(keys.key(folder / "keys", vendor).body)
    return digest.hexdigest()[:12]


class _Keys:
    """Which key is published for a vendor, and which one signs."""

    def __init__(self, folder: Path, signing: str) -> None:
        self.folder, self.signing = folder, signing

    def published(self, vendor: str) -> Key:
        return keys.key(self.folder, self.signing if self.signing == keys.EXPIRED else vendor)

    def signs(self, vendor: str) -> Key:
        return keys.key(self.folder, self.signing or vendor)

    def content(self, line: str, vendor: str) -> bytes:
        """`@key`, `@keyring` with a vendor behind it or not; anything else is the text itself."""
        words = line.split()
        if words[:1] not in (["@key"], ["@keyring"]):
            return line.lstrip("\n").encode()
        published = self.published(words[1] if len(words) > 1 else vendor)
        return published.armored.encode() if words[0] == "@key" else published.public


def _files(contents: Contents, folder: Path, signing: str) -> dict[str, bytes]:
    chosen = _Keys(folder, signing)
    files: dict[str, bytes] = {}
    for repository in contents.repositories:
        listed = contents.of(repository)
        built = [_package(each, repository, chosen) for each in listed]
        rpms = [package for package, each in zip(built, listed, strict=True) if each.format == "rpm"]
        for path in repository.paths:
            made = _repository(repository, built, rpms, chosen.signs(repository.key))
            files |= {f"{repository.host}/{path}/{name}": content for name, content in made.items()}
        for path, line in repository.files.items():
            files[f"{repository.host}/{path}"] = chosen.content(line, repository.key)
    for archive in contents.archives:
        files |= _archive(archive)
    return files


def _package(listed: Listed, repository: Repository, chosen: _Keys) -> Package:
    made = payloads.together(listed.payload)
    texts = {path: text(chosen.content(line, repository.key).decode("latin-1")) for path, line in listed.texts.items()}
    for path, line in listed.texts.items():
        if line.startswith("@keyring"):
            texts[path] = type(texts[path])(chosen.content(line, repository.key))
    marked = f"invented: {listed.invented}" if listed.invented else "as its repository lists it"
    return Package(
        listed.name,
        listed.version,
        listed.arch,
        f"stand-in of {listed.name} in a gpuwright lab ({marked})",
        listed.requires,
        listed.provides,
        listed.conflicts,
        listed.obsoletes,
        {**made.files, **texts},
        made.scripts,
        tuple(path for path in texts if path.startswith("/etc/")),
    )


def _repository(repository: Repository, packages: list[Package], rpms: list[Package], key: Key) -> Mapping[str, bytes]:
    if repository.format == "rpm":
        return yum_repository.repository({each: rpm.build(each, key) for each in packages}, key)
    if repository.format == "apt-flat":
        return apt_repository.flat({each: deb.build(each) for each in packages}, repository.fields, key)
    if repository.format == "apt":
        built = {each: deb.build(each) for each in packages}
        return apt_repository.suites(built, repository, key)
    debs = {deb.file_name(each): deb.build(each) for each in packages if each not in rpms}
    return {**debs, **{rpm.file_name(each): rpm.build(each, key).content for each in rpms}}


def _archive(archive: Archive) -> dict[str, bytes]:
    """A tar, and its manifest in NVIDIA's form where it has one."""
    made = payloads.together(archive.payload)
    mode = "w:gz" if archive.path.endswith("gz") else "w:xz"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as tar:  # type: ignore[call-overload]  # one of two literals
        for path, entry in sorted(made.files.items()):
            member = tarfile.TarInfo(path.removeprefix(archive.root).lstrip("/"))
            member.mode = entry.mode & 0o7777
            if entry.link:
                member.type, member.linkname = tarfile.SYMTYPE, entry.content.decode()
            else:
                member.size = len(entry.content)
            tar.addfile(member, io.BytesIO(entry.content) if member.size else None)
    content = packed.getvalue()
    files = {f"{archive.host}/{archive.path}": content}
    if archive.manifest:
        where, label, product, variant = archive.manifest.split()
        relative = archive.path.removeprefix(where.rpartition("/")[0] + "/")
        described = {
            "relative_path": relative,
            "sha256": hashlib.sha256(content).hexdigest(),
            "md5": hashlib.md5(content).hexdigest(),  # noqa: S324  a field of the manifest
            "size": str(len(content)),
        }
        document = {
            "release_date": "2025-06-06",
            "release_label": label,
            "release_product": product,
            product: {
                "name": f"stand-in of {product}",
                "license": "stand-in",
                "version": archive.path.rpartition("-x86_64-")[2].partition("_")[0],
                "cuda_variant": [variant.removeprefix("cuda")],
                "linux-x86_64": {variant: described},
            },
        }
        files[f"{archive.host}/{where}"] = json.dumps(document, indent=4).encode()
    return files
