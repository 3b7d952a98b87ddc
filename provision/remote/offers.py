"""Which keys are offered to a host, and in which order.

Each key that is refused costs round trips, and a host hangs up after a few: so keys that ssh_config names come before
whatever else the agent holds, and the files that ssh tries unasked come last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko
from paramiko.agent import AgentKey

from provision.remote import keys
from provision.remote.endpoint import Endpoint

_UNASKED = ("id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_xmss", "id_dsa")

Offer = tuple[str, paramiko.PKey]
"""A key, and what it is called in an error text."""


@dataclass(frozen=True)
class Secrets:
    """What fab's own flags give: -i, --prompt-for-passphrase, --prompt-for-login-password."""

    files: tuple[str, ...] = ()
    passphrase: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    agent: bool = True

    @staticmethod
    def of(extra: Mapping[str, Any]) -> Secrets:
        """From fabric's connect_kwargs."""
        files = extra.get("key_filename") or ()
        return Secrets(
            (files,) if isinstance(files, str) else tuple(str(file) for file in files),
            extra.get("passphrase") or None,
            extra.get("password") or None,
            bool(extra.get("allow_agent", True)),
        )

    def for_a_jump(self) -> Secrets:
        """What a jump host may have of it: ssh gives it neither -i nor a password."""
        return Secrets(passphrase=self.passphrase, agent=self.agent)


def offers(endpoint: Endpoint, secrets: Secrets, agent: keys.Agent | None, problems: list[str]) -> Iterator[Offer]:
    """The keys in their order; what keeps a file from being used is added to `problems`."""
    if not endpoint.public_keys:
        return
    there = [file for file in endpoint.identities if file not in secrets.files and _there(file)]
    named = [*secrets.files, *(file for file in there if not _unasked(file))]
    held = _held(agent)
    left = []
    for file in dict.fromkeys([*named, *there]):
        same = held.pop(keys.public_of(file) or b"", [])
        yield from ((f"{file} (by the agent)", key) for key in same)
        if not same:
            left.append(file)
    for file in left:
        if file in named:
            yield from _from_file(file, endpoint, secrets, problems)
    if not endpoint.only_identities:
        for key in (key for same in held.values() for key in same):
            yield f"{key.comment or key.fingerprint} (of the agent)", key
    for file in left:
        if file not in named:
            yield from _from_file(file, endpoint, secrets, problems)


def _held(agent: keys.Agent | None) -> dict[bytes, list[AgentKey]]:
    """The agent's keys by their public half; of one that has certificates these come first, as with ssh."""
    held: dict[bytes, list[AgentKey]] = {}
    for key in sorted(agent.get_keys() if agent else (), key=lambda key: "-cert-" not in key.get_name()):
        held.setdefault(key.asbytes(), []).append(key)
    return held


def _from_file(file: str, endpoint: Endpoint, secrets: Secrets, problems: list[str]) -> Iterator[Offer]:
    try:
        key = keys.load(file, secrets.passphrase)
    except keys.Unusable as why:
        problems.append(str(why))
        return
    certificates = [path for path in (*endpoint.certificates, f"{file}-cert.pub") if keys.certified(key, path)]
    if certificates:
        yield f"{file} with {certificates[-1]}", key
        key = keys.load(file, secrets.passphrase)
    yield file, key


def _there(file: str) -> bool:
    return Path(file).is_file() or Path(f"{file}.pub").is_file()


def _unasked(file: str) -> bool:
    """Whether ssh offers the file without anybody naming it."""
    path = Path(file)
    return path.name in _UNASKED and path.parent == Path("~/.ssh").expanduser()
