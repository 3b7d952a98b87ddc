"""The record of a rollout: one JSON document per line, only ever appended to, on the control machine.

It tells which waves were agreed to and what became of each host, so that the same command goes on after a crash. What
is left to do on a host it does not tell: that is asked of the host.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from provision.errors import BadInput
from provision.following import who


@dataclass
class Journal:
    """`ended` maps each host whose turn is over to how it ended; `agreed` to what was shown of it and agreed to.

    `soaked` are the hosts that were looked at again, `known` the kinds of trouble that paused the rollout before.
    """

    path: Path
    ended: dict[str, str] = field(default_factory=dict)
    agreed: dict[str, frozenset[str]] = field(default_factory=dict)
    soaked: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    finished: bool = False

    def add(self, event: str, **about: Any) -> None:
        """Append one event; it is on the disk when this returns."""
        whole = {"at": _now(), "event": event, **about}
        line = json.dumps(whole, ensure_ascii=False)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.take(whole)

    def agree(self, shown: Mapping[str, frozenset[str]]) -> None:
        """Keep what was shown for each host and agreed to, and by whom."""
        self.add("agreed", by=who(), shown={host: sorted(covers) for host, covers in shown.items()})

    def restart(self) -> None:
        """A finished rollout that is begun again keeps its old record beside the new one."""
        self.path.rename(self.path.with_suffix(f".{_now().replace(':', '')}.jsonl"))
        self.ended, self.agreed, self.soaked, self.known, self.finished = {}, {}, set(), set(), False

    def take(self, about: dict[str, Any]) -> None:
        """Remember what an event says."""
        event = about["event"]
        if event == "agreed":
            for host, shown in about.get("shown", {}).items():
                self.agreed[host] = self.agreed.get(host, frozenset()) | frozenset(shown)
        elif event == "host":
            self.ended[str(about.get("host", ""))] = str(about.get("state", ""))
        elif event == "soaked":
            self.soaked.update(about.get("hosts", ()))
        elif event == "accepted":
            self.known.update(about.get("classes", ()))
        elif event == "finished":
            self.finished = True


def read(path: Path) -> Journal:
    """The journal of that file, empty where there is none; a last line cut off by a crash is left out."""
    journal = Journal(path)
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return journal
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: the record of this rollout cannot be read: {error}") from None
    for number, line in enumerate(lines[:-1], 1):
        journal.take(_event(line, f"{path}:{number}"))
    return journal


def _event(line: str, where: str) -> dict[str, Any]:
    try:
        about = json.loads(line)
    except ValueError:
        about = None
    if not isinstance(about, dict) or "event" not in about:
        raise BadInput(f"{where}: not a line of a rollout's record; move the file away to begin anew")
    return about


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
