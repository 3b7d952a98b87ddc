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
IN_MEMORY = " -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache="
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
    return text.replace("'^/etc/'", f"'^{place}/etc/'")


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


@pytest.mark.parametrize("there", ["", "a_InRelease", "a_Release"])
def test_a_list_that_was_never_fetched_is_fetched_before_packages_are_installed(tmp_path: Path, there: str) -> None:
    lists = tmp_path / "var/lib/apt/lists"
    lists.mkdir(parents=True)
    (lists / (there or "other")).touch()
    uris = "case $* in *print-uris*) echo \"'https://a/InRelease' a_InRelease 0 \"; echo Fetched ;; esac"
    run(tmp_path, "fetch_missing_lists\n", {"dpkg": "exit 0", "apt-get": uris})
    fetched = [call for call in called(tmp_path) if call.endswith(" update")][1:]
    assert len(fetched) == (not there)


def test_what_cannot_be_unpacked_again_is_removed(tmp_path: Path) -> None:
    tools = {
        "dpkg": '[ "$1" != --audit ] || echo half',
        "dpkg-query": "echo 'reinstreq torn'",
        "apt-get": 'case " $* " in *" --reinstall "*) exit 100 ;; esac',
    }
    run(tmp_path, "mend_packages\n", tools)
    assert "dpkg --force-remove-reinstreq --remove torn" in called(tmp_path)


def test_lost_files_come_back_at_the_version_that_is_installed_and_not_at_the_newest(tmp_path: Path) -> None:
    tools = {"dpkg": "exit 0", "dpkg-query": "echo docker-ce=17.12.1~ce-0~ubuntu", "apt-get": "exit 0"}
    assert run(tmp_path, "reinstall_packages docker-ce\n", tools).returncode == 0
    assert called(tmp_path)[-1].endswith("--reinstall --no-install-recommends docker-ce=17.12.1~ce-0~ubuntu")


def test_an_interrupted_dnf_is_mended(tmp_path: Path) -> None:
    tools = {"dnf": 'case " $* " in *" --duplicates "*) [ "$2" != repoquery ] || echo kernel-1 ;; esac'}
    assert run(tmp_path, "mend_packages\n", tools, "dpkg").returncode == 0
    assert called(tmp_path)[:2] == ["dnf -q repoquery --duplicates", "dnf -y remove --duplicates"]


@pytest.mark.parametrize("end", ["**", "edd86b5bfa9b"])
def test_what_dnf_had_registered_when_it_was_cut_off_is_installed_once_more(tmp_path: Path, end: str) -> None:
    told = f"End rpmdb      :  {end}\n ** Install base-1-1.x86_64 @r\n ** Install rest-1-1.x86_64 @r\n"
    tools = {
        "dnf": f"case $* in *history*) printf '{told}' ;; esac".replace("\n", "\\n"),
        "rpm": 'case $* in "-q base"*) ;; -q*) exit 1 ;; esac',
    }
    assert run(tmp_path, "mend_packages\n", tools, "dpkg").returncode == 0
    done = [call for call in called(tmp_path) if "base" in call and " -q " not in call]
    assert done == [
        *["dnf -y reinstall --downloadonly base-1-1.x86_64"][: end == "**"],
        *["rpm -e --justdb --nodeps --noscripts --notriggers base-1-1.x86_64"][: end == "**"],
        *["dnf -y install base-1-1.x86_64"][: end == "**"],
    ]


def test_what_cannot_be_installed_once_more_is_known_to_rpm_as_before(tmp_path: Path) -> None:
    kept = tmp_path / "var/cache/dnf/r/packages/base-1-1.x86_64.rpm"
    kept.parent.mkdir(parents=True)
    kept.touch()
    told = "End rpmdb      :  **\\n ** Install base-2:1-1.x86_64 @r\\n"
    tools = {
        "dnf": f"case $* in *history*) printf '{told}' ;; '-y install'*) exit 1 ;; esac",
        "rpm": "exit 0",
    }
    assert run(tmp_path, "mend_packages\n", tools, "dpkg").returncode != 0
    assert called(tmp_path)[-1] == f"rpm -i --justdb --nodeps --noscripts --notriggers {kept}"


def test_a_whole_dnf_is_left_alone(tmp_path: Path) -> None:
    assert run(tmp_path, "mend_packages\n", {"dnf": "exit 0"}, "dpkg").returncode == 0
    assert called(tmp_path) == ["dnf -q repoquery --duplicates", "dnf -q -C history info last"]


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


