"""Records the lab's hosts anew: `python -m tests.record [NAME ...]`, as root on a machine that can have lab hosts.

Bare ones come up in a second each; the healthy ones start from the layer that the tests of provisioning keep.
"""

from __future__ import annotations

import sys

from tests.hosts import FOLDER
from tests.lab.core import Lab
from tests.onhosts import stages
from tests.onhosts.fab import fab

SYSTEMS = ("debian12", "debian13")
BARE = {"nogpu": "none", "a100": "a100:1", "v100": "v100:2", "h200x8": "h200:8", "b200": "b200:1", "k80": "k80:1"}
HEALTHY = {
    "debian12": {"a100": "a100:1", "v100x2": "v100:2", "t4x4": "t4:4", "a100x16": "a100:16"},
    "debian13": {"a100": "a100:1", "l40sx2": "l40s:2"},
}
HOST = "gpu01"


def main(wanted: list[str]) -> None:
    """Record those whose name was given, or all."""
    lab = Lab()
    for os in SYSTEMS:
        for kind, shapes in (("bare", BARE), ("healthy", HEALTHY[os])):
            layer = stages.label(os) if kind == "healthy" else None
            for shape, gpus in shapes.items():
                name = f"{kind}-{os}-{shape}"
                if not wanted or name in wanted:
                    _record(lab, name, os, gpus, layer)


def _record(lab: Lab, name: str, os: str, gpus: str, layer: str | None) -> None:
    (host,) = lab.up([HOST], os=os, gpus=gpus, layer=layer)
    try:
        host.settle()
        done = fab(HOST, "record")
        if done.returncode:
            sys.exit(f"{name}: {done.stderr}")
        (FOLDER / f"{name}.rec").write_text(done.stdout, encoding="utf-8")
        print(name)
    finally:
        lab.down([HOST])


if __name__ == "__main__":
    main(sys.argv[1:])
