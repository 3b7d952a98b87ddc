"""The wire to the first host: one clear error for each thing that can be there instead of an sshd."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from provision.errors import Unreachable
from provision.remote import Remote
from provision.remote.dial import Proxy, tcp
from provision.remote.endpoint import Endpoint

HOST = Endpoint("gpu01", "127.0.0.1", "ops", 1, connect_timeout=1.0)


@contextmanager
def listener(answer: bytes = b"", *, hang_up: bool = True, address: str = "127.0.0.1") -> Iterator[int]:
    """A service on the loopback that says one thing to whoever comes."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.create_server((address, 0), family=family)
    kept = []

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connection.sendall(answer)
            if hang_up:
                connection.close()
            kept.append(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for connection in kept:
            connection.close()


def error(endpoint: Endpoint) -> str:
    with pytest.raises(Unreachable) as caught:
        Remote(endpoint).run("true\n", 5)
    return str(caught.value)


def test_a_name_that_does_not_resolve() -> None:
    text = error(replace(HOST, hostname="nohost.invalid"))
    assert text.startswith("gpu01: no connection: the name 'nohost.invalid' does not resolve (")
    assert "spelled right" in text


def test_a_port_on_which_nobody_listens() -> None:
    assert error(HOST).startswith("gpu01: no connection to 127.0.0.1:1: refused: it is up, but no sshd listens")


@pytest.mark.parametrize("number", [errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES])
def test_no_way_to_it(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "connect", refuse)
    words = "Permission denied" if number == errno.EACCES else "no route"
    assert error(HOST).startswith(f"gpu01: no connection to 127.0.0.1:1: {words}")


def test_a_host_that_does_not_answer_the_call() -> None:
    backlog = socket.create_server(("127.0.0.1", 0), backlog=0)
    port = backlog.getsockname()[1]
    waiting = []
    for _ in range(2):  # the queue is full then, and further calls are not answered
        wire = socket.socket()
        wire.setblocking(False)
        wire.connect_ex(("127.0.0.1", port))
        waiting.append(wire)
    try:
        text = error(replace(HOST, port=port, connect_timeout=0.3))
        assert f"no connection to 127.0.0.1:{port}: no answer within 0.3 s: it is switched off, or a firewall" in text
    finally:
        for wire in (*waiting, backlog):
            wire.close()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"\x00\x01\x02"])
def test_another_service_than_ssh(answer: bytes) -> None:
    with listener(answer) as port:
        text = error(replace(HOST, port=port))
        assert f"127.0.0.1:{port} answers, but not as an SSH server" in text
        assert "MaxStartups" in text


def test_a_service_that_says_nothing_is_given_up() -> None:
    with listener(hang_up=False) as port:
        text = error(replace(HOST, port=port, connect_timeout=0.5))
        assert "answers, but not as an SSH server" in text


@pytest.mark.parametrize("hang_up", [False, True])
def test_an_sshd_that_stops_in_the_middle_of_the_key_exchange_is_given_up(hang_up: bool) -> None:
    with listener(b"SSH-2.0-Mute\r\n", hang_up=hang_up) as port:
        text = error(replace(HOST, port=port, connect_timeout=0.3))
        assert f"gpu01: no connection to 127.0.0.1:{port}: it began as an SSH server, and then hung up" in text


def test_an_ipv6_host_and_small_packets_sent_at_once() -> None:
    with listener(address="::1") as port:
        wire = tcp(replace(HOST, hostname="::1", port=port))
        assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        wire.close()
        assert replace(HOST, hostname="::1", port=port).where == f"[::1]:{port}"


def test_an_address_family_is_kept_to() -> None:
    with pytest.raises(Unreachable, match="does not resolve"):
        tcp(replace(HOST, hostname="127.0.0.1", family="inet6"))


def test_a_proxy_command_is_run_by_sh_and_quoted_when_it_fails() -> None:
    proxy = Proxy("cat")
    proxy.wire.sendall(b"hello")
    assert proxy.wire.recv(5) == b"hello"
    proxy.close()
    text = error(replace(HOST, proxy_command="sh -c 'echo no such tunnel >&2; exit 7' --proxy-auth joe:hunter2"))
    assert "hunter2" not in text
    assert "ended with status 7 and said: no such tunnel" in text
    assert "gpu01: no connection to 127.0.0.1:1: the ProxyCommand" in text
