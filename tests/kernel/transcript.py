"""What was run and what it printed: on the terminal at once, and at the end as a dated file that can be read later."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.command import run

if TYPE_CHECKING:
    from tests.kernel.guest import Guest

LINES_KEPT = 40


class Untrue(Exception):  # noqa: N818 - named for what it is: a sentence that does not hold
    """Something that must hold does not."""


class Transcript:
    """A text that grows; every command in it was really run."""

    def __init__(self, title: str, command: str) -> None:
        self._began = time.monotonic()
        self._text: list[str] = []
        self._write(f"# {title}\n")
        self._write(f"Written by `{command}` on {time.strftime('%Y-%m-%d %H:%M %Z')}.\n\n{machine()}")

    def section(self, title: str) -> None:
        """Begin a part."""
        self._write(f"\n## {title}\n")

    def note(self, text: str) -> None:
        """Say something, with the time since the beginning."""
        self._write(f"{text} ({time.monotonic() - self._began:.0f} s after the start)\n")

    def must(self, holds: bool, sentence: str) -> None:
        """Stop unless it holds; else the sentence stands in the transcript."""
        if not holds:
            raise Untrue(sentence)
        self._write(f"**Holds:** {sentence}.\n")

    def show(self, command: str, done: subprocess.CompletedProcess[str], lines: int = LINES_KEPT) -> str:
        """Keep a command with its output, shortened in the middle; returns the output."""
        said = done.stdout + done.stderr
        kept = shortened(said.splitlines(), lines)
        status = f"[status {done.returncode}]" if done.returncode else ""
        self._write(
            "".join(f"    {line}".rstrip() + "\n" for line in [*f"$ {command}".splitlines(), *kept, status] if line)
        )
        return said

    def on(self, guest: Guest, command: str, *, timeout: float = 120, lines: int = LINES_KEPT) -> str:
        """Run a command on a guest over ssh and keep it."""
        return self.show(command, guest.run(command, timeout), lines)

    def save(self, path: Path) -> None:
        """Write the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(part.strip("\n") + "\n" for part in self._text))
        sys.stdout.write(f"\nkept as {path}\n")

    def _write(self, text: str) -> None:
        self._text.append(text)
        sys.stdout.write(text)
        sys.stdout.flush()


def shortened(lines: list[str], most: int) -> list[str]:
    """The beginning and the end of what is too long."""
    if len(lines) <= most:
        return lines
    half = most // 2
    return [*lines[:half], f"... {len(lines) - 2 * half} lines left out ...", *lines[-half:]]


def machine() -> str:
    """The machine it ran on, as a list."""
    qemu = run("qemu-system-x86_64", "--version").stdout.splitlines()[0]
    return (
        f"- machine: {os.cpu_count()} x {_cpu()}, Linux {platform.release()}\n"
        f"- {qemu}, emulated (TCG), 2 processors\n"
        f"- revision: {revision()}\n"
    )


def revision() -> str:
    """The commit of this checkout, where there is one."""
    root = Path(__file__).parent.parent.parent
    done = run("git", "-C", root, "log", "-1", "--format=%h of %cs", check=False)
    return done.stdout.strip() or "unknown"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
