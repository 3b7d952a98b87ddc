"""Layers: what was done on a host once, kept for many hosts to start from.

A layer is the changes of a host that was switched off, over the base and the layers that the host had below it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import identity, mounts
from tests.lab.base import base
from tests.lab.command import run
from tests.lab.errors import LabError, UsageError
from tests.lab.home import write
from tests.lab.simulations import SIMULATIONS
from tests.lab.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.home import Home

LABEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")


@dataclass(frozen=True)
class Layer:
    """A kept layer: its own changes first, then everything below."""

    label: str
    os: str
    lowers: tuple[str, ...]


def find(home: Home, label: str) -> Layer | None:
    """Look up a layer by its label."""
    try:
        fields = json.loads((home.layers / label / "layer.json").read_text())
    except FileNotFoundError:
        return None
    return Layer(label, fields["os"], tuple(fields["lowers"]))


def stack(home: Home, os: str | None, label: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the operating system and the directories that a new host is made from."""
    if label is None:
        os = os or "debian12"
        return os, (str(base(home, os)),)
    layer = find(home, label)
    if layer is None:
        raise UsageError(f"no layer {label!r} in the lab: there are {', '.join(labels(home)) or 'none'}")
    if os not in {None, layer.os}:
        raise UsageError(f"layer {label} is {layer.os}, not {os}")
    return layer.os, layer.lowers


def labels(home: Home) -> list[str]:
    """Every layer there is."""
    return sorted(path.parent.name for path in home.layers.glob("*/layer.json"))


def keep(home: Home, label: str, spec: Spec, upper: Path) -> Layer:
    """Make a layer of the changes of a host that is off; they are moved, not copied."""
    if not LABEL.fullmatch(label):
        raise UsageError(f"{label!r} cannot be the label of a layer: letters, digits, dots and hyphens, in lower case")
    folder = home.layers / label
    if folder.exists():
        raise LabError(f"there is a layer {label} already")
    folder.mkdir(parents=True)
    identity.forget(upper)
    upper.rename(folder / "upper")
    # Hosts write without fsync; a layer outlives a crash of the machine, so it has to be on the disk.
    run("sync", "--file-system", folder)
    layer = Layer(label, spec.os, (str(folder / "upper"), *spec.lowers))
    write(folder / "layer.json", json.dumps({"os": layer.os, "lowers": layer.lowers}, indent=1))
    return layer


def label_of(home: Home, os: str, name: str, script: str) -> str:
    """The label of what a script does to a base: another script or another base is another layer."""
    if os in SIMULATIONS:
        below = label_of(home, SIMULATIONS[os].over, os, SIMULATIONS[os].script())
    else:
        below = base(home, os).name
    inputs = f"{below}\n{script}"
    return f"{os}-{name}-{hashlib.sha256(inputs.encode()).hexdigest()[:10]}"


def drop(home: Home, label: str) -> None:
    """Remove a layer that nothing rests on."""
    own = str(home.layers / label / "upper")
    for user, lowers in _users(home):
        if own in lowers and user != label:
            raise LabError(f"{user} rests on layer {label}")
    mounts.remove(home.layers / label)


def collect_garbage(home: Home, older_than: str) -> None:
    """Remove outdated siblings of a layer, then every base that is neither current nor rested on."""
    prefix = older_than.rpartition("-")[0]
    for label in labels(home):
        outdated = label.rpartition("-")[0] == prefix and label != older_than
        own = str(home.layers / label / "upper")
        if outdated and not any(own in lowers for user, lowers in _users(home) if user != label):
            mounts.remove(home.layers / label)
    collect_bases(home)


def collect_bases(home: Home) -> None:
    """Remove every base that is neither the newest of its system nor rested on."""
    used = {lower for _, lowers in _users(home) for lower in lowers}
    newest: dict[str, Path] = {}
    for path in sorted(home.bases.glob("debian*"), key=lambda path: path.name.rpartition("-")[2]):
        if not path.is_symlink():
            newest[path.name.partition("-")[0]] = path
    for path in home.bases.glob("debian*"):
        if not path.is_symlink() and str(path) not in used and path not in newest.values():
            mounts.remove(path)
    for link in home.bases.glob("debian*"):
        if link.is_symlink() and not link.exists():
            link.unlink()


def _users(home: Home) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from _hosts(home)
    for label in labels(home):
        layer = find(home, label)
        if layer is not None:
            yield label, layer.lowers


def _hosts(home: Home) -> Iterator[tuple[str, tuple[str, ...]]]:
    for file in home.hosts.glob("*/spec.json"):
        spec = Spec.load(file.parent)
        yield spec.name, spec.lowers
