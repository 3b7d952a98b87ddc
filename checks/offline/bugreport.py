"""nvidia-bug-report.sh's log: sections between rules, each with a file's name or a command line at its head.

Known from the script itself (changes 4401223 of 2009 to 37 million of 2025): append() writes `*** PATH`, then `*** ls:`
and the file; commands stand as they were called, with their folder; several may share a section.
"""

from __future__ import annotations

import re

from checks.offline.material import Material

START = "Start of NVIDIA bug report log file"

_RULE = re.compile(r"^_{44}$", re.MULTILINE)
_COMMAND = re.compile(r"^(?:/\S*/)?(nvidia-smi|lspci|systemctl|ibstat|numactl)((?: \S+)*)$")


def material(text: str) -> Material:
    """The files and commands in it."""
    found = Material()
    first, *sections = _RULE.split(text.replace("\r\n", "\n"))
    for section in (first, *sections):
        _section(section.strip("\n"), found)
    return found


def _section(section: str, found: Material) -> None:
    title, _, body = section.partition("\n")
    if title.startswith(START):
        head = dict(line.partition(": ")[::2] for line in body.split("\n"))
        found.commands.update({"date": head.get("Date", ""), "uname -a": head.get("uname", "")})
    elif title.startswith("*** /"):
        path = title.removeprefix("*** ").replace("/./", "/")
        if not path.endswith((" does not exist", " is not readable")):
            found.files.setdefault(path, _without_ls(body))
    elif title in ("dmesg:", "Scanning kernel log files for NVIDIA kernel messages:"):
        found.commands["dmesg" if title == "dmesg:" else "kernel logs"] = body.strip("\n") + "\n"
    else:
        _commands(section, found)


def _without_ls(body: str) -> str:
    line, _, rest = body.partition("\n")
    return (rest if line.startswith("*** ls:") else body).rstrip("\n") + "\n"


def _commands(section: str, found: Material) -> None:
    name = ""
    for line in section.split("\n"):
        match = _COMMAND.match(line)
        if match:
            name = match[1] + match[2]
            found.commands[name] = ""
        elif name:
            found.commands[name] += line + "\n"
