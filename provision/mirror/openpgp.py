"""Keys and signatures of OpenPGP (RFC 4880), as far as repositories need them: RSA, version 4, SHA-256.

Made without gpg, so that hundreds of packages are signed in a second and the machine's keyrings stay untouched. gpg,
apt and rpm of the hosts are what reads them. The lab's mirror signs with it, too. Why no library: docs/decisions.md.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

if TYPE_CHECKING:
    from pathlib import Path

RSA, SHA256, VERSION = 1, 8, 4
SIGNATURE, PUBLIC_KEY, USER_ID = 2, 6, 13
BINARY, TEXT, CERTIFICATION = 0x00, 0x01, 0x13
DAY = 86400


@dataclass(frozen=True)
class Key:
    """A signing key: `created` in seconds since 1970, `days` until it expires (0: never)."""

    secret: rsa.RSAPrivateKey
    user: str
    created: int
    days: int = 0

    @property
    def body(self) -> bytes:
        """The public key's packet, without its header."""
        numbers = self.secret.public_key().public_numbers()
        return (
            bytes([VERSION]) + self.created.to_bytes(4, "big") + bytes([RSA]) + _number(numbers.n) + _number(numbers.e)
        )

    @property
    def fingerprint(self) -> str:
        """40 hexadecimal digits."""
        return hashlib.sha1(_framed(self.body)).hexdigest().upper()  # noqa: S324  version 4 keys are named by SHA-1

    @property
    def public(self) -> bytes:
        """The key as a keyring holds it: the key, its user, and its own signature over both."""
        user = self.user.encode()
        hashed = _part(27, b"\x03") + _part(21, bytes([SHA256])) + _part(30, b"\x01")
        if self.days:
            hashed += _part(9, (self.days * DAY).to_bytes(4, "big"))
        signed = _framed(self.body) + b"\xb4" + len(user).to_bytes(4, "big") + user
        own = self._signature(CERTIFICATION, signed, self.created, hashed)
        return _packet(PUBLIC_KEY, self.body) + _packet(USER_ID, user) + own

    @property
    def armored(self) -> str:
        """The same as text."""
        return armor("PUBLIC KEY BLOCK", self.public)

    def sign(self, content: bytes) -> bytes:
        """A detached signature."""
        return self._signature(BINARY, content, self.created + DAY)

    def clear_sign(self, text: str) -> str:
        """The text with its signature below, as InRelease is."""
        lines = [line.rstrip() for line in text.rstrip("\n").split("\n")]
        signature = self._signature(TEXT, "\r\n".join(lines).encode(), self.created + DAY)
        escaped = "\n".join(f"- {line}" if line.startswith("-") else line for line in lines)
        return f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{escaped}\n{armor('SIGNATURE', signature)}"

    def _signature(self, kind: int, content: bytes, when: int, more: bytes = b"") -> bytes:
        name = bytes.fromhex(self.fingerprint)
        hashed = _part(2, when.to_bytes(4, "big")) + _part(33, bytes([VERSION]) + name) + more
        head = bytes([VERSION, kind, RSA, SHA256]) + len(hashed).to_bytes(2, "big") + hashed
        tail = bytes([VERSION, 0xFF]) + len(head).to_bytes(4, "big")
        digest = hashlib.sha256(content + head + tail).digest()
        value = self.secret.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
        open_part = _part(16, name[-8:])
        rest = len(open_part).to_bytes(2, "big") + open_part + digest[:2] + _number(int.from_bytes(value, "big"))
        return _packet(SIGNATURE, head + rest)


def kept(file: Path, user: str, created: int, days: int = 0) -> Key:
    """The key of a file; made on first use."""
    if not file.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(
            made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    secret = serialization.load_pem_private_key(file.read_bytes(), None)
    if not isinstance(secret, rsa.RSAPrivateKey):
        raise TypeError(f"{file} is no RSA key")
    return Key(secret, user, created, days)


def fresh(user: str, now: int) -> Key:
    """A key that is kept nowhere: whoever has it signs once, and it is gone."""
    return Key(rsa.generate_private_key(public_exponent=65537, key_size=3072), user, now - DAY)


def armor(kind: str, content: bytes) -> str:
    """Text around binary packets, with its checksum (RFC 4880, 6.2)."""
    lines = base64.encodebytes(content).decode().replace("\n", "")
    body = "\n".join(lines[i : i + 64] for i in range(0, len(lines), 64))
    checksum = base64.b64encode(_crc24(content).to_bytes(3, "big")).decode()
    return f"-----BEGIN PGP {kind}-----\n\n{body}\n={checksum}\n-----END PGP {kind}-----\n"


def _crc24(content: bytes) -> int:
    crc = 0xB704CE
    for byte in content:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc & 0xFFFFFF


def _framed(body: bytes) -> bytes:
    return b"\x99" + len(body).to_bytes(2, "big") + body


def _packet(tag: int, body: bytes) -> bytes:
    # The old form with two bytes of length: what gpg itself writes, and every reader knows.
    return bytes([0x80 | tag << 2 | 1]) + len(body).to_bytes(2, "big") + body


def _part(kind: int, content: bytes) -> bytes:
    return bytes([len(content) + 1, kind]) + content


def _number(value: int) -> bytes:
    size = value.bit_length()
    return size.to_bytes(2, "big") + value.to_bytes((size + 7) // 8, "big")