RPM = """case "$*" in *-qa*) cat {place}/rpms ;; *VERSION*) echo docker-1.13.1-210.x86_64 ;; -ql*) ;;
    -q*) exit 1 ;; esac"""
WOULD = """\
Dependencies resolved.
================================================================================
 Package           Arch      Version              Repository      Size
================================================================================
Installing:
 dkms              noarch    3.0-1                epel            80 k
     replacing  dkms-old.noarch 2.0-1
Upgrading:
 docker            x86_64    1.13.1-211           extras          18 M
 a-package-with-a-name-that-is-too-long-for-its-column
                   i686      2-1                  base            18 M
Installing dependencies:
 tini              x86_64    1-1                  extras          1 M
Removing dependent packages:
 docker-meta       noarch    1-1                  @extras         0

Transaction Summary
================================================================================
Upgrade  1 Package
"""
LONG = "a-package-with-a-name-that-is-too-long-for-its-column"


def dnf(place: Path, after: str, *, swap: str = "exit 0") -> str:
    """A dnf of a few lines: what it would do, what it fetches, what is there after it has installed."""
    return f"""case "$*" in
        *--assumeno*) cat {place}/would ;;
        *--downloadonly*) : >{place}/01.keeping/docker-1.13.1-210.x86_64.rpm ;;
        *\\ shell\\ *) cp {place}/01.swap {place}/swap; {swap} ;;
        *' install '*) printf '{after}' >{place}/rpms ;; esac"""


def test_all_that_dnf_would_replace_is_found_in_its_table(tmp_path: Path) -> None:
    (tmp_path / "would").write_text(WOULD)
    done = run(tmp_path, "replaced_by docker dkms\n", {"dnf": dnf(tmp_path, "")}, "dpkg")
    assert done.stdout.split() == [
        "dkms-old.noarch",
        "docker.x86_64",
        f"{LONG}.i686",
        "docker-meta.noarch",
    ]


BEFORE = "installed bash.x86_64 5.2-1\ninstalled docker.x86_64 1.13.1-210\n"
AFTER = "installed bash.x86_64 5.2-1\\ninstalled docker.x86_64 1.13.1-211\\ninstalled dkms.noarch 3.0-1\\n"


@pytest.mark.parametrize("tool", ["dnf", "yum"])
def test_rpm_packages_come_and_go_in_one_transaction_each(tmp_path: Path, tool: str) -> None:
    (tmp_path / "would").write_text(WOULD)
    (tmp_path / "rpms").write_text(BEFORE)
    swap = f"printf '{BEFORE}' >{tmp_path}/rpms".replace("\n", "\\n")
    tools = {tool: dnf(tmp_path, AFTER, swap=swap), "rpm": RPM.format(place=tmp_path)}
    other = {"dnf": "yum", "yum": "dnf"}[tool]
    done = run(tmp_path, "install_packages 'docker-1.13*' dkms\nundo_packages\n", tools, "dpkg", other, "systemctl")
    assert done.returncode == 0, done.stderr
    calls = [call for call in called(tmp_path) if call.startswith(f"{tool} -y")]
    assert calls == [
        f"{tool} -y --assumeno --setopt=color=never install docker-1.13* dkms",
        f"{tool} -y reinstall --downloadonly --downloaddir={tmp_path}/01.keeping docker.x86_64",
        f"{tool} -y install docker-1.13* dkms",
        f"{tool} -y --disablerepo=* --disableplugin=versionlock shell {tmp_path}/01.swap",
    ]
    kept = f"{tmp_path}/01.replaced/docker-1.13.1-210.x86_64.rpm"
    assert (tmp_path / "swap").read_text() == f"install {kept}\nremove dkms-3.0-1.noarch\nrun\n"
    assert not any(call.startswith(("rpm -U", "rpm -e")) for call in called(tmp_path))


def test_what_one_transaction_could_not_do_is_done_in_parts(tmp_path: Path) -> None:
    (tmp_path / "would").write_text(WOULD)
    (tmp_path / "rpms").write_text(BEFORE)
    tools = {"dnf": dnf(tmp_path, AFTER, swap="exit 1"), "rpm": RPM.format(place=tmp_path)}
    done = run(tmp_path, "install_packages docker dkms\nundo_packages\n", tools, "dpkg", "yum", "systemctl")
    assert done.returncode == 0, done.stderr
    kept = f"{tmp_path}/01.replaced/docker-1.13.1-210.x86_64.rpm"
    assert f"rpm -U --oldpackage --replacepkgs --nodeps {kept}" in called(tmp_path)
    assert "rpm -e dkms-3.0-1.noarch" in called(tmp_path)
    assert "docker.x86_64 was at 1.13.1-210, of which no file was kept" in done.stdout, "as this rpm changes nothing"


