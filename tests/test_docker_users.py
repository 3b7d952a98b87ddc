"""The group docker, docker-engine, and a data root that moves: what is said, what is planned, what the script does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checks.examine import examine
from checks.facts import Facts, disk
from checks.facts.reading import Reading
from checks.finding import Finding
from checks.profiles.layer import BadProfile
from checks.profiles.profile import Profile, having
from provision.planning import plan
from tests.alter import Alter, altered, append, edit
from tests.hosts import DEBIAN, HEALTHY, facts, read
from tests.test_lib import lib
from tests.test_recordings import law

USERS = having(DEBIAN, {"docker": {"users": ["alice", "bob"]}})


def on(*alters: Alter) -> Facts:
    return Facts(altered(read(HEALTHY), alters))


def said(found: Facts, profile: Profile, check: str) -> list[Finding]:
    law(found, profile)
    return [each for each in examine(found, profile) if each.check == check]


def member(*names: str) -> Alter:
    return edit("docker", "^group .*", f"group docker:x:109:{','.join(names)}")


def test_who_is_in_the_group_stays_and_who_is_named_is_added_with_a_word_about_root() -> None:
    found = on(member("carol", "bob"))
    (one,) = said(found, USERS, "docker_users")
    assert (one.verdict, one.summary) == ("warn", "not in the group docker: alice")
    (step,) = plan(found, USERS).steps
    assert step.title == "add alice to the group docker"
    assert "is root on this host" in step.why
    assert [f.verdict for f in said(on(member("alice", "bob", "carol")), USERS, "docker_users")] == ["ok"]
    assert not plan(on(member("alice", "bob")), USERS)


def test_a_recording_that_did_not_ask_says_so_and_nothing_is_planned() -> None:
    found = on(edit("docker", "^group .*\n", ""))
    (one,) = said(found, USERS, "docker_users")
    assert (one.verdict, "was not asked" in one.summary) == ("unknown", True)
    assert not plan(found, USERS)


@pytest.mark.parametrize("name", ["bare-debian12-a100", "fails-docker_running", "bare-centos7-v100"])
def test_the_law_on_other_hosts(name: str) -> None:
    law(facts(name), USERS)


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """With an account database that is two files."""
    stubs = f"""
getent() {{ grep -m 1 "^$2:" {folder}/$1; }}
usermod() {{ sed -i "s/^\\($3:.*:\\)$/\\1$4/; t; s/^\\($3:.*\\)$/\\1,$4/" {folder}/group; }}
gpasswd() {{ sed -i -E "s/^($3:[^:]*:[^:]*:)(.*,)?$2(,|$)/\\1\\2/; s/,$//" {folder}/group; }}
"""
    code = f"set -eu\n{lib(folder)}\n{stubs}\n{script}"
    env = {"PATH": os.environ["PATH"], "RUN": str(folder / "run"), "STEP": "01"}
    return subprocess.run(["sh", "-c", code], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("passwd", "group", "after", "words"),
    [
        ("alice bob", "docker:x:1:", "docker:x:1:alice,bob", ""),
        ("alice bob", "docker:x:1:carol,bob", "docker:x:1:carol,bob,alice", ""),
        ("alice", "docker:x:1:", "docker:x:1:", "there is no user bob on this host: nobody was added"),
        ("alice bob", "adm:x:1:", "adm:x:1:", "there is no group docker"),
    ],
)
def test_the_step_adds_and_its_undo_takes_out_only_whom_it_added(
    tmp_path: Path, passwd: str, group: str, after: str, words: str
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/log").touch()
    (tmp_path / "passwd").write_text("".join(f"{name}:x:1:1\n" for name in passwd.split()))
    (tmp_path / "group").write_text(f"{group}\n")
    (step,) = plan(on(), USERS).steps
    done = run(step.script, tmp_path)
    assert (done.returncode, words in done.stdout) == (bool(words), True), done.stdout + done.stderr
    assert (tmp_path / "group").read_text() == f"{after}\n"
    assert run(step.undo, tmp_path).returncode == 0
    assert (tmp_path / "group").read_text() == f"{group}\n"


@pytest.mark.parametrize("section", [{"packages": ["docker-engine=17.05"]}, {"also": {"el7": ["lxc-docker"]}}])
def test_a_profile_that_names_docker_engine_is_told_what_took_its_place(section: dict[str, Any]) -> None:
    with pytest.raises(BadProfile, match="were shut down in 2020; docker-ce takes its place"):
        having(DEBIAN, {"docker": section})


def moved(path: str) -> Profile:
    return having(DEBIAN, {"docker": {"daemon": {"data-root": path}}})


BIG = append("disk", "/data 77 /dev/sdb1 104857600 1 103809024 1% /data\n")
FULL = append("disk", "/data 77 /dev/sdb1 104857600 1 1048576 99% /data\n")
HOLDS = edit("docker", r'"Containers":0,(.*)"Images":0', r'"Containers":3,\1"Images":12')


def test_a_data_root_without_room_is_refused_with_bytes() -> None:
    found = on(FULL)
    (one,) = said(found, moved("/data/docker"), "docker_config")
    why = dict(plan(found, moved("/data/docker")).unknown)["docker_config"]
    assert "1073741824 bytes are free on /data (/dev/sdb1), and 10737418240 are wanted" in why
    assert one.remedy
    assert why in one.remedy.text
    assert not plan(found, moved("/data/docker"))


def test_a_data_root_that_moves_says_what_stays_behind_in_the_old_one() -> None:
    (step,) = plan(on(BIG, HOLDS), moved("/data/docker")).steps
    assert "12 image(s) and 3 container(s) in /var/lib/docker, which stay there unseen" in step.disrupts
    (empty,) = plan(on(BIG), moved("/data/docker")).steps
    assert not [what for what in empty.disrupts if "unseen" in what]
    law(on(BIG, HOLDS), moved("/data/docker"))


@pytest.mark.parametrize(
    ("daemon", "words"),
    [
        ({"data-root": "data/docker"}, "data-root data/docker is no path from /"),
        ({"insecure-registries": ["http://mirror.example:5000"]}, "docker wants a list of host:port, without a scheme"),
        ({"registry-mirrors": ["mirror.example"]}, "has neither http:// nor https://"),
    ],
)
def test_what_docker_would_not_take_is_not_written(daemon: dict[str, Any], words: str) -> None:
    profile = having(DEBIAN, {"docker": {"daemon": daemon}})
    assert words in dict(plan(on(), profile).unknown)["docker_config"]
    law(on(), profile)


def test_every_disk_that_is_mounted_is_looked_at_once(tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text(
        f"/dev/sda1 {tmp_path} ext4 rw 0 0\n/dev/sda1 /elsewhere ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n"
    )
    command = disk.COMMAND.replace("/proc/mounts", str(tmp_path / "mounts"))
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    places = disk.parse(Reading(0, done.stdout)).places
    assert str(tmp_path) in places
    assert "/elsewhere" not in places
