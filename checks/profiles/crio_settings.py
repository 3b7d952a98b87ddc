"""What CRI-O lacks of the profile's [crio], and what stands against writing it.

CRI-O reads crio.conf and then crio.conf.d in the order of names, key by key, so a drop-in of one runtime is all that it
takes (crio.conf.d(5)). An entry for nvidia that is there already is edited where it stands, in its last file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checks.facts import Facts
from checks.facts.blank import BLANK
from checks.facts.cri import CRIO, Cri, at
from checks.facts.reading import Unknown
from checks.profiles import container_toolkit, cri_settings
from checks.profiles.json_edit import Difference, NotEditable, differences
from checks.profiles.profile import Profile
from checks.profiles.toml_edit import leaves

NAME = "nvidia"
DROP_IN = f"{CRIO}crio.conf.d/99-nvidia.toml"
_RUNTIME = ("crio", "runtime")
_TAKEN_OVER = ("monitor_path", "runtime_root", "allowed_annotations")
"""What a runtime that starts another one needs as that one has it."""


def here(facts: Facts) -> bool:
    """Whether there is a CRI-O on this host."""
    return "crio" in facts.cri.up or bool(facts.cri.of_crio)


def runtime(profile: Profile) -> str:
    """The program that CRI-O should get: the profile's, or the toolkit's; empty: none is asked for."""
    return profile.crio.runtime or (container_toolkit.RUNTIME if container_toolkit.asked(profile) else "")


def target(cri: Cri) -> str:
    """The file to edit."""
    speaking = [path for path in cri.of_crio if NAME in at(_told(cri, path), "runtimes")]
    return speaking[-1] if speaking else DROP_IN


def lacking(facts: Facts, profile: Profile) -> tuple[Difference, ...]:
    """What is not as the profile wants it, by its path in the file that is edited."""
    found = differences(facts.cri.crio, _wanted(facts.cri, profile))
    return tuple(replace(leaf, path=(*_RUNTIME, *leaf.path)) for each in found for leaf in leaves(each))


def _wanted(cri: Cri, profile: Profile) -> Mapping[str, Any]:
    runtimes = at(cri.crio, "runtimes")
    default = cri.crio.get("default_runtime", "")
    program = runtime(profile)
    here = at(runtimes, NAME).get("runtime_path")
    wanted: dict[str, Any] = {"runtime_path": here if here in container_toolkit.spellings(program) else program}
    if NAME not in runtimes:
        engine: dict[str, Any] = next(filter(None, (at(runtimes, str(n)) for n in (default, "crun", "runc"))), {})
        wanted = {"runtime_type": "oci", **wanted}
        wanted.update({key: engine[key] for key in _TAKEN_OVER if engine.get(key)})
    found: dict[str, Any] = {"runtimes": {NAME: wanted}}
    if profile.crio.default not in ("keep", default):
        found["default_runtime"] = profile.crio.default
    return found


def _told(cri: Cri, path: str) -> dict[str, Any]:
    return at(at(cri.table(path), "crio"), "runtime")


def merged(facts: Facts, profile: Profile) -> str:
    """The edited file's text; `NotEditable` says why there is none."""
    return cri_settings.merged(facts.cri, target(facts.cri), lacking(facts, profile))


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why CRI-O's configuration is left alone; empty when it can be written."""
    if not here(facts):
        return ""
    cri = facts.cri
    if any(BLANK in cri.texts[path] for path in cri.of_crio):
        raise Unknown(f"{target(cri)} was blanked in this recording")
    if facts.host.init != "systemd":
        return "this host has no systemd to restart CRI-O with"
    for path, problem in cri.problems:
        if path in cri.of_crio:
            return f"{path} is not TOML: {problem}"
    if why := cri_settings.lacks_runtime(facts, profile, runtime(profile)):
        return why
    later = [p for p in cri.of_crio if p > target(cri) and "default_runtime" in _told(cri, p) and "/crio.conf.d/" in p]
    if later and any(each.path[-1] == "default_runtime" for each in lacking(facts, profile)):
        return f"{later[-1]}, which is read later, sets default_runtime too"
    try:
        merged(facts, profile)
    except NotEditable as why:
        return f"{target(cri)} {why}"
    return ""
