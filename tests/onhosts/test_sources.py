"""Real apt that refuses all work, mended as planned and put back byte for byte; and repositories behind a proxy."""

from __future__ import annotations

import json
import select
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.lab.mirror import life
from tests.onhosts import today
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

CUDA = "https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64"
D = "/etc/apt/sources.list.d"
CONFLICT = f"""
/usr/lib/apt/apt-helper -q download-file {CUDA}/3bf863cc.pub /usr/share/keyrings/cuda-archive-keyring.asc >/dev/null
echo 'deb [signed-by=/usr/share/keyrings/cuda-archive-keyring.asc] {CUDA}/ /' >{D}/cuda-debian12-x86_64.list
printf '# mine\\ndeb {CUDA} /\\n' >{D}/cuda.list
"""
UPDATE = "LC_ALL=C apt-get update 2>&1"


def test_two_keys_for_one_archive_are_mended_and_put_back(lab: Lab, host: MakeHost, tmp_path: Path) -> None:
    one = host(os="debian12", gpus="a100:1", faults=[life.MIRROR]).settle()
    one.run(CONFLICT)
    before = one.run(f"sha256sum {D}/*").stdout
    assert "Conflicting values set for option Signed-By" in one.run(UPDATE, check=False).stdout
    wanted = str(today.profile(lab, tmp_path))
    assert "FAIL    signed_by" in fab(one.name, "doctor", "--profile", wanted).stdout
    done = fab(one.name, "provision", "--profile", wanted, "--only", "old-sources", "--yes")
    assert f"switch off what is doubled or outdated in {D}/cuda.list" in done.stdout, done.stdout + done.stderr
    assert one.run(f"cat {D}/cuda.list").stdout == f"# mine\n# off, by gpuwright: deb {CUDA} /\n"
    assert one.run(UPDATE, check=False).returncode == 0
    assert "signed_by" not in fab(one.name, "doctor", "--profile", wanted).stdout
    assert fab(one.name, "unprovision", "--yes").returncode == 0
    assert one.run(f"sha256sum {D}/*").stdout == before


class Proxy(BaseHTTPRequestHandler):
    """CONNECT to any name ends at the mirror."""

    asked: list[str]
    mirror: str

    def do_CONNECT(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        with socket.create_connection((self.mirror, 443), timeout=10) as there, suppress(OSError):
            both = {self.connection: there, there: self.connection}
            while ready := select.select(list(both), [], [], 10)[0]:
                for side in ready:
                    if not (content := side.recv(65536)):
                        return
                    both[side].sendall(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def behind(lab: Lab, host: MakeHost) -> Iterator[tuple[Host, str]]:
    """A host that resolves none of the vendors' names, and the proxy that it may go out by."""
    one = host(os="el9", gpus="a100:1").settle()
    gateway = one.run("ip route show default | awk '{ print $3 }'").stdout.strip()
    one.run("sed -i -E '/nvidia|docker|fedora|github/d' /etc/hosts")
    told = life.home_of(lab.home) / "clients" / gateway
    told.write_text(json.dumps({"tree": str(life.tree_for(lab.home, ())), "fault": ""}))
    Proxy.asked, Proxy.mirror = [], gateway
    served = ThreadingHTTPServer((gateway, 0), Proxy)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield one, f"http://{gateway}:{served.server_port}"
    served.shutdown()
    served.server_close()
    told.unlink(missing_ok=True)


def test_behind_a_proxy_keys_and_repositories_come_through_it(
    lab: Lab, behind: tuple[Host, str], tmp_path: Path
) -> None:
    one, proxy = behind
    wanted = str(today.profile(lab, tmp_path))
    plan = ("provision", "--profile", wanted, "--only", "repositories", "--yes")
    refused = fab(one.name, *plan)
    assert refused.returncode == 80, refused.stdout + refused.stderr
    assert Proxy.asked == []
    one.run("mkdir -p /etc/dnf; grep -q '^.main' /etc/dnf/dnf.conf || echo '[main]' >>/etc/dnf/dnf.conf")
    one.run(f"sed -i '/^.main/a proxy={proxy}' /etc/dnf/dnf.conf")
    done = fab(one.name, *plan)
    assert "failed" not in done.stderr, done.stdout + done.stderr
    assert "developer.download.nvidia.com:443" in Proxy.asked
    assert one.run("ls /etc/yum.repos.d/gpuwright-cuda-el9.repo").returncode == 0
