"""nouveau is kept off the GPUs, from the initramfs on.

Debian's driver packages blacklist it themselves and rebuild the initramfs (glx-alternative-nvidia's trigger), so there
is something to do here only where that was lost: a changed alternative, a removed file, an initramfs that is older.
NVIDIA's packages of other systems are not relied on for it: there it is done before they come.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import wants
from checks.profiles.profile import Profile
from provision.step import Step

RESTS_ON = ("packages",)
FILE = "/etc/modprobe.d/gpuwright-nouveau.conf"

_WHY = "nouveau holds the GPU, and only a reboot releases it"


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if wants.packages_keep_nouveau_off(facts, profile):
        return
    held = bool(wants.held_by_nouveau(facts))
    if not wants.nouveau_is_kept_off(facts, profile):
        line = facts.nouveau.blacklisted
        yield Step(
            f"rebuild the initramfs with {line.file}" if line else f"blacklist nouveau in {FILE}, and in the initramfs",
            why="at the next boot nouveau would take the GPUs before the driver can",
            script=_REBUILD if line else _BLACKLIST + _REBUILD,
            undo="" if line else f"undo_file {FILE}\n{_REBUILD}",
            reboot=_WHY if held else "",
        )
    elif held:
        yield Step("hand the GPU over to the NVIDIA driver", why=_WHY, script=":\n", reboot=_WHY)


_BLACKLIST = f"put_file {FILE} 644 <<'END_OF_FILE'\nblacklist nouveau\noptions nouveau modeset=0\nEND_OF_FILE\n"
_REBUILD = "rebuild_initramfs\n"
