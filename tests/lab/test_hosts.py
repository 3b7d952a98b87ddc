"""A lab host behaves as a machine of its own: it boots, reboots, keeps its disk, and reaches others."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.lab import accounts, systems
from tests.lab.errors import LabError, UsageError
from tests.lab.fixtures import unique

if TYPE_CHECKING:
    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost

pytestmark = pytest.mark.lab


SYSTEMS = ["debian12", pytest.param("debian13", marks=pytest.mark.slow)]


def test_every_system_is_tried() -> None:
    assert {getattr(each, "values", (each,))[0] for each in SYSTEMS} == set(systems.SYSTEMS)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_boots_without_a_failed_unit(host: MakeHost, system: str) -> None:
    one = host(os=system)
    assert one.run("systemctl is-system-running --wait").stdout == "running\n"
    release = one.run(". /etc/os-release; echo $ID$VERSION_ID").stdout.strip()
    assert release == system
    assert one.run("ls /boot/initrd.img-* /boot/vmlinuz-* | wc -l").stdout == "2\n"


def test_a_bare_host_has_neither_compiler_nor_headers_nor_foreign_sources(host: MakeHost) -> None:
    one = host()
    missing = "gcc python3 docker nvidia-smi make"
    assert one.run(f"for tool in {missing}; do command -v $tool; done; true").stdout == ""
    assert one.run("ls /usr/src; ls /usr/sbin/policy-rc.d 2>/dev/null; true").stdout == ""
    assert "contrib" not in one.run("cat /etc/apt/sources.list").stdout


def test_a_host_is_up_in_under_two_seconds(host: MakeHost) -> None:
    host()
    began = time.monotonic()
    host()
    seconds = time.monotonic() - began
    print(f"up in {seconds:.2f} s")
    assert seconds < 2


@pytest.mark.slow
def test_twenty_hosts_are_up_in_under_fifteen_seconds(lab: Lab) -> None:
    names = [unique() for _ in range(20)]
    began = time.monotonic()
    try:
        hosts = lab.up(names, gpus="a100:1")
        seconds = time.monotonic() - began
        print(f"20 hosts in {seconds:.2f} s")
        assert seconds < 15
        assert len({one.address for one in hosts}) == len({one.boot_id() for one in hosts}) == 20
    finally:
        lab.down([one.name for one in lab.hosts() if one.name in names])


def test_a_reboot_is_a_new_boot_of_the_same_disk(host: MakeHost) -> None:
    one = host()
    boots = [one.boot_id()]
    one.run("echo kept >/root/file; mkdir /run/gone")
    for again in (one.reboot, one.power_cycle):
        again()
        boots.append(one.boot_id())
        seen = one.run("cat /proc/sys/kernel/random/boot_id /root/file; ls -d /run/gone", check=False).stdout
        assert seen == f"{boots[-1]}\nkept\n"
        assert float(one.run("cut -d' ' -f1 /proc/uptime").stdout) < 30
    assert len(set(boots)) == 3


def test_reboot_over_ssh_ends_the_session_and_comes_back(host: MakeHost) -> None:
    one = host()
    before = one.boot_id()
    one.run("sudo systemctl reboot", user="ops", check=False, timeout=30)
    one.wait_until_up(before)
    assert one.run("true", user="ops").returncode == 0


def test_switched_off_it_answers_nobody_until_it_is_started(host: MakeHost) -> None:
    one = host()
    one.shut_down()
    assert not one.running()
    with pytest.raises(LabError, match="failed with 255"):
        one.run("true", timeout=30)
    one.start()
    one.power_off()
    one.start()
    assert one.run("echo on").stdout == "on\n"


def test_accounts_have_the_sudo_they_are_named_for(host: MakeHost) -> None:
    one = host()
    assert one.run("sudo -n id -u", user="ops").stdout == "0\n"
    assert one.run("sudo -n true", user="pw", check=False).returncode == 1
    typed = f"{accounts.PW_PASSWORD}\n"
    assert one.run("sudo -S -p '' id -u", user="pw", text=typed).stdout == "0\n"
    refused = one.run("sudo -n true", user="nosudo", check=False)
    assert refused.returncode == 1


def test_exec_requests_are_counted_from_outside(host: MakeHost) -> None:
    one = host()
    before = one.exec_requests()
    one.run("true")
    one.run("true", user="ops")
    assert one.exec_requests() == before + 2


def test_hosts_reach_each_other_and_the_archive(host: MakeHost) -> None:
    one, other = host(), host()
    assert f"{other.address}" in one.run(f"ping -c 1 -W 2 {other.address}").stdout
    assert one.run("apt-get update", timeout=300).returncode == 0


def test_a_host_cut_off_from_outside_still_reaches_the_lab(host: MakeHost) -> None:
    one, other = host(), host()
    one.network_outside(reachable=False)
    one.run(f"ping -c 1 -W 2 {other.address}")
    refused = one.run("apt-get -o Acquire::Retries=0 update --error-on=any", check=False, timeout=60)
    assert refused.returncode == 100
    one.network_outside(reachable=True)
    one.run("apt-get update --error-on=any", timeout=300)


def test_the_next_host_of_an_address_that_was_cut_off_reaches_the_archive(lab: Lab) -> None:
    name = unique()
    try:
        (one,) = lab.up([name])
        one.network_outside(reachable=False)
        lab.down([name])
        (two,) = lab.up([name])
        assert two.address == one.address
        two.settle().run("apt-get update -q -o APT::Update::Error-Mode=any")
    finally:
        lab.down([name])


def test_a_cut_cable_can_be_mended_in_the_middle_of_a_session(host: MakeHost) -> None:
    one = host(latency_ms=2)
    for cable in (one, host()):
        with ThreadPoolExecutor() as pool:
            session = pool.submit(cable.run, "sleep 1; echo still here", timeout=60)
            time.sleep(0.6)
            cable.cut_network()
            time.sleep(1)
            assert not session.done()
            cable.restore_network()
            assert session.result().stdout == "still here\n"


def test_latency_is_the_round_trip_that_was_asked_for(host: MakeHost) -> None:
    one = host(latency_ms=40)
    one.reboot()
    said = one.run(f"ping -c 5 -i 0.2 -q {one.address.rpartition('.')[0]}.1").stdout
    average = float(said.rpartition("=")[2].split("/")[1])
    assert 39 < average < 48


def test_several_may_bring_hosts_up_at_once(lab: Lab) -> None:
    names = [unique() for _ in range(4)]
    code = "import sys; from tests.lab.core import Lab; Lab().up(sys.argv[1:])"
    root = str(Path(__file__).parents[2])
    groups = (names[:2], names[1:3], names[3:])
    started = [subprocess.Popen([sys.executable, "-c", code, *group], cwd=root) for group in groups]
    try:
        assert [process.wait(timeout=600) for process in started] == [0, 0, 0]
        hosts = [lab.host(name) for name in names]
        assert len({one.address for one in hosts}) == 4
        assert all(one.run("hostname").stdout == f"{one.name}\n" for one in hosts)
    finally:
        lab.down([one.name for one in lab.hosts() if one.name in names])


def test_one_name_is_one_host(lab: Lab, host: MakeHost) -> None:
    one = host()
    assert lab.up([one.name])[0].boot_id() == one.boot_id()
    with pytest.raises(UsageError, match="is up already as debian12"):
        lab.up([one.name], gpus="a100:1")


def test_plain_ssh_and_fab_reach_it_by_the_files_of_the_lab(lab: Lab, host: MakeHost) -> None:
    one = host()
    command = ["ssh", "-F", str(lab.home.ssh_config), one.name, "id -un"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.stdout == "ops\n", done.stderr
    assert one.name in lab.home.known_hosts.read_text()
