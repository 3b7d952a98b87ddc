"""What known_hosts files say about a host (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT); pure but for `read` and `learn`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """One line: its marker (@revoked, @cert-authority, or none), host patterns, and the key's type and base64."""

    file: str
    number: int
    marker: str
    hosts: str
    kind: str
    key: str

    @property
    def place(self) -> str:
        """FILE:LINE, for an error text."""
        return f"{self.file}:{self.number}"


@dataclass(frozen=True)
class Known:
    """The lines about one host. `keys` are under its own name; `elsewhere`, recorded for no port, may match too."""

    keys: tuple[Line, ...] = ()
    elsewhere: tuple[Line, ...] = ()
    revoked: tuple[Line, ...] = ()
    authorities: tuple[Line, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types of the keys that are known, best asked for first."""
        return tuple(dict.fromkeys(line.kind for line in (*self.keys, *self.elsewhere)))


def read(files: Iterable[str]) -> tuple[Line, ...]:
    """The lines of the files that are there."""
    found: list[Line] = []
    for file in files:
        try:
            text = Path(file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # as ssh does: what cannot be read knows nobody
        found += _parsed(file, text)
    return tuple(found)


@lru_cache(maxsize=8)
def _parsed(file: str, text: str) -> tuple[Line, ...]:
    """Parse each text once: many hosts share one file."""
    return tuple(parse(file, text))


def parse(file: str, text: str) -> list[Line]:
    """The lines of one file; what is no line about a key is left out."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) >= 3 and not words[0].startswith("#"):
            found.append(Line(file, number, marker, words[0], words[1], words[2]))
    return found


def about(lines: Sequence[Line], names: Sequence[str]) -> Known:
    """What the lines say about the host of these names, its own name first."""
    own, rest = names[:1], names[1:]
    any_name = [line for line in lines if any(matches(line.hosts, name) for name in names)]
    return Known(
        tuple(line for line in any_name if not line.marker and matches(line.hosts, own[0])),
        tuple(line for line in any_name if not line.marker and any(matches(line.hosts, name) for name in rest)),
        tuple(line for line in any_name if line.marker == "@revoked"),
        tuple(line for line in any_name if line.marker == "@cert-authority"),
    )


def matches(hosts: str, name: str) -> bool:
    """Whether a line's first field speaks of the host: a hash, or patterns with * and ?, of which ! takes back."""
    if hosts.startswith("|1|"):
        return _hash_matches(hosts, name)
    found = False
    for pattern in hosts.lower().split(","):
        if _pattern_matches(pattern.removeprefix("!"), name):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _as_expression(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)


def _pattern_matches(pattern: str, name: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return pattern == name
    return bool(re.fullmatch(_as_expression(pattern), name))


def _hash_matches(hosts: str, name: str) -> bool:
    salt, _, digest = hosts.removeprefix("|1|").partition("|")
    try:
        wanted = base64.b64decode(digest, validate=True)
        return hmac.compare_digest(_hashed(base64.b64decode(salt, validate=True), name), wanted)
    except ValueError:
        return False


def _hashed(salt: bytes, name: str) -> bytes:
    return hmac.new(salt, name.encode(), hashlib.sha1).digest()


def learn(file: str, name: str, kind: str, key: str, *, hashes: bool) -> None:
    """Add a line to a known_hosts file, which is made if it is not there; `OSError` when it cannot be written."""
    if hashes:
        salt = os.urandom(20)
        name = f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(_hashed(salt, name)).decode()}"
    path = Path(file)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as out:
        text = out.read() if path.is_file() else b""
        newline = b"" if not text or text.endswith(b"\n") else b"\n"
        out.write(newline + f"{name} {kind} {key}\n".encode())
