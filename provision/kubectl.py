"""Giving manifests to a cluster by the operator's own kubectl: tried on its server first, and only with consent."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from provision.errors import NoConsent, StepFailed, Unreachable, Usage
from provision.host import Console

LIMIT = 60.0
"""Seconds that one call of kubectl gets."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl on this machine, with its current context or the one that is named."""

    context: str = ""

    def apply(self, text: str, node: str, undo: str, console: Console, *, yes: bool, dry_run: bool) -> None:
        """Apply the manifests: `Usage` where the node is none of this cluster's; nothing is changed before consent.

        `undo` are the words for taking it back.
        """
        where = self.context or self._run("config", "current-context").strip()
        self._is_of_this_cluster(node, where)
        tried = self._run("apply", "--dry-run=server", "-f", "-", given=text)
        console.show(f"{node}: the cluster of context {where} would take this:\n{_indented(tried)}")
        if dry_run:
            return
        if not yes:
            _agreed(console, where)
        console.show(_indented(self._run("apply", "-f", "-", given=text)))
        console.show(f"To take it back: {undo}\n")

    def ask(self, *words: str) -> str:
        """What kubectl prints for these words; `StepFailed` where it refuses."""
        return self._run(*words)

    def _is_of_this_cluster(self, node: str, where: str) -> None:
        try:
            self._run("get", "node", node, "-o", "name")
        except StepFailed as error:
            raise Usage(f"{node} is no node of the cluster of context {where}; nothing was changed: {error}") from None

    def _run(self, *words: str, given: str = "") -> str:
        chosen = [f"--context={self.context}"] if self.context else []
        try:
            done = subprocess.run(
                ["kubectl", *chosen, *words], input=given, capture_output=True, text=True, check=False, timeout=LIMIT
            )
        except FileNotFoundError:
            raise Unreachable("there is no kubectl on this machine; nothing was changed") from None
        except subprocess.TimeoutExpired:
            raise Unreachable(f"kubectl {words[0]} did not answer within {LIMIT:.0f} s") from None
        if done.returncode:
            raise StepFailed(f"kubectl {' '.join(words)}: {_last(done.stderr.splitlines(), done.returncode)}")
        return done.stdout


def _agreed(console: Console, where: str) -> None:
    try:
        yes = console.agree(f"Apply it to {where}?")
    except NoConsent as why:
        raise NoConsent(f"{why}; nothing was changed") from None
    if not yes:
        raise NoConsent("not agreed; nothing was changed")


def _last(lines: Sequence[str], status: int) -> str:
    said = [line.strip() for line in lines if line.strip()]
    return "; ".join(said[-3:]) or f"status {status}"


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
