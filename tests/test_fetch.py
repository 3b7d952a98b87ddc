"""Files that come from elsewhere (provision/remote/fetch.sh): by apt's helper, from a file, to another host.

curl and wget, with a real server and each way of not getting a file, are tests/test_cudnn.py's.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.test_lib import lib

DATA = b"a package\n"
SHA256 = hashlib.sha256(DATA).hexdigest()


def sh(place: Path, script: str, hidden: str = "") -> subprocess.CompletedProcess[str]:
    """A step's script; the hidden commands are not found, and apt's helper lies in the folder."""
    text = lib(place).replace("/usr/lib/apt/apt-helper", f"{place}/apt-helper")
    hide = f'command() {{ case " {hidden} " in *" $2 "*) return 1 ;; esac; }}\n'
    environment = {"PATH": "/usr/bin:/bin", "RUN": str(place), "STEP": "01"}
    whole = f"set -eu\n{text}\n{hide}{script}"
    return subprocess.run(["sh", "-c", whole], env=environment, capture_output=True, text=True, check=False)


def test_a_file_url_serves_and_nothing_is_left_of_what_is_not_meant(tmp_path: Path) -> None:
    there, here = tmp_path / "there.deb", tmp_path / "files/here.deb"
    there.write_bytes(DATA)
    done = sh(tmp_path, f"fetch_file file://{there} {SHA256} {here}")
    assert (done.returncode, done.stdout, here.read_bytes()) == (0, "", DATA)
    here.unlink()
    for data, says in (
        (b"<!DOCTYPE html><title>Sign in</title>", "what came is an HTML page: a login or a portal stands before"),
        (DATA + b"x", f"and the profile names {SHA256} (11 bytes)"),
        (None, f"there is no {there} on this host"),
    ):
        there.unlink()
        if data is not None:
            there.write_bytes(data)
        done = sh(tmp_path, f"fetch_file file://{there} {SHA256} {here}")
        (line,) = done.stdout.splitlines()
        assert done.returncode == 1
        assert line.startswith(f"there.deb from {tmp_path} cannot be used: ")
        assert says in line
        assert line.endswith("; nothing was installed")
        assert list(here.parent.iterdir()) == []
        there.touch()


@pytest.mark.parametrize(
    ("to", "follows"),
    [
        ("objects.githubusercontent.com", True),
        ("release-assets.githubusercontent.com", True),
        ("github.com", True),
        ("githubusercontent.com.example.org", False),
        ("login.example.org", False),
    ],
)
def test_a_redirect_is_followed_to_the_same_host_and_to_where_github_keeps_releases(
    tmp_path: Path, to: str, *, follows: bool
) -> None:
    done = sh(tmp_path, f"may_lead github.com {to}")
    assert (done.returncode == 0) == follows
    assert (f"github.com redirects to another host, {to}: " in done.stdout) != follows
    assert sh(tmp_path, "may_lead example.org objects.githubusercontent.com").returncode == 1


def test_where_there_is_neither_curl_nor_wget_apt_fetches_it(tmp_path: Path) -> None:
    helper = tmp_path / "apt-helper"
    helper.write_text(f'#!/bin/sh\necho "$*" >{tmp_path}/asked\nfor file; do :; done\nprintf "a package\\n" >"$file"\n')
    helper.chmod(0o755)
    script = f"fetch_file https://site.example/a.deb {SHA256} {tmp_path}/a.deb"
    done = sh(tmp_path, script, hidden="curl wget")
    assert (done.returncode, done.stdout) == (0, "")
    assert "AllowRedirect=false" in (tmp_path / "asked").read_text()
    sh(tmp_path, script.replace("site.example", "github.com"), hidden="curl wget")
    assert "AllowRedirect=true" in (tmp_path / "asked").read_text()
    helper.write_text("#!/bin/sh\necho 'E: Failed to fetch a.deb  302  Found'\nexit 100\n")
    done = sh(tmp_path, script, hidden="curl wget")
    assert "nothing came from site.example: E: Failed to fetch a.deb  302  Found; nothing was installed" in done.stdout
    helper.unlink()
    assert "there is no curl, wget or apt-helper here" in sh(tmp_path, script, hidden="curl wget").stdout
