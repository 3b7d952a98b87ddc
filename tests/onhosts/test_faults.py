"""When it does not go well: cut connections, ^C, a stuck nvidia-smi, dry runs, no terminal, no sudo, wrong hosts."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.lab.accounts import PW_PASSWORD
from tests.onhosts.fab import fab, start

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = pytest.mark.lab


def wait(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Until it holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def in_apt(one: Host) -> bool:
    """Whether dpkg is unpacking or configuring docker's packages."""
    lines = one.inside("ps", "-eo", "args").stdout.splitlines()
    return any("dpkg" in line and " --status-fd " in line for line in lines)


def until_apt(one: Host) -> subprocess.Popen[str]:
    """Start to provision docker alone, and return in the middle of its transaction."""
    process = start(one.name, "provision", "--yes", "--only", "docker")
    wait(lambda: in_apt(one))
    return process


def picks_up(one: Host) -> None:
    """The run goes on by itself; the next provision finds it or its result, and dpkg is sane."""
    done = fab(one.name, "provision", "--yes", "--only", "docker")
    assert "install docker" in done.stdout or "nothing to do" in done.stdout, done.stdout + done.stderr
    assert one.run("dpkg --audit; systemctl is-active docker").stdout == "active\n"
    again = fab(one.name, "provision", "--yes", "--only", "docker")
    assert "nothing to do" in again.stdout


