"""CRI-O's configuration, with the runtime that the profile asks for in a drop-in, or where it stands already.

CRI-O reads it when it starts, and its containers outlive a restart. A CRI-O that does not come up gets its old files
back: the step fails, and its undo runs at once. No CRI-O was at hand to try it with.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import crio_settings
from checks.profiles.docker_settings import said
from checks.profiles.profile import Profile
from provision.step import Step, fed

RESTS_ON = ("container_toolkit",)

_UNDO = """\
written=
! was_written {path} || written=yes
undo_file {path}
[ -z "$written" ] || [ "$(systemctl is-active crio.service)" = inactive ] || restart_crio
"""


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not crio_settings.runtime(profile) or not crio_settings.here(facts):
        return
    found = crio_settings.lacking(facts, profile)
    if not found:
        return
    path = crio_settings.target(facts.cri)
    names = ", ".join(each.path[-1] for each in found)
    yield Step(
        f"set {names} in {path}, and restart CRI-O",
        why="; ".join(map(said, found)),
        script=f"[ -x {crio_settings.runtime(profile)} ]\n"
        + fed(crio_settings.merged(facts, profile), f"edit_file {path} {facts.cri.sums.get(path, 'absent')}")
        + "restart_crio\n",
        undo=_UNDO.format(path=path),
    )
