"""cuDNN: what the topic says of real folders, what is planned, and the real script on archives of the real layout.

The archives are stand-ins (tests/cudnn_archive.py), and so is ldconfig; curl, wget, tar and the server are real.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from checks.examine import examine
from checks.facts import Facts, cudnn
from checks.facts.reading import Reading
from checks.profiles.profile import Profile, having
from provision.planning import plan
from provision.step import Step
from tests.alter import altered, edit, put
from tests.cudnn_archive import NEW, OLD, Layout, defines, made, sha256
from tests.faultbench.cuda import FAULTS, HEALTHY_CUDNN, TOOLKIT
from tests.hosts import DEBIAN, HEALTHY, read
from tests.test_lib import lib
from tests.test_recordings import law

HTML = b"<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"


def wants(layout: Layout, source: str, data: bytes) -> Profile:
    cuda = {"version": "8.0", "environment": False}
    archive = {"version": layout.version, "source": source, "sha256": sha256(data)}
    return having(DEBIAN, {"cuda": cuda, "cudnn": archive})


def step(profile: Profile, have: str = "tool curl\n") -> Step:
    """What is planned on a host with CUDA 8.0 and these cuDNN lines."""
    found = Facts(altered(read(HEALTHY), (put("cuda_toolkit", TOOLKIT), put("cudnn", have))))
    (one,) = plan(found, profile, ("cudnn",)).steps
    return one


class Place:
    """A host in a folder, with CUDA 8.0."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "usr/local/cuda-8.0"
        for name in ("bin", "run/files", "usr/local/cuda-8.0/lib64", "usr/local/cuda-8.0/include", "etc/ld.so.conf.d"):
            (folder / name).mkdir(parents=True)
        (folder / "run/log").touch()
        says = f"\\tlibcudnn.so.{{}} (libc6,x86-64) => {self.root}/lib64/libcudnn.so"
        (folder / "bin/ldconfig").write_text(f'#!/bin/sh\n[ "$1" != -p ] || printf "{says.format(6)}\\n"\n')
        (folder / "bin/ldconfig").chmod(0o755)

    def run(self, script: str, *, without_curl: bool = False) -> subprocess.CompletedProcess[str]:
        for path in ("/usr/local/cuda-8.0", "/etc/ld.so.conf.d"):
            script = script.replace(path, f"{self.folder}{path}")
        hide = 'command() { [ "$2" != curl ]; }\n' if without_curl else ""
        environment = {"PATH": f"{self.folder}/bin:{os.environ['PATH']}", "RUN": f"{self.folder}/run", "STEP": "01"}
        whole = f"set -eu\n{lib(self.folder)}\n{hide}{script}"
        return subprocess.run(["sh", "-c", whole], env=environment, capture_output=True, text=True, check=False)

    def listing(self) -> dict[str, str]:
        """Every file below the toolkit: the link's target, or mode and content."""
        files = (path for path in sorted(self.root.rglob("*")) if path.is_symlink() or path.is_file())
        return {
            str(path.relative_to(self.root)): f"-> {path.readlink()}"
            if path.is_symlink()
            else f"{path.stat().st_mode & 0o777:o} {path.read_bytes()[:40]!r}"
            for path in files
        }


@pytest.fixture
def host(tmp_path: Path) -> Place:
    return Place(tmp_path)


