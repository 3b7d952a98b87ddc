"""The doctor as one file on a host: what the topic says of real files, and when planning puts it there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.examine import examine
from checks.facts import Facts, doctor_file
from checks.facts.doctor_file import COMMAND, PATH, DoctorFile
from checks.facts.fingerprint import fingerprint
from checks.facts.reading import Reading
from checks.profiles.profile import having
from provision import pyz, show
from provision.planning import plan
from tests.alter import Alter, altered, put
from tests.faultbench.doctor_file import FAULTS, PYTHON, WANTED, file
from tests.hosts import DEBIAN, HEALTHY, read
from tests.test_recordings import law


def asked(place: Path, content: bytes | None, *pythons: str, mode: int = 0o755) -> DoctorFile:
    """The topic's real answer on a host in a folder."""
    target = place / "gpu-doctor"
    if content is not None:
        target.write_bytes(content)
        target.chmod(mode)
    tools = place / "usr/bin"
    tools.mkdir(parents=True)
    for said in pythons:
        name, _, version = said.partition(" ")
        (tools / name).write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version}"\n')
        (tools / name).chmod(0o755)
    for tool in ("head", "tr", "sed", "tail", "sha256sum", "cut"):
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    done = subprocess.run(
        ["/bin/sh", "-c", COMMAND.replace(PATH, str(target))],
        env={"PATH": str(tools), "LC_ALL": "C"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return doctor_file.parse(Reading(done.returncode, done.stdout + done.stderr))


def whole(place: Path, version: str) -> None:
    """The standard library of that version."""
    folder = place / f"usr/lib/python{version}/json"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()


@pytest.fixture(scope="module")
def made() -> bytes:
    return pyz.doctor()


def test_the_file_that_we_make_is_known_as_ours_whole_and_of_this_version(tmp_path: Path, made: bytes) -> None:
    ours = asked(tmp_path, made).ours
    assert ours
    assert (ours.executable, ours.whole, ours.interpreter) == (True, True, "/usr/bin/env python3")
    assert ours.fingerprint == fingerprint()


def test_a_file_cut_off_is_ours_and_damaged(tmp_path: Path, made: bytes) -> None:
    ours = asked(tmp_path, made[:-100], mode=0o644).ours
    assert ours
    assert (ours.executable, ours.whole) == (False, False)


def test_the_file_knows_its_own_version(tmp_path: Path, made: bytes) -> None:
    (tmp_path / "gpu-doctor").write_bytes(made)
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'gpu-doctor')!r})\nfrom checks.facts import fingerprint\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"{code}print(fingerprint.fingerprint())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == fingerprint()


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\necho hello\n", os.urandom(4096), b"\n# gpuwright-doctor"])
def test_what_is_not_ours_is_somebody_elses(tmp_path: Path, content: bytes) -> None:
    found = asked(tmp_path, content)
    assert (found.ours, found.other) == (None, "not made by gpuwright")


def test_a_folder_and_a_link_to_nothing_are_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "a/gpu-doctor").mkdir(parents=True)
    assert asked(tmp_path / "a", None).other == "no file"
    (tmp_path / "b").mkdir()
    (tmp_path / "b/gpu-doctor").symlink_to("gone")
    assert asked(tmp_path / "b", None).other == "a link to nothing"


def test_the_first_python_that_can_run_it_is_found(tmp_path: Path) -> None:
    whole(tmp_path, "3.12")
    found = asked(tmp_path, None, "python3 3.6.8", "python3.12 3.12.1", "python3.9 3.9.2")
    assert found.python
    assert found.python.path == found.interpreter == f"{tmp_path}/usr/bin/python3.12"
    assert [(why, python.version) for why, python in found.unusable] == [("old", "3.6.8")]


def test_a_python_without_its_library_cannot(tmp_path: Path) -> None:
    found = asked(tmp_path, None, "python3 3.11.2")
    assert (found.python, found.unusable[0][0]) == (None, "partial")


def test_a_later_python_3_can(tmp_path: Path) -> None:
    whole(tmp_path, "3.14")
    assert asked(tmp_path, None, "python3 3.14.0").interpreter == "/usr/bin/env python3"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_law_holds_for_each_fault(fault: object) -> None:
    law(Facts(fault.recording()), WANTED)  # type: ignore[attr-defined] # a parameter has no type of its own


def facts(alter: Alter) -> Facts:
    return Facts(altered(read(HEALTHY), (alter,)))


@pytest.mark.parametrize("alter", [file(), file(python="")], ids=["current", "current, no python"])
def test_a_file_of_this_version_is_left_as_it_is(alter: Alter) -> None:
    found = facts(alter)
    assert not plan(found, WANTED)
    assert [f.verdict for f in examine(found, WANTED) if f.check == "doctor_file"] == ["ok"]
    law(found, WANTED)


def test_the_step_brings_the_file_and_takes_it_back() -> None:
    (step,) = plan(facts(put("doctor_file", PYTHON)), WANTED).steps
    assert step.brings[0].source is pyz.doctor
    assert f"put_file {PATH} 755 runs" in step.script
    assert step.undo == f"undo_file {PATH}\n"
    assert "brings: gpu-doctor" in show.as_text(plan(facts(put("doctor_file", PYTHON)), WANTED), "gpu01", "debian")


def test_a_python_of_another_name_is_written_into_the_file() -> None:
    (step,) = plan(facts(put("doctor_file", "python /usr/bin/python3.9 3.9.2\n")), WANTED).steps
    assert "1s|.*|#!/usr/bin/python3.9|" in step.script


@pytest.mark.parametrize(
    ("text", "words"),
    [("other not made by gpuwright\n" + PYTHON, "it is left alone"), ("old /usr/bin/python3 3.6.8\n", "too old")],
)
def test_what_cannot_be_is_said_in_the_plan(text: str, words: str) -> None:
    made = plan(facts(put("doctor_file", text)), WANTED)
    assert not made
    assert [why for component, why in made.unknown if component == "doctor_file" and words in why]


def test_a_profile_that_does_not_want_it_asks_nothing() -> None:
    found = facts(put("doctor_file", "", 1))
    assert not plan(found, DEBIAN)
    assert plan(found, DEBIAN).unknown == ()
    assert [f.verdict for f in examine(found, DEBIAN) if f.check == "doctor_file"] == ["skipped"]
    assert having(DEBIAN, {"doctor": {"install": False}}) == DEBIAN
