"""The benchmark's own sums: what is run, in which order, and what the table makes of it. No time is asserted."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from bench import plot, table
from bench.cases import Case, cases, rounds
from bench.measure import Run
from bench.peers import PEERS
from bench.peers.peer import Task
from bench.work import CHECKS, CONVERGE, DOCTOR, WORKS, States
from checks.facts import TOPICS
from checks.needs import topics
from checks.select import select


def run(wall: float, control: float = 1.0, status: int = 0) -> Run:
    return Run(wall, control, 0.5, 64.0, 48.0, 0.1, status)


RESULTS = {
    Case(DOCTOR, 50.0, 10, "ssh"): [run(2.0, 1.0), run(4.0, 2.0), run(3.0, 1.5)],
    Case(DOCTOR, 50.0, 10, "gpuwright"): [run(1.5, 0.3)],
    Case(DOCTOR, 50.0, 10, "ansible"): [run(60.0, 20.0, 4), run(45.0, 15.0)],
    Case(DOCTOR, 50.0, 10, "pyinfra"): [run(9.0, 2.0, 1)],
}


def test_nobody_is_measured_beyond_what_they_are_fit_for() -> None:
    wanted = cases(list(PEERS.values()), WORKS, [0.0, 50.0], [200, 1])
    assert {case.peer for _, case in wanted if case.size == 200} == {"ssh", "gpuwright"}
    assert {case.peer for _, case in wanted if case.size == 1} == set(PEERS)
    assert [case.size for _, case in wanted] == sorted(case.size for _, case in wanted)


def test_slow_peers_are_run_less_often_on_many_hosts() -> None:
    wanted = cases([PEERS["ssh"], PEERS["pyinfra"]], [DOCTOR], [0.0], [1, 10])
    done = [(case.peer, case.size) for _, case in rounds(wanted, 5, 2, 10)]
    assert {cell: done.count(cell) for cell in set(done)} == {
        ("ssh", 1): 5,
        ("ssh", 10): 5,
        ("pyinfra", 1): 5,
        ("pyinfra", 10): 2,
    }


def test_the_table_has_medians_extremes_and_ratios_and_uses_no_failed_run() -> None:
    text = table.markdown(RESULTS)
    assert "| 10 | ssh | 3 | 3.00 (2.00 to 4.00) | 1.00 | 1.50 | 1.00 | 0.50 | 48, 64 |" in text
    assert "| 10 | gpuwright | 1 | 1.50 (1.50 to 1.50) | 0.50 | 0.30 | 0.20 |" in text
    assert "| 10 | ansible | 1 (1 failed) | 45.00 (45.00 to 45.00) | 15.00 |" in text
    assert "| 10 | pyinfra | 0 (1 failed) | - |" in text


def test_the_plot_has_a_bar_for_each_cell_that_was_measured() -> None:
    bars = ET.fromstring(plot.svg(RESULTS)).findall(".//{http://www.w3.org/2000/svg}rect")  # noqa: S314 - our own
    assert len(bars) - 1 == 3
    assert "45.00" in plot.svg(RESULTS)


def test_every_peer_is_given_every_host_and_openssh_our_own_probe(tmp_path: Path) -> None:
    states = States({"/etc/gpuwright/profile.toml": 'name = "debian"\n'})
    strategy = tmp_path / "lib/python3.11/site-packages/ansible_mitogen/plugins/strategy"
    strategy.mkdir(parents=True)
    for name, peer in PEERS.items():
        for work in (DOCTOR, CONVERGE):
            folder = tmp_path / name / work
            folder.mkdir(parents=True)
            hosts, config = ["gpu01", "gpu02"], tmp_path / "config"
            addresses = ["192.0.2.1", "192.0.2.2"]
            line, _ = peer.command(
                Task(work, hosts, addresses, states, folder, config, config, config, tmp_path / "bin")
            )
            files = [path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()]
            assert all(host in " ".join([*line, *files]) for host in hosts), name
    few, all_ = ((tmp_path / "ssh" / work / "probe.sh").read_text(encoding="utf-8") for work in (DOCTOR, CONVERGE))
    assert {topic for topic in TOPICS if f"start {topic}\n" in few} == topics(select(CHECKS).checks)
    assert all(f"start {topic}\n" in all_ for topic in TOPICS)
