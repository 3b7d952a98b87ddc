"""Which kernel the boot loader takes by default, from GRUB's configuration and from boot loader entries.

GRUB (its manual, "Simple configuration" and "default"): `next_entry` of grubenv counts for one boot; else the `default`
that grub.cfg sets, which may be `${saved_entry}` of grubenv. A default is an index, a title or an id, and ">" leads
into a submenu. Boot loader entries (the Boot Loader Specification; EL 8 and later) are listed newest first.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_DEFAULT = re.compile(r'set default="?([^"]*)"?$')
_IMAGE = re.compile(r"(?:.*/)?vmlinuz-(\S+)$")


@dataclass
class Entry:
    """One entry of the menu, or a submenu with entries of its own; `release` is the kernel that it boots."""

    names: tuple[str, ...]
    release: str = ""
    entries: list[Entry] = field(default_factory=list)


def default_kernel(grub: Sequence[str], env: Mapping[str, str], snippets: Mapping[str, str]) -> str:
    """The release that the next boot takes; empty where the configuration does not say.

    `grub` are the lines of grub.cfg about entries, `env` is grubenv, `snippets` the boot loader entries: id to release.
    """
    menu = _menu(grub)
    if not menu:
        menu = [Entry((name,), release) for name, release in sorted(snippets.items(), key=_newest, reverse=True)]
    wanted = env.get("next_entry") or _default(grub, env)
    return _find(menu, wanted.split(">")) or _find(menu, ["0"])


def order(release: str) -> list[tuple[int, str]]:
    """Releases in the order of their numbers: 6.1.0-9 before 6.1.0-56."""
    parts = release.replace("-", ".").replace("+", ".").split(".")
    return [(int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in parts]


def _newest(snippet: tuple[str, str]) -> tuple[bool, list[tuple[int, str]]]:
    return "rescue" not in snippet[1], order(snippet[1])


def _default(grub: Sequence[str], env: Mapping[str, str]) -> str:
    found = [match[1] for line in grub if (match := _DEFAULT.match(line)) and "next_entry" not in match[1]]
    text = found[-1] if found else "${saved_entry}"
    return env.get("saved_entry", "") if "saved_entry" in text else text


def _menu(grub: Sequence[str]) -> list[Entry]:
    top = Entry(())
    stack = [top]
    for line in grub:
        kind, _, rest = line.partition(" ")
        if kind in ("menuentry", "submenu"):
            entry = Entry(_names(rest))
            stack[-1].entries.append(entry)
            stack.append(entry)
        elif kind.startswith("linux") and (words := rest.split()):
            match = _IMAGE.match(words[0])
            stack[-1].release = match[1] if match else ""
        elif line == "}" and len(stack) > 1:
            stack.pop()
    return top.entries


def _names(rest: str) -> tuple[str, ...]:
    """The title of an entry and its id, which follows --id or $menuentry_id_option."""
    try:
        words = shlex.split(rest)
    except ValueError:
        return ()
    ids = (words[i + 1] for i, word in enumerate(words[:-1]) if word in ("--id", "$menuentry_id_option"))
    return (*words[:1], *ids)


def _find(menu: Sequence[Entry], path: Sequence[str]) -> str:
    wanted, rest = path[0], path[1:]
    chosen = [entry for entry in menu if wanted in entry.names or wanted + ".conf" in entry.names]
    if not chosen and wanted.isascii() and wanted.isdigit():
        chosen = list(menu[int(wanted) : int(wanted) + 1])
    if not chosen:
        return ""
    return _find(chosen[0].entries, rest or ["0"]) if chosen[0].entries else chosen[0].release
