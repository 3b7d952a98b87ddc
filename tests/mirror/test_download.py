"""One file from a server that is whole, wrong, gone, or cut off half way."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from provision.errors import BadInput, Unreachable
from provision.mirror.download import download

CONTENT = bytes(range(256)) * 40
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Cut(BaseHTTPRequestHandler):
    """The first answer ends after 1000 bytes; /whole never does, /gone is not there."""

    asked: list[str]
    ranges = True

    def do_GET(self) -> None:
        told = self.headers.get("Range", "")
        self.asked.append(told)
        start = int(told.removeprefix("bytes=").rstrip("-") or 0) if self.ranges else 0
        self.send_response(404 if self.path == "/gone" else 206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        first = len(self.asked) == 1 and self.path == "/cut"
        self.wfile.write(CONTENT[start:1000] if first else CONTENT[start:])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Cut.asked = []
    Cut.ranges = True
    served = ThreadingHTTPServer(("127.0.0.1", 0), Cut)
    threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()


@pytest.mark.parametrize("ranges", [True, False])
def test_what_was_cut_off_goes_on_from_there(server: str, tmp_path: Path, ranges: bool) -> None:
    Cut.ranges = ranges
    to = tmp_path / "files" / "cudnn.tgz"
    with pytest.raises(Unreachable, match="cut off after 1000 of 10240 bytes"):
        download(f"{server}/cut", DIGEST, to)
    assert not to.exists()
    download(f"{server}/cut", DIGEST, to)
    assert to.read_bytes() == CONTENT
    assert [path.name for path in to.parent.iterdir()] == ["cudnn.tgz"]
    if ranges:
        assert Cut.asked[1] == "bytes=1000-"
    download(f"{server}/cut", DIGEST, to)
    assert len(Cut.asked) == 2, "what is there is not fetched again"


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(server: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"its sha256 is {DIGEST}, and {'0' * 64} is wanted"):
        download(f"{server}/whole", "0" * 64, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_is_said(server: str, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="answers 404"):
        download(f"{server}/gone", DIGEST, tmp_path / "x")
    (tmp_path / "there").write_bytes(CONTENT)
    download((tmp_path / "there").as_uri(), DIGEST, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == CONTENT
