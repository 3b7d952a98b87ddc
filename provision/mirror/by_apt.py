"""The directory of an apt system: one repository of its own, found and fetched by the real apt."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from checks.profiles.mirrors import mirrored
from provision.errors import Unreachable
from provision.mirror import apt, index
from provision.mirror.asked import REPOSITORY, Asked, offer, wanted
from provision.mirror.openpgp import Key
from provision.mirror.systems import System


def fill(asked: Asked, scratch: Path, key: Key, say: Callable[[str], None]) -> dict[str, Any]:
    """Fetch it; what the profile's [repositories] are then."""
    root = apt.Root(scratch, asked.to / REPOSITORY, asked.system.arch)
    root.offer(asked.system, {each.url: mirrored(each.url, asked.profile)[0] for each in asked.system.archives})
    offer(asked, scratch)
    say("fetching the lists")
    root.update()
    kernels = asked.kernels or (_newest(root, asked.system),)
    names = wanted(asked, kernels)
    say(f"for kernel {', '.join(kernels)}: {' '.join(names)}")
    root.settle()
    found = root.lacking(names)
    say(f"{len(found)} packages, {sum(int(one.stanza['Size']) for one in found) // 1000000} MB")
    root.fetch(names, found)
    shutil.rmtree(asked.to / REPOSITORY / "partial", ignore_errors=True)
    (asked.to / REPOSITORY / "lock").unlink(missing_ok=True)
    index.write_apt(asked.to / REPOSITORY, found, asked.system.arch, key, int(time.time()))
    return {
        "mirror": {
            "release": asked.release,
            "url": f"{asked.url}/{REPOSITORY}",
            "suite": "/",
            "fingerprint": key.fingerprint,
            "prefer": index.LABEL,
            "key": key.armored,
        }
    }


def _newest(root: apt.Root, system: System) -> str:
    if match := re.search(r"linux-image-(\d\S*)", root.depends(system.kernel)):
        return match[1].rstrip(",")
    raise Unreachable(f"{system.kernel} names no kernel: give one with --kernel (uname -r)")
