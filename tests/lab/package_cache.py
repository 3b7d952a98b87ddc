"""An HTTP proxy that keeps what cannot change: package files, and indexes named by their own digest.

apt on every host, and the building of bases, fetch through it, so that a package crosses the machine's uplink once.
Everything else (InRelease above all) is asked for anew each time. Only plain http passes; apt's https goes direct.
It runs as a script of its own, without this package, so that it lives on when the command that started it is gone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import Message

KEPT_SUFFIXES = (".deb", ".udeb", ".dsc", ".tar.xz", ".tar.gz")
KEPT_DAYS = 30
UPSTREAM_SECONDS = 60
PASSED_ON = ("Content-Type", "Content-Length", "Last-Modified", "ETag", "Location")
CHUNK = 256 * 1024


class Body(Protocol):
    """What an answer is read from."""

    def read(self, amount: int, /) -> bytes:
        """Return the next bytes, or none at the end."""


class Store:
    """The kept files, named by the digest of their address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, url: str) -> Path | None:
        """Where the answer for this address is kept; None when it may change."""
        path = urlsplit(url).path
        in_pool = "/pool/" in path and path.endswith(KEPT_SUFFIXES)
        if not in_pool and "/by-hash/" not in path:
            return None
        return self.folder / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}-{path.rpartition('/')[2][:120]}"

    def prune(self) -> None:
        """Drop what nobody has asked for in a month, and downloads that were cut short."""
        for path in self.folder.iterdir():
            days = 1 if path.name.startswith(".") else KEPT_DAYS
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - days * 86400:
                    path.unlink()


class Server(ThreadingHTTPServer):
    """The proxy: one thread per connection of apt."""

    daemon_threads = True
    # apt on twenty hosts opens its connections at once.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], folder: Path, proxies: Mapping[str, str]) -> None:
        super().__init__(address, Handler)
        self.store = Store(folder)
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler(dict(proxies)), _NoRedirects())


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """apt follows redirects itself: it must see them."""

    def redirect_request(self, *_: object) -> None:
        return None


class Handler(BaseHTTPRequestHandler):
    """One request of apt."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Answer from the store, else fetch."""
        kept = self.server.store.path(self.path)
        if not self.path.startswith("http://"):
            self.send_error(400, "this is a proxy for plain http")
        elif kept is not None and kept.exists():
            self._answer_kept(kept)
        else:
            self._fetch(kept)

    def do_HEAD(self) -> None:
        """Answer without the body."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _answer_kept(self, kept: Path) -> None:
        os.utime(kept)
        with kept.open("rb") as file:
            self.send_response(200)
            self.send_header("Content-Length", str(kept.stat().st_size))
            self.end_headers()
            if self.command == "GET":
                shutil.copyfileobj(file, self.wfile, CHUNK)

    def _fetch(self, kept: Path | None) -> None:
        asked = {
            name: value
            for name in ("If-Modified-Since", "User-Agent", "Accept", "Cache-Control")
            if (value := self.headers.get(name))
        }
        request = urllib.request.Request(self.path, headers=asked, method=self.command)  # noqa: S310  do_GET let only http pass
        try:
            answer = self.server.opener.open(request, timeout=UPSTREAM_SECONDS)
        except urllib.error.HTTPError as refusal:
            answer, kept = refusal, None
        except (OSError, HTTPException) as unreachable:
            self.send_error(502, f"{urlsplit(self.path).netloc}: {unreachable}"[:200])
            return
        with answer:
            try:
                self._pass_on(answer.status, answer.headers, answer, kept)
            except OSError:
                # Either side went away in the middle of an answer: only closing says so to the other.
                self.close_connection = True

    def _pass_on(self, status: int, headers: Message, body: Body, kept: Path | None) -> None:
        self.send_response(status)
        for name in PASSED_ON:
            if headers.get(name) is not None:
                self.send_header(name, headers[name])
        if headers.get("Content-Length") is None and status != 304:
            # Without a length only the end of the connection says where the body ends.
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "GET" or status == 304:
            return
        length = int(headers.get("Content-Length") or -1)
        with _aside(kept if status == 200 and length >= 0 else None, length) as file:
            last = b""
            while chunk := body.read(CHUNK):
                length -= len(chunk)
                self.wfile.write(last)
                last = chunk
                if file is not None:
                    file.write(chunk)
        # The last piece goes out when the whole is kept: who asks again at once is answered from here.
        self.wfile.write(last)
        if length > 0:
            self.close_connection = True


@contextlib.contextmanager
def _aside(kept: Path | None, length: int) -> Iterator[BinaryIO | None]:
    """Write beside, move into place only when all of it came: a file cut short is never kept."""
    if kept is None:
        yield None
        return
    partial = kept.with_name(f".{kept.name}.{threading.get_ident()}.{time.monotonic_ns()}")
    try:
        with partial.open("wb") as file:
            yield file
        if partial.stat().st_size == length:
            partial.replace(kept)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def serving(folder: Path, proxies: Mapping[str, str]) -> Iterator[str]:
    """Serve this process alone, on the loopback, for as long as a base is built; yields the proxy's address."""
    server = Server(("127.0.0.1", 0), folder, proxies)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main(address: str, port: str, folder: str, *proxies: str) -> None:
    """Serve until killed."""
    known = {scheme: url for scheme, _, url in (pair.partition("=") for pair in proxies)}
    server = Server((address, int(port)), Path(folder), known)
    server.store.prune()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
