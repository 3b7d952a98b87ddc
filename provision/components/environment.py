"""/etc/profile.d/cuda.sh: PATH and LD_LIBRARY_PATH, with CUPTI, for the profile's CUDA version.

Other versions stay beside it. A cuda.sh that another tool made is replaced only where the profile says so, only as it
was read, and kept beside.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from checks.facts import Facts
from checks.facts.cuda_toolkit import FILE
from checks.profiles import environment
from checks.profiles.profile import Profile
from provision.step import Step, fed

RESTS_ON = ("cuda_packages",)
_LINK = Path(__file__).parent / "cuda_link.sh"


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not environment.asked(profile) or environment.obstacle(facts, profile):
        return
    why = environment.lacking(facts, profile)
    if why:
        others = facts.cuda_toolkit.text is not None and not environment.ours(facts)
        write = f"edit_file {FILE} {facts.cuda_toolkit.sum}" if others else f"put_file {FILE} 644"
        yield Step(
            f"write {FILE} for CUDA {profile.cuda.version}{', and keep the old one beside it' if others else ''}",
            why=why,
            script=fed(environment.text(facts, profile), f"{write} sh -n"),
            undo=f"undo_file {FILE}\n",
        )
    link, found = environment.link_lacking(facts, profile), environment.toolkit(facts, profile)
    if link and found:
        text = f"ROOT={shlex.quote(found.root)}\n{_LINK.read_text(encoding='utf-8')}"
        yield Step(
            f"let {environment.LINK} lead to {found.root}",
            why=link,
            script=f"{text}point_link\n",
            undo=f"{text}undo_link\n",
        )
