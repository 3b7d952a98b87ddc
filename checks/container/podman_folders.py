"""Podman looks for CDI specs where those of the GPUs lie.

Up to 5.4 it looks in /etc/cdi and /var/run/cdi, whatever containers.conf says. 5.5 heeds `cdi_spec_dirs`, and without
it looked in /etc/cdi alone (containers/podman issue 26569), while NVIDIA's toolkit makes its spec in /var/run/cdi.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, fail, ok, provision, skipped, warn
from checks.profiles import podman_settings
from checks.profiles.profile import Profile

RESTS_ON = ("podman_installed", "podman_version")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not podman_settings.knows_cdi(facts):
        yield skipped("not applicable: there is no Podman that takes GPUs by CDI")
        return
    podman, unread = facts.podman, podman_settings.unread(facts, profile)
    if not unread:
        yield ok(f"Podman looks for CDI specs in {', '.join(podman.folders)}")
        return
    said = {
        "summary": f"Podman does not look for CDI specs in {', '.join(unread)}",
        "why": "podman run says: unresolvable CDI devices nvidia.com/gpu=all",
        "evidence": f"Podman {podman.version}, cdi_spec_dirs "
        + (f"= {', '.join(podman.told)}" if podman.told is not None else "not set: /etc/cdi alone"),
    }
    if podman_settings.asked(profile):
        yield fail(**said, remedy=provision("podman"))
    else:
        text = podman_settings.drop_in(facts, profile).replace("\n", "\\n")
        path = podman_settings.DROP_IN
        command = f"mkdir -p {path.rpartition('/')[0]} && printf '{text}' >{path}"
        yield warn(**said, remedy=by_command(command, f"rm -f {path}"))