@pytest.mark.slow
def test_a_cut_connection_does_not_stop_apt(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    process = until_apt(one)
    one.cut_network()
    wait(lambda: not in_apt(one))
    process.kill()
    process.communicate()
    one.restore_network()
    picks_up(one)


@pytest.mark.slow
def test_interrupting_the_client_does_not_stop_apt(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    process = until_apt(one)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 130, out
    assert "finishes the step in flight (install docker: docker.io) and begins no other" in out
    assert "stopped after the step in flight; no more were begun" in out
    assert one.run("systemctl is-active docker; ls /etc/gpuwright", check=False).stdout == "active\n"
    picks_up(one)


@pytest.mark.slow
def test_a_run_in_progress_is_followed_and_not_disturbed(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    process = until_apt(one)
    done = fab(one.name, "provision", "--yes", "--only", "docker")
    assert "is in progress; following it" in done.stdout
    assert "nothing to do" in done.stdout or done.returncode in (0, 1)
    process.communicate(timeout=300)
    assert one.run("dpkg --audit").stdout == ""


@pytest.mark.slow
def test_power_lost_in_the_middle_of_apt_is_repaired(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    process = until_apt(one)
    one.power_cycle()
    process.communicate(timeout=300)
    picks_up(one)


def test_a_stuck_nvidia_smi_is_said_first_and_never_joined_by_another(provisioned: Callable[..., Host]) -> None:
    one = provisioned("debian12", "nvidia_smi_stuck")
    assert fab(one.name, "doctor").returncode == 0
    one.freeze()
    try:
        began = time.monotonic()
        done = fab(one.name, "doctor", "--deadline", "4s", "--format", "json")
        took = time.monotonic() - began
        first = next(f for f in json.loads(done.stdout)["findings"] if f["verdict"] not in ("ok", "skipped"))
        processes = one.inside("ps", "-eo", "pid,stat,comm").stdout
        stuck = [line.split() for line in processes.splitlines() if line.split()[2] == "nvidia-smi"]
        assert len(stuck) == 1
        pid, state, _ = stuck[0]
        assert state.startswith("D")
        assert (first["check"], first["verdict"]) == ("nvidia_smi", "fail")
        assert f"pid {pid}" in first["evidence"]
        assert took < 4 + 2 + 1, f"{took:.1f} s"  # a second is the start of fab itself and its connection
        left = [line for line in processes.splitlines() if "gpuwright" in line or line.split()[2] == "sleep"]
        assert left == []
        time.sleep(6)
        again = fab(one.name, "doctor", "--deadline", "4s")
        assert again.returncode == 1
        assert f"pid {pid}" in again.stdout
        assert one.inside("ps", "-eo", "comm").stdout.split().count("nvidia-smi") == 1
    finally:
        one.thaw()


def test_dry_runs_change_nothing_whatever_else_is_said(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    before = one.run("dpkg -l | sha256sum; find /etc /var/lib/gpuwright -newer /etc/hostname 2>/dev/null | sort").stdout
    flagged = fab(one.name, "provision", "--yes", "--dry-run")
    core = fab(one.name, "provision", "--yes", core=("--dry",))
    for done in (flagged, core):
        assert done.returncode == 2, done.stdout + done.stderr
        assert "6 steps, 1 reboot" in done.stdout
    after = one.run("dpkg -l | sha256sum; find /etc /var/lib/gpuwright -newer /etc/hostname 2>/dev/null | sort").stdout
    assert after == before


def test_without_a_terminal_and_without_yes_nothing_happens(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    done = fab(one.name, "provision")
    assert done.returncode == 79
    assert "--yes agrees to what is shown" in done.stderr
    assert one.run("ls /var/lib/gpuwright", check=False).returncode != 0


@pytest.mark.parametrize(
    ("gpus", "words"),
    [
        ("none", "there is no NVIDIA GPU"),
        ("b200:1", "needs driver branch 570"),
        ("k80:1", "needs driver branch 304 to 470"),
    ],
)
def test_a_host_that_must_not_be_touched_is_refused(host: MakeHost, gpus: str, words: str) -> None:
    one = host(gpus=gpus)
    done = fab(one.name, "provision", "--yes")
    assert done.returncode == 78
    assert words in done.stderr
    assert "nothing was changed" in done.stderr


def test_without_sudo_the_doctor_still_says_what_it_can(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    done = fab(f"nosudo@{one.name}", "doctor")
    assert done.returncode == 1
    assert "FAIL    nouveau" in done.stdout
    touched = fab(f"nosudo@{one.name}", "provision", "--yes")
    assert touched.returncode == 77
    assert "this needs root" in touched.stderr


@pytest.mark.slow
def test_a_sudo_password_goes_by_standard_input_and_nowhere_else(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    password = {"FABRIC_SUDO_PASSWORD": PW_PASSWORD}
    without = fab(f"pw@{one.name}", "provision", "--yes", "--only", "docker")
    assert without.returncode == 77
    done = fab(f"pw@{one.name}", "provision", "--yes", "--only", "docker", env=password)
    assert "install docker" in done.stdout, done.stdout + done.stderr
    assert one.run("systemctl is-active docker").stdout == "active\n"
    wrong = fab(f"pw@{one.name}", "provision", "--yes", env={"FABRIC_SUDO_PASSWORD": "wrong"})
    assert wrong.returncode == 77, wrong.stdout + wrong.stderr
    assert "sudo did not take the password; nothing was changed" in wrong.stderr
    logged = one.run(f"grep -rlF '{PW_PASSWORD}' /var/log /var/lib/gpuwright /run/log 2>/dev/null", check=False).stdout
    assert logged == ""
    assert PW_PASSWORD not in done.stdout + done.stderr + wrong.stdout + wrong.stderr
    journal = one.inside("journalctl", "-q", "-o", "cat").stdout
    assert PW_PASSWORD not in journal


@pytest.mark.slow
def test_what_apt_cannot_install_is_said_before_anything_is_changed(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    pin = "Package: dkms\\nPin: release *\\nPin-Priority: -1\\n"
    one.run(f"mkdir -p /etc/apt/preferences.d; printf '{pin}' >/etc/apt/preferences.d/no")
    done = fab(one.name, "provision", "--yes")
    assert done.returncode == 80
    assert "apt cannot install" in done.stderr
    assert "nothing was changed" in done.stderr
    assert one.run("ls /var/lib/gpuwright", check=False).returncode != 0


@pytest.mark.slow
def test_a_step_that_fails_is_undone_and_named(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    one.run("ln -s /dev/null /etc/systemd/system/docker.service")
    before = one.run("dpkg -l").stdout
    done = fab(one.name, "provision", "--yes", "--only", "docker")
    assert done.returncode == 80
    assert "failed: install docker: docker.io" in done.stderr
    assert "masked" in done.stderr
    assert "It was undone" in done.stderr
    assert "rollback --run" in done.stderr
    assert one.run("dpkg -l").stdout == before


@pytest.mark.slow
def test_rollback_takes_one_run_back_and_no_more(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    before = one.run("dpkg -l").stdout
    assert "install docker" in fab(one.name, "provision", "--yes", "--only", "docker").stdout
    with_docker = one.run("dpkg -l").stdout
    assert with_docker != before
    assert "install linux-headers" in fab(one.name, "provision", "--yes", "--only", "kernel_headers").stdout
    newest = fab(one.name, "rollback").stdout.split("\n\n")[0].splitlines()
    run = [line.split()[0] for line in newest if not line.startswith(" ")][-1]
    done = fab(one.name, "rollback", "--run", run, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert one.run("dpkg -l").stdout == with_docker
    assert one.run("systemctl is-active docker").stdout == "active\n"
    again = fab(one.name, "rollback", "--run", run, "--yes")
    assert "nothing to take back" in again.stdout
