"""The flag that every verb has which connects, put on in one place."""

from __future__ import annotations

import functools
import inspect
from typing import Any

ACCEPT_NEW = "accept_new_host_keys"
"""The flag's name, and the place in a task's configuration where it is found again."""

_HELP = "learn the keys of hosts that known_hosts does not know; a changed key is refused all the same"


def connecting(task: Any) -> Any:
    """The invoke task with the flag --accept-new-host-keys added."""
    body = task.body

    @functools.wraps(body)
    def with_flag(c: Any, *given: Any, accept_new_host_keys: bool = False, **named: Any) -> Any:
        c.config[ACCEPT_NEW] = accept_new_host_keys
        return body(c, *given, **named)

    signature = inspect.signature(body)
    flag = inspect.Parameter(ACCEPT_NEW, inspect.Parameter.KEYWORD_ONLY, default=False)
    with_flag.__signature__ = signature.replace(  # type: ignore[attr-defined] # read by inspect, which invoke asks
        parameters=[*signature.parameters.values(), flag]
    )
    task.body = with_flag
    task.help = {**task.help, ACCEPT_NEW: _HELP}
    return task
