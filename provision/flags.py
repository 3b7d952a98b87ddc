"""Flags that several verbs share, put on in one place."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from checks.facts.framework_programs import PROGRAMS
from provision.errors import Usage

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

    _show(with_flag, inspect.signature(body).parameters.values(), {ACCEPT_NEW: False})
    task.body = with_flag
    task.help = {**task.help, ACCEPT_NEW: _HELP}
    return task


HOSTS = {
    "hosts": "a set such as gpu[01-64],login1 or @racks:r1",
    "hosts_file": "a file with a set on each line",
    "inventory": "an Ansible inventory, PATH or PATH:GROUP",
    "slurm": "the nodes of a Slurm partition, or all",
    "kubernetes": "the nodes that a label selector matches, or all",
    "limit": "only those of them that are in this set",
    "exclude": "without those that are in this set",
}
"""The flags that name many hosts: the fields of provision.fleet.Named."""


def naming(task: Any, group: str = "") -> Any:
    """The invoke task with the flags of HOSTS; its body gets the hosts that they name as its second argument.

    `Usage` under -H, which would run the verb once for each host. `group` is what is typed before the verb's name.
    """
    body, verb = task.body, f"{group}.{task.name}" if group else task.name

    @functools.wraps(body)
    def with_hosts(c: Any, *given: Any, **named: Any) -> Any:
        said = {flag: named.pop(flag, "") for flag in HOSTS}
        return body(c, lambda: _hosts(c, verb, said), *given, **named)

    context, _, *rest = inspect.signature(body).parameters.values()
    _show(with_hosts, [context, *rest], dict.fromkeys(HOSTS, ""))
    task.body = with_hosts
    task.help = {**HOSTS, **task.help}
    return task


def _hosts(c: Any, verb: str, said: dict[str, str]) -> tuple[str, ...]:
    from provision.fleet import Named, resolve

    if hasattr(c, "original_host"):
        raise Usage(f"{verb} names its hosts itself: --hosts {c.original_host} after the verb, without -H")
    return resolve(Named(**said))


def trying(framework: str, image: str) -> tuple[str, str]:
    """The framework that is tried and its image; `Usage` where one is without the other, or not known."""
    if framework and framework not in PROGRAMS:
        raise Usage(f"--framework {framework}: wants one of {', '.join(PROGRAMS)}")
    if bool(framework) != bool(image):
        lacks = "--image, such as tensorflow/tensorflow:1.4.0-gpu" if framework else "--framework, such as tensorflow"
        raise Usage(f"--framework and --image go together: there is no {lacks}")
    return framework, image


def _show(body: Any, parameters: Iterable[inspect.Parameter], flags: Mapping[str, Any]) -> None:
    """Give a function the signature that invoke reads its flags from."""
    added = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value) for name, value in flags.items()]
    body.__signature__ = inspect.Signature([*parameters, *added])
