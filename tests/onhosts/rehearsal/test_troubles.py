"""What else a host does to a run: questions, locks of others, no systemd, shutdowns, boots that take their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.onhosts.rehearsal.stage import done, ended, held, hold, rehearse, release, wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host
    from tests.onhosts.rehearsal.conftest import Way

pytestmark = [pytest.mark.lab, pytest.mark.slow]

DPKG = "/usr/bin/dpkg -i /srv/rehearsal/nvidia-rehearsal-a.deb"

HOOKS = """\
DPkg::Post-Invoke { "case $NEEDRESTART_SUSPEND in '') read -r answer </dev/tty || sleep 600 ;; esac"; };
DPkg::Pre-Install-Pkgs { "case $APT_LISTCHANGES_FRONTEND in none) ;; *) sleep 600 ;; esac"; };
"""
"""Asks as needrestart and apt-listchanges do, unless told as they are told."""


def test_no_question_of_a_package_stops_a_run(fresh: Callable[[], Host]) -> None:
    one = fresh()
    one.run("mkdir -p /etc/rehearsal; echo 'answer = mine' >/etc/rehearsal/asks.conf")
    one.run("cat >/etc/apt/apt.conf.d/99asks", text=HOOKS)
    status, out = done(one.name, steps=1, env={"REHEARSAL_ASKS": "1"})
    assert status == 1, out
    assert "install what asks ...\n" in out
    assert one.run("cat /etc/rehearsal/asks.conf /etc/rehearsal/asked").stdout == "answer = mine\nnobody\n"


def test_proxies_of_the_host_reach_the_steps_and_no_command_line(fresh: Callable[[], Host]) -> None:
    one = fresh()
    one.run("cat >>/etc/environment", text='http_proxy="http://joe:sesame@proxy.invalid:3128"\n')
    hold(one, "s1-begin")
    client = rehearse(one.name, "provision", "--yes", steps=1)
    wait(lambda: held(one), "not held")
    inside = one.inside("sh", "-c", "tr '\\0' '\\n' </proc/$(pgrep -o rehearsal-at)/environ").stdout
    assert "http_proxy=http://joe:sesame@proxy.invalid:3128\n" in inside
    assert "LC_MESSAGES=C\n" in inside
    assert "sesame" not in one.inside("ps", "-eo", "args").stdout
    release(one)
    assert ended(client)[0] == 1
    assert one.run("grep -rl sesame /var/lib/gpuwright /var/log", check=False).stdout == ""
    assert "sesame" not in one.run("journalctl -q -o cat").stdout


def test_another_dpkg_is_named_waited_for_and_left_alone(fresh: Callable[[], Host]) -> None:
    one = fresh()
    hold(one, "a-preinst")
    one.run(f"systemd-run -q --unit=other {DPKG}")
    wait(lambda: held(one), "not held")
    status, out = done(one.name, "provision", "--yes", "--lock-wait", "2s")
    assert status == 75, out
    assert f"  !  {DPKG} (pid " in out
    assert f"waiting for {DPKG} (pid " in out
    assert f"the package manager is locked: {DPKG} (pid " in out
    assert one.run("systemctl is-active other").stdout == "active\n"
    patient = rehearse(one.name, "provision", "--yes")
    wait(
        lambda: "@ waiting" in one.inside("sh", "-c", "cat /var/lib/gpuwright/runs/*/log | tail -n 3").stdout, "no wait"
    )
    release(one)
    status, out = ended(patient)
    assert status == 1, out
    assert "nothing to do" in done(one.name, "plan")[1]


@pytest.fixture
def without_systemd(fresh: Callable[[], Host]) -> Host:
    """A host whose programs find no systemd."""
    one = fresh()
    one.run("mv /run/systemd/system /run/systemd/system.away")
    return one


def test_steps_run_without_systemd_and_outlive_their_client(without_systemd: Host) -> None:
    one = without_systemd
    hold(one, "a-postinst")
    client = rehearse(one.name, "provision", "--yes", steps=2)
    wait(lambda: held(one), "not held")
    client.kill()
    client.communicate()
    follower = rehearse(one.name, "provision", "--yes", steps=2)
    assert follower.stdout
    assert "is in progress; following it" in follower.stdout.readline()
    release(one)
    status, out = ended(follower)
    assert status == 1, out
    assert one.run("ls /var/lib/gpuwright/runs/*/pid").returncode == 0
    assert "nothing to do" in done(one.name, "plan", steps=2)[1]


def test_a_runner_killed_without_systemd_is_noticed_and_its_work_mended(without_systemd: Host) -> None:
    one = without_systemd
    hold(one, "a-postinst")
    client = rehearse(one.name, "provision", "--yes", steps=2)
    wait(lambda: held(one), "not held")
    one.inside("sh", "-c", "pkill -9 -s $(cut -d' ' -f1 /var/lib/gpuwright/runs/*/pid)")
    status, out = ended(client)
    assert status == 80
    assert "the run was killed in the middle of: install a" in out
    release(one)
    status, out = done(one.name, steps=2)
    assert status == 1, out
    assert one.run("dpkg --audit").stdout == ""


def test_a_host_that_will_shut_down_is_not_begun_with(fresh: Callable[[], Host]) -> None:
    one = fresh()
    one.run("shutdown -P +60")
    status, out = done(one.name)
    assert status == 75, out
    assert "a poweroff is scheduled there for 20" in out
    assert "nothing was changed" in out
    one.run("shutdown -c")
    assert done(one.name, steps=1)[0] == 1


def at_the_reboot(way: Way, host: MakeHost) -> Host:
    return host(gpus="a100:1", layer=way.layers[4]).settle()


def test_who_forbids_a_shutdown_is_named_and_the_host_not_rebooted(way: Way, host: MakeHost) -> None:
    one = at_the_reboot(way, host)
    boot = one.boot_id()
    inhibit = "systemd-inhibit --what=shutdown --mode=block --who=backup --why='the tape is running' sleep 600"
    one.run(f"systemd-run -q --unit=backup {inhibit}; sleep 1")
    status, out = done(one.name)
    assert status == 75, out
    assert "backup forbids a shutdown: the tape is running" in out
    assert one.boot_id() == boot
    one.run("systemctl stop backup")
    assert done(one.name)[0] == 1
    assert one.boot_id() != boot


SLOW = "[Service]\nExecStartPre=/bin/sleep 12\n"
CLOSES = """\
[Unit]
Before=ssh.service
[Service]
Type=oneshot
ExecStart=/usr/bin/perl -MIO::Socket::INET -e '$SIG{ALRM} = sub { exit 0 }; alarm 10; \\
    my $s = IO::Socket::INET->new(LocalPort => 22, Listen => 5, ReuseAddr => 1) or die; \\
    while (my $c = $s->accept) { close $c }'
[Install]
WantedBy=multi-user.target
"""


@pytest.mark.parametrize("trouble", ["slow", "closes"])
def test_a_host_that_takes_its_time_is_waited_for(way: Way, host: MakeHost, trouble: str) -> None:
    one = at_the_reboot(way, host)
    if trouble == "slow":
        one.run(
            "mkdir -p /etc/systemd/system/ssh.service.d; cat >/etc/systemd/system/ssh.service.d/slow.conf", text=SLOW
        )
    else:
        one.run("cat >/etc/systemd/system/closes.service; systemctl enable -q closes", text=CLOSES)
    status, out = done(one.name)
    assert status == 1, out
    assert "01/02 finish ..." in out
