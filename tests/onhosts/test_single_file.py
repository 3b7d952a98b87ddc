"""The single file on a real host: run by its own Python, and by systemd with the recipe's unit and timer."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from provision import pyz
from tests.onhosts.fab import ROOT, fab

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

RECIPES = ROOT / "docs/recipes"
TEXTFILE = "/var/lib/prometheus/node-exporter/gpu_doctor.prom"


def put(one: Host, path: str, data: bytes) -> None:
    """Write a file on the host."""
    one.run(f"mkdir -p {path.rpartition('/')[0]}; base64 -d >{path}", text=base64.b64encode(data).decode())


def test_the_file_its_unit_and_its_timer(provisioned: Callable[..., Host]) -> None:
    one = provisioned()
    one.run("apt-get update && apt-get install -y --no-install-recommends python3")
    put(one, "/usr/local/bin/gpu-doctor", pyz.doctor())
    one.run("chmod 755 /usr/local/bin/gpu-doctor; mkdir -p /var/lib/prometheus/node-exporter")
    there = json.loads(one.run("gpu-doctor --format json", check=False).stdout)
    from_afar = json.loads(fab(one.name, "doctor", "--format", "json").stdout)
    same = ("check", "verdict", "summary")
    assert [[f[key] for key in same] for f in there["findings"]] == [
        [f[key] for key in same] for f in from_afar["findings"]
    ]
    for name in ("gpu-doctor.service", "gpu-doctor.timer"):
        put(one, f"/etc/systemd/system/{name}", (RECIPES / name).read_bytes())
    one.run("systemd-analyze verify gpu-doctor.service gpu-doctor.timer")
    one.run("systemctl daemon-reload && systemctl enable --now gpu-doctor.timer && systemctl start gpu-doctor.service")
    assert f'gpuwright_doctor_verdict{{host="{one.name}",' in one.run(f"cat {TEXTFILE}").stdout
    assert one.run("systemctl is-active gpu-doctor.timer").stdout == "active\n"
