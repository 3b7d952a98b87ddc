"""The command line that systemd makes for the kubelet: its unit, drop-ins, environment files and variables; pure.

Rules: systemd.unit(5) on drop-ins (sorted by name, /etc over /run over /usr/lib), systemd.service(5) on ExecStart (an
empty value resets it) and on variables, systemd.exec(5) on Environment and EnvironmentFile (files over settings, later
over earlier).
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.profiles.json_edit import NotEditable
from checks.profiles.pieces import Piece, joined, whole, words

UNIT = "kubelet.service"
FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
PACKAGED = ("/usr/lib/", "/lib/")
OWN = f"{FOLDERS[0]}/{UNIT}.d/99-gpuwright.conf"
"""The drop-in that is written where what a package brought would have to be changed."""


@dataclass(frozen=True)
class CommandLine:
    """What the next start runs: the ExecStart that counts, its arguments, and the variables that they are made of.

    `used` are the variables that stand in it as words of their own, `files` the environment files in their order.
    """

    exec_start: Piece
    arguments: tuple[Piece, ...]
    variables: Mapping[str, Piece]
    used: tuple[str, ...]
    files: tuple[str, ...]

    def values(self, flag: str) -> Iterator[tuple[Piece, tuple[Piece, ...]]]:
        """The values of each occurrence of a flag, with the words that it takes up."""
        before: Piece | None = None
        for argument in self.arguments:
            if before is not None and before.text == f"--{flag}":
                yield argument, (before, argument)
            elif argument.text.startswith(f"--{flag}="):
                start = len(flag) + 3
                yield _rest(argument, start), (argument,)
            before = argument


def _rest(piece: Piece, start: int) -> Piece:
    return Piece(piece.text[start:], piece.at[start:], piece.end)


def unit_files(texts: Mapping[str, str]) -> tuple[str, ...]:
    """The unit and its drop-ins, in the order in which systemd reads them."""
    unit = next((f"{folder}/{UNIT}" for folder in FOLDERS if f"{folder}/{UNIT}" in texts), "")
    drop_ins: dict[str, str] = {}
    for folder in reversed(FOLDERS):
        inside = f"{folder}/{UNIT}.d/"
        found = (path for path in texts if path.startswith(inside) and path.endswith(".conf"))
        drop_ins.update({path.removeprefix(inside): path for path in found})
    return (*([unit] if unit else []), *(drop_ins[name] for name in sorted(drop_ins)))


def command_line(texts: Mapping[str, str]) -> CommandLine:
    """The kubelet's command line; `NotEditable` says why it cannot be told."""
    starts, variables, listed = _settings_that_count(texts)
    if len(starts) != 1:
        raise NotEditable(f"{len(starts) or 'no'} ExecStart in {', '.join(unit_files(texts)) or UNIT}")
    for pattern in listed:
        for path in sorted(path for path in texts if fnmatch.fnmatch(path, pattern)):
            variables.update(environment(path, texts[path]))
    first, *rest = words(starts[0])
    if first.text.lstrip("@-:+!").rpartition("/")[2] not in ("kubelet", "hyperkube"):
        raise NotEditable(f"{starts[0].end[0]} starts {first.text}, which is not the kubelet itself")
    arguments: list[Piece] = []
    used: list[str] = []
    for word in rest:
        match = re.fullmatch(r"\$(\w+)", word.text)
        if match:
            used.append(match[1])
            arguments += words(variables[match[1]]) if match[1] in variables else []
        else:
            arguments.append(_expanded(word, variables))
    return CommandLine(starts[0], tuple(arguments), variables, tuple(used), tuple(listed))


def _settings_that_count(texts: Mapping[str, str]) -> tuple[list[Piece], dict[str, Piece], list[str]]:
    """What is left of ExecStart, Environment and EnvironmentFile when every file was read; an empty value resets."""
    starts: list[Piece] = []
    variables: dict[str, Piece] = {}
    listed: list[str] = []
    for path in unit_files(texts):
        for key, value in settings(path, texts[path]):
            set_to = value.text.strip()
            if key == "ExecStart":
                starts = [*starts, value] if set_to else []
            elif key == "Environment":
                variables = {**variables, **dict(_assigned(value))} if set_to else {}
            elif key == "EnvironmentFile":
                listed = [*listed, set_to.lstrip("-")] if set_to else []
    return starts, variables, listed


