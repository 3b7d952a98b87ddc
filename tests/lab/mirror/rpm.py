"""An .rpm out of a package: lead, signature, header, compressed cpio (the format of rpm 4; tags as in rpmtag.h)."""

from __future__ import annotations

import gzip
import hashlib
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.mirror.package import FILE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provision.mirror.openpgp import Key
    from tests.lab.mirror.package import Entry, Package

INT16, INT32, STRING, BIN, STRINGS, I18N = 3, 4, 6, 7, 8, 9
SIGNATURES, IMMUTABLE = 62, 63
LESS, GREATER, EQUAL, RPMLIB = 2, 4, 8, 1 << 24
SHA256 = 8
TIME = 1500000000
RELATION = re.compile(r"(\S+)(?:\s+(<=|>=|=|<|>)\s+(\S+))?$")
FLAGS = {None: 0, "=": EQUAL, "<": LESS, ">": GREATER, "<=": LESS | EQUAL, ">=": GREATER | EQUAL}
SCRIPTS = {
    "before-install": (1023, 1085),
    "after-install": (1024, 1086),
    "before-remove": (1025, 1087),
    "after-remove": (1026, 1088),
}
NEEDS_OF_RPM = (
    "rpmlib(CompressedFileNames) <= 3.0.4-1",
    "rpmlib(PayloadFilesHavePrefix) <= 4.0-1",
    "rpmlib(FileDigests) <= 4.6.0-1",
)

Value = tuple[int, "bytes | str | Sequence[int] | Sequence[str]"]


@dataclass(frozen=True)
class Built:
    """The file, and where its header begins and ends in it: yum's metadata names both."""

    content: bytes
    start: int
    end: int


def file_name(package: Package) -> str:
    """Name-version-release.arch.rpm."""
    return f"{package.name}-{package.upstream}-{package.release}.{package.arch}.rpm"


def relation(text: str) -> tuple[str, int, str]:
    """`name >= version` as rpm keeps it: name, flags, version."""
    match = RELATION.match(text)
    if match is None:
        raise ValueError(f"{text!r} is no relation of rpm")
    flags = FLAGS[match[2]] | (RPMLIB if match[1].startswith("rpmlib(") else 0)
    return match[1], flags, match[3] or ""


def provides(package: Package) -> list[str]:
    """What it provides, itself among it."""
    return [f"{package.name} = {package.version}", *package.provides]


def build(package: Package, key: Key | None) -> Built:
    """The whole file, its header signed by a key."""
    plain = _cpio(package.files)
    payload = gzip.compress(plain, 1, mtime=0)
    header = _header(_tags(package, payload), IMMUTABLE)
    signature: dict[int, Value] = {
        269: (STRING, hashlib.sha1(header).hexdigest()),  # noqa: S324  a tag of the format
        273: (STRING, hashlib.sha256(header).hexdigest()),
        1000: (INT32, [len(header) + len(payload)]),
        1004: (BIN, hashlib.md5(header + payload).digest()),  # noqa: S324  a tag of the format
        1007: (INT32, [len(plain)]),
    }
    if key is not None:
        signature[268] = (BIN, key.sign(header))
    signed = _header(signature, SIGNATURES)
    signed += b"\0" * (-len(signed) % 8)
    name = f"{package.name}-{package.upstream}-{package.release}".encode()[:65]
    lead = struct.pack(">4sBBhh66shh16x", b"\xed\xab\xee\xdb", 3, 0, 0, 1, name, 1, 5)
    start = len(lead) + len(signed)
    return Built(lead + signed + header + payload, start, start + len(header))


