"""The host's key, before anything is sent: known, learnt where that is asked for, or refused with one clear text.

Fabric accepts any host key (fabric/fabric issues 1804, 2071). paramiko asks a host for the type of key that it likes
best itself, and knows no markers: so which types to ask for, and what to make of the answer, is decided here.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import paramiko

from provision.errors import UnknownHostKey
from provision.remote import known_hosts
from provision.remote.endpoint import Endpoint
from provision.remote.known_hosts import Known

LEARNS = ("accept-new", "no", "off")
"""What StrictHostKeyChecking says to learn keys of hosts that are not known yet. A changed key is refused always."""

_KRL = b"SSHKRL\n"
_RSA = ("rsa-sha2-512", "rsa-sha2-256")


def known_of(endpoint: Endpoint) -> Known:
    """What the host's known_hosts files say about it."""
    return known_hosts.about(known_hosts.read(endpoint.known_hosts), endpoint.known_as)


def algorithms(known: Known, wanted: Sequence[str], ours: Sequence[str]) -> list[str]:
    """Which host key algorithms to ask for: those of the keys that are known first, as ssh does."""
    allowed = [name for name in wanted if name in ours] or list(ours)
    first = [name for kind in known.kinds for name in (_RSA if kind == "ssh-rsa" else (kind,)) if name in allowed]
    return [*first, *(name for name in allowed if name not in first)]


class Verify(paramiko.MissingHostKeyPolicy):
    """Judges every key: paramiko's own tables are left empty, so that it asks us about each."""

    def __init__(self, endpoint: Endpoint, known: Known) -> None:
        self._endpoint = endpoint
        self._known = known

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Return if the key is good; else `UnknownHostKey`, and whoever answered gets no command and no password."""
        del client, hostname
        if not judge(self._endpoint, self._known, key):
            _learn(self._endpoint, key)


def judge(endpoint: Endpoint, known: Known, key: paramiko.PKey) -> bool:
    """Whether the key is known; False if it may be learnt. `UnknownHostKey` says why it is refused."""
    kind, text = key.get_name(), key.get_base64()
    shown = f"{kind} {key.fingerprint}"
    name, own = endpoint.name, endpoint.known_as[0]
    for line in known.revoked:
        if (line.kind, line.key) == (kind, text):
            raise UnknownHostKey(
                f"{name}: its host key ({shown}) is revoked by {line.place}; nothing was sent. "
                "The host needs a new key, or it is not the host"
            )
    if endpoint.revoked_keys and _revoked(endpoint.revoked_keys, key):
        raise UnknownHostKey(f"{name}: its host key ({shown}) is revoked by {endpoint.revoked_keys}; nothing was sent")
    if any((line.kind, line.key) == (kind, text) for line in (*known.keys, *known.elsewhere)):
        return True
    if known.keys:
        line = next((line for line in known.keys if line.kind == kind), known.keys[0])
        raise UnknownHostKey(
            f"{name}: its host key has CHANGED: {line.place} knows {line.kind} {_fingerprint(line.key)}, it shows "
            f"{shown}. Someone may be in between; nothing was sent. If the host was installed anew: "
            f"ssh-keygen -R '{own}'{'' if line.file == known_hosts_default() else f' -f {line.file}'}"
        )
    if known.authorities:
        raise UnknownHostKey(
            f"{name}: {known.authorities[0].place} trusts hosts by certificate (@cert-authority), which is not "
            f"supported here; nothing was sent. Note its key once, over ssh, which checks the certificate: "
            f'echo "{own} $(ssh {name} cat /etc/ssh/ssh_host_ed25519_key.pub)" >> {known_hosts_default()}'
        )
    if endpoint.checking in LEARNS:
        return False
    raise UnknownHostKey(
        f"{name}: its host key ({shown}) is not in known_hosts; nothing was sent. Compare it on the host's console, "
        f"then say --accept-new-host-keys, or: ssh-keyscan {_scan(endpoint)} >> {known_hosts_default()}"
    )


def known_hosts_default() -> str:
    """The file that people mean when they say known_hosts."""
    return str(Path("~/.ssh/known_hosts").expanduser())


def _scan(endpoint: Endpoint) -> str:
    return f"{endpoint.hostname}" if endpoint.port == 22 else f"-p {endpoint.port} {endpoint.hostname}"


def _fingerprint(key: str) -> str:
    try:
        digest = hashlib.sha256(base64.b64decode(key, validate=True)).digest()
    except ValueError:
        return "an unreadable key"
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _revoked(file: str, key: paramiko.PKey) -> bool:
    """Whether RevokedHostKeys holds the key: one a line, or ssh-keygen's form. Unreadable: it does, as in ssh."""
    try:
        data = Path(file).read_bytes()
    except OSError:
        return True
    if not data.startswith(_KRL):
        return key.get_base64().encode() in data.split()
    with tempfile.NamedTemporaryFile("w", suffix=".pub") as public:
        public.write(f"{key.get_name()} {key.get_base64()}\n")
        public.flush()
        command = ["ssh-keygen", "-Q", "-f", file, public.name]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode != 0


def _learn(endpoint: Endpoint, key: paramiko.PKey) -> None:
    shown = f"{key.get_name()} {key.fingerprint}"
    own = endpoint.known_as[0]
    if not endpoint.known_hosts:
        return  # UserKnownHostsFile none: there is nowhere to note it
    file = endpoint.known_hosts[0]
    try:
        known_hosts.learn(file, own, key.get_name(), key.get_base64(), hashes=endpoint.hashes_known_hosts)
    except OSError as error:
        raise UnknownHostKey(
            f"{endpoint.name}: its host key ({shown}) cannot be noted in {file}: {error.strerror}; nothing was sent"
        ) from None
    sys.stderr.write(f"{endpoint.name}: learnt its host key, {shown}, as {own} in {file}\n")
