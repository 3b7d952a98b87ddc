"""After the last `down` the machine is as it was before the first `up`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.lab import cgroups
from tests.lab.command import run
from tests.lab.fixtures import unique

if TYPE_CHECKING:
    from tests.lab.core import Lab

pytestmark = pytest.mark.lab
OWN = re.compile(r"/(boot\.sh|supervisor\.py|delay\.py|package_cache\.py|mirror/server\.py) ")


def state_of_machine() -> dict[str, list[str]]:
    """Everything that a lab could leave behind."""
    settings = [*Path("/proc/sys/net/ipv4").rglob("*forward*"), *Path("/proc/sys/net/ipv4").rglob("*redirects")]
    settings.append(Path("/proc/sys/fs/inotify/max_user_instances"))
    # What a host that stays up does with its own groups meanwhile is no business of this test.
    groups = [*cgroups.hierarchy().glob(cgroups.NAME), *cgroups.top().glob("*/"), *cgroups.top().glob("hosts/*/")]
    return {
        "links": re.findall(r"^\d+: (\S+?)[:@]", run("ip", "-o", "link").stdout, re.MULTILINE),
        "routes": run("ip", "route", "show", "table", "all").stdout.splitlines(),
        "rules": run("nft", "list", "ruleset").stdout.splitlines(),
        "mounts": Path("/proc/self/mounts").read_text().splitlines(),
        "loops": run("losetup", "--list", "--noheadings").stdout.splitlines(),
        "groups": [str(group) for group in groups],
        "settings": [f"{path}={path.read_text().strip()}" for path in settings],
        "processes": [line for line in run("ps", "-eo", "args").stdout.splitlines() if OWN.search(line)],
    }


def test_nothing_is_left_of_hosts_with_every_kind_of_part(lab: Lab) -> None:
    """With other hosts up, nothing is left of these; with none, nothing is left at all."""
    before = state_of_machine()
    names = [unique(), unique()]
    hosts = lab.up([names[0]], gpus="a100:1", faults=["var_lib_partition", "nvidia_smi_stuck", "docker_on_ext4"])
    hosts += lab.up([names[1]], latency_ms=10)
    during = state_of_machine()
    hosts[0].freeze()
    lab.down(names)
    assert state_of_machine() == before
    assert all(during[part] != before[part] for part in ("links", "mounts", "loops", "groups", "processes"))
    assert not any((lab.home.hosts / name).exists() for name in names)


@pytest.mark.usefixtures("lab")
def test_verbs_bring_up_list_reach_and_take_down_a_host() -> None:
    name = unique()
    verb = [sys.executable, "-m", "invoke", "--search-root", str(Path(__file__).parents[2])]

    def invoke(*words: str, status: int = 0) -> str:
        done = subprocess.run([*verb, *words], capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    assert name in invoke("lab.up", name)
    assert re.search(rf"{name}\t\S+\ton\tdebian12", invoke("lab.list"))
    assert invoke("lab.ssh", "--name", name, "--command", "id -un; exit 3", status=3).strip() == "ops"
    assert "down" in invoke("lab.down", "--name", name)
    assert name not in invoke("lab.list")
    assert "no host" in invoke("lab.down", "--name", name, status=64)
    assert "debian13" in invoke("lab.up", name, "--os", "windows", status=64)
    assert "var_lib_partition" in invoke("lab.up", name, "--fault", "nonsense", status=64)
    assert "milliseconds" in invoke("lab.up", name, "--latency", "soon", status=64)
    assert "a100" in invoke("lab.up", name, "--gpus", "voodoo:2", status=64)


def test_a_host_that_does_not_start_leaves_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state_of_machine()
    monkeypatch.setattr("tests.lab.assembly.SIMULATED", {"osrelease": "/dev/null/nowhere", "pci": "/proc/nowhere"})
    with pytest.raises(Exception, match="ended while it booted"):
        lab.up([unique()])
    assert state_of_machine() == before
