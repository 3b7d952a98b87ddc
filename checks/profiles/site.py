"""The site file, gpuwright.toml: which hosts are what. Host patterns to profile, overrides and the number of GPUs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from checks.profiles.described import Problem, key, problems, table, tables
from checks.profiles.keys import Settings
from checks.profiles.kinds import count, text
from checks.profiles.layer import BadProfile, Layer, read
from checks.profiles.lines import Path as KeyPath
from checks.profiles.patterns import matches, mistake
from checks.profiles.profile import layers

NAME = "gpuwright.toml"


@dataclass(frozen=True)
class Rule:
    """[hosts."PATTERN"]."""

    profile: str = field(
        default="",
        metadata=key(
            text(r".+", "a profile's name or a file's path"), "a profile's name, or a path from the site file's folder"
        ),
    )
    gpus: int = field(
        default=0, metadata=key(count("a number of GPUs"), "how many GPUs these hosts should have; as expect.gpus")
    )
    override: Settings = field(
        default_factory=Settings, metadata=table(Settings, "what is otherwise than the profile says, key by key")
    )


@dataclass(frozen=True)
class Site:
    """A site file."""

    hosts: Mapping[str, Rule] = field(
        default_factory=dict,
        metadata=tables(
            Rule,
            "by pattern of host names; where several fit, all count, and what a later one says stands above",
            "PATTERN",
        ),
    )


def find() -> Path | None:
    """The site file that counts here: the one in this folder, else the user's own; None: there is none."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser())
    return next((path for path in (Path(NAME), config / "gpuwright" / NAME) if path.is_file()), None)


def load(path: Path) -> Layer:
    """A site file; `BadProfile` with every problem of it."""
    try:
        return checked(read(path.read_text(encoding="utf-8"), str(path)))
    except (OSError, UnicodeDecodeError) as error:
        raise BadProfile(f"{path}: cannot be read: {error}") from None


def checked(layer: Layer) -> Layer:
    """The same layer; `BadProfile` with every problem of it."""
    found = list(problems(Site, layer.table))
    if not found:
        found = [Problem(("hosts", p), wrong) for p in layer.table.get("hosts", {}) if (wrong := mistake(p))]
    if found:
        raise BadProfile("\n".join(map(layer.said, found)))
    return layer


def base(site: Layer, folder: Path, host: str) -> list[Layer]:
    """The layers of the profile that the site file names for a host; none where it names none."""
    found: list[Layer] = []
    for pattern in _fitting(site, host):
        rule = site.below("hosts", pattern)
        if "profile" in rule.table:
            found = _profile(rule, folder)
    return found


def overrides(site: Layer, host: str) -> Iterator[Layer]:
    """What the site file says of a host besides, the last one on top."""
    for pattern in _fitting(site, host):
        rule = site.below("hosts", pattern)
        if "gpus" in rule.table:
            given: KeyPath = (*rule.at, "gpus")
            line: dict[KeyPath, int] = {("expect", "gpus"): site.lines[given]}
            yield Layer(site.file, {"expect": {"gpus": rule.table["gpus"]}}, line)
        if "override" in rule.table:
            yield rule.below("override")


def profiles(site: Layer, folder: Path) -> Iterator[list[Layer]]:
    """The layers of every profile that the site file names."""
    for pattern, rule in site.table.get("hosts", {}).items():
        if "profile" in rule:
            yield _profile(site.below("hosts", pattern), folder)


def _profile(rule: Layer, folder: Path) -> list[Layer]:
    return layers(rule.table["profile"], folder, lambda words: rule.said(Problem(("profile",), words)))


def _fitting(site: Layer, host: str) -> list[str]:
    return [pattern for pattern in site.table.get("hosts", {}) if matches(pattern, host)]
