"""Lists that the kubelet is given (--feature-gates, --node-labels), changed where this host keeps them; pure.

A name is changed in the one list that counts, and taken out of any other. A list that is not there yet is added where
this host's own flags are: in its configuration file, in the variable of an environment file or drop-in, or in
ExecStart. What a package brought is not changed: a drop-in in /etc says it anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checks.profiles import yaml_gates
from checks.profiles.flag_list import Changes, edits, is_emptied, pairs
from checks.profiles.json_edit import NotEditable
from checks.profiles.pieces import Edit, Piece, applied
from checks.profiles.unit_files import OWN, PACKAGED, CommandLine, command_line, settings

GATES, LABELS = "feature-gates", "node-labels"
_VARIABLES = ("KUBELET_EXTRA_ARGS", "KUBELET_ARGS")
"""Where people put flags of their own, in kubeadm's unit and in that of CentOS."""
_MACHINE = "/var/lib/kubelet/kubeadm-flags.env"
"""kubeadm writes this file anew: a new flag is lost there, one that is there already is changed there."""


def config_path(texts: Mapping[str, str]) -> str:
    """The configuration file that the command line names; empty where it names none."""
    found = [value.text for value, _ in command_line(texts).values("config")]
    return found[-1] if found else ""


def found(texts: Mapping[str, str], flag: str = GATES) -> dict[str, list[tuple[str, str]]]:
    """For each name the values that it is given and their files, the one that counts last."""
    values: dict[str, list[tuple[str, str]]] = {}
    config = config_path(texts) if flag == GATES else ""
    for name, value in yaml_gates.gates(texts[config]).items() if config in texts else ():
        values.setdefault(name, []).append((value, config))
    for piece, _ in command_line(texts).values(flag):
        for name, value in pairs(piece.text):
            values.setdefault(name, []).append((value, piece.end[0]))
    return values


def is_so(texts: Mapping[str, str], changes: Changes, flag: str = GATES) -> bool:
    """Whether each name is as it is to be, and in one place alone."""
    have = found(texts, flag)
    return all(
        [value for value, _ in have.get(name, [])] == ([] if want is None else [want]) for name, want in changes.items()
    )


def merged(texts: Mapping[str, str], changes: Changes, flag: str = GATES) -> dict[str, str]:
    """The files that change, by path, with their new text; `NotEditable` says why nothing can be written."""
    if is_so(texts, changes, flag):
        return {}
    changed = _merged(texts, changes, flag)
    if not is_so({**texts, **changed}, changes, flag):
        raise NotEditable(f"holds --{flag} in a way that is not understood: {', '.join(changed) or 'no file'}")
    return changed


def _merged(texts: Mapping[str, str], changes: Changes, flag: str) -> dict[str, str]:
    line = command_line(texts)
    config = config_path(texts) if flag == GATES else ""
    if config and config not in texts:
        raise NotEditable(f"is told to read {config}, which could not be read")
    places = list(line.values(flag))
    in_config = yaml_gates.gates(texts[config]) if config else {}
    by_place = _divided(places, set(in_config), changes, has_config=bool(config))
    result = dict(texts)
    if config:
        result[config] = yaml_gates.edited(texts[config], by_place[-1])
    edited = [edit for at, place in enumerate(places) for edit in _list_edits(texts, place, by_place[at])]
    new = {name: value for name, value in by_place[-2].items() if value is not None}
    if new:
        edited += _home(result, line, f"--{flag}=" + ",".join(f"{name}={value}" for name, value in new.items()))
    result.update(applied(result, edited))
    return _kept_out_of_packages(texts, {path: text for path, text in result.items() if text != texts.get(path)})


def _divided(
    places: list[tuple[Piece, tuple[Piece, ...]]], in_config: set[str], changes: Changes, *, has_config: bool
) -> dict[int, dict[str, str | None]]:
    """What changes in each place, by the number of the flag; -1: the configuration file, -2: a flag that is new."""
    given: dict[int, dict[str, str | None]] = {at: {} for at in range(-2, len(places))}
    for name, value in changes.items():
        holding = [at for at, (piece, _) in enumerate(places) if name in dict(pairs(piece.text))]
        if holding:
            counts = holding[-1]
        elif name in in_config or (has_config and not places):
            counts = -1
        else:
            counts = len(places) - 1 if places else -2
        for at in {*holding, *([-1] if name in in_config else [])} - {counts}:
            given[at][name] = None
        given[counts][name] = value
    return given


