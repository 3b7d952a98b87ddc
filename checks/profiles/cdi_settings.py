"""What the host's CDI specification of its GPUs lacks of the profile's [cdi].

A specification is a list of files and nodes as they were when it was made: it is made anew when the driver, the GPUs or
their MIG instances are others than it says. Of two folders the one in memory counts without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.cdi import ETC, MEMORY, Spec
from checks.facts.reading import NotAsked, Unknown
from checks.profiles import container_toolkit, mig
from checks.profiles.profile import Profile

FILE = "nvidia.yaml"
KIND = "nvidia.com/gpu"
REFRESH_SINCE = (1, 18)
"""The toolkit that brought nvidia-cdi-refresh (packaging of nvidia-container-toolkit)."""

_MADE = re.compile(r"\d+(:\d+)?|all|(GPU|MIG)-.*")
"""The names that `nvidia-ctk cdi generate` gives: of a GPU, of a MIG instance, of all of them."""


def asked(profile: Profile) -> bool:
    """Whether the profile wants a specification."""
    return profile.cdi.folder != "none"


def target(facts: Facts, profile: Profile) -> str:
    """The file that holds it."""
    folder = profile.cdi.folder
    if folder == "auto":
        comes = container_toolkit.release(profile) >= REFRESH_SINCE
        folder = MEMORY if facts.cdi.refresh or comes else ETC
    return f"{folder}/{FILE}"


def others(facts: Facts, profile: Profile) -> tuple[Spec, ...]:
    """Other files that define GPUs under names which it gives; a site's own names are nobody's business."""
    path = target(facts, profile)
    return tuple(spec for spec in facts.cdi.gpus if spec.path != path and any(map(_MADE.fullmatch, spec.names)))


def lacking(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """What is not as the profile wants it, in words."""
    return tuple(_lacking(facts, profile)) if asked(profile) else ()


def _lacking(facts: Facts, profile: Profile) -> Iterator[str]:
    path = target(facts, profile)
    spec = next((each for each in facts.cdi.gpus if each.path == path), None)
    yield from _of_spec(facts, spec) if spec else [f"no {path} defines {KIND}"]
    yield from (f"{each.path} defines {each.devices[0]} too" for each in others(facts, profile))
    if path.startswith(MEMORY) and facts.cdi.refresh and not facts.cdi.refreshes:
        yield "nvidia-cdi-refresh, which makes it anew, is not enabled"
    if path.startswith(ETC) and "enabled" in facts.cdi.refresh.values():
        yield f"nvidia-cdi-refresh makes another in {MEMORY}, which hides it"


def _of_spec(facts: Facts, spec: Spec) -> Iterator[str]:
    """Where the file does not fit this host; nothing while the driver is not loaded."""
    loaded = facts.modules.get("nvidia")
    if loaded is None:
        return
    if any(version != loaded.version for version in spec.versions):
        yield f"{spec.path} was made for driver {spec.versions[0]}, and {loaded.version} is loaded"
    elif spec.missing:
        yield f"{spec.path} names {spec.missing[0]}, which is not here"
    count = sum(gpu.driver == "nvidia" for gpu in facts.pci.gpus)
    if absent := [number for number in range(count) if number not in numbers(spec)]:
        yield f"{spec.path} has no device {', '.join(map(str, absent))}"
    for number, there in sorted(_instances(facts).items()):
        listed = sum(name.startswith(f"{number}:") for name in spec.names)
        if listed != there and number not in absent:
            yield f"{spec.path} has {listed} MIG device(s) of GPU {number}, and there are {there}"


def _instances(facts: Facts) -> dict[int, int]:
    """How many MIG devices each GPU that is driven has, by its number."""
    try:
        found = facts.mig.devices
    except NotAsked:
        return {}
    return {number: len(found.get(number, ())) for number, gpu in enumerate(facts.pci.gpus) if gpu.driver == "nvidia"}


def changes(facts: Facts, profile: Profile) -> bool:
    """Whether the GPUs are to be divided otherwise (MIG), so that what it lists is stale afterwards."""
    try:
        return mig.asked(profile) and not mig.obstacle(facts, profile) and bool(mig.differing(facts, profile))
    except Unknown:  # then nothing is divided
        return False


def numbers(spec: Spec) -> frozenset[int]:
    """The GPUs that it defines by number, whole or by a MIG instance."""
    return frozenset(int(name.partition(":")[0]) for name in spec.names if re.fullmatch(r"\d+(:\d+)?", name))


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why the specification is left alone; empty when it can be made."""
    installs = container_toolkit.lacking(facts, profile)
    if not container_toolkit.asked(profile) and not facts.toolkit.programs.get("nvidia-ctk"):
        return "there is no nvidia-ctk here, which makes it: NVIDIA's container toolkit first"
    if facts.host.init != "systemd":
        return "this host has no systemd, whose units keep it right"
    if target(facts, profile).startswith(MEMORY) and not facts.cdi.refresh:
        old = container_toolkit.release(profile) < REFRESH_SINCE
        if old or not installs:
            return f"nothing makes it in {MEMORY} at each boot: nvidia-cdi-refresh came with toolkit 1.18"
    return ""
