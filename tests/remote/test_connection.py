"""Connecting: whoever shows the wrong key gets no command and no password."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from provision.errors import UnknownHostKey, Unreachable
from provision.remote import Remote
from provision.remote.endpoint import Endpoint
from tests.remote.server import Server, sshd

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


def endpoint(server: Server, known: Path, checking: str = "ask") -> Endpoint:
    return Endpoint(
        "gpu01", "127.0.0.1", "ops", server.port, known_hosts=(str(known),), checking=checking, only_identities=True
    )


def remember(known: Path, server: Server, key: paramiko.PKey) -> None:
    known.write_text(f"[127.0.0.1]:{server.port} {key.get_name()} {key.get_base64()}\n", encoding="utf-8")


def remote(found: Endpoint, password: str = "right") -> Remote:  # noqa: S107 - a test server's
    return Remote(found, extra={"password": password})


def test_a_known_host_is_asked_once(tmp_path: Path) -> None:
    with sshd() as server:
        remember(tmp_path / "known", server, server.key)
        host = remote(endpoint(server, tmp_path / "known"))
        assert host.run("echo hello\n", 5) == "hello\n"
        host.close()
        assert len(server.commands) == 1


def test_an_unknown_key_gets_no_password_and_no_command(tmp_path: Path) -> None:
    with sshd() as server:
        with pytest.raises(UnknownHostKey, match=r"not in known_hosts; nothing was sent.*ssh-keyscan"):
            remote(endpoint(server, tmp_path / "none")).run("secret\n", 5)
        assert (server.commands, server.passwords) == ([], [])


@pytest.mark.parametrize("checking", ["ask", "accept-new", "no"])
def test_a_changed_key_is_always_refused(tmp_path: Path, checking: str) -> None:
    with sshd() as server:
        remember(tmp_path / "known", server, paramiko.ECDSAKey.generate())
        with pytest.raises(UnknownHostKey, match=r"CHANGED.*nothing was sent"):
            remote(endpoint(server, tmp_path / "known", checking)).run("secret\n", 5)
        assert (server.commands, server.passwords) == ([], [])


def test_accept_new_in_ssh_config_learns_a_key(tmp_path: Path) -> None:
    with sshd() as server:
        host = remote(endpoint(server, tmp_path / "none", "accept-new"))
        assert host.run("echo hello\n", 5) == "hello\n"
        host.close()


def test_a_wrong_password_says_who_was_not_let_in(tmp_path: Path) -> None:
    with sshd() as server:
        remember(tmp_path / "known", server, server.key)
        with pytest.raises(
            Unreachable, match=r"ops is not let in at 127.0.0.1:\d+; tried the password. .*Try: ssh gpu01"
        ):
            remote(endpoint(server, tmp_path / "known"), "wrong").run("x\n", 5)


def test_nobody_there_is_one_clear_error() -> None:
    found = Endpoint("gpu01", "127.0.0.1", "ops", 1, connect_timeout=2)
    with pytest.raises(Unreachable, match=r"gpu01: no connection to 127.0.0.1:1: .*refused"):
        Remote(found).run("x\n", 5)


def test_small_packets_are_sent_at_once(tmp_path: Path) -> None:
    import socket

    with sshd() as server:
        remember(tmp_path / "known", server, server.key)
        host = remote(endpoint(server, tmp_path / "known"))
        host.run("echo\n", 5)
        assert host._connection is not None
        sock = host._connection.transport.sock
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        host.close()


def test_a_host_that_does_not_judge_in_time_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provision.remote.connection.AUTH_SECONDS", 0.2)
    with sshd(thinks=0.6) as server:
        remember(tmp_path / "known", server, server.key)
        with pytest.raises(Unreachable, match=r"gpu01: 127.0.0.1:\d+ did not say in time whether it lets ops in"):
            remote(endpoint(server, tmp_path / "known")).run("x\n", 5)


def test_a_host_that_is_there_and_slow_is_waited_for_longer_than_one_that_is_not_there(tmp_path: Path) -> None:
    with sshd(silent=0.5) as server:
        remember(tmp_path / "known", server, server.key)
        slow = replace(endpoint(server, tmp_path / "known"), connect_timeout=0.1)
        host = remote(slow)
        assert host.run("echo hello\n", 5) == "hello\n"
        host.close()
        with pytest.raises(Unreachable, match=r"gpu01: 127.0.0.1:\d+ answers, but not as an SSH server"):
            remote(replace(slow, handshake_timeout=0.1)).run("x\n", 5)


def test_a_password_that_comes_too_late_to_be_needed_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: paramiko.Channel, __: bytes) -> None:
        raise OSError("Socket is closed")

    monkeypatch.setattr(paramiko.Channel, "sendall", gone)
    with sshd() as server:
        remember(tmp_path / "known", server, server.key)
        found = endpoint(server, tmp_path / "known")
        host = Remote(found, extra={"password": "right"}, password="needless")  # noqa: S106
        assert host.run("echo hello\n", 5) == "hello\n"
        host.close()
