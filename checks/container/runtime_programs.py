"""Every program that a runtime's configuration names can be started: nvidia-container-runtime, its hook, runc.

A removed package leaves the configuration behind; then no container starts, or none with GPUs (NVIDIA/nvidia-docker
issues 958, 1190 and 1337).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ("toolkit_versions",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    toolkit = facts.toolkit
    named = {path for path in facts.docker_config.runtimes.values() if path}
    missing = sorted({path for path in named if not toolkit.resolves(path)} | set(_absent(toolkit.absent)))
    hook = toolkit.programs.get("nvidia-container-runtime") and _lacking(toolkit.programs)
    for path in missing:
        yield fail(
            f"a runtime's configuration names {path}, and that is not there",
            why="docker or containerd cannot start a container with this runtime",
            evidence=f"{path}: no such file" if path.startswith("/") else f"{path}: not on PATH",
            remedy=by_hand("install nvidia-container-toolkit, or take the runtime out of the configuration"),
        )
    if not missing and hook:
        yield fail(
            f"nvidia-container-runtime is installed, and {hook} is not",
            why="the runtime starts that program for every container with GPUs",
            evidence=f"{hook}: not on PATH",
            remedy=by_hand("install nvidia-container-toolkit and libnvidia-container-tools, both of one version"),
        )
    elif not missing:
        yield ok(f"{len(named)} runtime(s) of docker's configuration resolve" if named else "no runtime is named")


def _absent(paths: tuple[str, ...]) -> Iterator[str]:
    """Programs; ldconfig and the driver's root are for toolkit_config."""
    for path in paths:
        if path.rpartition("/")[2].startswith(("nvidia-", "runc", "crun")):
            yield path


def _lacking(programs: dict[str, str]) -> str:
    wanted = ("nvidia-container-runtime-hook", "nvidia-container-cli")
    return ", ".join(name for name in wanted if name not in programs)
