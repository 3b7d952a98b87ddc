"""What profile.show and profile.validate say; pure but for the files that they read."""

from __future__ import annotations

from pathlib import Path

from checks.profiles import site
from checks.profiles.choose import Choice
from checks.profiles.described import keys
from checks.profiles.layer import Layer, leaves, read
from checks.profiles.profile import Profile, as_table, checked, resolve, stack
from checks.profiles.writing import toml

BUILT_IN = "not given: the program's default"


def as_text(choice: Choice, about: str = "") -> str:
    """A resolved profile as TOML, each value with the file and line that it comes from."""
    profile, origins = choice.resolved.profile, choice.resolved.origins
    table = as_table(profile)
    known = [key.path[:length] for key in keys(Profile) for length in range(1, len(key.path) + 1)]
    paths = [*known, *((name,) for name in table), *leaves(table)]
    notes = dict.fromkeys(paths, BUILT_IN) | dict(origins)
    head = f"# {about}: " if about else "# "
    return f"{head}profile {profile.name}, from {choice.source}\n{toml(table, notes)}"


def validated(text: str, file: str, folder: Path) -> str:
    """What a valid profile or site file is, in a line; `BadProfile` with every problem of one that is not valid."""
    layer = read(text, file)
    if _is_site(layer):
        found = list(site.profiles(site.checked(layer), folder))
        patterns = len(layer.table.get("hosts", {}))
        return f"{file}: a valid site file: {patterns} pattern(s), {len(found)} of them with a profile"
    profile = resolve(stack(checked(layer), folder)).profile
    extends = layer.table.get("extends")
    return f"{file}: a valid profile: {profile.name}" + (f", extends {extends}" if extends else "")


def _is_site(layer: Layer) -> bool:
    return "hosts" in layer.table or Path(layer.file).name == site.NAME