def test_a_second_kernel_devel_is_new_and_the_first_one_stays(tmp_path: Path) -> None:
    (tmp_path / "rpms").write_text("installed kernel-devel.x86_64 3.10.0-1\n")
    after = "installed kernel-devel.x86_64 3.10.0-1\\ninstalled kernel-devel.x86_64 3.10.0-2\\n"
    (tmp_path / "would").write_text("")
    tools = {"dnf": dnf(tmp_path, after, swap="exit 1"), "rpm": RPM.format(place=tmp_path)}
    run(tmp_path, "install_packages kernel-devel-3.10.0-2\nundo_packages\n", tools, "dpkg", "systemctl")
    assert (tmp_path / "swap").read_text() == "remove kernel-devel-3.10.0-2.x86_64\nrun\n"
    assert "rpm -e kernel-devel-3.10.0-2.x86_64" in called(tmp_path)


APT = """case "$*" in *download*) shift 2; for each; do : >"${{each%%=*}}_${{each#*=}}_all.deb"; done ;;
    *-s*) printf 'Inst docker-ce [17.03] (17.09 d:9)\nRemv docker.io [1.13]\nInst docker-meta [1] (2 d:9)\n'
        echo 'Inst libltdl7 (2.4 d:9)' ;;
    *' --purge '*) {swap} ;;
    *' install '*) printf 'installed docker-ce 17.09\\ninstalled libltdl7 2.4\\n' >{place}/debs ;; esac"""
SWAP = (
    "-o Dpkg::Options::=--force-remove-reinstreq install --purge --no-auto-remove --allow-downgrades "
    "--allow-change-held-packages --no-install-recommends"
)
DEBS = "installed docker-ce 17.03\ninstalled docker-meta 1\ninstalled docker.io 1.13\n"


def debs(place: Path, swap: str) -> dict[str, str]:
    """A dpkg and an apt of a few lines; docker-meta came along with docker-ce, which was held."""
    (place / "debs").write_text(DEBS)
    query = f"""case "$*" in *Eflag*) ;; *docker-ce) echo installed 17.03 ;; *docker-meta) echo installed 1 ;;
        *docker.io) echo installed 1.13 ;; *) cat {place}/debs ;; esac"""
    return {
        "dpkg": "exit 0",
        "dpkg-query": query,
        "apt-get": APT.format(place=place, swap=swap),
        "apt-mark": f"""[ "$1" != showauto ] || echo libc6
            [ -e {place}/01.sums ] || case $1 in showauto) echo docker-meta ;; showhold) echo docker-ce ;; esac""",
    }


def kept_debs(place: Path) -> list[str]:
    return [f"{place}/01.replaced/{name}_all.deb" for name in ("docker-ce_17.03", "docker-meta_1", "docker.io_1.13")]


def test_what_apt_replaces_or_removes_along_is_kept_and_comes_back_in_one_transaction(tmp_path: Path) -> None:
    tools = debs(tmp_path, f"printf '{DEBS}' >{tmp_path}/debs".replace("\n", "\\n"))
    done = run(tmp_path, "install_packages 'docker-ce=17.09*'\nundo_packages\n", tools, "systemctl")
    assert done.returncode == 0, done.stderr
    calls = [call.split("--force-confold ")[-1] for call in called(tmp_path) if call.startswith("apt")]
    files = kept_debs(tmp_path)
    assert calls == [
        "apt-get -q --print-uris update",
        f"apt-mark showhold{IN_MEMORY}",
        f"apt-mark showauto{IN_MEMORY}",
        "apt-get -s -q install --allow-downgrades --no-install-recommends docker-ce=17.09*",
        "apt-get -q download docker-ce=17.03 docker-meta=1 docker.io=1.13",
        "install --allow-downgrades --no-install-recommends docker-ce=17.09*",
        f"{SWAP} {' '.join(files)} libltdl7-",
        f"apt-mark showauto{IN_MEMORY}",
        f"apt-mark auto -q docker-meta{IN_MEMORY}",
        f"apt-mark showhold{IN_MEMORY}",
        f"apt-mark hold -q docker-ce{IN_MEMORY}",
    ]


