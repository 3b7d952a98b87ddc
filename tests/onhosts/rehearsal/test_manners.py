"""At a terminal: progress, ^C once and twice; and two operators at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.onhosts.rehearsal.stage import differing, done, ended, held, hold, rehearse, release, state, wait
from tests.onhosts.rehearsal.terminal import Typist

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.host import Host
    from tests.onhosts.rehearsal.conftest import Way

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def packages(one: Host) -> str:
    return one.run("dpkg-query -W -f '${Package} ' 'nvidia-rehearsal-*'", check=False).stdout


def test_one_interrupt_ends_after_the_step_in_flight(fresh: Callable[[], Host]) -> None:
    one = fresh()
    hold(one, "s2-begin")
    typist = Typist(one.name, env={"NO_COLOR": "1"})
    wait(lambda: held(one), "not held")
    typist.sees("\r\033[K  02/06 install a, ")
    typist.interrupt()
    typist.sees("finishes the step in flight (install a) and begins no other")
    wait(lambda: one.inside("sh", "-c", "ls /var/lib/gpuwright/runs/*/stop", check=False).returncode == 0, "no mark")
    release(one)
    assert typist.ends() == 130
    assert "  02/06 install a: done, " in typist.seen
    assert "03 and what follows it: not begun" in typist.seen
    assert "stopped after the step in flight; no more were begun, and what was done stands" in typist.seen
    assert "\033[3" not in typist.seen
    assert packages(one).split() == ["nvidia-rehearsal-a"]
    assert done(one.name)[0] == 1


def test_two_interrupts_leave_it_to_the_host_and_say_how_to_follow(fresh: Callable[[], Host]) -> None:
    one = fresh()
    hold(one, "s2-begin")
    typist = Typist(one.name)
    wait(lambda: held(one), "not held")
    typist.sees("02/06 install a")
    typist.interrupt()
    typist.sees("finishes the step in flight")
    typist.interrupt()
    assert typist.ends() == 130
    assert "\033[32mdone\033[0m" in typist.seen
    followed = re.search(r"journalctl -fu (gpuwright-\S+\.service)", typist.seen)
    assert followed
    journal = one.run(f"journalctl -q -o cat -u {followed[1]}").stdout
    assert "begin 02/06 install a" in journal
    release(one)
    status, out = done(one.name)
    assert status == 1, out
    assert "nothing to do" in done(one.name, "plan")[1]


def audits(one: Host) -> list[str]:
    """Whether each line of the audit is a start or an end."""
    lines = one.run("cat /var/lib/gpuwright/audit").stdout.splitlines()
    return ["start" if " by " in line else "end" for line in lines]


def test_two_operators_in_the_same_instant_do_not_harm_each_other(way: Way, fresh: Callable[[], Host]) -> None:
    one = fresh()
    both = [rehearse(one.name, "provision", "--yes", env={"LOGNAME": name}) for name in ("ann", "joe")]
    ends = [ended(process) for process in both]
    assert {status for status, _ in ends} <= {1, 75}, ends
    assert any(status == 1 for status, _ in ends)
    for status, out in ends:
        refused = re.search(r"another run is in progress: (ann|joe)@\S+, since .* UTC", out)
        assert (refused is not None) == (status == 75), out
    assert audits(one) == ["start", "end"] * (len(audits(one)) // 2)
    assert "nothing to do" in done(one.name)[1]
    assert differing(way.end, state(one.settle())) == set()
    said = one.run("journalctl -q -o cat -t gpuwright").stdout
    assert re.search(r"run \S+ by (ann|joe)@\S+ \(on the host: \w+\): offer the packages;install a;", said)


def test_who_comes_later_follows_the_first_and_cannot_stop_it(fresh: Callable[[], Host]) -> None:
    one = fresh()
    hold(one, "s2-begin")
    first = rehearse(one.name, "provision", "--yes", env={"LOGNAME": "ann"})
    wait(lambda: held(one), "not held")
    typist = Typist(one.name, env={"LOGNAME": "joe"})
    typist.sees("a run of ann@")
    typist.sees("02/06 install a")
    typist.interrupt()
    assert typist.ends() == 130
    assert "no longer followed; that run goes on there" in typist.seen
    release(one)
    assert ended(first)[0] == 1
