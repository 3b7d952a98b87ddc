"""Against real sshds on a lab host: being let in, being turned away, and the way through jump hosts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checks.facts.shell import ShellFailed
from provision.errors import UnknownHostKey, Unreachable
from provision.remote import Remote
from provision.remote.endpoint import resolve
from tests.lab.core import Lab
from tests.lab.fixtures import lab, unique
from tests.lab.host import Host
from tests.onhosts import fab as onhosts
from tests.remote import realsshd
from tests.remote.realsshd import Sshd

__all__ = ["lab"]

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Host]:
    (host,) = lab.up([unique("sshd")])
    yield host
    lab.down([host.name])


@pytest.fixture(scope="module")
def plain(machine: Host) -> Sshd:
    return realsshd.start(machine)


@dataclass
class Client:
    """An ssh_config and what it names, in a folder."""

    folder: Path
    key: Path

    def remote(self, sshd: Sshd, *lines: str, known: str | None = None, name: str = "gpu01", **options: Any) -> Remote:
        (self.folder / "known").write_text(sshd.known() if known is None else known, encoding="utf-8")
        return self.through(
            f"Host gpu01\n  HostName {sshd.host.address}\n  Port {sshd.port}\n", *lines, name=name, **options
        )

    def through(self, *lines: str, name: str = "gpu01", **options: Any) -> Remote:
        config = self.folder / "config"
        rest = f"Match all\n  User ops\n  UserKnownHostsFile {self.folder}/known\n  GlobalKnownHostsFile none\n"
        mine = "" if any("IdentityFile" in line for line in lines) else f"  IdentityFile {self.key}\n"
        config.write_text("\n".join([*lines, rest + mine]), encoding="utf-8")
        extra = options.pop("extra", {})
        password = options.pop("password", "")
        accept_new = options.pop("accept_new", False)
        endpoint = resolve(name, config=str(config), **options)
        return Remote(endpoint, config=str(config), extra=extra, password=password, accept_new=accept_new)


@pytest.fixture
def client(tmp_path: Path, machine: Host) -> Client:
    return Client(tmp_path, machine.home.key)


def says(remote: Remote, script: str = "echo hello\n") -> str:
    try:
        return remote.run(script, 20)
    finally:
        remote.close()


def error(kind: type[Exception], remote: Remote) -> str:
    with pytest.raises(kind) as caught:
        says(remote)
    return str(caught.value)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Makes an agent that holds keys; gives its socket."""
    path = str(tmp_path / "agent")
    with subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL) as process:
        while not Path(path).exists():
            time.sleep(0.01)

        def hold(*keys: Path, **environment: str) -> str:
            for key in keys:
                env = {**os.environ, "SSH_AUTH_SOCK": path, **environment}
                subprocess.run(["ssh-add", "-q", str(key)], env=env, check=True, stdin=subprocess.DEVNULL)
            return path

        yield hold
        process.terminate()


def new_key(path: Path, *options: str) -> Path:
    words = options if "-t" in options else ("-t", "ed25519", *options)
    words = words if "-N" in words else (*words, "-N", "")
    subprocess.run(["ssh-keygen", "-q", *words, "-f", str(path)], check=True)
    return path


def tries(sshd: Sshd) -> int:
    """How many keys it has refused so far."""
    return realsshd.log(sshd.host).count("Failed publickey")


# Being let in


def test_a_key_file_lets_in(plain: Sshd, client: Client) -> None:
    assert says(client.remote(plain)) == "hello\n"


def test_an_agent_lets_in_by_the_public_half_alone_and_nothing_else_is_tried(
    plain: Sshd, client: Client, agent: Callable[..., str], tmp_path: Path
) -> None:
    others = [new_key(tmp_path / f"other{n}") for n in range(8)]
    socket = agent(*others, client.key)
    public = tmp_path / "mine.pub"
    public.write_text(client.key.with_suffix(".pub").read_text(encoding="utf-8"), encoding="utf-8")
    before = tries(plain)
    assert says(client.remote(plain, f"  IdentityAgent {socket}\n  IdentityFile {public}")) == "hello\n"
    assert tries(plain) == before


