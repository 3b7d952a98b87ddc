"""Cut anywhere, run again: the end is that of an undisturbed run.

Each cut starts from a snapshot taken before its step. The points lie at both ends of every step, inside every package's
transaction, and in the reboot; what is cut is the connection, the client (kill -9), sshd, or the host's power.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.onhosts.rehearsal.stage import (
    differing,
    done,
    held,
    hold,
    rehearse,
    release,
    state,
    wait,
)

if TYPE_CHECKING:
    import subprocess

    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host
    from tests.onhosts.rehearsal.conftest import Way

pytestmark = [pytest.mark.lab, pytest.mark.slow]

CUTS = [
    # step, point, how
    *[(step, f"s{step}-{end}", "power") for step, end in itertools.product(range(1, 7), ("begin", "end"))],
    (2, "a-preinst", "power"),
    (2, "a-postinst", "power"),
    (3, "c-preinst", "power"),
    (3, "c-unpack", "power"),
    (3, "c-postinst", "power"),
    (3, "b-postinst", "power"),
    (3, "a-trigger", "power"),
    (4, "s4-mid", "power"),
    (1, "s1-begin", "connection"),
    (2, "a-preinst", "connection"),
    (3, "c-postinst", "connection"),
    (5, "s5-end", "connection"),
    (1, "s1-end", "client"),
    (2, "a-postinst", "client"),
    (3, "b-postinst", "client"),
    (4, "s4-mid", "client"),
    (5, "reboot", "client"),
    (6, "s6-begin", "client"),
    (2, "s2-begin", "sshd"),
    (3, "c-preinst", "sshd"),
    (3, "a-trigger", "sshd"),
    (6, "s6-end", "sshd"),
    (3, "c-postinst", "runner"),
    (4, "s4-begin", "runner"),
]


def cut(one: Host, client: subprocess.Popen[str], how: str) -> None:
    """Cut, in one of the ways there are; what goes on by itself is let go on."""
    if how == "power":
        one.power_cycle()
        client.kill()
    elif how == "connection":
        one.cut_network()
        client.kill()
        release(one)
        one.restore_network()
    elif how == "client":
        client.kill()
        release(one)
    elif how == "sshd":
        one.inside("sh", "-c", "systemctl stop ssh; pkill -9 sshd; systemctl start ssh")
        release(one)
    elif how == "runner":
        one.inside("sh", "-c", "systemctl kill -s KILL 'gpuwright-*.service'")
        release(one)
    out, _ = client.communicate(timeout=120)
    if how == "runner":
        assert client.returncode == 80
        assert "the run was killed in the middle of: " in out


def until(one: Host, point: str) -> None:
    """Return when the run is at a point that can be held, or just behind one."""
    if point == "reboot":
        boot = one.boot_id()
        wait(lambda: one.boot_id() != boot, "no reboot")
        return
    wait(lambda: held(one), f"nothing came to {point}")
    if point == "c-unpack":
        release(one)


@pytest.mark.parametrize(("step", "point", "how"), CUTS, ids=str)
def test_after_a_cut_the_next_run_ends_where_an_undisturbed_one_does(
    way: Way, host: MakeHost, step: int, point: str, how: str
) -> None:
    one = host(gpus="a100:1", layer=way.layers[step - 1]).settle()
    hold(one, "c-preinst" if point == "c-unpack" else point)
    client = rehearse(one.name, "provision", "--yes")
    until(one, point)
    cut(one, client, how)
    if point == "reboot":
        one.wait_until_up("")
    one.settle()
    status, out = done(one.name)
    assert status == 1, out
    assert "nothing to do" in done(one.name, "plan")[1]
    one.settle()
    assert differing(way.end, state(one)) == set(), out
    assert one.run("dpkg --audit").stdout == ""
