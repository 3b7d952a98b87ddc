"""[driver.options.MODULE] of a profile: options of NVIDIA's kernel modules, as modprobe hands them over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from checks.facts.options_known import known
from checks.profiles.kinds import Kind, meant, shown
from checks.profiles.lines import Path

_WORD = r"[^\s\"'\\`$#]+"
_UINT = 2**32 - 1


def module_options() -> Kind:
    """A table of module = {option = value}; what is not known, or takes no such value, is refused."""
    wants = "a table of module = {option = value}"

    def wrong(value: Any) -> Iterator[tuple[Path, str]]:
        if not isinstance(value, dict):
            yield (), f"wants {wants}, not {shown(value)}"
            return
        for module, options in value.items():
            if module not in known():
                yield (module,), f"no module of NVIDIA's; known: {', '.join(known())}{meant(module, known())}"
            elif not isinstance(options, dict):
                yield (module,), f"wants a table of option = value, not {shown(options)}"
            else:
                yield from (
                    ((module, name), said) for name, one in options.items() for said in _wrong(module, name, one)
                )

    properties = {module: _schema(options) for module, options in known().items()}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return Kind(wants, wrong, schema, _frozen)


def _wrong(module: str, name: str, value: Any) -> Iterator[str]:
    options = known()[module]
    if name not in options:
        yield f"not an option of {module} that is known{meant(name, options)}"
    elif not _fits(options[name], value):
        yield f"wants {_words(options[name])}, not {shown(value)}"


def _fits(takes: str | tuple[Any, ...], value: Any) -> bool:
    if takes == "switch":
        return value in (0, 1) and isinstance(value, int)
    if takes == "number":
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _UINT
    if takes == "text":
        return isinstance(value, str) and re.fullmatch(_WORD, value) is not None
    return value in takes and not isinstance(value, (bool, float))


def _words(takes: str | tuple[Any, ...]) -> str:
    if isinstance(takes, tuple):
        return f"one of {', '.join(map(str, takes))}"
    return {
        "switch": "0 or 1, true or false",
        "number": f"a whole number from 0 to {_UINT}",
        "text": "one word without quotes",
    }[takes]


def _schema(options: Mapping[str, str | tuple[Any, ...]]) -> Mapping[str, Any]:
    forms: dict[str, Any] = {
        "switch": {"enum": [0, 1, False, True]},
        "number": {"type": "integer", "minimum": 0, "maximum": _UINT},
        "text": {"type": "string", "pattern": f"^{_WORD}$"},
    }
    each = {
        name: {"enum": list(takes)} if isinstance(takes, tuple) else forms[takes] for name, takes in options.items()
    }
    return {"type": "object", "properties": each, "additionalProperties": False}


def _frozen(value: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, int | str]]:
    """As modprobe is given them: true is 1."""
    return {
        module: {name: int(one) if isinstance(one, bool) else one for name, one in options.items()}
        for module, options in value.items()
    }
