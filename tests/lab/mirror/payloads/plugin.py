"""nvidia-docker 1.0: the lab's stand-in of the plugin, as its packages and its tarball hold it."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from tests.lab.mirror.package import Entry
from tests.lab.mirror.payloads.made import Payload
from tests.lab.standin import nvidia_docker


@cache
def package(version: str, started: str = "") -> Payload:
    """`nvidia-docker 1.0.1 [started]`: programs, unit, and what the package's scripts do; the rpm starts nothing."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        nvidia_docker.tree(root, version)
        files = {f"/{path.relative_to(root)}": _entry(path) for path in sorted(root.rglob("*")) if path.is_file()}
    moved = {
        path.replace("/lib/", "/usr/lib/", 1) if path.startswith("/lib/") else path: each
        for path, each in files.items()
    }
    after = (nvidia_docker.HERE / "postinst.sh").read_text() + "systemctl daemon-reload || :\n"
    before = "systemctl disable -q --now nvidia-docker || :\n"
    if started:
        after += "systemctl enable -q nvidia-docker || :\nsystemctl restart nvidia-docker || :\n"
    return Payload(
        moved, {"after-install": after, "before-remove": before + (nvidia_docker.HERE / "prerm.sh").read_text()}
    )


@cache
def programs(version: str) -> Payload:
    """`nvidia-docker-programs 1.0.1`: the two programs below /nvidia-docker, as in the tarball."""
    with tempfile.TemporaryDirectory() as folder:
        nvidia_docker.programs(Path(folder), version)
        return Payload({f"/nvidia-docker/{path.name}": _entry(path) for path in sorted(Path(folder).iterdir())})


def _entry(path: Path) -> Entry:
    return Entry(path.read_bytes(), path.stat().st_mode)
