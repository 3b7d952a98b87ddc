"""Which profile counts for a real host: the site file of the user's own, else what provisioning left there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.profiles.profile import load, render
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from tests.lab.fixtures import MakeHost

pytestmark = pytest.mark.lab


def test_a_host_is_asked_for_what_it_holds_only_where_no_site_file_says_more(host: MakeHost, tmp_path: Path) -> None:
    one = host(gpus="a100:1")
    held = render(load("debian")).replace('name = "debian"', 'name = "held"')
    one.run("mkdir /etc/gpuwright && cat >/etc/gpuwright/profile.toml", text=held)
    none = {"XDG_CONFIG_HOME": str(tmp_path / "none")}
    shown = fab("", "profile.show", "--hosts", one.name, env=none)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith(f"# {one.name}: profile held, from the host's /etc/gpuwright/profile.toml\n")
    assert "gpus = 0  # the host's /etc/gpuwright/profile.toml:" in shown.stdout
    assert json.loads(fab(one.name, "doctor", "--format", "json", env=none, profile="").stdout)["profile"] == "held"

    site = tmp_path / "gpuwright/gpuwright.toml"
    site.parent.mkdir()
    site.write_text(f'[hosts."{one.name[:-1]}?"]\nprofile = "debian"\ngpus = 3\n')
    mine = {"XDG_CONFIG_HOME": str(tmp_path)}
    before = one.exec_requests()
    shown = fab("", "profile.show", "--hosts", one.name, env=mine)
    assert f"gpus = 3  # {site}:3" in shown.stdout
    assert one.exec_requests() == before
    report = json.loads(fab(one.name, "doctor", "--format", "json", env=mine, profile="").stdout)
    assert report["profile"] == "debian"
    assert [f["summary"] for f in report["findings"] if f["check"] == "gpu_count"] == ["1 of 3 GPUs on the PCI bus"]
