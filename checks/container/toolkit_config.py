"""The toolkit's config.toml fits this host: a mode that exists, control groups used, a root that is there.

`nvidia-ctk config` accepts any text as a mode, and `no-cgroups` is meant for rootless engines alone: with it docker's
containers see the GPUs' nodes and may not open them.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.toolkit import CONFIG
from checks.finding import Finding, Remedy, by_command, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()
MODES = ("auto", "cdi", "legacy", "csv", "jit-cdi")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    toolkit = facts.toolkit
    if not toolkit.text:
        yield skipped(f"not applicable: there is no {CONFIG}")
        return
    found = list(_faults(facts))
    yield from found
    if not found:
        yield ok(f"{CONFIG} fits this host, mode {toolkit.setting('nvidia-container-runtime', 'mode') or 'auto'}")


def _faults(facts: Facts) -> Iterator[Finding]:
    toolkit = facts.toolkit
    why = "containers with GPUs do not start"
    if toolkit.problem:
        yield fail(
            f"{CONFIG} cannot be read: {toolkit.problem}",
            why=why,
            evidence=toolkit.problem,
            remedy=by_hand(f"mend that place, or write it anew: nvidia-ctk config default --output={CONFIG}"),
        )
    mode = toolkit.setting("nvidia-container-runtime", "mode")
    if mode is not None and mode not in MODES:
        yield fail(
            f"the toolkit's mode {mode!r} does not exist",
            why=why,
            evidence=f'{CONFIG}: mode = "{mode}"',
            remedy=_set("nvidia-container-runtime.mode", "auto", mode),
        )
    if toolkit.setting("nvidia-container-cli", "no-cgroups") is True and not _rootless(facts):
        yield fail(
            "the toolkit leaves control groups alone (no-cgroups), and no engine here is rootless",
            why='nvidia-smi in a container says "Failed to initialize NVML: Unknown Error"',
            evidence=f"{CONFIG}: no-cgroups = true",
            remedy=_set("nvidia-container-cli.no-cgroups", "false", "true"),
        )
    for key in ("root", "ldconfig"):
        path = str(toolkit.setting("nvidia-container-cli", key) or "").lstrip("@")
        if path and path in toolkit.absent:
            yield fail(
                f"the toolkit's {key} {path} is not there",
                why=why,
                evidence=f'{CONFIG}: {key} = "{path}"',
                remedy=by_hand(f"take {key} out of {CONFIG}; /run/nvidia/driver is for a driver in a container"),
            )


def _rootless(facts: Facts) -> bool:
    return any(kind in ("rootless", "podman") for kind, _ in facts.docker_config.engines)


def _set(key: str, value: str, old: str) -> Remedy:
    command = "nvidia-ctk config --in-place --set"
    return by_command(f"{command} {key}={value}", f"{command} {key}={old}")
