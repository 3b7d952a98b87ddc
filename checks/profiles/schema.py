"""The JSON schema of a described file, for editors, and the table of its keys for docs/profiles.md; pure."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from checks.profiles.described import keys
from checks.profiles.layer import dotted
from checks.profiles.writing import value_text

DIALECT = "http://json-schema.org/draft-07/schema#"  # the one that taplo and VS Code's TOML extension read


def schema(of: Any, title: str, required: tuple[str, ...] = ()) -> str:
    """The JSON schema of a file."""
    document = {"$schema": DIALECT, "title": title, **_table(of)}
    if required:
        document["required"] = list(required)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _table(of: Any) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for field in fields(of):
        metadata = field.metadata
        if "table" in metadata:
            properties[field.name] = {"description": metadata["doc"], **_table(metadata["table"])}
        elif "tables" in metadata:
            below = _table(metadata["tables"])
            properties[field.name] = {
                "description": metadata["doc"],
                "type": "object",
                "additionalProperties": below,
            }
        else:
            properties[field.name] = {"description": metadata["doc"], **metadata["kind"].schema}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def markdown(of: Any, *, without: tuple[str, ...] = ()) -> str:
    """A table of all keys: those of the file itself first, then table by table."""
    found = sorted((key for key in keys(of) if key.path[0] not in without), key=lambda key: len(key.path) > 1)
    rows = [f"| `{dotted(key.path)}` | {key.kind.wants} | {_default(key.default)} | {key.doc} |" for key in found]
    return "\n".join(["| key | wants | if left out | what it says |", "|---|---|---|---|", *rows]) + "\n"


def _default(value: Any) -> str:
    return f"`{value_text(value)}`" if value or value == 0 else ""
