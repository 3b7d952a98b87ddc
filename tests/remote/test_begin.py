"""Connecting in the background, with a cipher that costs little: what is checked stays checked."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from provision.errors import UnknownHostKey
from tests.remote.server import sshd
from tests.remote.test_connection import endpoint, remember, remote


def test_what_was_begun_is_used_once(tmp_path: Path) -> None:
    with sshd() as server:
        remember(tmp_path / "known", server, server.key)
        host = remote(endpoint(server, tmp_path / "known"))
        host.begin()
        assert host.run("echo hello\n", 5) == "hello\n"
        assert host.run("echo hello\n", 5) == "hello\n"
        host.close()
        assert (len(server.passwords), len(server.commands)) == (1, 2)


def test_an_unknown_key_is_said_when_the_host_is_used_and_gets_nothing(tmp_path: Path) -> None:
    with sshd() as server:
        host = remote(endpoint(server, tmp_path / "none"))
        host.begin()
        with pytest.raises(UnknownHostKey, match="nothing was sent"):
            host.run("secret\n", 5)
        host.close()
        assert (server.commands, server.passwords) == ([], [])


def test_a_connection_that_nobody_used_is_closed(tmp_path: Path) -> None:
    with sshd(thinks=0.2) as server:
        remember(tmp_path / "known", server, server.key)
        host = remote(endpoint(server, tmp_path / "known"))
        host.begin()
        connecting = [thread for thread in threading.enumerate() if thread.name == "connect"]
        host.close()
        for thread in connecting:
            thread.join(5)
            assert not thread.is_alive()
        assert not server.commands


def test_the_cipher_authenticates_by_itself(tmp_path: Path) -> None:
    with sshd() as server:
        remember(tmp_path / "known", server, server.key)
        host = remote(endpoint(server, tmp_path / "known"))
        host.run("echo hello\n", 5)
        transport = host._open().transport
        assert transport.remote_cipher == transport.local_cipher == "aes128-gcm@openssh.com"
        host.close()
