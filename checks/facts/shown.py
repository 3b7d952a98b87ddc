"""Files shown whole inside an answer: `show FILE...` in the command, `take` in the parser.

    file /etc/docker/daemon.json
    | {}

Every line of a file begins with a bar, so nothing in a file can pass for a line of the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

READABLE = """\
readable() { # FILE: whether it can be read; says so of one that is kept from us
    [ -f "$1" ] && [ -r "$1" ] && return
    [ ! -d "${1%/*}" ] || { [ -x "${1%/*}" ] && [ -r "${1%/*}" ] && [ ! -f "$1" ]; } ||
        echo "$1: Permission denied" >&2
    return 1
}
"""
"""sh: what only root may read makes a topic one that needs root (Reading.denied), and never one that says less."""

SHOW = (
    READABLE
    + """\
show() { # FILE...: those that are plain files, whole
    for f; do
        readable "$f" || continue
        echo "file $f"
        awk '{ print "| " $0 }' "$f"
    done
}
"""
)


def take(lines: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """The texts by path, and the lines that belong to no file."""
    texts: dict[str, str] = {}
    rest: list[str] = []
    path = ""
    for line in lines:
        if line.startswith("file "):
            path = line.removeprefix("file ")
            texts[path] = ""
        elif path and (line.startswith("| ") or line == "|"):
            texts[path] += line[2:] + "\n"
        else:
            rest.append(line)
    return texts, rest


def exact(text: str, sha256: str) -> str | None:
    """The file's text to the byte; None where that is not known: another encoding, mixed ends of lines, blanked.

    What a probe prints has lost the end of the last line, and the carriage return of each.
    """
    for each in (text, text.replace("\n", "\r\n")):
        for whole in (each, each.removesuffix("\n"), each.removesuffix("\r\n")):
            if hashlib.sha256(whole.encode(errors="replace")).hexdigest() == sha256:
                return whole
    return None
