"""The lab's own pure parts: no host, no root."""

from __future__ import annotations

import struct
import urllib.error
import urllib.request
from http.client import IncompleteRead
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from threading import Thread
from typing import TYPE_CHECKING, ClassVar

import pytest

from tests.lab import archive, devices, network, package_cache, spec, supervisor, systems
from tests.lab.errors import LabError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("deb http://a/debian bookworm main\n", ["http://a/debian"]),
        ("deb [arch=amd64 signed-by=/x] https://a/debian/ bookworm main", ["https://a/debian/"]),
        ("# deb http://a/debian bookworm main\n  #deb http://b x y\ndeb-src http://c x y\n", []),
        (
            "Types: deb\n# URIs: http://no\nURIs: http://a/debian http://b/debian\nSuites: x\n",
            ["http://a/debian", "http://b/debian"],
        ),
    ],
)
def test_addresses_of_both_styles_of_sources(text: str, addresses: list[str]) -> None:
    assert archive.addresses_in(text) == addresses


def test_the_machines_own_mirror_is_used(tmp_path: Path) -> None:
    assert archive.machine_archive(tmp_path).main == "http://deb.debian.org/debian"
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (folder / "debian.sources").write_text("URIs: http://mirror.example/debian/\n")
    (folder / "security.list").write_text("deb mirror+file:/etc/m/debian-security x y\n")
    (tmp_path / "sources.list").write_text("deb http://sec.example/debian-security bookworm-security main\n")
    assert archive.machine_archive(tmp_path) == archive.Archive(
        "http://mirror.example/debian", "http://sec.example/debian-security"
    )


def test_sources_of_a_fresh_installation_have_no_contrib() -> None:
    where = archive.Archive("http://m/debian", "http://m/debian-security")
    for system in systems.SYSTEMS.values():
        text = "".join(system.sources(where).values())
        assert "main non-free-firmware" in text
        assert "contrib" not in text
        assert all(f"{system.suite}{end}" in text for end in ("", "-updates", "-security"))
    with pytest.raises(UsageError, match="debian12, debian13"):
        systems.system("windows")


def test_addresses_avoid_every_route_of_the_machine() -> None:
    assert network.free_subnet([]) == "10.77.0.0/20"
    assert network.free_subnet([IPv4Network("10.77.1.0/24"), IPv4Network("192.168.0.0/16")]) == "10.77.16.0/20"
    assert network.free_subnet([IPv4Network("10.0.0.0/8")]) == "172.29.0.0/20"
    with pytest.raises(LabError, match="no free addresses"):
        network.free_subnet([IPv4Network("0.0.0.0/1"), IPv4Network("128.0.0.0/1")])


def opened(kind: int, access: int, major: int, minor: int) -> int:
    """Run the rule for devices as the kernel would."""
    code = [struct.unpack("<BBhi", devices.program()[at : at + 8]) for at in range(0, len(devices.program()), 8)]
    context = {0: access << 16 | kind, 4: major, 8: minor}
    registers, at = [0] * 11, 0
    while True:
        operation, both, offset, value = code[at]
        target, source, at = both & 15, both >> 4, at + 1
        if operation == devices.EXIT:
            return registers[devices.R0]
        if operation == devices.LOAD:
            registers[target] = context[offset]
        elif operation == devices.MOVE:
            registers[target] = value
        elif operation == devices.MOVE_REGISTER:
            registers[target] = registers[source]
        elif operation == devices.AND:
            registers[target] &= value
        elif operation == devices.SHIFT_RIGHT:
            registers[target] >>= value
        elif registers[target] != value:
            assert operation == devices.IF_NOT_EQUAL
            at += offset


@pytest.mark.parametrize(
    ("kind", "access", "major", "minor", "allowed"),
    [
        (2, 2, 1, 3, 1),  # read /dev/null
        (2, 6, 5, 2, 1),  # open a pseudo terminal
        (2, 6, 136, 17, 1),
        (2, 1, 195, 0, 1),  # make a card's node
        (1, 1, 8, 0, 1),
        (2, 2, 195, 0, 0),  # open it
        (2, 6, 195, 255, 0),
        (2, 3, 195, 0, 0),
        (2, 2, 1, 1, 0),  # physical memory
        (1, 2, 1, 3, 0),  # a disk that has the numbers of /dev/null
        (2, 2, 5, 1, 0),  # the machine's console
        (1, 2, 254, 0, 0),
    ],
)
def test_the_rule_for_devices(kind: int, access: int, major: int, minor: int, allowed: int) -> None:
    assert opened(kind, access, major, minor) == allowed


def test_how_pid_1_died_says_whether_to_start_again(tmp_path: Path) -> None:
    assert supervisor.wants_to_start_again(tmp_path, -1)
    assert not supervisor.wants_to_start_again(tmp_path, -2)
    assert not supervisor.wants_to_start_again(tmp_path, -9)
    (tmp_path / "restart").touch()
    assert supervisor.wants_to_start_again(tmp_path, -9)
    assert not supervisor.wants_to_start_again(tmp_path, -9)


def test_names_of_hosts() -> None:
    assert spec.check_name("gpu01") == "gpu01"
    for wrong in ("", "GPU", "-a", "a.b", "a/b", "a b"):
        with pytest.raises(UsageError, match="cannot be the name"):
            spec.check_name(wrong)
    assert spec.free_index({1, 2, 4}) == 3


class Mirror(BaseHTTPRequestHandler):
    """A mirror that counts what it is asked."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer with the path, cut short where the name says so."""
        self.asked.append(self.path)
        body = self.path.encode()
        if "missing" in self.path:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + (5 if "cut" in self.path else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def mirror() -> Iterator[str]:
    """A mirror on the loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    Mirror.asked.clear()
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_cache_keeps_what_cannot_change_and_only_whole(tmp_path: Path, mirror: str) -> None:
    with package_cache.serving(tmp_path, {}) as proxy:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy}))

        def get(path: str) -> bytes:
            with opener.open(mirror + path, timeout=10) as answer:
                body: bytes = answer.read()
                return body

        for path in ("/debian/pool/main/a_1.deb", "/dists/x/by-hash/SHA256/00", "/dists/x/InRelease", "/flat/a_1.deb"):
            assert get(path) == get(path)
        assert [Mirror.asked.count(path) for path in dict.fromkeys(Mirror.asked)] == [1, 1, 2, 2]
        for path in ("/pool/cut.deb", "/pool/missing.deb"):
            with pytest.raises((urllib.error.HTTPError, IncompleteRead)):
                get(path)
    assert len(list(tmp_path.iterdir())) == 2
