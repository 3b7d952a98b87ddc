"""A rollout over twenty hosts, eight of them bad in their own way, which is killed in the middle and goes on."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.lab.fixtures import unique
from tests.onhosts.fleet import twenty
from tests.onhosts.fleet.twenty import Twenty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

# By their place in the rollout. The third that fails is the last of its wave: all others of it are in flight or done.
UNREACHABLE, DRAINED, BUSY = 3, 4, 5
OTHER_KEY, ILL_AFTERWARDS = 13, 14
KILLED, HANGS, NO_DRIVER = 16, 17, 18
PLAIN = (1, 2, 6, 7, 8, 9, 10, 11, 12)
LAST_WAVE = range(15, 21)


@pytest.fixture
def fleet(lab: Lab, provisioned: Callable[..., Host], tmp_path: Path) -> Iterator[Twenty]:
    """Twenty provisioned hosts; nothing is wrong with them yet."""
    hangs = provisioned("debian12", "nvidia_smi_stuck")
    prefix = unique("fleet")
    names = [f"{prefix}-{number:02d}" for number in range(1, 21) if number != HANGS]
    hosts = lab.up(names, os="debian12", gpus="a100:1", layer=hangs.spec.layer)
    hosts.insert(HANGS - 1, hangs)
    state = tmp_path / "state"
    state.mkdir()
    runs = hangs.inside("sh", "-c", twenty.RUNS, check=False).stdout.split()
    yield Twenty(tuple(one.settle() for one in hosts), state, tmp_path, len(runs))
    lab.down(names)


def spoil(fleet: Twenty) -> None:
    """Make the bad ones bad."""
    fleet.hosts[UNREACHABLE - 1].cut_network()
    (fleet.state / f"{fleet.name(DRAINED)}.reason").write_text("bad fan [root@2026-01-01T00:00:00]")
    fleet.inside(BUSY, f"{twenty.MISMATCH}\n{twenty.JOB}")
    (fleet.state / f"{fleet.name(BUSY)}.jobs").write_text("xx")
    fleet.when_drained(BUSY, f"touch {twenty.reaches_into(fleet.hosts[BUSY - 1])}/run/job-ends")
    fleet.inside(ILL_AFTERWARDS, twenty.BAD_MEMORY)
    fleet.inside(OTHER_KEY, twenty.OTHER_KEY)
    fleet.inside(NO_DRIVER, f"{twenty.MISMATCH}\n{twenty.DAMAGES}")
    stuck = fleet.hosts[HANGS - 1].machine / "mounts/stuck"
    fleet.when_drained(HANGS, f"{twenty.fsfreeze()} --freeze {stuck}")
    fleet.when_drained(KILLED, f"touch {fleet.state}/in-the-middle; sleep 2")


def test_twenty_hosts_eight_of_them_bad(fleet: Twenty) -> None:
    spoil(fleet)
    boots = {number: fleet.hosts[number - 1].boot_id() for number in (BUSY, NO_DRIVER)}
    try:
        stops_at_the_third_wave(fleet, boots)
        visited = fleet.execs(*PLAIN, DRAINED, BUSY)
        mend_the_first(fleet)
        killed_in_the_last_wave(fleet)
        finishes_by_the_same_command(fleet, boots)
        mend_the_rest(fleet)
        ends_well(fleet)
        assert fleet.execs(*PLAIN, DRAINED, BUSY) == visited
    finally:
        fleet.hosts[HANGS - 1].thaw()


def stops_at_the_third_wave(fleet: Twenty, boots: dict[int, str]) -> None:
    status, said = fleet.roll("--yes")
    assert status == 80, said
    assert "20 hosts in 4 waves" in said
    assert f"1 host: {fleet.name(UNREACHABLE)}\n    ! no plan: " in said
    assert "stops job (pid " in said
    assert "paused: 3 hosts failed; 2 may; trouble that no host had before: xid 48" in said, said
    ended = fleet.ended()
    assert {number for number, (state, _) in ended.items() if state == "done"} == {*PLAIN, DRAINED, BUSY}, said
    assert "no connection" in ended[UNREACHABLE][1]
    assert "host key" in ended[OTHER_KEY][1]
    assert "xid: Xid 48, double-bit ECC error" in ended[ILL_AFTERWARDS][1]
    assert fleet.changed() == {*PLAIN, DRAINED, BUSY, ILL_AFTERWARDS}
    # The job was not shot: the reboot came after it had ended, which Slurm's drain waits for.
    assert fleet.inside(BUSY, "ls /var/tmp/job-ended")
    assert fleet.hosts[BUSY - 1].boot_id() != boots[BUSY]
    # Who was drained stays so; who is not well is not given work.
    assert fleet.drained().keys() == {DRAINED, ILL_AFTERWARDS}
    assert fleet.drained()[DRAINED].startswith("bad fan")
    # The last wave was looked at before the first began, and not touched.
    assert [fleet.runs(number) for number in LAST_WAVE] == [0] * 6
    assert (fleet.folder / "paused").read_text() == "paused\n"


def mend_the_first(fleet: Twenty) -> None:
    fleet.hosts[UNREACHABLE - 1].restore_network()
    fleet.inside(OTHER_KEY, twenty.OWN_KEY)
    fleet.inside(ILL_AFTERWARDS, "rm /etc/systemd/system/docker.service.d/xid.conf; : >/run/gpuwright-lab/kernel.log")


def killed_in_the_last_wave(fleet: Twenty) -> None:
    process = fleet.start("--yes")
    end = time.monotonic() + 120
    while not (fleet.state / "in-the-middle").exists():
        assert time.monotonic() < end
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    ended = fleet.ended()
    assert {ended[number][0] for number in (UNREACHABLE, ILL_AFTERWARDS, OTHER_KEY)} == {"done"}
    # It is out of service, and nothing was done on it yet.
    assert fleet.drained()[KILLED].startswith("gpuwright: rollout")
    assert KILLED not in ended


def finishes_by_the_same_command(fleet: Twenty, boots: dict[int, str]) -> None:
    before = fleet.execs(UNREACHABLE, ILL_AFTERWARDS, OTHER_KEY)
    status, said = fleet.roll()  # all of it was agreed to, so nobody is asked
    assert status == 80, said
    assert "all of it was agreed to before" in said
    assert "wave 4 of 4" in said
    assert "wave 3" not in said
    assert fleet.execs(UNREACHABLE, ILL_AFTERWARDS, OTHER_KEY) == before
    ended = fleet.ended()
    assert {number for number, (state, _) in ended.items() if state != "done"} == {HANGS, NO_DRIVER}, said
    assert "nvidia_smi: " in ended[HANGS][1]
    # It came up without its driver; to build it anew was not shown, and is not done.
    assert "Not shown before: build the driver for " in ended[NO_DRIVER][1]
    assert fleet.hosts[NO_DRIVER - 1].boot_id() != boots[NO_DRIVER]
    assert fleet.drained().keys() == {DRAINED, HANGS, NO_DRIVER}
    # Also where the control process was killed in the middle, each step was done once.
    assert [fleet.runs(number) for number in (15, KILLED, 19, 20)] == [1, 1, 1, 1]


def mend_the_rest(fleet: Twenty) -> None:
    fleet.hosts[HANGS - 1].thaw()
    fleet.inside(NO_DRIVER, twenty.REPAIRS)


def ends_well(fleet: Twenty) -> None:
    (fleet.state / f"{fleet.name(HANGS)}.on-drain").unlink()
    status, said = fleet.roll("--yes")
    assert status == 0, said
    assert fleet.record()[-1]["event"] == "finished"
    assert fleet.changed() == set(range(1, 21))
    assert fleet.drained().keys() == {DRAINED}
