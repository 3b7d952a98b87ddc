"""Plain values written as YAML, in block style; pure. Only what is safe without quotes goes without them.

A text of several plain lines (a configuration file within a ConfigMap) is written as a block, as people do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*(?::[A-Za-z0-9_./-]+)*")
_BLOCK = re.compile(r"[!-~][ -~]*\n([ -~]*[!-~]\n)+")
"""Lines without blanks before the first one, each ended by one newline: YAML's `|` gives exactly them back."""

_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))


def written(value: dict[str, Any]) -> str:
    """A mapping as YAML; keys are text, values are mappings, lists, text, numbers and booleans, none of them empty."""
    return "".join(f"{line}\n" for line in _lines(value))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, (dict, list)):
                yield f"{_scalar(key)}:"
                yield from (f"{'  ' if isinstance(one, dict) else ''}{line}" for line in _lines(one))
            elif isinstance(one, str) and _BLOCK.fullmatch(one):
                yield f"{_scalar(key)}: |"
                yield from (f"  {line}" for line in one.splitlines())
            else:
                yield f"{_scalar(key)}: {_scalar(one)}"
    elif isinstance(value, list):
        for one in value:
            first, *rest = _lines(one)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return re.sub(r"[^\x20-\x7e]", _escaped, json.dumps(value, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