class Site(BaseHTTPRequestHandler):
    """A web server that has the archive, and every way not to give it."""

    data = b""

    def do_GET(self) -> None:
        if self.path.startswith("/elsewhere"):
            return self.redirect("http://other.example/archive")
        if self.path == "/moved":
            return self.redirect("/archive")
        if self.path == "/circle":
            return self.redirect("/circle")
        if self.path == "/missing":
            return self.send_error(404)
        body = HTML if self.path == "/login" else self.data
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:1000] if self.path == "/cut" else body)
        return None

    def redirect(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    Site.data = made(OLD, os.urandom(5000))
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("layout", [OLD, NEW], ids=["2017", "today"])
def test_an_archive_that_was_brought_is_installed_with_links_as_links_and_taken_back(
    host: Place, layout: Layout
) -> None:
    data = made(layout)
    (host.folder / "bin/ldconfig").write_text(
        f"#!/bin/sh\n[ \"$1\" != -p ] || echo '\tlibcudnn.so.{layout.major} (libc6) => {host.root}/lib64/x'\n"
    )
    (host.root / "include/cudnn.h").write_text(defines("5.1.10"))
    (host.root / "lib64/libcudnn.so").symlink_to("libcudnn.so.5")
    before = host.listing()
    one = step(wants(layout, "/srv/cudnn.tgz", data))
    assert [(file.name, file.path, file.sha256) for file in one.brings] == [
        ("cudnn-archive", Path("/srv/cudnn.tgz"), sha256(data))
    ]
    (host.folder / "run/files/cudnn-archive").write_bytes(data)
    done = host.run(one.script)
    assert done.returncode == 0, done.stdout + done.stderr
    found = host.listing()
    short = ".".join(layout.version.split(".")[:3])
    assert found["lib64/libcudnn.so"] == f"-> libcudnn.so.{layout.major}"
    assert found[f"lib64/libcudnn.so.{layout.major}"] == f"-> libcudnn.so.{short}"
    assert found[f"lib64/libcudnn.so.{short}"].startswith("755 ")
    assert f"include/{layout.header}" in found
    assert f"cuDNN {short} is in {host.root}" in done.stdout
    assert not [path for path in host.root.iterdir() if path.name.startswith(".")]
    back = host.run(one.undo)
    assert back.returncode == 0, back.stdout + back.stderr
    assert host.listing() == before


@pytest.mark.parametrize("tool", ["curl", "wget"])
@pytest.mark.parametrize("path", ["/archive", "/moved"])
def test_it_is_fetched_from_its_url(host: Place, site: str, tool: str, path: str) -> None:
    one = step(wants(OLD, site + path, Site.data), f"tool {tool}\n")
    assert one.brings == ()
    done = host.run(one.script, without_curl=tool == "wget")
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.listing()["lib64/libcudnn.so.6"] == "-> libcudnn.so.6.0.21"
    assert sorted(path.name for path in (host.folder / "run").iterdir()) == ["01.placed", "files", "log"]


@pytest.mark.parametrize("tool", ["curl", "wget"])
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/cut", "was cut off after 1000 bytes"),
        ("/login", "what came is an HTML page"),
        ("/elsewhere", "redirects to another host, other.example"),
        ("/circle", "redirects in a circle"),
        ("/missing", "answers with status 404"),
    ],
)
def test_each_way_of_not_getting_it_is_one_clear_error_and_nothing_is_installed(
    host: Place, site: str, tool: str, path: str, words: str
) -> None:
    before = host.listing()
    one = step(wants(OLD, site + path, Site.data), f"tool {tool}\n")
    done = host.run(one.script, without_curl=tool == "wget")
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stdout.splitlines()
    assert words in line
    assert line.endswith("; nothing was installed")
    assert host.run(one.undo).returncode == 0
    assert host.listing() == before


@pytest.mark.parametrize(
    ("data", "wanted", "words"),
    [
        (made(OLD), b"another", "its sha256 is "),
        (made(OLD, without="include/cudnn.h"), b"", "has not the layout of cuDNN"),
        (
            made(Layout("cuda", "lib64", "cudnn.h", "gz", "7.0.5")),
            b"",
            "holds cuDNN 7.0.5, the profile asks for 6.0.21",
        ),
        (b"no archive at all", b"", "cannot be unpacked"),
    ],
    ids=["checksum", "layout", "version", "no archive"],
)
def test_what_is_not_the_archive_is_said_and_nothing_is_installed(
    host: Place, data: bytes, wanted: bytes, words: str
) -> None:
    (host.folder / "run/files/cudnn-archive").write_bytes(data)
    one = step(wants(OLD, "/srv/cudnn.tgz", wanted or data))
    done = host.run(one.script)
    assert done.returncode != 0
    assert words in done.stdout
    assert done.stdout.splitlines()[-1].endswith("; nothing was installed")
    assert host.listing() == {}


def test_a_step_that_was_cut_off_in_the_middle_is_taken_back(host: Place) -> None:
    data = made(OLD)
    (host.root / "include/cudnn.h").write_text(defines("5.1.10"))
    (host.folder / "run/files/cudnn-archive").write_bytes(data)
    before = host.listing()
    (host.folder / "bin/ldconfig").write_text("#!/bin/sh\nexit 1\n")
    one = step(wants(OLD, "/srv/cudnn.tgz", data))
    assert host.run(one.script).returncode != 0
    assert host.listing() != before
    (host.folder / "bin/ldconfig").write_text("#!/bin/sh\n")
    assert host.run(one.undo).returncode == 0
    assert host.listing() == before


def test_a_folder_that_the_loader_does_not_know_is_made_known(host: Place) -> None:
    data = made(OLD)
    conf = host.folder / "etc/ld.so.conf.d/gpuwright-cudnn.conf"
    (host.folder / "bin/ldconfig").write_text(
        f"#!/bin/sh\n[ \"$1\" != -p ] || [ ! -e {conf} ] || echo '\tlibcudnn.so.6 (libc6) => {host.root}/lib64/x'\n"
    )
    (host.folder / "run/files/cudnn-archive").write_bytes(data)
    one = step(wants(OLD, "/srv/cudnn.tgz", data))
    assert host.run(one.script).returncode == 0
    assert conf.read_text() == f"{host.root}/lib64\n"
    assert host.run(one.undo).returncode == 0
    assert not conf.exists()