def _expanded(word: Piece, variables: Mapping[str, Piece]) -> Piece:
    """A word with the values of its variables: ${NAME}."""
    found = list(re.finditer(r"\$\{(\w+)\}", word.text))
    if not found:
        return word
    parts, spot = [], 0
    for match in found:
        parts += [word.cut(spot, match.start())] if match.start() > spot else []
        parts += [variables[match[1]]] if match[1] in variables else []
        spot = match.end()
    parts += [word.cut(spot, len(word.text))] if spot < len(word.text) else []
    return joined(parts, parts[-1].end if parts else word.end)


def settings(path: str, text: str) -> Iterator[tuple[str, Piece]]:
    """The settings of a unit file's [Service], each with its value: a backslash at a line's end counts as a blank."""
    section, spot = "", 0
    while spot < len(text):
        end = _line_end(text, spot)
        line = text[spot:end]
        match = re.match(r"[ \t]*(\w+)[ \t]*=[ \t]*", line)
        if line.lstrip().startswith(("#", ";")):
            pass
        elif line.lstrip().startswith("["):
            section = line.strip()
        elif match:
            value, end = _value(path, text, spot + match.end())
            if section == "[Service]":
                yield match[1], value
        spot = end + 1


def _line_end(text: str, spot: int) -> int:
    end = text.find("\n", spot)
    return len(text) if end < 0 else end


def _value(path: str, text: str, begin: int) -> tuple[Piece, int]:
    """A value that goes on while its lines end with a backslash; lines of comment in it are left out."""
    parts, spot = [], begin
    while True:
        end = _line_end(text, spot)
        line = text[spot:end].rstrip("\r")
        comment = spot != begin and line.lstrip().startswith(("#", ";"))
        goes_on = comment or line.endswith("\\")
        if not comment:
            part = whole(path, text, spot, spot + len(line))
            parts.append(Piece(line[:-1] + " ", part.at, part.end) if goes_on else part)
        if not goes_on or end >= len(text):
            return _trimmed(joined(parts, (path, begin))), end
        spot = end + 1


def _trimmed(piece: Piece) -> Piece:
    """Without the blanks at its end."""
    kept = len(piece.text.rstrip())
    return piece.cut(0, kept) if kept else Piece("", (), piece.end)


def _assigned(value: Piece) -> Iterator[tuple[str, Piece]]:
    """The variables of one Environment setting."""
    for word in words(value):
        name, sign, _ = word.text.partition("=")
        if sign:
            rest = _rest(word, len(name) + 1)
            yield name, Piece(rest.text, rest.at, rest.end, word.outer)


def environment(path: str, text: str) -> dict[str, Piece]:
    """The variables of an environment file, as systemd reads it: each value without its quotes."""
    found: dict[str, Piece] = {}
    spot = 0
    while spot < len(text):
        match = re.compile(r"[ \t\r]*([A-Za-z_]\w*)[ \t]*=[ \t]*").match(text, spot)
        if match:
            found[match[1]], spot = _environment_value(path, text, match.end())
        else:
            spot = _line_end(text, spot) + 1
    return found


def _environment_value(path: str, text: str, begin: int) -> tuple[Piece, int]:
    """Quotes count at the beginning, and behind a closing quote; elsewhere they are letters."""
    spot, inside, quote, plain = begin, begin, "", False
    kept: list[int] = []
    while spot < len(text) and (quote or text[spot] not in "\r\n"):
        letter = text[spot]
        if quote and letter == quote:
            quote = ""
        elif not quote and not plain and letter in "'\"":
            quote, inside = letter, spot + 1
        elif letter == "\\" and quote != "'" and spot + 1 < len(text):
            spot += 1
            if text[spot] != "\n":
                kept += [spot - 1, spot] if quote and text[spot] not in '"\\`$' else [spot]
        elif quote or plain or letter not in " \t":
            plain = not quote
            kept.append(spot)
        spot += 1
    while plain and kept and text[kept[-1]] in " \t":
        kept.pop()
    end = kept[-1] + 1 if kept else inside
    return Piece("".join(text[i] for i in kept), tuple((path, i) for i in kept), (path, end)), spot
