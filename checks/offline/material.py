"""What a tool collected on a host: files by their path there, and what commands printed, by their command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Material:
    """`files` by absolute path; `commands` by name and arguments, without the folder that the program lies in."""

    files: dict[str, str] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)

    def command(self, *names: str) -> str | None:
        """What the first of these commands that was run printed."""
        return next((self.commands[name] for name in names if name in self.commands), None)

    def below(self, folder: str) -> Iterator[tuple[str, str]]:
        """The files below a folder, by path."""
        return ((path, self.files[path]) for path in sorted(self.files) if path.startswith(folder))
