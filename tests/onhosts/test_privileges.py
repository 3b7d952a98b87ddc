"""Becoming root on real hosts, with every kind of sudo that an operator may have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from checks.facts import Facts, gather
from checks.facts import host as host_topic
from checks.facts import runs as runs_topic
from checks.facts.root import reason
from checks.facts.shell import NotRoot
from provision.remote import Access
from tests.lab.accounts import PW_PASSWORD
from tests.lab.core import Lab
from tests.lab.fixtures import lab, unique
from tests.lab.host import Host
from tests.onhosts.fab import fab
from tests.remote import realsshd

__all__ = ["lab"]

pytestmark = pytest.mark.lab

TOPICS = {"host": host_topic.COMMAND, "runs": runs_topic.COMMAND}


@pytest.fixture(scope="module", params=["debian12", pytest.param("debian13", marks=pytest.mark.slow)])
def machine(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Host]:
    (host,) = lab.up([unique("sudo")], os=request.param)
    yield host
    lab.down([host.name])


@contextmanager
def sudoers(machine: Host, text: str) -> Iterator[None]:
    """A file of sudoers, for as long as the block runs."""
    file = realsshd.write(machine, "/etc/sudoers.d/zz-test", text, 0o440)
    machine.inside("visudo", "-cq")
    try:
        yield
    finally:
        file.unlink()


def facts(machine: Host, user: str, password: str = "") -> Facts:
    with Access(str(machine.home.ssh_config), password=password).to(f"{user}@{machine.name}") as remote:
        return Facts(gather(remote, TOPICS))


def lines(machine: Host, user: str, password: str) -> list[str]:
    found: list[str] = []
    with Access(str(machine.home.ssh_config), password=password).to(f"{user}@{machine.name}") as remote:
        assert remote.stream("id -u; cat; echo end\n", found.append, 20) == 0
    return "".join(found).splitlines()


@pytest.mark.parametrize(("user", "password"), [("root", ""), ("ops", ""), ("pw", PW_PASSWORD), ("root", "needless")])
def test_who_becomes_root(machine: Host, user: str, password: str) -> None:
    assert lines(machine, user, password) == ["0", "end"]


@pytest.mark.parametrize(
    "defaults", ["lecture=always", "timestamp_timeout=0", "use_pty", "!use_pty", "log_output", 'passprompt="Say: "']
)
def test_whatever_sudo_says_or_keeps_the_script_alone_is_answered(machine: Host, defaults: str) -> None:
    with sudoers(machine, f"Defaults:pw {defaults}\n"):
        assert lines(machine, "pw", PW_PASSWORD) == ["0", "end"]


def test_a_wrong_password_counts_once(machine: Host) -> None:
    before = realsshd.log(machine).count("authentication failure")
    with pytest.raises(NotRoot, match="sudo did not take the password; nothing was changed"):
        lines(machine, "pw", "wrong")
    assert realsshd.log(machine).count("authentication failure") == before + 1


@pytest.mark.parametrize("user", ["pw", "nosudo"])
def test_without_a_password_the_host_is_looked_at_as_who_we_are(machine: Host, user: str) -> None:
    found = facts(machine, user)
    assert found.host.uid > 0
    assert "--prompt-for-sudo-password, or FABRIC_SUDO_PASSWORD" in reason(found.host.sudo)


@pytest.mark.parametrize(("user", "password"), [("ops", ""), ("pw", PW_PASSWORD)])
def test_a_sudo_that_wants_a_terminal_says_which_line_to_write(machine: Host, user: str, password: str) -> None:
    with sudoers(machine, "Defaults requiretty\n"):
        if password:
            with pytest.raises(NotRoot, match=r"wants a terminal \(requiretty in sudoers\).*Defaults:USER !requiretty"):
                facts(machine, user, password)
        else:
            assert "Defaults:USER !requiretty" in reason(facts(machine, user).host.sudo)
    with sudoers(machine, f"Defaults requiretty\nDefaults:{user} !requiretty\n"):
        assert facts(machine, user, password).host.uid == 0, "the line that is named is the one that helps"


def test_an_account_that_sudo_lets_run_some_commands_only(machine: Host) -> None:
    machine.inside("sh", "-c", "echo nosudo:open-sesame | chpasswd")
    with sudoers(machine, "nosudo ALL=(ALL) NOPASSWD: /usr/bin/true\n"):
        assert facts(machine, "nosudo").host.uid > 0
        with pytest.raises(NotRoot, match="does not let this account run sh"):
            facts(machine, "nosudo", "open-sesame")
    with pytest.raises(NotRoot, match="does not let this account run sh"):
        facts(machine, "nosudo", "open-sesame")


def test_a_host_without_sudo(machine: Host) -> None:
    machine.inside("mv", "/usr/bin/sudo", "/usr/bin/sudo.away")
    try:
        assert reason(facts(machine, "ops").host.sudo).startswith("there is no sudo on the host: log in as root")
        with pytest.raises(NotRoot, match="there is no sudo on the host"):
            facts(machine, "pw", PW_PASSWORD)
        assert facts(machine, "root").host.uid == 0
    finally:
        machine.inside("mv", "/usr/bin/sudo.away", "/usr/bin/sudo")


def test_doctor_without_root_says_what_it_could_not_read_and_verbs_that_touch_stop_with_77(machine: Host) -> None:
    machine.inside("mkdir", "-p", "-m", "700", "/var/lib/gpuwright")
    name = f"nosudo@{machine.name}"
    seen = fab(name, "doctor")
    assert seen.returncode in {1, 2}
    assert "\nno root not read, because only root may: runs" in seen.stdout
    assert "--prompt-for-sudo-password" in seen.stdout
    for verb in (("provision", "--yes", "--force"), ("unprovision", "--yes"), ("rollback",)):
        done = fab(name, *verb)
        assert (done.returncode, done.stderr.count("this needs root, and sudo asks for a password")) == (77, 1), verb
        assert "nothing was changed" in done.stderr
