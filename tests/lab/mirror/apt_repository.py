"""The indexes of an apt repository: Packages and a signed Release, flat as NVIDIA's or with suites as docker's."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

from provision.mirror.openpgp import armor
from tests.lab.mirror import deb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.mirror.openpgp import Key
    from tests.lab.mirror.data import Repository
    from tests.lab.mirror.package import Package

DATE = "Wed, 01 Nov 2017 00:00:00 UTC"


def stanza(package: Package, where: str, content: bytes) -> str:
    """One package in Packages."""
    return (
        f"{deb.control(package)}Filename: {where}\nSize: {len(content)}\n"
        f"SHA256: {hashlib.sha256(content).hexdigest()}\nSHA1: {hashlib.sha1(content).hexdigest()}\n"  # noqa: S324
        f"MD5sum: {hashlib.md5(content).hexdigest()}\n"  # noqa: S324  the fields are called so
    )


def flat(built: Mapping[Package, bytes], fields: Mapping[str, str], key: Key) -> dict[str, bytes]:
    """A repository without suites: packages, indexes and Release in one directory, as NVIDIA's are."""
    packages = "\n".join(stanza(each, f"./{deb.file_name(each)}", content) for each, content in built.items())
    indexes = _indexes("", packages)
    return {
        **{deb.file_name(each): content for each, content in built.items()},
        **indexes,
        **_release(indexes, fields, key),
    }


def suites(built: Mapping[Package, bytes], repository: Repository, key: Key) -> dict[str, bytes]:
    """A repository with suites: each has the same packages, in one component; the other components are empty."""
    component = repository.component
    pool = {each: f"pool/{component}/{deb.file_name(each)}" for each in built}
    packages = "\n".join(stanza(each, pool[each], content) for each, content in built.items())
    files = {where: built[each] for each, where in pool.items()}
    for name in repository.suites:
        indexes = _indexes(f"{component}/binary-amd64/", packages)
        for other in repository.others:
            indexes |= _indexes(f"{other}/binary-amd64/", "")
        components = " ".join([component, *repository.others])
        release = {
            **repository.fields,
            "Suite": name,
            "Codename": name,
            "Components": components,
            "Architectures": "amd64",
        }
        found = {**indexes, **_release(indexes, release, key)}
        files |= {f"dists/{name}/{path}": content for path, content in found.items()}
    return files


def _indexes(folder: str, packages: str) -> dict[str, bytes]:
    plain = packages.encode()
    return {f"{folder}Packages": plain, f"{folder}Packages.gz": gzip.compress(plain, 6, mtime=0)}


def _release(indexes: Mapping[str, bytes], fields: Mapping[str, str], key: Key) -> dict[str, bytes]:
    lines = [f"{name}: {value}" for name, value in {**fields, "Date": DATE}.items()]
    lines.append("SHA256:")
    lines += [f" {hashlib.sha256(content).hexdigest()} {len(content):>16} {path}" for path, content in indexes.items()]
    text = "\n".join(lines) + "\n"
    signature = armor("SIGNATURE", key.sign(text.encode()))
    return {"Release": text.encode(), "Release.gpg": signature.encode(), "InRelease": key.clear_sign(text).encode()}
