"""The verb `mirror.fetch`: composition only. It needs no host, so -H is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.tasks import task

from provision.answers import RESULTS, answering, finish, one_of
from provision.errors import Usage


@task(
    name="fetch",
    auto_shortflags=False,
    post=[finish],
    help={
        "profile": "what the hosts are to be: a name or a file",
        "os": "their system: debian12, debian13, ubuntu2204, ubuntu2404, el8, el9, el10",
        "arch": "their architecture: x86_64 (amd64), or aarch64 (arm64, sbsa); default: x86_64",
        "to": "the directory to fill; run again, it goes on",
        "gpu": "their GPUs, a comma list of names or PCI device ids; default: a100",
        "kernel": "their kernels (uname -r), a comma list; default: the system's newest",
        "url": "where hosts will find the directory, file:///... or http://...; default: under the same path on each",
    },
)
def mirror_fetch(
    c: Any,
    profile: str = "",
    os: str = "",
    arch: str = "x86_64",
    to: str = "",
    gpu: str = "a100",
    kernel: str = "",
    url: str = "",
) -> None:
    """Fill a directory with exactly what a profile needs on hosts without a way out, checksummed."""
    from checks.profiles.profile import load
    from provision.mirror import bare
    from provision.mirror.asked import Asked
    from provision.mirror.fetch import PROFILE, fill
    from provision.mirror.systems import MACHINES, SYSTEMS

    with answering("mirror.fetch"):
        if hasattr(c, "original_host"):
            raise Usage("mirror.fetch needs no host: leave -H out")
        if not (profile and os and to):
            raise Usage("mirror.fetch of what? --profile NAME --os debian12 --to DIRECTORY")
        folder = Path(to).expanduser().absolute()
        kernels = tuple(name.strip() for name in kernel.split(",") if name.strip())
        place = (url or f"file://{folder}").rstrip("/")
        system = SYSTEMS[one_of("--os", os, tuple(SYSTEMS))](MACHINES[one_of("--arch", arch, tuple(MACHINES))])
        fill(Asked(system, load(profile), bare.gpus(gpu), kernels, folder, place), print)
        print(f"hosts find it at {place}: provision them with --profile {folder / PROFILE}")
        RESULTS.append(0)


namespace = Collection("mirror", mirror_fetch)
