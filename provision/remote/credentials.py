"""Being let in: keys are offered one after the other, then a password; one clear text when none of them is taken."""

from __future__ import annotations

from dataclasses import dataclass, field

import paramiko
from paramiko.ssh_exception import BadAuthenticationType

from provision.errors import Unreachable
from provision.remote import keys
from provision.remote.endpoint import Endpoint
from provision.remote.offers import Secrets, offers
from provision.remote.transport import Transport


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
            for label, key in offers(self.endpoint, self.secrets, agent, self.problems):
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
        except paramiko.AuthenticationException as error:
            self._judged(error)
            self.heard = self.heard or transport.greeting  # the host shows it once
            if not transport.is_active():
                raise Unreachable(self._refused(transport, [])) from None
            return False
        except (paramiko.SSHException, OSError) as error:
            if not transport.is_active():
                raise
            self.problems.append(f"{self.tried[-1]} could not sign: {error}")
            return False
        return self._whole(more, "key")

    def _whole(self, more: list[str], given: str) -> bool:
        """True when this was all; `Unreachable` when the host wants something else as well."""
        if more:
            raise Unreachable(
                f"{self.endpoint.name}: {self.endpoint.where} takes the {given} of {self.endpoint.user}, and then asks "
                f"for {' or '.join(more)} too, which is not supported; use an account that a key alone lets in"
            )
        return True

    def _password(self, transport: Transport) -> bool:
        self.tried.append("the password")
        try:
            more = transport.auth_password(self.endpoint.user, self.secrets.password or "")
        except paramiko.AuthenticationException as error:
            self._judged(error)
            if not transport.is_active():
                raise Unreachable(self._refused(transport, [])) from None
            if isinstance(error, BadAuthenticationType):
                raise Unreachable(self._refused(transport, error.allowed_types)) from None
            return False
        return self._whole(more, "password")

    def _judged(self, error: paramiko.AuthenticationException) -> None:
        """`Unreachable` where the host did not say no, but nothing at all."""
        if "timeout" in str(error).lower():
            raise Unreachable(
                f"{self.endpoint.name}: {self.endpoint.where} did not say in time whether it lets "
                f"{self.endpoint.user} in: it is overloaded, or waits for a directory service"
            ) from None

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
