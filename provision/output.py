"""Where the doctor's reports go: to standard output or to files, one host after another or all hosts as one document.

Some formats hold all hosts in one document, and with several hosts `-o` names a folder; how many there are is known
only at the end, so such reports wait until the verb has visited every host.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from checks import report
from checks.report import Report
from checks.report.terminal import Look, look
from provision.errors import Usage

_WAITING: list[tuple[Output, Report]] = []

_PLACES: set[Path] = set()


def place(given: str, name: str) -> Path:
    """The file of one host: `name` in the folder that -o names, else the file that it names; never the same for two."""
    folder = Path(given)
    if given.endswith("/"):
        folder.mkdir(parents=True, exist_ok=True)
    path = folder / name.replace("/", "_") if folder.is_dir() else folder
    if path in _PLACES:
        raise Usage(f"-o {given}: another host of this command is there; several hosts need a folder: {given}/")
    _PLACES.add(path)
    return path


@dataclass(frozen=True)
class Output:
    """The format and the file that the command line asks for; `file` empty or -: standard output."""

    host: str
    form: str = "text"
    file: str = ""
    verbose: bool = False

    def take(self, made: Report) -> None:
        """Print the report now, or keep it until all hosts are visited."""
        if self.file not in ("", "-") or self.form in report.TOGETHER:
            _WAITING.append((self, made))
        else:
            sys.stdout.write(self.render([made]))
            sys.stdout.flush()

    def error(self, text: str, status: int) -> None:
        """The host could not be examined. As text that is said on standard error alone."""
        if self.form in report.FORMATS and self.form != "text":
            self.take(Report(self.host, "", "", (), error=text, status=status))

    def render(self, reports: list[Report]) -> str:
        """The reports in this format; colour and width as the terminal has them, if it is one."""
        given = look(sys.stdout) if self.file in ("", "-") else Look(colour=False, width=0)
        return report.render(self.form, reports, verbose=self.verbose, **given)


def flush() -> None:
    """Write what waits: each file is whole or not there."""
    waiting, _WAITING[:] = list(_WAITING), []
    if not waiting:
        return
    output, reports = waiting[0][0], [made for _, made in waiting]
    if output.file in ("", "-"):
        sys.stdout.write(output.render(reports))
        return
    path = Path(output.file)
    if len(reports) == 1 and not (path.is_dir() or output.file.endswith("/")):
        report.atomically(path, output.render(reports).encode())
        return
    path.mkdir(parents=True, exist_ok=True)
    for made in reports:
        file = path / f"{made.host.replace('/', '_')}.{report.SUFFIX[output.form]}"
        report.atomically(file, output.render([made]).encode())
