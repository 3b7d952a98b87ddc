"""Hosts with NVIDIA's container toolkit, and the profile that asks for it."""

from __future__ import annotations

from checks.profiles.container_toolkit import RUNTIME
from checks.profiles.profile import Profile, having
from tests.alter import append
from tests.hosts import DEBIAN

PACKAGES = (
    "nvidia-container-toolkit",
    "nvidia-container-toolkit-base",
    "libnvidia-container-tools",
    "libnvidia-container1",
)
INSTALLED = append("packages", "".join(f"ii {name} 1.20.0-1\n" for name in PACKAGES))
PROGRAM = append("toolkit", f"have nvidia-container-runtime {RUNTIME}\n")


def wanting(default: str = "keep", cdi: str = "none") -> Profile:
    """Debian's profile with the toolkit at 1.20.0."""
    toolkit = {"version": "1.20.0", "packages": list(PACKAGES), "default": default}
    return having(DEBIAN, {"container_toolkit": toolkit, "cdi": {"folder": cdi}})


TOOLKIT = wanting("nvidia", "auto")
