"""What the settings of containerd and of CRI-O have in common: an edited file, and the program that both name."""

from __future__ import annotations

from collections.abc import Sequence

from checks.facts import Facts
from checks.facts.cri import Cri
from checks.profiles import container_toolkit
from checks.profiles.json_edit import Difference, NotEditable
from checks.profiles.profile import Profile
from checks.profiles.toml_edit import edited


def merged(cri: Cri, path: str, found: Sequence[Difference]) -> str:
    """A file's text with what it lacks put in; `NotEditable` says why there is none."""
    text = cri.exact(path) if path in cri.texts else ""
    if text is None:
        raise NotEditable("is not UTF-8 with one kind of line ends, so it cannot be kept as it is")
    return edited(text, [(each.path, each.want) for each in found])


def lacks_runtime(facts: Facts, profile: Profile, program: str) -> str:
    """Why a runtime cannot be configured: its program is not here and does not come; empty when nothing says so."""
    if container_toolkit.brings(profile, program):
        return ""
    if program in facts.toolkit.absent or not facts.toolkit.resolves(program.rpartition("/")[2]):
        return f"there is no {program} here: NVIDIA's container toolkit first"
    return ""
