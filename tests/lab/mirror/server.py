"""Serves the mirror over http and https: `server.py ADDRESS CERTIFICATE CLIENTS`, the standard library only.

CLIENTS is a folder with one file per host, named by its address: which tree it sees, and what is wrong with it.
Host names are the folders of a tree. It runs as a script of its own, so that it lives on when the command that
started it is gone.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

PAYLOADS = (".deb", ".rpm", ".tgz", ".tar.xz", ".tar.gz", ".run")
ELSEWHERE = "elsewhere.example"
PORTAL = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in to use this network.</body></html>\n"
TYPES = {
    ".html": "text/html",
    ".json": "application/json",
    ".xml": "application/xml",
    ".deb": "application/x-debian-package",
}


class Server(ThreadingHTTPServer):
    """One port; every host of the lab may ask at once."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], clients: Path, context: ssl.SSLContext | None) -> None:
        super().__init__(address, Handler)
        self.clients = clients
        if context is not None:
            # The handshake belongs to the thread of its connection: one slow client must not hold up the others.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, *_: object) -> None:
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    """One request, answered as the host that asks is meant to find it."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Answer with a file, or with what is wrong."""
        try:
            client = json.loads((self.server.clients / self.client_address[0]).read_text())
        except FileNotFoundError:
            self.send_error(403, "this host was not given the mirror")
            return
        host = self.headers.get("Host", "").partition(":")[0]
        if host == ELSEWHERE:
            self._answer(PORTAL, "text/html")
            return
        path = self._file(Path(client["tree"]), host)
        if path is None:
            self.send_error(404)
            return
        content = path.read_bytes()
        if path.name.endswith(PAYLOADS) and client["fault"]:
            self._wrong(client["fault"], content)
        else:
            self._answer(content, TYPES.get(path.suffix, "application/octet-stream"))

    def do_HEAD(self) -> None:
        """Answer without the body."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _file(self, tree: Path, host: str) -> Path | None:
        asked = (tree / host / unquote(urlsplit(self.path).path).lstrip("/")).resolve()
        inside = host and asked.is_relative_to(tree.resolve() / host)
        return asked if inside and asked.is_file() else None

    def _answer(self, content: bytes, kind: str, *, length: int | None = None) -> None:
        start, end = self._range(len(content))
        body = content[start:end]
        self.send_response(206 if len(body) < len(content) and length is None else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Accept-Ranges", "bytes")
        if len(body) < len(content):
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _range(self, size: int) -> tuple[int, int]:
        """What part is asked for; dnf reads the headers of packages so."""
        asked = self.headers.get("Range", "")
        first, _, last = asked.removeprefix("bytes=").partition("-")
        if not asked.startswith("bytes=") or not first.isdigit() or "," in asked:
            return 0, size
        return min(int(first), size), min(int(last) + 1, size) if last.isdigit() else size

    def _wrong(self, fault: str, content: bytes) -> None:
        if fault == "mirror_wrong_checksum":
            self._answer(content[:-1] + bytes([content[-1] ^ 1]), "application/octet-stream")
        elif fault == "mirror_truncated":
            self.close_connection = True
            self._answer(content[: len(content) // 2], "application/octet-stream", length=len(content))
        elif fault == "mirror_html":
            self._answer(PORTAL, "text/html")
        else:
            self.send_response(302)
            self.send_header("Location", f"https://{ELSEWHERE}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()


def main(address: str, certificate: str, clients: str) -> None:
    """Serve until killed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    plain = Server((address, 80), Path(clients), None)
    secure = Server((address, 443), Path(clients), context)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    secure.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
