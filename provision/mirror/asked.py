"""What a directory is asked for, and what that comes to: the packages that a bare host of that kind would install."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.facts import Facts
from checks.profiles.profile import Profile
from provision import planning
from provision.components import repositories
from provision.errors import Unreachable, Unsupported
from provision.mirror import bare
from provision.mirror.systems import System

REPOSITORY = "repository"


@dataclass(frozen=True)
class Asked:
    """What the directory is for: `kernels` empty: the newest one; `url` is where the hosts will find it."""

    system: System
    profile: Profile
    gpus: tuple[str, ...]
    kernels: tuple[str, ...]
    to: Path
    url: str

    @property
    def release(self) -> str:
        """The name by which profiles know the system."""
        return host(self, "none").os.release


def wanted(asked: Asked, kernels: Sequence[str]) -> list[str]:
    """The packages that provisioning installs on a bare host with one of these kernels."""
    names: dict[str, None] = {}
    for kernel in kernels:
        one = host(asked, kernel)
        planning.refuse(one, asked.profile)
        plan = planning.plan(one, asked.profile)
        if plan.unknown and not plan:
            raise Unsupported(f"nothing can be planned for it: {plan.unknown[0][1]}")
        names |= dict.fromkeys(name for step in plan.steps for name in step.installs)
    if not names:
        raise Unsupported(f"profile {asked.profile.name} installs nothing on this system: it does not know its release")
    return list(names)


def host(asked: Asked, kernel: str) -> Facts:
    """A bare host of that kind."""
    components = " ".join(dict.fromkeys(word for each in asked.system.archives for word in each.components.split()))
    first = asked.system.archives[0]
    sources = f"# file /etc/apt/sources.list\ndeb {first.url} {first.suites[0]} {components}\n" if first.suites else ""
    return bare.host(asked.system, asked.gpus, kernel, sources)


def offer(asked: Asked, scratch: Path) -> None:
    """The profile's repositories, each with its key, by the very sh that the solver on a host gets."""
    script = f"d={scratch}\n{repositories.planned(host(asked, 'none'), asked.profile)}"
    done = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unreachable((done.stdout + done.stderr).strip().removeprefix("E: ")[:600])