def test_a_step_that_installs_twice_keeps_nothing_that_it_brought_itself(tmp_path: Path) -> None:
    tools = debs(tmp_path, f"printf '{DEBS}' >{tmp_path}/debs".replace("\n", "\\n"))
    run(tmp_path, "install_packages 'docker-ce=17.09*'\ninstall_packages 'docker-ce=17.12*'\n", tools, "systemctl")
    assert sorted(str(path) for path in (tmp_path / "01.replaced").iterdir()) == kept_debs(tmp_path)
    assert [call for call in called(tmp_path) if "download" in call] == [
        "apt-get -q download docker-ce=17.03 docker-meta=1 docker.io=1.13"
    ]


def test_where_apt_cannot_swap_them_the_new_ones_go_first_and_then_the_old_ones_come(tmp_path: Path) -> None:
    tools = debs(tmp_path, "exit 100")
    done = run(tmp_path, "install_packages 'docker-ce=17.09*'\nundo_packages\n", tools, "systemctl")
    assert done.returncode == 0, done.stderr
    calls = [call.split("--force-confold ")[-1] for call in called(tmp_path)]
    purge = calls.index("-o Dpkg::Options::=--force-remove-reinstreq purge libltdl7")
    assert [call for call in calls[purge:] if call.startswith("dpkg --install")] == [
        f"dpkg --install {' '.join(kept_debs(tmp_path))}"
    ]


def test_files_below_etc_come_back_byte_for_byte_and_a_persons_work_stays_beside(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    for name in ("own", "theirs", "gone"):
        (etc / name).write_text(f"{name} 17.03\n")
    (etc / "own").chmod(0o600)
    (etc / "link").symlink_to("own")
    tools = debs(tmp_path, f"printf '{DEBS}' >{tmp_path}/debs; echo other >{etc}/own".replace("\n", "\\n"))
    names = ("own", "theirs", "gone", "link", "unknown")
    tools["dpkg"] = f"""[ "$1" != -L ] || printf '%s\\n' {" ".join(f"{etc}/{name}" for name in names)}"""
    change = f"""
        echo 17.09 >{etc}/own; echo 17.09 >{etc}/theirs; rm {etc}/gone; ln -sfn elsewhere {etc}/link
        echo 17.09 >{etc}/own.dpkg-dist; note_what_came; echo mine >>{etc}/theirs"""
    (etc / "theirs.dpkg-old").write_text("of another time")
    os.utime(etc / "theirs.dpkg-old", (1, 1))
    script = f"install_packages 'docker-ce=17.09*'\n{change}\nundo_packages\n"
    done = run(tmp_path, script, tools, "systemctl")
    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_text() for path in etc.iterdir()} == {
        "own": "own 17.03\n",
        "theirs": "theirs 17.03\n",
        "gone": "gone 17.03\n",
        "link": "own 17.03\n",
        f"theirs.after-{tmp_path.name}": "17.09\nmine\n",
        "theirs.dpkg-old": "of another time",
    }
    assert (etc / "own").stat().st_mode & 0o777 == 0o600
    assert (etc / "link").readlink() == Path("own")


STAMPS = {
    # before the step, after it, when the undo began, when it has swapped the packages
    "untouched": (1, 1, 1, 1),
    "restarted-by-the-step": (1, 2, 2, 2),
    "restarted-by-both": (1, 2, 2, 3),
    "stopped-by-the-step": (1, 0, 0, 0),
    "stopped-by-the-undo": (1, 2, 2, 0),
    "stopped-by-a-person-since": (1, 2, 0, 0),
    "restarted-by-a-person-since": (1, 1, 2, 2),
    "new": (0, 2, 2, 2),
    "dbus": (1, 2, 2, 2),
}


def test_services_that_the_step_restarted_or_stopped_are_restarted(tmp_path: Path) -> None:
    for column, suffix in enumerate(("", ".after", ".undo", ".now")):
        lines = [f"{unit} {stamps[column]}\n" for unit, stamps in STAMPS.items() if stamps[column]]
        (tmp_path / f"01.services{suffix}").write_text("".join(lines))
    assert sorted(run(tmp_path, "restarted\n", {}).stdout.split()) == [
        "restarted-by-the-step",
        "stopped-by-the-step",
        "stopped-by-the-undo",
    ]
    (tmp_path / "01.services.after").unlink()
    cut = run_again(tmp_path, "restarted\n").stdout.split()
    assert "restarted-by-the-step" in cut, "a step that was cut off has noted nothing"


KEEP = "mend_packages\nnote_packages\nkeep_replaced 'docker-ce=17.09*'\n"
"""A step of packages up to the moment at which it begins to install."""


