"""The Debian packages that only these tests need: installed when missing, and said so. Nobody else pays for them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.errors import LabError
from tests.lab.supported import PATH

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGES = {"mkfs.ext4": "e2fsprogs", "qemu-system-x86_64": "qemu-system-x86"}


def install_missing(say: Callable[[str], object]) -> None:
    """Install through apt what is not there."""
    names = [package for tool, package in PACKAGES.items() if shutil.which(tool, path=PATH) is None]
    if not names:
        return
    if shutil.which("apt-get", path=PATH) is None:
        raise LabError(f"{', '.join(names)} missing, and there is no apt-get here: needs Debian or Ubuntu")
    say(f"Installing {' and '.join(names)}, which only these tests need.")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq", timeout=300)
    run("apt-get", "install", "-qq", "-y", "--no-install-recommends", *names, timeout=900, environment=quiet)
