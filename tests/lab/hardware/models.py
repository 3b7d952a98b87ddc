"""The cards that a lab host can have, and the words with which one asks for them ("a100:1,v100:2", "none")."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MOST = 16  # cards in one host: more has no box on the market


@dataclass(frozen=True)
class Model:
    """One card, as models.toml describes it."""

    key: str
    name: str
    device: str
    subsystem: str
    memory: int
    minimum: int
    modules: str
    nouveau: str
    codename: str
    chip: str
    architecture: str
    generation: int
    power: int
    like: str
    source: str
    maximum: int | None = None
    switches: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


def _load() -> dict[str, Model]:
    tables: dict[str, dict[str, Any]] = tomllib.loads(
        (Path(__file__).parent / "models.toml").read_text(encoding="utf-8")
    )
    return {key: Model(key=key, **table) for key, table in tables.items()}


MODELS = _load()
GPU_NAMES = tuple(MODELS)


def parse_spec(spec: str) -> list[Model]:
    """The cards of a spec, in order; ValueError says what a spec looks like."""
    if spec.strip() in {"", "none"}:
        return []
    cards: list[Model] = []
    for part in spec.split(","):
        key, _, count = part.strip().partition(":")
        if key not in MODELS:
            raise ValueError(f"no GPU is called {key!r} here: use one of {', '.join(GPU_NAMES)}, as in a100:1")
        if not (count or "1").isdecimal() or int(count or "1") < 1:
            raise ValueError(f"how many {key}? {count!r} is not a count: write {key}:1")
        cards += [MODELS[key]] * int(count or "1")
    if len(cards) > MOST:
        raise ValueError(f"{len(cards)} GPUs in one host: the lab goes up to {MOST}")
    return cards
