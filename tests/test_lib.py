"""The functions that steps are written in, with package managers of a few lines: waiting for a lock, mending."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from checks.facts import package_lock
from checks.facts.reading import Reading
from provision.remote import detached

HOLD = (
    "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); "
    "time.sleep(60)"
)
FOUND = {"dpkg": "command -v dpkg >/dev/null", "yum": "yum-complete-transaction", "dnf": "dnf"}


def lib(place: Path) -> str:
    """What a step's shell reads first, with the host's places moved into a folder."""
    script = detached.start("r1", "joe@desk", [])
    text = script.partition("lib.sh <<'END_OF_FILE_' || return\n")[2].partition("\nEND_OF_FILE_\n")[0]
    for path in ("/var/lib/dpkg", "/var/lib/yum", "/var/lib/apt", "/var/cache", "/etc/environment"):
        text = text.replace(path, f"{place}{path}")
    return text


def run(place: Path, script: str, tools: Mapping[str, str], *hidden: str) -> subprocess.CompletedProcess[str]:
    """A step's script; each tool notes how it was called. Hidden commands are not found."""
    folder = place / "bin"
    folder.mkdir()
    for name, says in tools.items():
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{place}/called\n{says}\n')
        (folder / name).chmod(0o755)
    (place / "log").touch()
    absent = "".join(f"{name}() {{ return 127; }}\n" for name in hidden)
    hide = f'command() {{ case " {" ".join(hidden)} " in *" $2 "*) return 1 ;; esac; [ -e {folder}/"$2" ]; }}\n'
    whole = f"set -eu\n{lib(place)}\n{absent}{hide}{script}"
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "RUN": str(place), "STEP": "01"}
    return subprocess.run(["sh", "-c", whole], env=environment, capture_output=True, text=True, check=False)


def called(place: Path) -> list[str]:
    path = place / "called"
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def held(tmp_path: Path) -> Iterator[int]:
    """Somebody who holds dpkg's lock."""
    folder = tmp_path / "var/lib/dpkg"
    folder.mkdir(parents=True)
    command = [sys.executable, "-c", HOLD, str(folder / "lock-frontend")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process.pid
        process.kill()


def test_another_package_manager_is_named_waited_for_and_left_alone(tmp_path: Path, held: int) -> None:
    (tmp_path / "lock_wait").write_text("1\n")
    done = run(tmp_path, "apt update\n", {"apt-get": "exit 0"})
    lock = f"{tmp_path}/var/lib/dpkg/lock-frontend"
    assert done.returncode == 75, done.stdout + done.stderr
    assert f"(pid {held}, running for" in done.stdout
    assert f"holds {lock}; waited 1 s" in done.stdout
    assert (tmp_path / "log").read_text().startswith("@ waiting 1 ")
    assert called(tmp_path) == []
    assert Path(lock).exists()


def test_the_topic_names_the_holder_and_not_who_waits(tmp_path: Path, held: int) -> None:
    command = package_lock.COMMAND.replace("/var/lib/dpkg", f"{tmp_path}/var/lib/dpkg")
    with (tmp_path / "var/lib/dpkg/lock-frontend").open():  # open, and not locked, as by one that waits
        said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    (holder,) = package_lock.parse(Reading(0, said))
    assert (holder.pid, holder.file) == (held, f"{tmp_path}/var/lib/dpkg/lock-frontend")
    assert 0 <= holder.age < 60
    assert "python" in holder.command


def test_where_nobody_holds_it_nobody_waits(tmp_path: Path) -> None:
    assert run(tmp_path, "apt update\n", {"apt-get": "exit 0"}).returncode == 0
    (call,) = called(tmp_path)
    for word in ("-y", "DPkg::Lock::Timeout=600", "--force-confdef", "--force-confold", "update"):
        assert word in call.split() or f"Dpkg::Options::={word}" in call.split()


def test_packages_in_order_are_not_mended(tmp_path: Path) -> None:
    assert run(tmp_path, "mend_packages\n", {"dpkg": "exit 0"}).returncode == 0
    assert called(tmp_path) == ["dpkg --audit"]


@pytest.mark.parametrize("sign", ["audit", "journal"])
def test_an_interrupted_dpkg_is_finished_without_a_question(tmp_path: Path, sign: str) -> None:
    if sign == "journal":
        (tmp_path / "var/lib/dpkg/updates").mkdir(parents=True)
        (tmp_path / "var/lib/dpkg/updates/0001").touch()
    tools = {
        "dpkg": f'[ "$1" != --audit ] || echo "{"half" if sign == "audit" else ""}"',
        "dpkg-query": "echo 'ok fine'; echo 'reinstreq torn'",
        "apt-get": "exit 0",
    }
    done = run(tmp_path, "mend_packages\n", tools)
    calls = [call.split("--force-confold ")[-1] for call in called(tmp_path)]
    assert done.returncode == 0, done.stderr
    assert calls[0] == "dpkg --audit"
    assert calls[1] == calls[-1] == "--configure -a"
    assert calls.index("--reinstall --no-install-recommends install torn") < calls.index("--fix-broken install")


def test_what_cannot_be_unpacked_again_is_removed(tmp_path: Path) -> None:
    tools = {
        "dpkg": '[ "$1" != --audit ] || echo half',
        "dpkg-query": "echo 'reinstreq torn'",
        "apt-get": 'case " $* " in *" --reinstall "*) exit 100 ;; esac',
    }
    run(tmp_path, "mend_packages\n", tools)
    assert "dpkg --force-remove-reinstreq --remove torn" in called(tmp_path)


def test_an_interrupted_dnf_is_mended(tmp_path: Path) -> None:
    tools = {"dnf": 'case " $* " in *" --duplicates "*) [ "$2" != repoquery ] || echo kernel-1 ;; esac'}
    assert run(tmp_path, "mend_packages\n", tools, "dpkg").returncode == 0
    assert called(tmp_path) == ["dnf -q repoquery --duplicates", "dnf -y remove --duplicates"]


def test_a_whole_dnf_is_left_alone(tmp_path: Path) -> None:
    assert run(tmp_path, "mend_packages\n", {"dnf": "exit 0"}, "dpkg").returncode == 0
    assert called(tmp_path) == ["dnf -q repoquery --duplicates"]


def test_an_interrupted_yum_3_is_completed(tmp_path: Path) -> None:
    (tmp_path / "var/lib/yum").mkdir(parents=True)
    (tmp_path / "var/lib/yum/transaction-all.2026").touch()
    assert run(tmp_path, "mend_packages\n", {"yum-complete-transaction": "exit 0"}, "dpkg", "dnf").returncode == 0
    assert called(tmp_path) == ["yum-complete-transaction -y"]


def test_half_a_list_of_packages_never_decides_what_an_undo_purges(tmp_path: Path) -> None:
    tools = {"dpkg-query": "echo installed one; exit 2", "dpkg": "exit 0", "apt-get": "exit 0"}
    done = run(tmp_path, "install_packages two\n", tools)
    assert done.returncode != 0
    assert not (tmp_path / "01.before").exists()
    assert not any("install" in call for call in called(tmp_path))
