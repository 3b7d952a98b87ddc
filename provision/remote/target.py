"""How people write a host: [USER@]HOST[:PORT], [USER@][IPV6]:PORT, or ssh://[USER@]HOST[:PORT]; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from provision.errors import Usage

_FORM = re.compile(
    r"(?:(?P<user>[^@\s]*(?:@[^@\s]*)*)@)?(?:\[(?P<v6>[^][\s]+)\]|(?P<host>[^][\s:@]+))(?::(?P<port>\d+))?"
)


@dataclass(frozen=True)
class Target:
    """A host as it was written: user and port are empty where they were left to ssh_config."""

    host: str
    user: str = ""
    port: int = 0

    def __str__(self) -> str:
        """As it can be written again."""
        user, port = f"{self.user}@" if self.user else "", f":{self.port}" if self.port else ""
        return f"{user}[{self.host}]{port}" if port and ":" in self.host else f"{user}{self.host}{port}"


def split(text: str) -> Target:
    """The parts of a host as people write it; an IPv6 address with a port wants brackets. `Usage` if it is none."""
    bare = text.removeprefix("ssh://").rstrip("/") if text.startswith("ssh://") else text
    if bare.rpartition("@")[2].count(":") > 1 and "[" not in bare:
        user, _, host = bare.rpartition("@")
        return Target(host, user)
    found = _FORM.fullmatch(bare)
    if not found or not 0 <= int(found["port"] or 0) <= 65535:
        raise Usage(f"{text!r} is no host: write HOST, USER@HOST:PORT, or USER@[IPV6]:PORT")
    return Target(found["v6"] or found["host"], found["user"] or "", int(found["port"] or 0))
