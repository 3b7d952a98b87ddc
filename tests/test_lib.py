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
    for path in (
        "/var/lib/dpkg",
        "/var/lib/yum",
        "/var/lib/apt",
        "/var/cache",
        "/var/lib/dnf",
        "/run/yum.pid",
        "/etc/environment",
    ):
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


RPM = """case "$*" in *-qa*) cat {place}/rpms ;; "-q docker") echo docker-1.13.1-210.x86_64 ;; -q*) exit 1 ;; esac"""


@pytest.mark.parametrize("tool", ["dnf", "yum"])
def test_rpm_packages_of_a_step_come_and_go_and_what_they_replaced_comes_back(tmp_path: Path, tool: str) -> None:
    (tmp_path / "rpms").write_text("installed bash.x86_64 5.2-1\ninstalled docker.x86_64 1.13.1-210\n")
    after = "installed bash.x86_64 5.2-1\\ninstalled docker.x86_64 1.13.1-211\\ninstalled dkms.noarch 3.0-1\\n"
    tools = {
        tool: f"""case "$*" in *--downloadonly*) : >{tmp_path}/01.replaced/docker-1.13.1-210.rpm ;;
            *install*) printf '{after}' >{tmp_path}/rpms ;; esac""",
        "rpm": RPM.format(place=tmp_path),
    }
    other = {"dnf": "yum", "yum": "dnf"}[tool]
    done = run(tmp_path, "install_packages 'docker-1.13*' dkms\nundo_packages\n", tools, "dpkg", other)
    assert done.returncode == 0, done.stderr
    calls = [call for call in called(tmp_path) if call and "-q" not in call]
    assert calls == [
        f"{tool} -y reinstall --downloadonly --downloaddir={tmp_path}/01.replaced docker",
        f"{tool} -y install docker-1.13* dkms",
        f"rpm -U --oldpackage --nodeps {tmp_path}/01.replaced/docker-1.13.1-210.rpm",
        "rpm -e dkms-3.0-1.noarch",
    ]


def test_a_second_kernel_devel_is_new_and_the_first_one_stays(tmp_path: Path) -> None:
    (tmp_path / "rpms").write_text("installed kernel-devel.x86_64 3.10.0-1\n")
    after = "installed kernel-devel.x86_64 3.10.0-1\\ninstalled kernel-devel.x86_64 3.10.0-2\\n"
    tools = {"dnf": f"[ $2 != install ] || printf '{after}' >{tmp_path}/rpms", "rpm": RPM.format(place=tmp_path)}
    run(tmp_path, "install_packages kernel-devel-3.10.0-2\nundo_packages\n", tools, "dpkg")
    assert called(tmp_path)[-1] == "rpm -e kernel-devel-3.10.0-2.x86_64"


def test_what_apt_replaces_or_removes_along_is_kept_and_comes_back_after_the_new_ones_went(tmp_path: Path) -> None:
    (tmp_path / "debs").write_text("installed docker-ce 17.03\ninstalled docker-meta 1\ninstalled docker.io 1.13\n")
    tools = {
        "dpkg": "exit 0",
        "dpkg-query": f"""case "$*" in *Eflag*) ;; *docker-ce) echo installed 17.03 ;; *docker-meta) echo installed 1 ;;
            *docker.io) echo installed 1.13 ;; *) cat {tmp_path}/debs ;; esac""",
        "apt-get": f"""case "$*" in *download*) : >"${{3%%=*}}_${{3#*=}}.deb" ;;
            *-s*) printf 'Inst docker-ce [17.03] (17.09 d:9)\nRemv docker.io [1.13]\nInst docker-meta [1] (2 d:9)\n'
                echo 'Inst libltdl7 (2.4 d:9)' ;;
            *' install '*) printf 'installed docker-ce 17.09\\ninstalled libltdl7 2.4\\n' >{tmp_path}/debs ;; esac""",
    }
    done = run(tmp_path, "install_packages 'docker-ce=17.09*'\nundo_packages\n", tools)
    assert done.returncode == 0, done.stderr
    calls = [call.split("--force-confold ")[-1] for call in called(tmp_path) if call and "query" not in call]
    assert calls[1:6] == [
        "apt-get -s -q install --allow-downgrades --no-install-recommends docker-ce=17.09*",
        "apt-get -q download docker-ce=17.03",
        "apt-get -q download docker.io=1.13",
        "apt-get -q download docker-meta=1",
        "install --allow-downgrades --no-install-recommends docker-ce=17.09*",
    ]
    assert calls[-2:] == [
        "-o Dpkg::Options::=--force-remove-reinstreq purge libltdl7",
        "dpkg --install "
        + " ".join(
            f"{tmp_path}/01.replaced/{name}"
            for name in ("docker-ce_17.03.deb", "docker-meta_1.deb", "docker.io_1.13.deb")
        ),
    ]


def test_yum_is_waited_for_by_the_process_that_its_file_names(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "lock_wait").write_text("0\n")
    script = "import time; open('/proc/self/comm', 'w').write('yum'); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script, "yum"]) as process:
        (tmp_path / "run/yum.pid").write_text(f"{process.pid}\n")
        done = run(tmp_path, "dnf_or_yum install x\n", {"yum": "exit 0"}, "dnf", "dpkg")
        process.kill()
    assert done.returncode == 75
    assert f"(pid {process.pid}, running for" in done.stdout
    assert called(tmp_path) == []
    assert run_again(tmp_path).returncode == 0, "the file alone, left by a yum that was killed, holds nothing"


def run_again(place: Path) -> subprocess.CompletedProcess[str]:
    for path in (place / "bin").iterdir():
        path.unlink()
    (place / "bin").rmdir()
    return run(place, "dnf_or_yum install x\n", {"yum": "exit 0"}, "dnf", "dpkg")
