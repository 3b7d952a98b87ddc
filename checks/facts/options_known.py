"""The options of NVIDIA's kernel modules that are known, and what each may be: module_options.toml, with sources."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from checks.facts.data import beside

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TABLE = beside(__file__).parent / "module_options.toml"


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@cache
def known() -> Mapping[str, Mapping[str, str | tuple[Any, ...]]]:
    """By module and option, what it takes: switch, number, text, or the values themselves."""
    modules = {name: table for name, table in _table().items() if name.startswith("nvidia")}
    return {
        module: {name: tuple(takes) if isinstance(takes, list) else takes for name, takes in table.items()}
        for module, table in modules.items()
    }


def shown(option: str) -> str:
    """The name of an option of the module nvidia in /proc/driver/nvidia/params."""
    return str(_table()["shown"].get(option, option.partition("_")[2]))
