"""What CDI specs name is on this host: device nodes, and libraries of the loaded driver's version.

A spec is a list of files as they were when it was made. A failed refresh leaves the old one in place, and nothing but a
container that does not start, or that gets a library of another version, tells (NVIDIA/nvidia-container-toolkit issue
1828).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.cdi import Spec
from checks.finding import Finding, Remedy, by_command, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("driver_mismatch", "device_nodes", "cdi_spec")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    loaded = facts.modules["nvidia"].version
    found = False
    for spec in facts.cdi.gpus:
        others = [version for version in spec.versions if version != loaded]
        if not others and not spec.missing:
            continue
        found = True
        said = f"was made for driver {others[0]}, and {loaded} is loaded" if others else "names what is not here"
        yield fail(
            f"the CDI spec {spec.path} {said}",
            why="containers that ask for its devices do not start, or get a library that does not fit the module",
            evidence=f"{spec.path}: {(spec.missing or spec.libraries)[0]}"
            + (f", and {len(spec.missing) - 1} more missing" if len(spec.missing) > 1 else ""),
            remedy=regenerate(spec),
            subject=spec.path,
        )
    if not facts.cdi.gpus:
        yield skipped("not applicable: no CDI spec defines GPUs")
    elif not found:
        yield ok("what the CDI specs name is on this host")


def regenerate(spec: Spec) -> Remedy:
    """Make the spec anew, keeping the old one beside it; CDI reads no file of that name."""
    return by_command(
        f"cp -p {spec.path} {spec.path}.before && nvidia-ctk cdi generate --output={spec.path}",
        f"mv -f {spec.path}.before {spec.path}",
    )
