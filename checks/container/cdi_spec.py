"""The CDI specification of the GPUs is where the profile wants it, fits this host, and is made anew when that changes.

Containers that ask for nvidia.com/gpu=all get what it lists; a driver that was changed since, another file that hides
it or a refresh that is off is found out by the first container that does not start.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, fail, ok, provision, skipped
from checks.profiles import cdi_settings
from checks.profiles.profile import Profile

RESTS_ON = ("driver_mismatch", "device_nodes", "toolkit_versions")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not cdi_settings.asked(profile):
        yield skipped("not applicable: the profile asks for no CDI specification")
        return
    found = cdi_settings.lacking(facts, profile)
    path = cdi_settings.target(facts, profile)
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        yield fail(
            f"the CDI specification is not as the profile asks: {found[0]}{more}",
            why="containers that ask for GPUs by name do not start, or get other files than the driver's",
            evidence="; ".join(found),
            remedy=provision("cdi"),
        )
    else:
        yield ok(f"{path} defines the GPUs of this host")
