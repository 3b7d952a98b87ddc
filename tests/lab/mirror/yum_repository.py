"""The metadata of a yum repository: primary, filelists, other, and a signed repomd.xml."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from provision.mirror.openpgp import armor
from tests.lab.mirror import rpm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provision.mirror.openpgp import Key
    from tests.lab.mirror.package import Package
    from tests.lab.mirror.rpm import Built

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
DUKE = "http://linux.duke.edu/metadata"
NAMES = {rpm.EQUAL: "EQ", rpm.LESS: "LT", rpm.GREATER: "GT", rpm.LESS | rpm.EQUAL: "LE", rpm.GREATER | rpm.EQUAL: "GE"}


def repository(built: Mapping[Package, Built], key: Key) -> dict[str, bytes]:
    """Packages and metadata, as createrepo_c and `gpg --detach-sign --armor` leave them in a directory."""
    digests = {package: hashlib.sha256(each.content).hexdigest() for package, each in built.items()}
    count = len(built)
    documents = {
        "primary": f'{XML}<metadata xmlns="{DUKE}/common" xmlns:rpm="{DUKE}/rpm" packages="{count}">\n'
        + "".join(_primary(package, each, digests[package]) for package, each in built.items())
        + "</metadata>\n",
        "filelists": f'{XML}<filelists xmlns="{DUKE}/filelists" packages="{count}">\n'
        + "".join(_listed(package, digests[package], _files(package)) for package in built)
        + "</filelists>\n",
        "other": f'{XML}<otherdata xmlns="{DUKE}/other" packages="{count}">\n'
        + "".join(_listed(package, digests[package], "") for package in built)
        + "</otherdata>\n",
    }
    files = {rpm.file_name(package): each.content for package, each in built.items()}
    described = ""
    for kind, document in documents.items():
        packed = gzip.compress(document.encode(), 6, mtime=0)
        name = f"repodata/{hashlib.sha256(packed).hexdigest()}-{kind}.xml.gz"
        files[name] = packed
        described += _described(kind, name, packed, document.encode())
    repomd = f'{XML}<repomd xmlns="{DUKE}/repo">\n<revision>{rpm.TIME}</revision>\n{described}</repomd>\n'
    files["repodata/repomd.xml"] = repomd.encode()
    files["repodata/repomd.xml.asc"] = armor("SIGNATURE", key.sign(repomd.encode())).encode()
    return files


def _described(kind: str, name: str, packed: bytes, plain: bytes) -> str:
    return (
        f'<data type="{kind}"><checksum type="sha256">{hashlib.sha256(packed).hexdigest()}</checksum>'
        f'<open-checksum type="sha256">{hashlib.sha256(plain).hexdigest()}</open-checksum><location href="{name}"/>'
        f"<timestamp>{rpm.TIME}</timestamp><size>{len(packed)}</size><open-size>{len(plain)}</open-size></data>\n"
    )


def _version(package: Package) -> str:
    epoch, release = package.epoch or "0", package.release
    return f'<version epoch="{epoch}" ver={quoteattr(package.upstream)} rel={quoteattr(release)}/>'


def _primary(package: Package, built: Built, digest: str) -> str:
    return (
        f'<package type="rpm"><name>{escape(package.name)}</name><arch>{package.arch}</arch>{_version(package)}'
        f'<checksum type="sha256" pkgid="YES">{digest}</checksum><summary>{escape(package.summary)}</summary>'
        f"<description>{escape(package.summary)}</description><packager/><url/>"
        f'<time file="{rpm.TIME}" build="{rpm.TIME}"/>'
        f'<size package="{len(built.content)}" installed="{package.size}" archive="{package.size}"/>'
        f"<location href={quoteattr(rpm.file_name(package))}/><format><rpm:license>stand-in</rpm:license>"
        f'<rpm:header-range start="{built.start}" end="{built.end}"/>'
        f"{_relations('provides', rpm.provides(package))}{_relations('requires', package.requires)}"
        f"{_relations('conflicts', package.conflicts)}{_relations('obsoletes', package.obsoletes)}"
        f"{_files(package)}</format></package>\n"
    )


def _relations(kind: str, texts: Sequence[str]) -> str:
    return f"<rpm:{kind}>{''.join(_entry(text) for text in texts)}</rpm:{kind}>" if texts else ""


def _entry(text: str) -> str:
    name, flags, version = rpm.relation(text)
    if not flags:
        return f"<rpm:entry name={quoteattr(name)}/>"
    epoch, _, rest = version.rpartition(":")
    upstream, _, release = rest.partition("-")
    tail = f" rel={quoteattr(release)}" if release else ""
    compared = f'flags="{NAMES[flags]}" epoch="{epoch or 0}" ver={quoteattr(upstream)}{tail}'
    return f"<rpm:entry name={quoteattr(name)} {compared}/>"


def _files(package: Package) -> str:
    return "".join(f"<file>{escape(path)}</file>" for path in sorted(package.files))


def _listed(package: Package, digest: str, files: str) -> str:
    named = f'pkgid="{digest}" name={quoteattr(package.name)} arch="{package.arch}"'
    return f"<package {named}>{_version(package)}{files}</package>\n"
