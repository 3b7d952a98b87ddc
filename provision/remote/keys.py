"""Private keys in files and in the agent: which there are, and what keeps one from being used."""

from __future__ import annotations

import base64
import binascii
import re
import socket
import stat
from pathlib import Path

import paramiko
from paramiko.agent import AgentSSH
from paramiko.message import Message

_MAGIC = b"openssh-key-v1\0"
_CLASSES: dict[str, type[paramiko.PKey]] = {
    "ssh-rsa": paramiko.RSAKey,
    "ssh-ed25519": paramiko.Ed25519Key,
    "ecdsa-sha2-nistp256": paramiko.ECDSAKey,
    "ecdsa-sha2-nistp384": paramiko.ECDSAKey,
    "ecdsa-sha2-nistp521": paramiko.ECDSAKey,
}
_OLD = {"RSA": paramiko.RSAKey, "EC": paramiko.ECDSAKey}

AGENT_SECONDS = 30.0
"""How long the agent may take: it may ask a person to touch a token."""


class Unusable(Exception):  # noqa: N818 - a key that cannot be used, not an error of the program
    """A key file that cannot be used; the text says why and what to do."""


class Agent(AgentSSH):
    """The agent that listens on a socket. paramiko's own knows only SSH_AUTH_SOCK; ssh_config names others."""

    def __init__(self, path: str) -> None:
        super().__init__()
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wire.settimeout(AGENT_SECONDS)
        try:
            wire.connect(path)
            self._connect(wire)  # type: ignore[attr-defined] # types-paramiko leaves it out
        except BaseException:
            wire.close()
            raise

    def close(self) -> None:
        """Hang up."""
        self._close()  # type: ignore[attr-defined] # likewise


def public_of(file: str) -> bytes | None:
    """The public key of a key file, from the file itself or FILE.pub; None where it cannot be told."""
    for path in (Path(file), Path(f"{file}.pub")):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found = _public_line(text) or _public_part(text)
        if found:
            return found
    return None


def _public_line(text: str) -> bytes | None:
    words = text.split(None, 2)
    if len(words) < 2 or not re.fullmatch(r"[a-z0-9@.-]+", words[0]):
        return None
    return _decoded(words[1])


def _public_part(text: str) -> bytes | None:
    """What a file of OpenSSH's own format says before its private part, which may be encrypted."""
    body = re.search(r"-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END", text, re.DOTALL)
    data = _decoded("".join(body[1].split())) if body else None
    if not data or not data.startswith(_MAGIC):
        return None
    message = Message(data[len(_MAGIC) :])
    for _ in ("cipher", "kdf", "options"):
        message.get_binary()
    message.get_int()
    return message.get_binary() or None


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def load(file: str, passphrase: str | None) -> paramiko.PKey:
    """The private key of a file; `Unusable` says what keeps it from being used, as ssh would see it."""
    path = Path(file)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise Unusable(f"{file} cannot be read: {error.strerror}") from None
    if _public_line(text):
        raise Unusable(
            f"{file} is a public key, and no agent has its private half: ssh-add {file.removesuffix('.pub')}"
        )
    if mode & 0o077:
        raise Unusable(f"{file} can be read by others (mode {mode:o}), so it is not used: chmod 600 {file}")
    kind = _class(text)
    if kind is None:
        raise Unusable(f"{file} is of a type or format that is not supported here: load it into the agent (ssh-add)")
    try:
        return kind.from_private_key_file(file, passphrase)
    except paramiko.PasswordRequiredException:
        raise Unusable(f"{file} needs its passphrase (ssh-add {file}, or --prompt-for-passphrase)") from None
    except (paramiko.SSHException, ValueError, IndexError) as error:
        wrong = "the passphrase is wrong, or the file is damaged" if passphrase else "it is damaged"
        raise Unusable(f"{file} cannot be used: {wrong} ({error})") from None


def _class(text: str) -> type[paramiko.PKey] | None:
    old = re.search(r"-----BEGIN (RSA|EC) PRIVATE KEY-----", text)
    if old:
        return _OLD[old[1]]
    public = _public_part(text)
    return _CLASSES.get(Message(public).get_text()) if public else None


def certified(key: paramiko.PKey, file: str) -> bool:
    """Give the key the certificate in the file, if it is one for this key."""
    try:
        blob = _public_line(Path(file).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return False
    fields = key.asbytes()[4 + len(key.get_name()) :]
    if not blob or fields not in blob or b"-cert-v01@openssh.com" not in blob[:64]:
        return False
    key.load_certificate(file)
    return True