def test_the_topic_reads_header_links_and_folders(host: Place) -> None:
    (host.root / "lib64").rmdir()
    (host.root / "targets/x86_64-linux/lib").mkdir(parents=True)
    (host.root / "lib64").symlink_to("targets/x86_64-linux/lib")
    (host.root / "include/cudnn.h").write_text("#include <cudnn_version.h>\n")
    (host.root / "include/cudnn_version.h").write_text(defines("9.23.1"))
    (host.root / "lib64/libcudnn.so.9").symlink_to("libcudnn.so.9.23.1")
    (host.root / "lib64/libcudnn.so.9.23.1").write_bytes(b"x" * 7)
    (host.folder / "usr/local/cuda").symlink_to("cuda-8.0")
    command = cudnn.COMMAND.replace("/usr/local", f"{host.folder}/usr/local")
    env = {"PATH": f"{host.folder}/bin:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", command], env=env, capture_output=True, text=True, check=True)
    found = cudnn.parse(Reading(0, done.stdout.replace(str(host.folder), "")))
    root, lib64 = "/usr/local/cuda-8.0", "/usr/local/cuda-8.0/targets/x86_64-linux/lib"
    assert found.headers == {root: ("9.23.1", f"{root}/include/cudnn_version.h")}
    assert found.libraries == {
        root: (
            cudnn.Library(f"{lib64}/libcudnn.so.9", 18, "libcudnn.so.9.23.1"),
            cudnn.Library(f"{lib64}/libcudnn.so.9.23.1", 7, ""),
        )
    }
    assert found.loader == (lib64,)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_law_holds_for_each_fault_of_cuda(fault: Any) -> None:
    law(Facts(fault.recording()), fault.profile)


@pytest.mark.parametrize(
    ("changes", "have", "words"),
    [
        ({"cuda": {"version": ""}}, "", "says no cuda.version"),
        ({"cuda": {"version": "9.1"}}, "", "there is no CUDA 9.1 below /usr/local (8.0.61 in /usr/local/cuda-8.0)"),
        ({"cudnn": {"sha256": ""}}, "", "cudnn.sha256 is missing"),
        ({"cudnn": {"source": ""}}, "", "cudnn.source is missing"),
        ({}, "", "neither curl nor wget"),
    ],
)
def test_what_keeps_it_from_being_installed_is_said(changes: dict[str, Any], have: str, words: str) -> None:
    profile = having(wants(OLD, "https://site.example/cudnn.tgz", b""), changes)
    found = Facts(altered(read(HEALTHY), (put("cuda_toolkit", TOOLKIT), put("cudnn", have))))
    made_plan = plan(found, profile, ("cudnn",))
    assert not made_plan
    assert words in dict(made_plan.unknown)["cudnn"]
    law(found, profile)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_an_archive_for_another_architecture_is_not_installed(machine: str) -> None:
    profile = wants(OLD, "https://site.example/linux-sbsa/cudnn-linux-sbsa-9.23.1_cuda13-archive.tar.xz", b"")
    here = edit("host", "machine x86_64", f"machine {machine}")
    found = Facts(altered(read(HEALTHY), (put("cuda_toolkit", TOOLKIT), put("cudnn", "tool curl\n"), here)))
    said = dict(plan(found, profile, ("cudnn",)).unknown).get("cudnn", "")
    assert ("an archive for linux-sbsa, and this host is x86_64" in said) == (machine == "x86_64")
    law(found, profile)


def test_a_mirror_serves_the_archive_and_a_file_of_this_machine_has_none() -> None:
    mirrors = {"mirrors": {"site.example": {"url": "file:///srv/mirror/site"}, "srv": {"url": "https://no.example"}}}
    one = step(having(wants(OLD, "https://site.example/cudnn.tgz", b""), mirrors))
    assert "archive=/srv/mirror/site/cudnn.tgz\n" in one.script
    assert [file.path for file in step(having(wants(OLD, "/srv/cudnn.tgz", b""), mirrors)).brings] == [
        Path("/srv/cudnn.tgz")
    ]


def test_what_is_there_needs_no_source() -> None:
    profile = having(wants(OLD, "", b""), {"cudnn": {"sha256": ""}})
    found = Facts(altered(read(HEALTHY), (put("cuda_toolkit", TOOLKIT), put("cudnn", HEALTHY_CUDNN))))
    assert plan(found, profile, ("cudnn",)).unknown == ()
    assert [each.verdict for each in examine(found, profile) if each.check == "cudnn"] == ["ok"]
    law(found, profile)
