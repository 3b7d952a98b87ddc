"""Podman: installed unless there is one of any origin, and told where the GPUs' CDI specifications lie.

There is no daemon to start. What it is told counts for the containers that are started from then on.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import pins, podman_settings, wants
from checks.profiles.profile import Profile
from provision.step import Step, fed, words

RESTS_ON = ("package_sources", "repositories")

# Podman 4.3 makes these when it first starts a container; no package owns them. What was there before stays.
_NOTE = """\
for path in /etc/cni /etc/cni/net.d /etc/cni/net.d/cni.lock; do
    [ -e "$path" ] || echo "$path" >>"$RUN/$STEP.absent"
done
"""
_UNDO = """\
undo_packages
[ ! -e "$RUN/$STEP.absent" ] || sort -ru "$RUN/$STEP.absent" | while read -r path; do
    rm -d "$path" 2>/dev/null || true
done
"""


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not podman_settings.asked(profile):
        return
    packages = podman_settings.packages(facts, profile)
    update = "apt update\n" if wants.lists_stay_old(facts, profile) else ""
    if packages:
        asked = pins.asked(packages, facts.os.family)
        yield Step(
            f"install Podman: {' '.join(packages)}",
            why="there is no podman on this host",
            script=f"{_NOTE}{update}install_packages {words(asked)}\n",
            undo=_UNDO,
            installs=asked,
        )
    elif lost := podman_settings.lost(facts, profile):
        yield Step(
            "put Podman's program back",
            why=f"{' and '.join(lost)} {'is' if len(lost) == 1 else 'are'} installed, and the program is missing",
            script=f"{update}reinstall_packages {words(lost)}\n",
        )
    elif unread := podman_settings.unread(facts, profile):
        path = podman_settings.DROP_IN
        yield Step(
            f"tell Podman to look for CDI specifications in {', '.join(unread)} too",
            why=f"Podman {facts.podman.version} looks in {', '.join(facts.podman.folders) or 'no folder'}",
            script=fed(podman_settings.drop_in(facts, profile), f"put_file {path} 644"),
            undo=f"undo_file {path}\n",
        )
