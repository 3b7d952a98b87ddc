"""A .deb out of a package: an ar archive of two tars (deb(5)), the same bytes for the same package."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tests.lab.mirror.package import DIRECTORY, Entry, program, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.mirror.package import Package

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "noarch": "all"}
SCRIPTS = {"after-install": "postinst", "before-remove": "prerm", "after-remove": "postrm", "before-install": "preinst"}


def architecture(package: Package) -> str:
    """As dpkg names it."""
    return ARCHITECTURES[package.arch]


def file_name(package: Package) -> str:
    """Without the epoch, as in every archive."""
    return f"{package.name}_{package.version.rpartition(':')[2]}_{architecture(package)}.deb"


def control(package: Package) -> str:
    """The control file; Packages repeats it."""
    fields = {
        "Package": package.name,
        "Version": package.version,
        "Architecture": architecture(package),
        "Maintainer": "gpuwright lab <lab@gpuwright.invalid>",
        "Installed-Size": str(package.size // 1024 + 1),
        "Depends": ", ".join(package.requires),
        "Provides": ", ".join(package.provides),
        "Conflicts": ", ".join(package.conflicts),
        "Replaces": ", ".join(package.obsoletes),
        "Section": "lab",
        "Priority": "optional",
        "Description": package.summary,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def build(package: Package) -> bytes:
    """The whole file."""
    inside = {"./control": text(control(package))}
    for kind, script in package.scripts.items():
        inside[f"./{SCRIPTS[kind]}"] = program(f"#!/bin/sh\nset -e\n{script}")
    if package.conffiles:
        inside["./conffiles"] = text("".join(f"{path}\n" for path in package.conffiles))
    data = {f".{path}": entry for path, entry in package.files.items()}
    members = {"debian-binary": b"2.0\n", "control.tar.gz": _tar(inside), "data.tar.gz": _tar(data)}
    return b"!<arch>\n" + b"".join(_member(name, content) for name, content in members.items())


def _member(name: str, content: bytes) -> bytes:
    head = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
    return head.encode() + content + b"\n" * (len(content) % 2)


def _tar(entries: Mapping[str, Entry]) -> bytes:
    everything: dict[str, Entry] = {}
    for path, entry in sorted(entries.items()):
        for parent in reversed(PurePosixPath(path).parents):
            if str(parent) != ".":
                everything.setdefault(f"./{parent}", Entry(mode=DIRECTORY | 0o755))
        everything[path] = entry
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, entry in everything.items():
            member = tarfile.TarInfo(path)
            member.mode = entry.mode & 0o7777
            member.uname = member.gname = "root"
            if entry.folder:
                member.type = tarfile.DIRTYPE
            elif entry.link:
                member.type, member.linkname = tarfile.SYMTYPE, entry.content.decode()
            else:
                member.size = len(entry.content)
            tar.addfile(member, io.BytesIO(entry.content) if member.size else None)
    return gzip.compress(plain.getvalue(), 1, mtime=0)
