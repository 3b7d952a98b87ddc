"""Bundles: the same answers make the same bytes, nothing secret is in them, and a log that is missing says so."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from checks.bundle import LOGS, archive
from checks.doctor import Asked, diagnose
from checks.facts.probe import compose
from checks.facts.reading import Reading
from checks.facts.recording import Recording, parse
from checks.offline import read
from tests.alter import altered, edit
from tests.hosts import read as recorded
from tests.test_cli import run

UUID = "GPU-4ac5821b-6356-5692-ac4b-f17a82ac0689"
HOST = altered(recorded("fails-nvidia_smi"), [edit("smi", r"\A", f"{UUID} password=hunter2\n")])
LOGGED = Recording(
    {
        "dmesg": Reading(1, "dmesg: read kernel buffer failed\n"),
        "journal_docker": Reading(0, "http://joe:hunter2@proxy level=info\n"),
        "units": Reading(None, ""),
        "dkms": Reading(0, ""),
    }
)


def made() -> tuple[str, bytes]:
    return archive(HOST, diagnose(HOST, Asked("debian"), "gpu/01"), LOGGED)


def members(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {member.name: (tar.extractfile(member) or io.BytesIO()).read() for member in tar}


def test_the_same_answers_make_the_same_bytes_in_one_folder() -> None:
    name, data = made()
    assert (name, data) == made()
    assert name == "gpuwright-gpu_01-20261122T171948Z.tar.gz"
    folder = name.removesuffix(".tar.gz")
    assert [path.removeprefix(f"{folder}/") for path in members(data)] == [
        "SHA256SUMS",
        "logs/dkms.txt",
        "logs/dmesg.txt",
        "logs/journal_docker.txt",
        "logs/units.txt",
        "recording.rec",
        "report.json",
        "report.txt",
    ]


def test_the_checksums_are_those_of_the_files() -> None:
    name, data = made()
    files = members(data)
    folder = name.removesuffix(".tar.gz")
    for line in files.pop(f"{folder}/SHA256SUMS").decode().splitlines():
        checksum, file = line.split("  ")
        assert hashlib.sha256(files.pop(f"{folder}/{file}")).hexdigest() == checksum
    assert files == {}


def test_nothing_secret_is_in_it() -> None:
    whole = b"".join(members(made()[1]).values())
    assert b"hunter2" not in whole
    assert UUID.removeprefix("GPU-").encode() not in whole
    assert b"[blanked]" in whole


def test_a_log_that_is_missing_says_so() -> None:
    texts = {path.rpartition("/")[2]: data.decode() for path, data in members(made()[1]).items()}
    assert texts["dmesg.txt"] == "# exit status 1\ndmesg: read kernel buffer failed\n"
    assert texts["units.txt"] == "# no answer before the deadline\n"
    assert texts["dkms.txt"] == "# nothing\n"


def test_the_reports_are_those_of_the_doctor_and_its_recording_is_read_back() -> None:
    name, data = made()
    files = members(data)
    folder = name.removesuffix(".tar.gz")
    document = json.loads(files[f"{folder}/report.json"])
    assert (document["host"], document["verdict"]) == ("gpu/01", "fail")
    assert files[f"{folder}/report.txt"].decode().startswith("FAIL gpu/01: ")
    assert [f.check for f in diagnose(read(data), Asked("debian")).findings if f.verdict == "fail"] == ["nvidia_smi"]


def test_every_log_is_asked_for_without_a_mistake_of_sh(tmp_path: Path) -> None:
    script = compose(LOGS, 20)
    done = subprocess.run(["sh", "-c", script], capture_output=True, stdin=subprocess.DEVNULL, check=True)
    readings = parse(done.stdout.decode(errors="replace")).readings
    assert list(readings) == list(LOGS)
    assert not [name for name, reading in readings.items() if "sh:" in reading.text or "yntax error" in reading.text]
    checked = ["shellcheck", "--shell=sh", "--exclude=SC2002", "-"]
    for command in LOGS.values():
        subprocess.run(checked, input=command, text=True, check=True, cwd=tmp_path)


@pytest.mark.parametrize("folder", [True, False])
def test_the_verb_writes_to_a_folder_or_a_file(tmp_path: Path, folder: bool) -> None:
    done = run("invoke", "bundle", "-o", str(tmp_path if folder else tmp_path / "out.tar.gz"))
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.iterdir()
    assert done.stdout == f"localhost: {path}\n"
    assert folder == path.name.startswith(f"gpuwright-{os.uname().nodename}-")
    assert "recording.rec" in {name.rpartition("/")[2] for name in members(path.read_bytes())}
