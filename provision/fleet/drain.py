"""Taking a node out of service before it is touched, and back into service afterwards; one that was out stays out.

Whether it was this program that took it out is written where everybody sees it, on the node itself: an annotation in
Kubernetes, the reason in Slurm. So nothing is forgotten when the control machine crashes in between.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from provision.errors import GpuwrightError, Unreachable

MARK = "gpuwright.io/drained"
"""The annotation of a node that this program cordoned."""

REASON = "gpuwright: rollout"
"""How the reason of a node begins that this program drained."""

DRAIN_LIMIT = 3600.0
"""Seconds that running work gets to end, or to be evicted."""

_POLL = 5.0


class NotDrained(GpuwrightError):  # noqa: N818 - it reads as what it is
    """The node could not be taken out of service; it was not touched."""

    status = 75


class Drain(Protocol):
    """A way to take nodes out of service; `node` is the host's name."""

    def out(self, node: str) -> None:
        """Take it out, and return when no work is left on it; `NotDrained` when that cannot be."""
        ...

    def back(self, node: str) -> None:
        """Put it back, unless it was out of service before."""
        ...


@dataclass(frozen=True)
class Nothing:
    """Nothing schedules work on these hosts."""

    def out(self, node: str) -> None:
        """Do nothing."""

    def back(self, node: str) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Kubernetes:
    """By kubectl: eviction respects PodDisruptionBudgets; pods of DaemonSets stay."""

    limit: float = DRAIN_LIMIT

    def out(self, node: str) -> None:
        """Annotate, cordon, drain; one that is cordoned already is drained all the same, and stays cordoned."""
        node = _known(node, self._node)
        if not self._node(node).get("spec", {}).get("unschedulable"):
            _run("kubectl", "annotate", "--overwrite", "node", node, f"{MARK}=true")
            _run("kubectl", "cordon", node)
        try:
            _run("kubectl", "drain", node, "--ignore-daemonsets", f"--timeout={self.limit:.0f}s", limit=self.limit + 30)
        except NotDrained:
            self.back(node)
            raise

    def back(self, node: str) -> None:
        """Uncordon it if the annotation says that this program cordoned it."""
        node = _known(node, self._node)
        if MARK in self._node(node).get("metadata", {}).get("annotations", {}):
            _run("kubectl", "uncordon", node)
            _run("kubectl", "annotate", "node", node, f"{MARK}-")

    def _node(self, node: str) -> dict[str, Any]:
        found = json.loads(_run("kubectl", "get", "node", node, "-o", "json"))
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Slurm:
    """By scontrol: jobs that run end by themselves, no new one starts."""

    limit: float = DRAIN_LIMIT
    sleep: Callable[[float], object] = time.sleep

    def out(self, node: str) -> None:
        """Drain it with our reason, unless somebody else did, and wait until it is idle."""
        node = _known(node, self._node)
        if "DRAIN" not in self._node(node).get("State", ""):
            _run("scontrol", "update", f"NodeName={node}", "State=DRAIN", f"Reason={REASON}")
        waited = 0.0
        while _busy(self._node(node).get("State", "")):
            if waited >= self.limit:
                self.back(node)
                raise NotDrained(f"{node}: jobs still run after {waited / 60:.0f} min; it was not touched")
            self.sleep(_POLL)
            waited += _POLL

    def back(self, node: str) -> None:
        """Resume it if the reason is ours."""
        node = _known(node, self._node)
        found = self._node(node)
        if "DRAIN" in found.get("State", "") and found.get("Reason", "").startswith(REASON):
            _run("scontrol", "update", f"NodeName={node}", "State=RESUME")

    def _node(self, node: str) -> dict[str, str]:
        """The fields of `scontrol show node`: the reason has blanks, and is the last one of its line."""
        fields: dict[str, str] = {}
        for line in _run("scontrol", "show", "node", node).splitlines():
            text = line.strip()
            if text.startswith("Reason="):
                fields["Reason"] = text.removeprefix("Reason=")
            else:
                pairs = (pair.partition("=") for pair in text.split())
                fields.update({key: value for key, mark, value in pairs if mark})
        return fields


def _known(host: str, ask: Callable[[str], object]) -> str:
    """The node's name: the host's, or the first part of it where the full one is not known."""
    short = host.partition(".")[0]
    if short != host:
        try:
            ask(host)
        except NotDrained as error:
            if "not found" not in str(error).lower():
                raise
            return short
    return host


def _busy(state: str) -> bool:
    """IDLE+DRAIN is drained; ALLOCATED+DRAIN, MIXED+DRAIN and COMPLETING still have work (scontrol(1), node states)."""
    return any(word in state for word in ("ALLOCATED", "MIXED", "COMPLETING"))


WAYS: dict[str, type[Nothing | Kubernetes | Slurm]] = {"none": Nothing, "kubernetes": Kubernetes, "slurm": Slurm}


def _run(*command: str, limit: float = 60) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=limit, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise Unreachable(f"there is no {command[0]} on this machine: nodes cannot be drained with it") from None
    except subprocess.TimeoutExpired:
        raise NotDrained(f"{_text(command)} did not end within {limit:.0f} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise NotDrained(f"{_text(command)} ended with status {done.returncode}: {'; '.join(said)}")
    return done.stdout


def _text(command: Sequence[str]) -> str:
    return " ".join(command)
