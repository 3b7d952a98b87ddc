"""Who we say we are: which keys are offered, in which order, and one clear text when none of them is taken.

Each key that is refused costs round trips, and a host hangs up after a few: so keys that ssh_config names come before
whatever else the agent holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko
from paramiko.ssh_exception import BadAuthenticationType

from provision.errors import Unreachable
from provision.remote import keys
from provision.remote.endpoint import Endpoint
from provision.remote.transport import Transport

_NAMED_BY_NOBODY = ("id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_xmss", "id_dsa")


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


@dataclass
class Credentials:
    """Lets us in on one host; fabric calls `authenticate` once the host's key has been found good."""

    endpoint: Endpoint
    secrets: Secrets
    tried: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    heard: str = ""

    def authenticate(self, transport: Transport) -> None:
        """Return when we are let in; else `Unreachable` says what was tried and what to do."""
        agent = self._agent()
        try:
            for label, key in self._offers(agent):
                self.tried.append(label)
                if self._accepted(transport, key):
                    return
            if self.secrets.password and self._password(transport):
                return
            takes = self._takes(transport)
            if takes is None:
                return
        finally:
            if agent:
                agent.close()
        raise Unreachable(self._refused(transport, takes))

    def _accepted(self, transport: Transport, key: paramiko.PKey) -> bool:
        try:
            more = transport.auth_publickey(self.endpoint.user, key)
        except BadAuthenticationType as error:
            raise Unreachable(self._refused(transport, error.allowed_types)) from None
        except paramiko.AuthenticationException:
            self.heard = self.heard or transport.greeting  # the host shows it once
            if not transport.is_active():
                raise Unreachable(self._refused(transport, [])) from None
            return False
        except (paramiko.SSHException, OSError) as error:
            if not transport.is_active():
                raise
            self.problems.append(f"{self.tried[-1]} could not sign: {error}")
            return False
        if more:
            raise Unreachable(
                f"{self.endpoint.name}: {self.endpoint.where} takes the key of {self.endpoint.user}, and then asks for "
                f"{' or '.join(more)} too, which is not supported; use an account that a key alone lets in"
            )
        return True

    def _password(self, transport: Transport) -> bool:
        self.tried.append("the password")
        try:
            transport.auth_password(self.endpoint.user, self.secrets.password or "")
        except paramiko.AuthenticationException as error:
            if not transport.is_active():
                raise Unreachable(self._refused(transport, [])) from None
            if isinstance(error, BadAuthenticationType):
                raise Unreachable(self._refused(transport, error.allowed_types)) from None
            return False
        return True

    def _takes(self, transport: Transport) -> list[str] | None:
        """What the host would take; None when it lets anybody in."""
        try:
            transport.auth_none(self.endpoint.user)
        except BadAuthenticationType as error:
            return list(error.allowed_types)
        except paramiko.SSHException:
            return []
        return None

    def _agent(self) -> keys.Agent | None:
        path = self.endpoint.agent
        if not (path and self.secrets.agent and self.endpoint.public_keys):
            return None
        try:
            return keys.Agent(path)
        except (OSError, paramiko.SSHException) as error:
            self.problems.append(f"the agent at {path} does not answer ({error})")
            return None

    def _offers(self, agent: keys.Agent | None) -> Iterator[tuple[str, paramiko.PKey]]:
        if not self.endpoint.public_keys:
            return
        mine = self.secrets.files
        there = [file for file in self.endpoint.identities if file not in mine and _there(file)]
        named = [*mine, *(file for file in there if not _default(file))]
        held = {key.asbytes(): key for key in agent.get_keys()} if agent else {}
        left = []
        for file in [*named, *(file for file in there if file not in named)]:
            key = held.pop(public, None) if (public := keys.public_of(file)) else None
            if key is None:
                left.append(file)
            else:
                yield f"{file} (by the agent)", key
        for file in left:
            if file in named:
                yield from self._from_file(file)
        if not self.endpoint.only_identities:
            for key in held.values():
                yield f"{key.comment or key.fingerprint} (of the agent)", key
        for file in left:
            if file not in named:
                yield from self._from_file(file)

    def _from_file(self, file: str) -> Iterator[tuple[str, paramiko.PKey]]:
        try:
            key = keys.load(file, self.secrets.passphrase)
        except keys.Unusable as why:
            self.problems.append(str(why))
            return
        certificates = [path for path in (*self.endpoint.certificates, f"{file}-cert.pub") if keys.certified(key, path)]
        if certificates:
            yield f"{file} with {certificates[-1]}", key
            key = keys.load(file, self.secrets.passphrase)
        yield file, key

    def _refused(self, transport: Transport, takes: list[str]) -> str:
        endpoint = self.endpoint
        text = f"{endpoint.name}: {endpoint.user} is not let in at {endpoint.where}"
        text += f"; tried {', '.join(self.tried)}" if self.tried else "; there was no key to offer"
        text += f"; {'; '.join(self.problems)}" if self.problems else ""
        said = transport.farewell or self.heard or transport.greeting
        text += f"; the host says: {said}" if said else ""
        return f"{text}. {self._advice(transport, takes)}"

    def _advice(self, transport: Transport, takes: list[str]) -> str:
        name = self.endpoint.name
        if "oo many auth" in transport.farewell:
            return f"Name the one right key in ~/.ssh/config: Host {name}, IdentityFile ..., IdentitiesOnly yes"
        if takes and "publickey" not in takes:
            flag = "" if self.secrets.password else ": --prompt-for-login-password"
            return f"It takes {' or '.join(takes)} only{flag}. Try: ssh {name}"
        return f"Is this the right user and key? Try: ssh {name}"


def _there(file: str) -> bool:
    return Path(file).is_file() or Path(f"{file}.pub").is_file()


def _default(file: str) -> bool:
    """Whether ssh offers the file without anybody naming it."""
    path = Path(file)
    return path.name in _NAMED_BY_NOBODY and path.parent == Path("~/.ssh").expanduser()
