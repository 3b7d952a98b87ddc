"""The stand-in of nvidia-ctk answers as the real one was watched to, case by case."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent / "payload/nvidia-container-toolkit"
CASES: list[dict[str, Any]] = tomllib.loads((HERE / "contract.toml").read_text(encoding="utf-8"))["case"]
LOG = re.compile(r'time="[^"]*" level=(\w+) msg="(.*)"')


def prepare(root: Path, case: dict[str, Any]) -> None:
    """The files, links and device nodes that a case begins with."""
    for line in case.get("before", ()):
        kind, *words = line.split()
        path = root / (words[0] if kind in "lc" else words[-1]).lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "c":
            major, minor = map(int, words[1].split(":"))
            os.mknod(path, 0o020666, os.makedev(major, minor))
            path.chmod(0o666)
        elif kind == "l":
            path.symlink_to(words[-1])
        else:
            text = case.get("files", {}).get(words[-1], "x")
            path.write_bytes(text.encode())
            path.chmod(int(words[0], 8))


def answer(root: Path, command: str) -> tuple[int, str, list[str]]:
    """Status, output and log of one command line, with the folder in the place of /."""
    words = command.split()
    environment = {"PATH": f"{HERE}:/usr/sbin:/usr/bin:/sbin:/bin", "GPUWRIGHT_LAB_ROOT": str(root)}
    done = subprocess.run(
        [str(HERE / words[0]), *words[1:]], capture_output=True, text=True, env=environment, check=False
    )
    found = [LOG.fullmatch(line) for line in done.stderr.splitlines()]
    return done.returncode, done.stdout, [f"{match[1]} {match[2]}" if match else "no log line" for match in found]


def listing(root: Path) -> list[str]:
    """Links and files outside of the driver's tree, as the contract lists them."""
    found = []
    for path in sorted(root.rglob("*")):
        place = f"/{path.relative_to(root)}"
        if path.is_symlink():
            found.append(f"l {place} -> {path.readlink()}")
        elif path.is_file() and not place.startswith("/srv/"):
            info = path.stat()
            found.append(f"f {info.st_mode & 0o7777:04o} {info.st_uid}:{info.st_gid} {info.st_size:6} {place}")
    return found


@pytest.mark.lab
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_it_answers_as_watched(case: dict[str, Any], tmp_path: Path) -> None:
    prepare(tmp_path, case)
    outputs, log, status = "", [], 0
    for command in case["command"].strip().splitlines():
        status, out, said = answer(tmp_path, command)
        outputs += out
        log += said
    assert status == case["status"], log
    assert outputs == case.get("out", "").removeprefix("\n")
    if "last" in case:
        assert log[-1:] == [case["last"].strip("\n")]
    else:
        assert sorted(log) == sorted(each.strip("\n") for each in case.get("said", ()))
    after = sorted(re.sub(r"\s+", " ", line) for line in case["after"])
    assert sorted(re.sub(r"\s+", " ", line) for line in listing(tmp_path)) == after
    for path, text in case.get("made", {}).items():
        assert (tmp_path / path.lstrip("/")).read_text() == text.removeprefix("\n")


def test_each_stand_in_says_what_it_is() -> None:
    for path in sorted(HERE.iterdir()):
        if path.suffix != ".toml":
            lines = path.read_text(encoding="utf-8").splitlines()
            assert any(line.startswith("# Stand-in for") for line in lines[:2]), path
