"""Files brought to a real host over a real sshd and sudo: whole, or not at all."""

from __future__ import annotations

import hashlib
import random
import threading
from typing import TYPE_CHECKING

import pytest

from provision.errors import Interrupted, NoSpace, Unreachable
from provision.following import do
from provision.remote.access import Access
from provision.remote.detached import Script
from provision.step import Brought
from tests.lab.accounts import PW_PASSWORD
from tests.lab.fixtures import unique
from tests.onhosts.rehearsal.small_disk import small
from tests.test_apply import FakeConsole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provision.remote import Remote
    from tests.lab.core import Lab
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

RUNS = "/var/lib/gpuwright/runs"
KEEP = Script("keep it", 'cp "$RUN/files/big.bin" /root/kept\n', "rm -f /root/kept\n")


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 12 MiB that no compression makes small."""
    path = tmp_path_factory.mktemp("big") / "big.bin"
    path.write_bytes(random.Random(7).randbytes(12 << 20))  # noqa: S311 - noise, not a secret
    return path


@pytest.fixture(scope="module")
def one(lab: Lab) -> Iterator[Host]:
    (host,) = lab.up([unique()])
    yield host.settle()
    lab.down([host.name])


def remote(host: Host, user: str = "root", password: str = "") -> Remote:
    return Access(config=str(host.home.path / "ssh_config"), password=password).host(host.name, user=user)


def left(host: Host) -> list[str]:
    """What of a run's files is on the host."""
    return host.run(f"find {RUNS} -path '*/files*' -o -name 'bringing*' 2>/dev/null", check=False).stdout.split()


@pytest.mark.parametrize(("user", "password"), [("root", ""), ("ops", ""), ("pw", PW_PASSWORD)])
def test_it_arrives_whole_through_sshd_and_sudo(one: Host, big: Path, user: str, password: str) -> None:
    host = remote(one, user, password)
    try:
        do(host, [KEEP], FakeConsole(), brings=[Brought("big.bin", big)])
    finally:
        host.close()
    assert one.run("sha256sum </root/kept").stdout.split()[0] == hashlib.sha256(big.read_bytes()).hexdigest()
    assert one.run("rm /root/kept; ls -l /root").stdout == "total 0\n"
    assert left(one) == []


class Cutting(FakeConsole):
    """Cuts the connection in the middle, or presses ^C there."""

    def __init__(self, host: Host, *, interrupt: bool) -> None:
        super().__init__()
        self.host, self.interrupt, self.cut = host, interrupt, False

    def bringing(self, name: str, sent: int, size: int) -> None:
        del name
        if self.cut or sent < size // 2:
            return
        self.cut = True
        if self.interrupt:
            raise KeyboardInterrupt
        self.host.inside("pkill", "-9", "-f", "sshd: root@notty")


@pytest.mark.parametrize("interrupt", [True, False], ids=["interrupt", "connection"])
def test_a_cut_leaves_nothing_and_the_next_one_sends_it_anew(one: Host, big: Path, interrupt: bool) -> None:
    before = one.run(f"ls {RUNS}", check=False).stdout
    host = remote(one)
    try:
        with pytest.raises((Unreachable, Interrupted), match=r"while big\.bin was sent; nothing was changed"):
            do(host, [KEEP], Cutting(one, interrupt=interrupt), brings=[Brought("big.bin", big)])
        done = threading.Event()
        for _ in range(100):
            if left(one) == [] and one.run(f"ls {RUNS}", check=False).stdout == before:
                break
            done.wait(0.05)
        assert left(one) == []
        assert one.run(f"ls {RUNS}", check=False).stdout == before
        do(host, [KEEP], FakeConsole(), brings=[Brought("big.bin", big)])
    finally:
        host.close()
    assert one.run("stat -c %s /root/kept; rm /root/kept").stdout == f"{12 << 20}\n"


def test_a_disk_too_small_for_it_is_said_with_status_73(lab: Lab, big: Path) -> None:
    (host,) = lab.up([unique()])
    try:
        host.settle()
        small(host, "/var/lib/gpuwright", 8 * 1024)
        there = remote(host)
        with pytest.raises(NoSpace, match=r"no room on /var/lib/gpuwright .*nothing was changed") as caught:
            do(there, [KEEP], FakeConsole(), brings=[Brought("big.bin", big)])
        there.close()
        assert caught.value.status == 73
        assert host.run(f"ls {RUNS}").stdout == ""
    finally:
        lab.down([host.name])
