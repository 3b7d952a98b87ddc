"""Which hosts a command is about: sets as the field writes them, `gpu[01-64],login1` and `@racks:r1`.

ClusterShell reads them: its NodeSet, and its group sources as configured for clush and nodeset on this machine. A plain
comma list needs no ClusterShell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from provision.errors import Usage

if TYPE_CHECKING:
    from ClusterShell.NodeSet import NodeSet

MOST = 20_000
"""Hosts that one command line may name: more is taken for a slip of the range."""

_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?")
_PLAIN = re.compile(r"[^\[\]@!&^*?%]*")


def names(text: str, flag: str = "--hosts") -> tuple[str, ...]:
    """The hosts of a set, each once, in the order written (in ClusterShell's where it had to be asked).

    `Usage` for a set that cannot be read, for one that is empty, and for what cannot be the name of a host.
    """
    found = text.split(",") if _PLAIN.fullmatch(text) else _expanded(text, flag)
    hint = " (`nodeset -LL` lists the groups)" if "@" in text else ""
    return checked([name.strip() for name in found if name.strip()], f"{flag} {text}{hint}")


def checked(found: Iterable[str], where: str) -> tuple[str, ...]:
    """The names, each once; `Usage` when one is no host name, or when there are none or far too many."""
    hosts = tuple(dict.fromkeys(found))
    if not hosts:
        raise Usage(f"{where}: names no host")
    if len(hosts) > MOST:
        raise Usage(f"{where[:80]}: {len(hosts)} hosts; at most {MOST} at once, so that a slip of a range is noticed")
    for name in hosts:
        if not _NAME.fullmatch(name):
            raise Usage(f"{where}: {name!r} is not a host name; users and ports belong into ssh_config")
    return hosts


def folded(hosts: Iterable[str]) -> str:
    """The hosts as a person would write them: gpu[01-31]; a comma list where there is no ClusterShell."""
    try:
        from ClusterShell.NodeSet import NodeSet
    except ModuleNotFoundError:
        return ",".join(hosts)
    return str(NodeSet.fromlist(list(hosts)))


def hosts_in_words(count: int) -> str:
    """So many hosts."""
    return f"{count} host{'s' * (count != 1)}"


def _expanded(text: str, flag: str) -> list[str]:
    try:
        return list(_parsed(text, flag))
    except ModuleNotFoundError:
        raise Usage(
            f"{flag} {text}: ranges and groups are read by ClusterShell: pip install 'gpuwright[fleet]'"
        ) from None


def _parsed(text: str, flag: str) -> NodeSet:
    from ClusterShell.NodeSet import NodeSet, NodeSetException
    from ClusterShell.NodeUtils import GroupResolverError

    try:
        found = NodeSet(text)
    except (NodeSetException, GroupResolverError) as error:
        words = str(error).rstrip(".") or type(error).__name__
        raise Usage(f"{flag} {text}: {words} (`nodeset -LL` lists the groups)") from None
    if len(found) > MOST:
        checked([str(number) for number in range(len(found))], f"{flag} {text}")
    return found