def _list_edits(texts: Mapping[str, str], place: tuple[Piece, tuple[Piece, ...]], changes: Changes) -> Iterator[Edit]:
    piece, taken = place
    if not changes:
        return
    if not is_emptied(piece.text, changes):
        yield from edits(piece, changes)
    elif taken[0].outer is None or taken[-1].outer is None or taken[0].outer[0][0] != taken[-1].outer[1][0]:
        raise NotEditable(f"is given --feature-gates by {piece.end[0]} in parts, so it cannot be taken out there")
    else:
        (path, begin), (_, end) = taken[0].outer[0], taken[-1].outer[1]
        yield _taken_out(path, texts[path], begin, end)


def _taken_out(path: str, text: str, begin: int, end: int) -> Edit:
    """Takes a word out with the blanks before it, and its line where it stood alone on it."""
    start = text.rfind("\n", 0, begin) + 1
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    before, behind = text[start:begin], text[end:stop].strip()
    if not before.strip() and behind == "\\":
        return Edit(path, start, stop + 1, "")
    if not before.strip() and not behind and text[:start].rstrip().endswith("\\"):
        return Edit(path, len(text[:start].rstrip()[:-1].rstrip()), end, "")
    if before != before.rstrip():
        return Edit(path, begin - len(before) + len(before.rstrip()), end, "")
    rest = text[end:stop]
    return Edit(path, begin, end + len(rest) - len(rest.lstrip(" \t")), "")


def _home(texts: dict[str, str], line: CommandLine, flag: str) -> Iterator[Edit]:
    """Puts a new flag where this host's own flags are."""
    used = [name for name in _VARIABLES if name in line.used]
    defined = [name for name in used if name in line.variables and line.variables[name].end[0] != _MACHINE]
    own = [path for path in line.files if path != _MACHINE and "*" not in path]
    if defined:
        yield from _more(texts, line.variables[defined[0]], flag)
    elif used and own:
        path = own[-1]
        text = texts.setdefault(path, "")
        newline = "" if not text or text.endswith("\n") else "\n"
        yield Edit(path, len(text), len(text), f"{newline}{used[0]}={flag}\n")
    elif used:
        text = texts.setdefault(OWN, "")
        section = "" if text.rstrip().endswith("[Service]") else "[Service]\n"
        yield Edit(OWN, len(text), len(text), f'{section}Environment="{used[0]}={flag}"\n')
    else:
        yield line.exec_start.more(f" {flag}")


def _more(texts: Mapping[str, str], variable: Piece, flag: str) -> Iterator[Edit]:
    """Adds a flag to a variable; a setting of a unit that has no quotes gets them."""
    if variable.outer is not None:
        (path, begin), (_, end) = variable.outer
        word = texts[path][begin:end]
        if not any(mark in word for mark in "'\""):
            yield Edit(path, begin, begin, '"')
            yield Edit(path, end, end, f' {flag}"' if variable.text else f'{flag}"')
            return
    yield variable.more(f" {flag}" if variable.text.strip() else flag)


def _kept_out_of_packages(texts: Mapping[str, str], changed: dict[str, str]) -> dict[str, str]:
    """The changed files, with a drop-in in the place of those that a package brought."""
    packaged = [path for path in changed if path.startswith(PACKAGED)]
    kept = {path: text for path, text in changed.items() if path not in packaged}
    lines = [line for path in packaged for line in _said_anew(path, texts[path], changed[path])]
    if lines:
        before = kept.get(OWN, texts.get(OWN, ""))
        kept[OWN] = before + "[Service]\n" + "".join(f"{line}\n" for line in lines)
    return kept


def _said_anew(path: str, old: str, new: str) -> Iterator[str]:
    """The settings of a drop-in that makes of the old file what the new one says."""
    before = [(key, value.text) for key, value in settings(path, old)]
    for at, (key, value) in enumerate(settings(path, new)):
        if before[at] == (key, value.text):
            continue
        text = new[value.at[0][1] : value.at[-1][1] + 1]
        yield from (["ExecStart="] if key == "ExecStart" else [])
        yield f"{key}={text}"
