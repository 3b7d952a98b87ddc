"""containerd's configuration, with the runtime that the profile asks for merged in and every other line as it was.

containerd reads it when it starts. Its containers outlive a restart, as each has a shim of its own; docker and the
kubelet connect again. A containerd that does not come up, or comes up without its Kubernetes plugin, gets its old file
back: the step fails, and its undo runs at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import containerd_settings
from checks.profiles.profile import Profile
from provision.step import Step, fed

RESTS_ON = ("container_toolkit",)

_UNDO = """\
written=
! was_written {path} || written=yes
undo_file {path}
[ -z "$written" ] || [ "$(systemctl is-active containerd.service)" = inactive ] || restart_containerd
"""


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not containerd_settings.asked(facts, profile):
        return
    found = containerd_settings.lacking(facts, profile)
    if not found:
        return
    path = containerd_settings.target(facts.cri)
    seen = facts.cri.sums.get(path, "absent")
    names = ", ".join(each.path[-1] for each in found)
    text = containerd_settings.merged(facts, profile)
    yield Step(
        f"set {names} in {path}, and restart containerd",
        why="; ".join(map(containerd_settings.said, found)),
        script=f"[ -x {containerd_settings.runtime(facts, profile)} ]\n"
        + fed(text, f"edit_file {path} {seen} validate_containerd")
        + "restart_containerd\n",
        undo=_UNDO.format(path=path),
    )
