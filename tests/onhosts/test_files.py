"""Files edited on a real host: what only a real host has. The rest is in tests/remote/test_files.py."""

from __future__ import annotations

import hashlib
import os
import shlex
from typing import TYPE_CHECKING

import pytest

from provision.remote.detached import library
from tests.lab.command import run
from tests.lab.fixtures import unique

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.lab.core import Lab
    from tests.lab.host import Host

pytestmark = pytest.mark.lab

CONTEXT = b"system_u:object_r:etc_t:s0\0"


@pytest.fixture(scope="module")
def one(lab: Lab) -> Iterator[Host]:
    """One bare host for all these tests: each has files of its own."""
    name = unique()
    (host,) = lab.up([name])
    host.run("mkdir -p /run/lib && cat >/run/lib/lib.sh", text=library())
    yield host.settle()
    lab.down([name])


def step(one: Host, script: str, name: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a step of a run of that name."""
    setup = f"mkdir -p /var/tmp/runs/{name}; export RUN=/var/tmp/runs/{name} STEP=01"
    return one.run(f"{setup}; sh -eu -c {shlex.quote(f'. /run/lib/lib.sh{chr(10)}{script}')} 2>&1", check=False)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def state(one: Host, *paths: str) -> str:
    """Content, mode, owner, time of change and attributes, as they are on the disk."""
    listed = [one.run(f"stat -c '%n %a %U:%G %s %F' {path}; sha256sum {path}").stdout for path in paths]
    return "".join(listed) + repr([attributes(one, path) for path in paths])


def attributes(one: Host, path: str) -> dict[str, bytes]:
    file = f"{one.root}{path}"
    return {name: os.getxattr(file, name) for name in os.listxattr(file)}


def test_mode_owner_context_and_attributes_stay_and_come_back(one: Host) -> None:
    path = "/etc/kept.conf"
    one.run(f"echo old >{path}; chmod 640 {path}; chown daemon:ops {path}")
    os.setxattr(f"{one.root}{path}", "security.selinux", CONTEXT)
    os.setxattr(f"{one.root}{path}", "user.note", b"a person's")
    before = state(one, path)
    done = step(one, f"echo new | edit_file {path} {sha('old' + chr(10))}", "attributes")
    assert done.returncode == 0, done.stdout
    assert one.run(f"cat {path}").stdout == "new\n"
    assert one.run(f"stat -c '%a %U:%G' {path}").stdout == one.run(f"stat -c '%a %U:%G' {path}.before-*").stdout
    assert attributes(one, path) == {"security.selinux": CONTEXT, "user.note": b"a person's"}
    assert step(one, f"undo_file {path}", "attributes").returncode == 0
    assert state(one, path) == before
    assert one.run(f"ls {path}*").stdout == f"{path}\n"


@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("flag", ["i", "a"])
def test_what_is_immutable_is_said_and_left(one: Host, what: str, flag: str) -> None:
    folder = f"/etc/immutable-{what}-{flag}"
    path = f"{folder}/x.conf"
    one.run(f"mkdir {folder}; echo old >{path}")
    held = path if what == "file" else folder
    before = state(one, path) + one.run(f"ls -a {folder}").stdout
    # Root of a lab host may not do this itself, so it is done from outside.
    run("chattr", f"+{flag}", f"{one.root}{held}")
    try:
        for script in (f"echo new | edit_file {path} {sha('old' + chr(10))}", f"echo new | put_file {path} 600"):
            done = step(one, script, f"immutable-{what}-{flag}")
            assert done.returncode != 0
            assert f"{held} is immutable, or append-only: it stays as it is" in done.stdout
        assert step(one, f"undo_file {path}", f"immutable-{what}-{flag}").returncode == 0
    finally:
        run("chattr", f"-{flag}", f"{one.root}{held}")
    assert state(one, path) + one.run(f"ls -a {folder}").stdout == before


def test_a_link_stays_a_link_with_its_targets_owner(one: Host) -> None:
    one.run("mkdir /srv/managed; echo old >/srv/managed/real; chown ops /srv/managed/real; chmod 600 /srv/managed/real")
    one.run("ln -s ../srv/managed/real /etc/link.conf")
    before = state(one, "/srv/managed/real")
    done = step(one, f"echo new | edit_file /etc/link.conf {sha('old' + chr(10))}", "link")
    assert done.returncode == 0, done.stdout
    assert one.run("readlink /etc/link.conf; cat /etc/link.conf").stdout == "../srv/managed/real\nnew\n"
    assert one.run("stat -c '%a %U' /srv/managed/real").stdout == "600 ops\n"
    step(one, "undo_file /etc/link.conf", "link")
    assert one.run("readlink /etc/link.conf").stdout == "../srv/managed/real\n"
    assert state(one, "/srv/managed/real") == before


def test_sudo_and_systemd_judge_their_own_files(one: Host) -> None:
    good, bad = "ops ALL=(ALL) NOPASSWD: ALL", "ops ALL=(ALL NOPASSWD"
    done = step(one, f"echo '{bad}' | put_file /etc/sudoers.d/gpuwright 440 visudo -c -q -f", "sudo")
    assert done.returncode != 0
    assert "visudo refuses the new /etc/sudoers.d/gpuwright: the old one stays" in done.stdout
    assert one.run("ls /etc/sudoers.d/gpuwright", check=False).returncode != 0
    done = step(one, f"echo '{good}' | put_file /etc/sudoers.d/gpuwright 440 visudo -c -q -f", "sudo")
    assert (done.returncode, one.run("visudo -c", check=False).returncode) == (0, 0), done.stdout
    unit = "/etc/systemd/system/mine.service"
    for directive, status in (("ExecStart=relative/path", 1), ("ExecStart=/bin/true", 0)):
        done = step(one, f"printf '[Service]\\n{directive}\\n' | put_file {unit} 644 systemd-analyze verify", "unit")
        assert bool(done.returncode) == bool(status), done.stdout
        assert one.run(f"ls {unit}", check=False).returncode == (2 if status else 0)


def test_a_full_file_system_leaves_the_file_as_it_was_and_says_so(one: Host) -> None:
    one.run("mkdir /srv/small; mount -t tmpfs -o size=64k tmpfs /srv/small; seq 1 6000 >/srv/small/x.conf")
    before = one.run("sha256sum /srv/small/x.conf; ls -A /srv/small").stdout
    seen = before.split()[0]
    done = step(one, f"seq 1 7000 | edit_file /srv/small/x.conf {seen}", "full")
    assert done.returncode != 0
    assert "No space left on device" in done.stdout
    assert step(one, "undo_file /srv/small/x.conf", "full").returncode == 0
    assert one.run("sha256sum /srv/small/x.conf; ls -A /srv/small").stdout == before