@pytest.mark.parametrize("cut", ["packages() { return 1; }", "fetch_debs() { exit 1; }", "apt() { exit 1; }"])
def test_a_step_cut_before_it_installs_is_undone_by_leaving_all_as_it_is(tmp_path: Path, cut: str) -> None:
    tools = debs(tmp_path, "exit 0")
    assert run(tmp_path, f"{cut}\n{KEEP}apt install x\n", tools, "systemctl").returncode == 1
    undone = run_again(tmp_path, "undo_packages\n", tools, "systemctl")
    assert undone.returncode == 0, undone.stderr
    assert not any(" install " in call.replace(" -s -q install", "") for call in called(tmp_path))
    assert (tmp_path / "debs").read_text() == DEBS


def test_an_undo_that_was_cut_off_goes_on_from_there(tmp_path: Path) -> None:
    """The swap has put docker-ce back when the power goes; the same undo then does what is left."""
    half = DEBS.replace("installed docker.io 1.13\n", "installed libltdl7 2.4\n")
    tools = debs(tmp_path, f"printf '{half}' >{tmp_path}/debs; kill -9 $PPID".replace("\n", "\\n"))
    assert run(tmp_path, "install_packages 'docker-ce=17.09*'\nundo_packages\n", tools, "systemctl").returncode != 0
    assert (tmp_path / "debs").read_text() == half
    (tmp_path / "called").unlink()
    tools["apt-get"] = APT.format(place=tmp_path, swap=f"printf '{DEBS}' >{tmp_path}/debs".replace("\n", "\\n"))
    done = run_again(tmp_path, "undo_packages\n", tools, "systemctl")
    assert done.returncode == 0, done.stderr
    (swap,) = [call for call in called(tmp_path) if "--purge" in call]
    assert swap.endswith(f"{' '.join(kept_debs(tmp_path))} libltdl7-")
    assert f"apt-mark hold -q docker-ce{IN_MEMORY}" in called(tmp_path)


def test_what_dnf_left_twice_when_it_was_cut_goes_in_its_new_version_alone(tmp_path: Path) -> None:
    (tmp_path / "would").write_text(WOULD)
    (tmp_path / "rpms").write_text(BEFORE)
    twice = (BEFORE + "installed docker.x86_64 1.13.1-211\n").replace("\n", "\\n")
    tools = {"dnf": dnf(tmp_path, twice, swap="exit 1"), "rpm": RPM.format(place=tmp_path)}
    run(tmp_path, "install_packages docker\nundo_packages\n", tools, "dpkg", "yum", "systemctl")
    assert (tmp_path / "swap").read_text() == "remove docker-1.13.1-211.x86_64\nrun\n"
    assert "rpm -e docker-1.13.1-211.x86_64" in called(tmp_path)
    assert not any(call.startswith("rpm -U") for call in called(tmp_path))


def test_a_copy_of_etc_that_was_cut_is_taken_anew_and_never_for_the_whole(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    for name in ("first", "second"):
        (etc / name).write_text(f"{name}\n")
    tools = debs(tmp_path, "exit 0")
    tools["dpkg"] = f"""[ "$1" != -L ] || printf '%s\\n' {etc}/first {etc}/second"""
    torn = 'cp() { case $3 in *second) echo torn >"$4${3#.}"; return 1 ;; *) /bin/cp "$@" ;; esac; }'
    run(tmp_path, f"{torn}\n{KEEP}", tools, "systemctl")
    assert (tmp_path / "01.paths").read_text() == f"{etc}/first\n"
    done = run_again(tmp_path, "undo_packages\n", tools, "systemctl")
    assert done.returncode == 0, done.stderr
    assert (etc / "second").read_text() == "second\n"


def test_units_that_packages_took_from_the_boot_are_enabled_again(tmp_path: Path) -> None:
    (tmp_path / "01.enabled").write_text("lost\nstill\n")
    assert run(tmp_path, "enabled() { echo new; echo still; }\ndisabled\n", {}).stdout == "lost\n"


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
    assert run_again(tmp_path, "dnf_or_yum install x\n").returncode == 0, (
        "the file alone, left by a yum that was killed, holds nothing"
    )


def run_again(
    place: Path, script: str, tools: Mapping[str, str] | None = None, *hidden: str
) -> subprocess.CompletedProcess[str]:
    for path in (place / "bin").iterdir():
        path.unlink()
    (place / "bin").rmdir()
    if tools is None:
        return run(place, script, {"yum": "exit 0"}, "dnf", "dpkg")
    return run(place, script, tools, *hidden)
