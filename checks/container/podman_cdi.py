"""What Podman's containers get GPUs by is readable for every user, and is the CDI spec alone.

A rootless Podman reads the spec as its user; nvidia-ctk 1.13 left it to root (NVIDIA/nvidia-container-toolkit issue
63). NVIDIA's old OCI hook beside CDI brings the driver a second time to every image that sets NVIDIA_VISIBLE_DEVICES,
as CUDA's images do; NVIDIA says to delete it (container toolkit, "Support for Container Device Interface").
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, ok, skipped, warn
from checks.profiles import podman_settings
from checks.profiles.profile import Profile

RESTS_ON = ("podman_installed", "podman_version", "podman_folders")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    if not podman_settings.knows_cdi(facts) or not facts.cdi.gpus:
        yield skipped("not applicable: there is no Podman that takes GPUs by CDI, or no spec of GPUs")
        return
    podman = facts.podman
    private = [spec.path for spec in facts.cdi.gpus if spec.path in podman.private]
    for path in private:
        yield warn(
            f"only root may read {path}",
            why="rootless Podman says: unresolvable CDI devices nvidia.com/gpu=all",
            evidence=f"{path}: not readable for other users",
            remedy=by_command(f"chmod o+r {path}", f"chmod o-r {path}"),
            subject=path,
        )
    for path in podman.hooks:
        yield warn(
            "NVIDIA's OCI hook is set up beside CDI",
            why="images that set NVIDIA_VISIBLE_DEVICES, as CUDA's do, get the driver twice, or do not start",
            evidence=f"{path} is there",
            remedy=by_command(f"mv {path} {path}.away", f"mv {path}.away {path}"),
            subject=path,
        )
    if not private and not podman.hooks:
        yield ok(f"Podman's containers get GPUs by {', '.join(spec.path for spec in facts.cdi.gpus)}")
