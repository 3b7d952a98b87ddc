"""Out of service and back, with stand-ins for kubectl and scontrol that keep a node's state and record each call.

Their contracts: tests/fleet/standin/*.toml.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.errors import Unreachable
from provision.fleet.drain import REASON, Kubernetes, NotDrained, Slurm

STANDIN = Path(__file__).parent / "standin"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-ins' folder of state; they are first on PATH."""
    monkeypatch.setenv("PATH", f"{STANDIN}:/usr/bin:/bin")
    monkeypatch.setenv("STANDIN_STATE", str(tmp_path))
    return tmp_path


def calls(state: Path) -> list[str]:
    return (state / "calls").read_text(encoding="utf-8").splitlines()


def test_a_node_is_cordoned_drained_and_put_back(state: Path) -> None:
    Kubernetes().out("gpu01")
    assert (state / "gpu01.unschedulable").exists()
    Kubernetes().back("gpu01")
    assert not (state / "gpu01.unschedulable").exists()
    assert [call.split()[1] for call in calls(state)] == [
        "get", "annotate", "cordon", "drain", "get", "uncordon", "annotate"
    ]  # fmt: skip


@pytest.mark.parametrize("way", [Kubernetes(), Slurm()])
def test_a_node_is_known_by_the_hosts_whole_name_or_by_its_first_part(state: Path, way: Kubernetes | Slurm) -> None:
    (state / "gpu01.example.org.unknown").touch()
    for host in ("gpu01.example.org", "gpu02.example.org"):
        way.out(host)
    touched = " ".join(call for call in calls(state) if " cordon " in call or " update " in call)
    assert "gpu01.example.org" not in touched
    assert "gpu01" in touched
    assert "gpu02.example.org" in touched


def test_a_node_that_was_cordoned_stays_cordoned(state: Path) -> None:
    (state / "gpu01.unschedulable").touch()
    Kubernetes().out("gpu01")
    Kubernetes().back("gpu01")
    assert (state / "gpu01.unschedulable").exists()
    assert not any("uncordon" in call for call in calls(state))


def test_an_eviction_that_is_refused_puts_the_node_back(state: Path) -> None:
    (state / "gpu01.refuses").write_text("Cannot evict pod as it would violate the pod's disruption budget.\n")
    with pytest.raises(NotDrained, match="violate the pod's disruption budget"):
        Kubernetes().out("gpu01")
    assert not (state / "gpu01.unschedulable").exists()


def test_a_slurm_node_is_drained_until_its_jobs_end_and_resumed(state: Path) -> None:
    (state / "gpu01.jobs").write_text("x" * 3)  # busy when asked three times, then idle
    waits: list[float] = []
    Slurm(sleep=waits.append).out("gpu01")
    assert len(waits) == 2
    assert (state / "gpu01.reason").read_text().startswith(REASON)
    Slurm().back("gpu01")
    assert not (state / "gpu01.reason").exists()


def test_a_slurm_node_that_somebody_drained_stays_drained(state: Path) -> None:
    (state / "gpu01.reason").write_text("bad fan [root@2026-01-01]")
    Slurm().out("gpu01")
    Slurm().back("gpu01")
    assert (state / "gpu01.reason").read_text() == "bad fan [root@2026-01-01]"


def test_jobs_that_do_not_end_leave_the_node_as_it_was(state: Path) -> None:
    (state / "gpu01.jobs").write_text("x" * 100)
    with pytest.raises(NotDrained, match="jobs still run after 1 min; it was not touched"):
        Slurm(limit=60, sleep=lambda _: None).out("gpu01")
    assert not (state / "gpu01.reason").exists()


def test_without_the_tool_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unreachable, match="there is no kubectl on this machine"):
        Kubernetes().out("gpu01")
