"""The scripts of a run, on this machine: in a folder of their own, and as on a host without systemd."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from provision.remote import detached
from provision.remote.detached import Script

ALONE = "mkdir {0}/busy || exit 9\nsleep 0.1\nrmdir {0}/busy\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A host without systemd in a folder, on which everybody is root."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, says in (("id", "echo 0"), ("logger", "exit 0"), ("systemctl", "exit 1")):
        (tools / name).write_text(f"#!/bin/sh\n{says}\n")
        (tools / name).chmod(0o755)
    return tmp_path


def here(script: str, place: Path) -> str:
    """The script with the places of a host moved into the folder; it looks for signs of life more often."""
    for path in ("/var/lib/gpuwright", "/run/gpuwright", "/run/systemd", "/etc/environment", "/etc/default/locale"):
        script = script.replace(path, f"{place}{path}")
    return script.replace("sleep 0.2", "sleep 0.01").replace("/etc/locale.conf", "/nowhere")


def begin(script: str, place: Path) -> subprocess.Popen[str]:
    environment = {"PATH": f"{place}/bin:{os.environ['PATH']}"}
    for folder in ("etc/default", "var/lib/gpuwright"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        ["sh", "-c", here(script, place)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )


def start(place: Path, *scripts: Script, run: str = "r1", who: str = "joe@desk") -> subprocess.Popen[str]:
    return begin(detached.start(run, who, scripts), place)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, _ = process.communicate(timeout=30)
    return process.returncode, out.replace("@ tick\n", "")


def folder(place: Path, run: str = "r1") -> Path:
    return place / "var/lib/gpuwright/runs" / run


def until(path: Path) -> None:
    end = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < end, path
        time.sleep(0.01)


def test_steps_are_done_in_order_and_their_outputs_marked(place: Path) -> None:
    status, out = ended(start(place, Script("one", "echo first\n"), Script("two", "echo second\n")))
    assert status == 0
    assert out == ("@ begin 01/02 one\n first\n@ done 01\n@ begin 02/02 two\n second\n@ done 02\n@ end 0\n"), (
        folder(place).joinpath("log").read_text()
    )
    assert not folder(place).joinpath("reserve").exists()


def test_an_audit_line_says_who_when_and_what(place: Path) -> None:
    ended(start(place, Script("install docker", ":\n")))
    began, end = (place / "var/lib/gpuwright/audit").read_text().splitlines()
    assert began[10] == "T"
    assert began[20:] == " run r1 by joe@desk (on the host: 0): install docker;"
    assert end.endswith(" run r1 ended with 0")


def test_a_step_that_fails_is_undone_and_the_rest_not_begun(place: Path) -> None:
    _, out = ended(start(place, Script("one", "false\n", "echo back\n"), Script("two", ":\n")))
    assert out == "@ begin 01/02 one\n@ failed 01 1\n back\n@ undone 01\n@ end 1\n"


def test_a_stop_mark_lets_the_step_in_flight_end_and_no_other_begin(place: Path) -> None:
    flight = f"touch {place}/in\nuntil [ -e {place}/go ]; do sleep 0.02; done\n"
    process = start(place, Script("one", flight), Script("two", ":\n"))
    until(place / "in")
    assert ended(begin(detached.stop("r1"), place))[0] == 0
    (place / "go").touch()
    assert ended(process)[1] == "@ begin 01/02 one\n@ done 01\n@ stopped 02\n@ end 130\n"


def test_a_stop_before_the_start_keeps_it_from_starting(place: Path) -> None:
    ended(begin(detached.stop("r1"), place))
    status, out = ended(start(place, Script("one", ":\n")))
    assert (status, out) == (130, "@ stopped 01\n")
    assert not folder(place).exists()


def test_following_goes_on_after_the_lines_already_seen(place: Path) -> None:
    ended(start(place, Script("one", "echo a\n")))
    assert ended(begin(detached.follow("r1", 2), place))[1] == "@ done 01\n@ end 0\n"


def test_a_killed_runner_is_noticed_by_who_follows_and_by_who_comes_next(place: Path) -> None:
    process = start(place, Script("one", f"touch {place}/in\nsleep 60\n"))
    until(place / "in")
    pid = int(folder(place).joinpath("pid").read_text().split()[0])
    os.killpg(pid, signal.SIGKILL)
    status, out = ended(process)
    assert (status, out) == (3, "@ begin 01/01 one\n@ lost\n")
    assert ended(start(place, Script("two", ":\n"), run="r2"))[0] == 0


def test_what_the_runner_leaves_running_still_holds_the_lock(place: Path) -> None:
    process = start(place, Script("one", f"touch {place}/in\nsleep 60\n"))
    until(place / "in")
    pid = int(folder(place).joinpath("pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    status, out = ended(start(place, Script("two", ":\n"), run="r2"))
    os.killpg(pid, signal.SIGKILL)
    assert (status, out.split(",")[0]) == (75, "@ locked joe@desk")
    ended(process)


def test_a_run_of_another_boot_is_dead_whatever_has_its_number_now(place: Path) -> None:
    old = folder(place, "r0")
    old.mkdir(parents=True)
    (old / "pid").write_text(f"{os.getsid(0)} another-boot\n")
    (place / "run/gpuwright").mkdir(parents=True)
    (place / "run/gpuwright/lock").symlink_to(old)
    assert ended(start(place, Script("one", ":\n")))[0] == 0


def test_who_comes_second_is_told_who_since_when_and_at_which_step(place: Path) -> None:
    process = start(place, Script("install docker", f"touch {place}/in\nsleep 0.5\n"))
    until(place / "in")
    status, out = ended(start(place, Script("two", ":\n"), run="r2", who="ann@other"))
    assert status == 75
    assert out.startswith("@ locked joe@desk, since 20")
    assert out.endswith(" UTC, at the step: install docker, run r1\n")
    assert not folder(place, "r2").exists()
    assert ended(process)[0] == 0


def test_of_many_that_start_in_the_same_instant_one_runs(place: Path) -> None:
    (place / "run/gpuwright").mkdir(parents=True)
    (place / "run/gpuwright/lock").symlink_to(folder(place, "dead"))
    runs = [start(place, Script("alone", ALONE.format(place)), run=f"r{number}") for number in range(6)]
    outs = [ended(run) for run in runs]
    assert {status for status, _ in outs} <= {0, 75}, outs
    assert any(status == 0 for status, _ in outs)
    assert not any("failed" in out for _, out in outs)


SPACE = (
    ("tar: ./usr: Cannot write: No space left on device", "tar:"),
    ("E: You don't have enough free space in /var/cache/apt/archives/.", "E:"),
    ("At least 12MB more space needed on the / filesystem.", "At"),
)


@pytest.mark.parametrize(("line", "first"), SPACE, ids=["write", "apt", "dnf"])
def test_a_full_disk_is_told_from_other_failures(place: Path, line: str, first: str) -> None:
    _, out = ended(start(place, Script("one", f'echo "{line}"\nexit 100\n', "echo back\n")))
    assert "@ failed 01 73\n" in out
    full = next(text for text in out.splitlines() if text.startswith("@ full /")).split()
    assert full[3].isdigit()
    assert full[4] == first
    assert "@ undone 01\n@ end 73\n" in out


def test_no_inode_left_is_said_where_there_is_room(place: Path) -> None:
    answers = 'case $1 in -Pi) echo "/dev/x 10 10 0 100% /mnt" ;; *) echo "/dev/x 9 1 5000 1% /mnt" ;; esac'
    (place / "bin/df").write_text(f"#!/bin/sh\necho head\n{answers}\n")
    (place / "bin/df").chmod(0o755)
    _, out = ended(start(place, Script("one", "echo 'cp: /mnt/a: No space left on device'\nexit 1\n")))
    assert "@ full /mnt 5000 cp: /mnt/a: No space left on device (no inode is left there)\n" in out


def test_a_host_that_is_about_to_shut_down_is_left_alone(place: Path) -> None:
    (place / "run/systemd/shutdown").mkdir(parents=True)
    (place / "run/systemd/shutdown/scheduled").write_text("USEC=1700000000000000\nWARN_WALL=1\nMODE=poweroff\n")
    status, out = ended(start(place, Script("one", ":\n")))
    assert (status, out) == (75, "@ shutdown USEC=1700000000000000 WARN_WALL=1 MODE=poweroff \n")


def test_records_that_cannot_be_written_are_said_and_nothing_is_begun(place: Path) -> None:
    (place / "var/lib/gpuwright").mkdir(parents=True)
    (place / "var/lib/gpuwright/runs").write_text("a file")
    status, out = ended(start(place, Script("one", f"touch {place}/in\n")))
    assert status == 1
    assert out.startswith("@ unwritable mkdir: ")
    assert not (place / "in").exists()


@pytest.mark.parametrize(
    ("version", "options"),
    [
        ("219", []),
        ("239", ["--collect"]),
        (
            "252",
            [
                "--collect",
                "--property=KillMode=mixed",
                "--property=TimeoutStopSec=600",
                "--property=OOMPolicy=continue",
            ],
        ),
        (
            "257",
            [
                "--collect",
                "--property=KillMode=mixed",
                "--property=TimeoutStopSec=600",
                "--property=OOMPolicy=continue",
            ],
        ),
    ],
)
def test_a_unit_gets_the_options_that_its_systemd_knows(place: Path, version: str, options: Sequence[str]) -> None:
    (place / "run/systemd/system").mkdir(parents=True)
    tools = {
        "systemctl": f'[ "$1" != --version ] || echo "systemd {version} ({version}.1)"',
        "systemd-run": f'printf "%s\\n" "$@" >{place}/argv\nwhile [ "$1" != /bin/sh ]; do shift; done\n"$@" >/dev/null',
    }
    for name, says in tools.items():
        (place / "bin" / name).write_text(f"#!/bin/sh\n{says}\n")
        (place / "bin" / name).chmod(0o755)
    status, _ = ended(start(place, Script("one", ":\n")))
    words = (place / "argv").read_text().splitlines()
    assert status == 0
    assert words == [
        "--unit=gpuwright-r1.service", "--description=gpuwright run", *options,
        "/bin/sh", f"{folder(place)}/runner.sh", str(folder(place)),
    ]  # fmt: skip


def test_proxies_and_locale_of_the_host_reach_a_step_and_no_argument(place: Path) -> None:
    (place / "etc/default").mkdir(parents=True)
    (place / "etc/environment").write_text('export http_proxy="http://joe:secret@proxy:3128"\nNO_PROXY=.corp # no\n')
    (place / "etc/default/locale").write_text("# ours\nLANG='de_DE.UTF-8'\n")
    _, out = ended(start(place, Script("one", "env | grep -E -i -e '_proxy' -e '^L[AC]' | sort\n")))
    said = [line.strip() for line in out.splitlines() if not line.startswith("@")]
    assert {"HTTP_PROXY=http://joe:secret@proxy:3128", "http_proxy=http://joe:secret@proxy:3128"} <= set(said)
    assert {"LANG=de_DE.UTF-8", "LC_MESSAGES=C", "LC_COLLATE=C"} <= set(said)
    assert not any(line.startswith("LC_ALL") for line in said)
    assert "secret" not in detached.start("r1", "joe@desk", [Script("one", ":\n")])
