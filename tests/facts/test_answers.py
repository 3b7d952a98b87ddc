"""Asking a port of the host with what it has: curl, wget, or bash alone."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from checks.facts.answers import GET


class _Kubelet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 500)
        self.end_headers()
        self.wfile.write(b"ok" if self.path == "/healthz" else b"internal error")

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the name it overrides


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Kubelet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def get(tools: tuple[str, ...], folder: Path, port: int, path: str) -> subprocess.CompletedProcess[str]:
    for tool in tools:
        (folder / tool).symlink_to(shutil.which(tool) or "/nonexistent")
    return subprocess.run(
        ["/bin/sh", "-c", f"{GET}\nget {port} {path}"],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


TOOLS = [tools for tools in (("curl",), ("wget",), ("timeout", "bash", "awk")) if shutil.which(tools[0])]


@pytest.mark.parametrize("tools", TOOLS, ids=lambda tools: tools[0])
def test_an_answer_is_its_body_and_everything_else_fails(tools: tuple[str, ...], tmp_path: Path, port: int) -> None:
    answer = get(tools, tmp_path, port, "/healthz")
    assert (answer.returncode, answer.stdout.strip()) == (0, "ok"), answer


def test_a_refusal_and_a_closed_port_are_no_answers(tmp_path: Path, port: int) -> None:
    tools = ("timeout", "bash", "awk")
    refused = get(tools, tmp_path, port, "/nothing")
    assert (refused.returncode, refused.stdout) == (22, "HTTP 500\n")
    (tmp_path / "closed").mkdir()
    assert get(tools, tmp_path / "closed", 1, "/healthz").returncode != 0


def test_where_nothing_can_ask_it_is_said(tmp_path: Path, port: int) -> None:
    assert get((), tmp_path, port, "/healthz").stdout == "untold\n"
