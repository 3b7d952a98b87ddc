"""Where names of hosts come from besides the command line: files, Ansible, Slurm, Kubernetes.

Each is asked with the tool that owns it, which is told nothing but to list.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provision.errors import BadInput, Unreachable, Usage
from provision.fleet.naming import checked, names

_LIMIT = 60
"""Seconds that a tool may take to list its hosts."""

_STRICT = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
"""Else `ansible-inventory --list` lists no host of an inventory that it cannot read, and ends with 0 (2.19.14)."""


@dataclass(frozen=True)
class Named:
    """What a command line says about its hosts; empty where it says nothing."""

    hosts: str = ""
    hosts_file: str = ""
    inventory: str = ""
    slurm: str = ""
    kubernetes: str = ""
    limit: str = ""
    exclude: str = ""


def resolve(named: Named) -> tuple[str, ...]:
    """Every host that is meant, each once; `Usage` when none is."""
    found: list[str] = []
    if named.hosts:
        found += names(named.hosts)
    if named.hosts_file:
        found += from_file(Path(named.hosts_file))
    if named.inventory:
        found += from_ansible(named.inventory)
    if named.slurm:
        found += from_slurm(named.slurm)
    if named.kubernetes:
        found += from_kubernetes(named.kubernetes)
    if not found:
        raise Usage(
            "which hosts? --hosts gpu[01-64],login1 names them; so do --hosts-file, --inventory, --slurm, --kubernetes"
        )
    if named.limit:
        wanted = set(names(named.limit, "--limit"))
        found = [host for host in found if host in wanted]
    if named.exclude:
        without = set(names(named.exclude, "--exclude"))
        found = [host for host in found if host not in without]
    return checked(found, "after --limit and --exclude")


def from_file(path: Path) -> tuple[str, ...]:
    """A set on each line; # begins a comment."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--hosts-file {path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    found: list[str] = []
    for number, line in enumerate(lines, 1):
        if text := line.partition("#")[0].strip():
            found += names(text, f"{path}:{number}:")
    return checked(found, str(path))


def from_ansible(inventory: str) -> tuple[str, ...]:
    """An inventory of any form that Ansible reads (INI, YAML, executable), as `ansible-inventory --list` tells it.

    `PATH:PATTERN` takes the hosts of one group.
    """
    path, _, group = inventory.partition(":")
    if not Path(path).exists():
        raise BadInput(f"--inventory {path}: there is no such file")
    listed = _json(["ansible-inventory", "-i", path, "--list"], "--inventory", "pip install ansible-core")
    if group and group not in listed and group != "all":
        known = ", ".join(sorted(key for key in listed if key not in ("_meta", "all")))
        raise Usage(f"--inventory {inventory}: there is no group {group!r}; known: {known or 'none'}")
    return checked(_members(listed, group or "all"), f"--inventory {inventory}")


def _members(listed: dict[str, Any], group: str) -> list[str]:
    table = listed.get(group, {})
    below = [host for child in table.get("children", ()) for host in _members(listed, child)]
    return [*table.get("hosts", ()), *below]


def from_slurm(partition: str) -> tuple[str, ...]:
    """The nodes of a partition (`all`: of every one), as sinfo lists them."""
    only = [] if partition == "all" else ["-p", partition]
    text = _run(["sinfo", "-h", "-N", "-o", "%N", *only], "--slurm", "slurm-client")
    return checked(text.split(), f"--slurm {partition}")


def from_kubernetes(selector: str) -> tuple[str, ...]:
    """The nodes that a label selector matches (`all`: every node), as kubectl lists them."""
    only = [] if selector == "all" else ["-l", selector]
    listed = _json(["kubectl", "get", "nodes", "-o", "json", *only], "--kubernetes", "kubectl")
    found = [str(item.get("metadata", {}).get("name", "")) for item in listed.get("items") or ()]
    return checked(found, f"--kubernetes {selector}")


def _json(command: Sequence[str], flag: str, bring: str) -> dict[str, Any]:
    text = _run(command, flag, bring)
    try:
        listed = json.loads(text)
    except ValueError:
        listed = None
    if not isinstance(listed, dict):
        raise BadInput(f"{flag}: {shlex.join(command)} printed no JSON table: {text.strip()[:120]!r}")
    return listed


def _run(command: Sequence[str], flag: str, bring: str) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_LIMIT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **_STRICT},
        )
    except FileNotFoundError:
        raise Usage(f"{flag}: there is no {command[0]} on this machine ({bring})") from None
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{flag}: {shlex.join(command)} did not answer within {_LIMIT} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["nothing"]
        raise Unreachable(f"{flag}: {shlex.join(command)} ended with status {done.returncode}: {said[0][:300]}")
    return done.stdout