def _tags(package: Package, payload: bytes) -> dict[int, Value]:
    paths = sorted(package.files)
    entries = [package.files[path] for path in paths]
    folders = sorted({path.rpartition("/")[0] + "/" for path in paths})
    tags: dict[int, Value] = {
        100: (STRINGS, ["C"]),
        1000: (STRING, package.name),
        1001: (STRING, package.upstream),
        1002: (STRING, package.release),
        1004: (I18N, [package.summary]),
        1005: (I18N, [package.summary]),
        1006: (INT32, [TIME]),
        1007: (STRING, "lab.gpuwright.invalid"),
        1009: (INT32, [package.size]),
        1011: (STRING, "gpuwright lab"),
        1014: (STRING, "stand-in"),
        1016: (I18N, ["Lab"]),
        1021: (STRING, "linux"),
        1022: (STRING, package.arch),
        1044: (STRING, f"{package.name}-{package.upstream}-{package.release}.src.rpm"),
        1064: (STRING, "4.11.3"),
        1124: (STRING, "cpio"),
        1125: (STRING, "gzip"),
        1126: (STRING, "1"),
        5092: (STRINGS, [hashlib.sha256(payload).hexdigest()]),
        5093: (INT32, [SHA256]),
    }
    if package.epoch:
        tags[1003] = (INT32, [int(package.epoch)])
    for kind, script in package.scripts.items():
        code, interpreter = SCRIPTS[kind]
        tags[code], tags[interpreter] = (STRING, script), (STRING, "/bin/sh")
    _relate(tags, provides(package), (1047, 1112, 1113))
    _relate(tags, [*package.requires, *NEEDS_OF_RPM], (1049, 1048, 1050))
    _relate(tags, package.conflicts, (1054, 1053, 1055))
    _relate(tags, package.obsoletes, (1090, 1114, 1115))
    if paths:
        configuration = set(package.conffiles)
        tags |= {
            1028: (INT32, [len(entry.content) for entry in entries]),
            1030: (INT16, [entry.mode for entry in entries]),
            1033: (INT16, [0] * len(paths)),
            1034: (INT32, [TIME] * len(paths)),
            1035: (STRINGS, [_digest(entry) for entry in entries]),
            1036: (STRINGS, [entry.content.decode() if entry.link else "" for entry in entries]),
            1037: (INT32, [17 if path in configuration else 0 for path in paths]),  # config, noreplace
            1039: (STRINGS, ["root"] * len(paths)),
            1040: (STRINGS, ["root"] * len(paths)),
            1045: (INT32, [0xFFFFFFFF] * len(paths)),
            1095: (INT32, [1] * len(paths)),
            1096: (INT32, range(1, len(paths) + 1)),
            1097: (STRINGS, [""] * len(paths)),
            1116: (INT32, [folders.index(path.rpartition("/")[0] + "/") for path in paths]),
            1117: (STRINGS, [path.rpartition("/")[2] for path in paths]),
            1118: (STRINGS, folders),
            5011: (INT32, [SHA256]),
        }
    return tags


def _digest(entry: Entry) -> str:
    return hashlib.sha256(entry.content).hexdigest() if entry.mode & 0o170000 == FILE else ""


def _relate(tags: dict[int, Value], texts: Sequence[str], codes: tuple[int, int, int]) -> None:
    found = [relation(each) for each in texts]
    if found:
        tags[codes[0]] = (STRINGS, [name for name, _, _ in found])
        tags[codes[1]] = (INT32, [flags for _, flags, _ in found])
        tags[codes[2]] = (STRINGS, [version for _, _, version in found])


def _header(tags: Mapping[int, Value], region: int) -> bytes:
    index, store = b"", b""
    for tag, (kind, value) in sorted(tags.items()):
        count, packed = _value(kind, value)
        store += b"\0" * (-len(store) % {INT16: 2, INT32: 4}.get(kind, 1))
        index += struct.pack(">iiii", tag, kind, len(store), count)
        store += packed
    entries = len(tags) + 1
    index = struct.pack(">iiii", region, BIN, len(store), 16) + index
    store += struct.pack(">iiii", region, BIN, -16 * entries, 16)
    return b"\x8e\xad\xe8\x01\0\0\0\0" + struct.pack(">ii", entries, len(store)) + index + store


def _value(kind: int, value: bytes | str | Sequence[int] | Sequence[str]) -> tuple[int, bytes]:
    if isinstance(value, bytes):
        return len(value), value
    if isinstance(value, str):
        return 1, value.encode() + b"\0"
    numbers = [each for each in value if isinstance(each, int)]
    if numbers:
        return len(numbers), b"".join(struct.pack(">H" if kind == INT16 else ">I", number) for number in numbers)
    return len(value), b"".join(str(each).encode() + b"\0" for each in value)


def _cpio(files: Mapping[str, Entry]) -> bytes:
    out = bytearray()
    for number, path in enumerate([*sorted(files), "TRAILER!!!"], 1):
        entry = files.get(path)
        name = (f".{path}" if entry else path).encode() + b"\0"
        content = entry.content if entry else b""
        mode = entry.mode if entry else 0
        fields = [number, mode, 0, 0, 1, TIME, len(content), 0, 0, 0, 0, len(name), 0]
        out += b"070701" + b"".join(b"%08x" % each for each in fields) + name
        out += b"\0" * (-len(out) % 4) + content
        out += b"\0" * (-len(out) % 4)
    return bytes(out)
