"""Keys of repositories that lie beside a profile: their text takes the place of the file's name.

So they travel with the profile, to the host and into its record there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.profiles.described import Problem
from checks.profiles.layer import BadProfile, Layer, over

ARMORED = "-----BEGIN PGP PUBLIC KEY BLOCK-----"


def with_keys(layer: Layer, folder: Path) -> Mapping[str, Any]:
    """The layer's table with the keys that its file names; `BadProfile` where one cannot be read."""
    table = layer.table
    for section in ("repositories", "mirrors"):
        for name, one in layer.table.get(section, {}).items():
            key = one.get("key", "")
            if key and "://" not in key and ARMORED not in key:
                text = _read(layer, (section, name, "key"), folder / key)
                table = over(table, {section: {name: {"key": text}}})
    return table


def _read(layer: Layer, at: tuple[str, ...], path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not an armored key (gpg --armor --export)"
        raise BadProfile(layer.said(Problem(at, f"{path} cannot be read: {why}"))) from None
    if ARMORED not in text:
        raise BadProfile(layer.said(Problem(at, f"{path} is not an armored key (gpg --armor --export)")))
    return text