def test_an_agent_alone_lets_in(
    plain: Sshd, client: Client, agent: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", agent(client.key))
    assert says(client.remote(plain, "  IdentityFile none")) == "hello\n"


def test_too_many_keys_say_how_to_name_the_right_one(
    plain: Sshd, client: Client, agent: Callable[..., str], tmp_path: Path
) -> None:
    socket = agent(*(new_key(tmp_path / f"other{n}") for n in range(8)))
    text = error(Unreachable, client.remote(plain, f"  IdentityAgent {socket}\n  IdentityFile {tmp_path}/none"))
    assert "Too many authentication failures" in text
    assert "Host gpu01, IdentityFile ..., IdentitiesOnly yes" in text


def test_identities_only_leaves_the_agents_other_keys_alone(
    plain: Sshd, client: Client, agent: Callable[..., str], tmp_path: Path
) -> None:
    socket = agent(client.key)
    lines = f"  IdentityAgent {socket}\n  IdentitiesOnly yes\n  IdentityFile {new_key(tmp_path / 'other')}"
    assert f"tried {tmp_path}/other. " in error(Unreachable, client.remote(plain, lines)) + " "


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_key_with_a_passphrase(plain: Sshd, client: Client, tmp_path: Path, kind: str) -> None:
    key = new_key(tmp_path / "key", "-t", kind, "-N", "open sesame")
    with plain.host.root.joinpath("home/ops/.ssh/authorized_keys").open("a", encoding="utf-8") as file:
        file.write(key.with_suffix(".pub").read_text(encoding="utf-8"))
    line = f"  IdentityFile {key}"
    text = error(Unreachable, client.remote(plain, line))
    assert f"{key} needs its passphrase (ssh-add {key}, or --prompt-for-passphrase)" in text
    assert says(client.remote(plain, line, extra={"passphrase": "open sesame"})) == "hello\n"
    text = error(Unreachable, client.remote(plain, line, extra={"passphrase": "wrong"}))
    assert "the passphrase is wrong" in text
    assert "sesame" not in text


def test_a_certificate_lets_in(machine: Host, client: Client, tmp_path: Path) -> None:
    authority, key = new_key(tmp_path / "ca"), new_key(tmp_path / "key")
    realsshd.write(machine, "/etc/ssh/ca.pub", authority.with_suffix(".pub").read_text(encoding="utf-8"))
    sshd = realsshd.start(machine, "TrustedUserCAKeys /etc/ssh/ca.pub")
    subprocess.run(["ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", "ops", str(key) + ".pub"], check=True)
    assert says(client.remote(sshd, f"  IdentityFile {key}")) == "hello\n", "FILE-cert.pub is found beside its key"
    (tmp_path / "key-cert.pub").rename(tmp_path / "elsewhere.pub")
    assert says(client.remote(sshd, f"  CertificateFile {tmp_path}/elsewhere.pub\n  IdentityFile {key}")) == "hello\n"


def test_the_certificate_in_an_agent_lets_in(
    machine: Host, client: Client, tmp_path: Path, agent: Callable[..., str]
) -> None:
    authority, key = new_key(tmp_path / "ca"), new_key(tmp_path / "key")
    realsshd.write(machine, "/etc/ssh/ca2.pub", authority.with_suffix(".pub").read_text(encoding="utf-8"))
    sshd = realsshd.start(machine, "TrustedUserCAKeys /etc/ssh/ca2.pub")
    subprocess.run(["ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", "ops", str(key) + ".pub"], check=True)
    socket = agent(key)
    key.unlink()
    lines = f"  IdentityAgent {socket}\n  IdentityFile {tmp_path}/none"
    assert says(client.remote(sshd, lines)) == "hello\n"


def test_a_certificate_in_the_agent_that_means_nothing_here_does_not_hide_its_key(
    plain: Sshd, client: Client, tmp_path: Path, agent: Callable[..., str]
) -> None:
    authority, key = new_key(tmp_path / "ca"), tmp_path / "key"
    for name in ("key", "key.pub"):
        source = client.key if name == "key" else client.key.with_suffix(".pub")
        (tmp_path / name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    key.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", "ops", f"{key}.pub"], check=True)
    lines = f"  IdentityAgent {agent(key)}\n  IdentitiesOnly yes\n  IdentityFile {key}.pub"
    assert says(client.remote(plain, lines)) == "hello\n"


def test_a_key_that_others_can_read_is_not_used(plain: Sshd, client: Client, tmp_path: Path) -> None:
    key = new_key(tmp_path / "key")
    key.chmod(0o644)
    text = error(Unreachable, client.remote(plain, f"  IdentityFile {key}"))
    assert f"{key} can be read by others (mode 644), so it is not used: chmod 600 {key}" in text
    assert "there was no key to offer" in text


def test_what_keeps_a_key_file_from_being_used_is_said(plain: Sshd, client: Client, tmp_path: Path) -> None:
    damaged, public, strange = tmp_path / "damaged", tmp_path / "some.pub", tmp_path / "strange"
    damaged.write_text(client.key.read_text(encoding="utf-8")[:-90], encoding="utf-8")
    public.write_text(new_key(tmp_path / "some").with_suffix(".pub").read_text(encoding="utf-8"), encoding="utf-8")
    strange.write_text("hello\n", encoding="utf-8")
    for file in (damaged, strange):
        file.chmod(0o600)
    text = error(Unreachable, client.remote(plain, *(f"  IdentityFile {f}" for f in (damaged, public, strange))))
    assert f"{public} is a public key, and no agent has its private half: ssh-add {tmp_path}/some" in text
    assert f"{strange} is of a type or format that is not supported here" in text
    assert str(damaged) in text


def test_an_agent_that_is_gone_is_said(plain: Sshd, client: Client, tmp_path: Path) -> None:
    lines = f"  IdentityAgent {tmp_path}/gone\n  IdentityFile {tmp_path}/none"
    assert f"the agent at {tmp_path}/gone does not answer" in error(Unreachable, client.remote(plain, lines))


def test_a_host_that_takes_passwords_only_says_the_flag(machine: Host, client: Client) -> None:
    sshd = realsshd.start(machine, "PubkeyAuthentication no", "PasswordAuthentication yes")
    remote = client.remote(sshd)
    assert "It takes password or keyboard-interactive only: --prompt-for-login-password" in error(Unreachable, remote)


def test_a_login_password_lets_in_also_where_the_host_only_asks_questions(machine: Host, client: Client) -> None:
    machine.inside("sh", "-c", "echo ops:open-sesame | chpasswd")
    sshd = realsshd.start(machine, "PubkeyAuthentication no", "PasswordAuthentication no")
    assert says(client.remote(sshd, "  PubkeyAuthentication no", extra={"password": "open-sesame"})) == "hello\n"


def test_a_second_factor_is_a_clear_error(machine: Host, client: Client) -> None:
    sshd = realsshd.start(machine, "AuthenticationMethods publickey,keyboard-interactive")
    text = error(Unreachable, client.remote(sshd))
    assert "takes the key of ops, and then asks for keyboard-interactive too, which is not supported" in text
    machine.inside("sh", "-c", "echo ops:open-sesame | chpasswd")
    sshd = realsshd.start(machine, "AuthenticationMethods password,publickey", "PasswordAuthentication yes")
    remote = client.remote(sshd, "  PubkeyAuthentication no", extra={"password": "open-sesame"})
    assert "takes the password of ops, and then asks for publickey too" in error(Unreachable, remote)


def test_a_user_that_is_not_known_there(plain: Sshd, client: Client) -> None:
    text = error(Unreachable, client.remote(plain, user="nobody9"))
    assert f"nobody9 is not let in at {plain.host.address}:{plain.port}; tried {client.key}. " in text
    assert "Try: ssh gpu01" in text


# Host keys


def test_the_type_of_key_that_is_known_is_asked_for(machine: Host, client: Client) -> None:
    sshd = realsshd.start(machine, kinds=("rsa", "ecdsa", "ed25519"))
    for kind in sshd.keys:
        assert says(client.remote(sshd, known=sshd.known(kind))) == "hello\n", kind


def test_a_host_with_a_certificate_says_how_to_note_its_key(machine: Host, client: Client, tmp_path: Path) -> None:
    authority = new_key(tmp_path / "ca")
    sshd = realsshd.start(machine, authority=authority)
    line = f"@cert-authority [{machine.address}]:* {authority.with_suffix('.pub').read_text(encoding='utf-8')}"
    text = error(UnknownHostKey, client.remote(sshd, known=line))
    assert "known:1 trusts hosts by certificate (@cert-authority), which is not supported here" in text
    assert says(client.remote(sshd, known=line + sshd.known())) == "hello\n"


def test_accept_new_learns_once_and_refuses_a_changed_key(
    machine: Host, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    sshd = realsshd.start(machine)
    assert says(client.remote(sshd, known="", accept_new=True)) == "hello\n"
    noted = (client.folder / "known").read_text(encoding="utf-8")
    assert noted == sshd.known()
    assert "gpu01: learnt its host key, ssh-ed25519 SHA256:" in capsys.readouterr().err
    assert says(client.remote(sshd, known=noted)) == "hello\n"
    other = realsshd.start(machine)
    moved = noted.replace(f":{sshd.port} ", f":{other.port} ")
    assert "CHANGED" in error(UnknownHostKey, client.remote(other, known=moved, accept_new=True))


def test_fab_itself_refuses_learns_and_refuses_again(machine: Host, client: Client) -> None:
    sshd, other = realsshd.start(machine), realsshd.start(machine)
    client.remote(sshd, known="").close()

    def fab(*words: str, core: tuple[str, ...] = ()) -> tuple[int, str]:
        done = onhosts.fab("gpu01", "record", *words, core=("-S", str(client.folder / "config"), *core))
        return done.returncode, done.stderr

    status, text = fab()
    assert (status, "is not in known_hosts; nothing was sent" in text) == (76, True)
    status, text = fab("--accept-new-host-keys")
    assert (status, "gpu01: learnt its host key" in text) == (0, True)
    assert fab() == (0, "")
    client.remote(other, known=f"{other.name} {sshd.keys['ed25519']}\n").close()
    status, text = fab("--accept-new-host-keys")
    assert (status, "CHANGED" in text) == (76, True)


def test_a_key_that_cannot_be_noted_is_not_learnt(plain: Sshd, client: Client, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    remote = client.remote(plain, f"  UserKnownHostsFile {tmp_path}/folder", known="", accept_new=True)
    assert f"cannot be noted in {tmp_path}/folder" in error(UnknownHostKey, remote)


# Ways


def test_the_way_through_three_jump_hosts_is_gone_in_their_order(machine: Host, client: Client) -> None:
    at = machine.address
    end = realsshd.start(machine)
    three = realsshd.start(machine, f"PermitOpen {at}:{end.port}")
    two = realsshd.start(machine, f"PermitOpen {at}:{three.port}")
    one = realsshd.start(machine, f"PermitOpen {at}:{two.port}")
    (client.folder / "known").write_text("".join(s.known() for s in (one, two, three, end)), encoding="utf-8")
    remote = client.through(
        f"Host gpu01\n  HostName {at}\n  Port {end.port}\n  ProxyJump one,{at}:{two.port},nosudo@[{at}]:{three.port}",
        f"Host one\n  HostName {at}\n  Port {one.port}",
    )
    assert says(remote) == "hello\n"


def test_a_hop_that_fails_is_named(machine: Host, client: Client, plain: Sshd) -> None:
    at = machine.address
    (client.folder / "known").write_text(plain.known(), encoding="utf-8")
    lines = f"Host gpu01\n  HostName 192.0.2.1\n  ProxyJump {at}:{plain.port},{at}:9\n"
    text = error(Unreachable, client.through(lines))
    assert f"gpu01: its jump host {at}:9 (2 of 2) is the trouble" in text
    assert "cannot reach" in text


def test_a_jump_host_whose_key_changed_gets_nothing_through(machine: Host, client: Client, plain: Sshd) -> None:
    at = machine.address
    wrong = realsshd.start(machine)
    (client.folder / "known").write_text(plain.known() + f"{wrong.name} {plain.keys['ed25519']}\n", encoding="utf-8")
    lines = f"Host gpu01\n  HostName {at}\n  Port {plain.port}\n  ProxyJump {at}:{wrong.port}\n"
    text = error(UnknownHostKey, client.through(lines))
    assert f"gpu01: its jump host {at}:{wrong.port} (1 of 1) is the trouble" in text
    assert "CHANGED" in text


def test_a_host_behind_a_jump_that_shows_another_key_gets_nothing(machine: Host, client: Client, plain: Sshd) -> None:
    at = machine.address
    wrong = realsshd.start(machine)
    (client.folder / "known").write_text(plain.known() + f"{wrong.name} {plain.keys['ed25519']}\n", encoding="utf-8")
    before = realsshd.log(machine)
    lines = f"Host gpu01\n  HostName {at}\n  Port {wrong.port}\n  ProxyJump {at}:{plain.port}\n"
    remote = client.through(lines, password="for sudo", extra={"password": "to log in"})  # noqa: S106
    assert error(UnknownHostKey, remote).startswith("gpu01: its host key has CHANGED")
    new = realsshd.log(machine)[len(before) :]
    assert new.count("Starting session") == 0
    assert (new.count("Accepted publickey"), new.count("Failed ")) == (1, 0), (
        "the jump host let us in, nobody else was asked"
    )


def test_a_jump_host_that_may_not_forward_says_so(machine: Host, client: Client, plain: Sshd) -> None:
    closed = realsshd.start(machine, "AllowTcpForwarding no")
    at = machine.address
    (client.folder / "known").write_text(plain.known() + closed.known(), encoding="utf-8")
    lines = f"Host gpu01\n  HostName {at}\n  Port {plain.port}\n  ProxyJump {at}:{closed.port}\n"
    text = error(Unreachable, client.through(lines))
    assert f"cannot reach {at}:{plain.port}" in text
    assert "AllowTcpForwarding" in text


def test_a_proxy_command_carries_the_connection(plain: Sshd, client: Client) -> None:
    carry = "exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3"
    assert says(client.remote(plain, f"  ProxyCommand bash -c '{carry}'")) == "hello\n"


def test_a_proxy_command_that_fails_is_quoted(plain: Sshd, client: Client) -> None:
    text = error(Unreachable, client.remote(plain, "  ProxyCommand sh -c 'echo the tunnel is closed >&2; exit 3'"))
    assert "ended with status 3 and said: the tunnel is closed" in text


# Trouble after being let in


def test_an_account_without_a_shell(machine: Host, client: Client) -> None:
    machine.inside("usermod", "--shell", "/usr/sbin/nologin", "nosudo")
    try:
        from checks.facts import gather

        remote = client.remote(realsshd.start(machine), user="nosudo")
        with pytest.raises(ShellFailed, match="This account is currently not available"):
            gather(remote, {"a": "echo a"})
        remote.close()
    finally:
        machine.inside("usermod", "--shell", "/bin/bash", "nosudo")


def test_a_shell_that_is_no_sh_is_quoted(machine: Host, client: Client) -> None:
    realsshd.write(machine, "/usr/local/bin/odd", "#!/bin/sh\necho 'odd: no such language' >&2\nexit 2\n", 0o755)
    machine.inside("usermod", "--shell", "/usr/local/bin/odd", "nosudo")
    try:
        remote = client.remote(realsshd.start(machine), user="nosudo")
        assert "ops" not in (text := error(ShellFailed, remote))
        assert "the account nosudo cannot run sh there; the host said: odd: no such language" in text
    finally:
        machine.inside("usermod", "--shell", "/bin/bash", "nosudo")


def test_an_account_that_greets_does_no_harm(machine: Host, client: Client) -> None:
    from checks.facts import Facts, gather, host
    from provision.remote.reboot import boot_id

    realsshd.write(machine, "/home/ops/.bashrc", "echo welcome to the machine\n")
    try:
        remote = client.remote(realsshd.start(machine))
        assert Facts(gather(remote, {"host": host.COMMAND})).host.uid == 0
        assert boot_id(remote) == machine.boot_id()
        remote.close()
    finally:
        realsshd.write(machine, "/home/ops/.bashrc", "")


def test_no_session_is_granted(machine: Host, client: Client) -> None:
    text = error(Unreachable, client.remote(realsshd.start(machine, "MaxSessions 0")))
    assert "ops is let in, but the host grants no session" in text
    assert "MaxSessions" in text


def test_what_the_host_shows_before_it_lets_in_is_quoted(machine: Host, client: Client) -> None:
    realsshd.write(machine, "/etc/ssh/notice", "Maintenance until noon\n")
    sshd = realsshd.start(machine, "Banner /etc/ssh/notice")
    assert "the host says: Maintenance until noon" in error(Unreachable, client.remote(sshd, user="nobody9"))


def test_old_algorithms_are_a_clear_error(machine: Host, client: Client) -> None:
    sshd = realsshd.start(machine, "KexAlgorithms diffie-hellman-group14-sha1")
    text = error(Unreachable, client.remote(sshd))
    assert "no algorithm in common" in text


def test_one_round_trip_less_than_ssh_would_take_is_not_lost(plain: Sshd, client: Client) -> None:
    before = realsshd.log(plain.host)
    assert says(client.remote(plain)) == "hello\n"
    new = realsshd.log(plain.host)[len(before) :]
    assert new.count("Starting session: command") == 1
    assert new.count("Failed ") == 0


def test_a_host_that_falls_silent_is_given_up(lab: Lab, client: Client) -> None:
    (host,) = lab.up([unique("mute")])
    try:
        remote = client.remote(realsshd.start(host), "  ServerAliveInterval 1\n  ServerAliveCountMax 1")
        said: list[str] = []

        def cut(text: str) -> None:
            said.append(text)
            host.cut_network()

        began = time.monotonic()
        with pytest.raises(Unreachable, match="the host has stopped answering"):
            remote.stream("echo begun; sleep 60\n", cut, 300)
        assert said == ["begun\n"]
        assert time.monotonic() - began < 10
        remote.close()
    finally:
        lab.down([host.name])


def test_a_host_that_is_busy_and_silent_is_not_given_up(plain: Sshd, client: Client) -> None:
    remote = client.remote(plain, "  ServerAliveInterval 1\n  ServerAliveCountMax 1")
    assert says(remote, "sleep 2.5; echo done\n") == "done\n"
