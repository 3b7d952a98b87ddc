"""How to get to hosts that are given by name: a value that can be handed to another process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from provision.remote.endpoint import resolve
from provision.remote.host import Remote


@dataclass(frozen=True)
class Access:
    """`config` is an ssh_config file (empty: the user's own), `password` sudo's; secrets are never shown.

    `accept_new`: keys of hosts that are not known yet are learnt.
    """

    config: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    password: str = field(default="", repr=False)
    accept_new: bool = False

    def host(self, name: str, *, user: str = "", port: int = 0) -> Remote:
        """The host of that name, as ssh_config knows it; nothing is connected yet."""
        endpoint = resolve(name, config=self.config, user=user, port=port)
        return Remote(
            endpoint,
            config=self.config,
            extra=self.extra,
            password=self.password,
            accept_new=self.accept_new,
        )

    @contextmanager
    def to(self, name: str) -> Iterator[Remote]:
        """The host, for as long as the block runs; its connection is closed then."""
        remote = self.host(name)
        try:
            yield remote
        finally:
            remote.close()
