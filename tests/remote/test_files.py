"""The functions of lib.sh that write files, in folders of this machine; tests/onhosts/test_files.py has real hosts."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from provision.remote.detached import library

OLD, NEW = "old content\n", "new content, without a final newline"


class Step:
    """A step's scripts, run as runner.sh runs them."""

    def __init__(self, folder: Path) -> None:
        self.run = folder / "20260101T000000-abcd"
        self.run.mkdir()
        self.lib = folder / "lib.sh"
        self.lib.write_text(library(), encoding="utf-8")

    def __call__(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-eu", "-c", f'. "$LIB"\n{script}\necho finished', "sh", *arguments],
            env={"PATH": os.environ["PATH"], "LIB": str(self.lib), "RUN": str(self.run), "STEP": "01"},
            capture_output=True,
            text=True,
            check=False,
        )

    def edit(self, path: Path, seen: str, validator: str = "", new: str = NEW) -> subprocess.CompletedProcess[str]:
        return self(f'printf %s "$3" | edit_file "$1" "$2" {validator}', str(path), seen, new)

    def undo(self, path: Path) -> subprocess.CompletedProcess[str]:
        return self('undo_file "$1"', str(path))


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path)


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    return folder


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def listing(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file with its content and mode; of a link where it leads."""
    return {
        path.name: (f"-> {path.readlink()}" if path.is_symlink() else path.read_text(), path.lstat().st_mode & 0o777)
        for path in sorted(folder.iterdir())
    }


def test_a_file_is_edited_kept_beside_and_put_back_byte_for_byte(step: Step, etc: Path) -> None:
    file = etc / "daemon.json"
    file.write_text(OLD)
    file.chmod(0o640)
    before = listing(etc)
    assert step.edit(file, sha(OLD)).stdout == "finished\n"
    assert listing(etc) == {
        "daemon.json": (NEW, 0o640),
        "daemon.json.before-20260101T000000-abcd": (OLD, 0o640),
    }
    assert step.undo(file).returncode == 0
    assert listing(etc) == before
    assert step.undo(file).returncode == 0
    assert listing(etc) == before


def test_a_file_that_was_not_there_is_made_and_removed(step: Step, etc: Path) -> None:
    file = etc / "docker/daemon.json"
    assert step.edit(file, "absent").returncode == 0
    assert listing(file.parent) == {"daemon.json": (NEW, 0o644)}
    assert step.undo(file).returncode == 0
    assert listing(file.parent) == {}


def test_a_link_stays_a_link_and_what_it_leads_to_is_edited(step: Step, etc: Path, tmp_path: Path) -> None:
    (tmp_path / "managed").mkdir()
    target, link = tmp_path / "managed/real.json", etc / "daemon.json"
    target.write_text(OLD)
    target.chmod(0o600)
    (etc / "middle").symlink_to("../managed/real.json")
    link.symlink_to("middle")
    assert step.edit(link, sha(OLD)).returncode == 0
    assert link.readlink() == Path("middle")
    assert listing(target.parent)["real.json"] == (NEW, 0o600)
    assert step.undo(link).returncode == 0
    assert link.readlink() == Path("middle")
    assert listing(target.parent) == {"real.json": (OLD, 0o600)}


@pytest.mark.parametrize(("seen", "there"), [(sha("other"), OLD), ("absent", OLD), (sha(OLD), None)])
def test_a_file_that_has_changed_since_it_was_read_is_left_alone(
    step: Step, etc: Path, seen: str, there: str | None
) -> None:
    file = etc / "daemon.json"
    if there is not None:
        file.write_text(there)
    before = listing(etc)
    done = step.edit(file, seen)
    assert done.returncode != 0
    assert (
        f"{file} has been changed since it was read: it stays as it is now. Run the same command again" in done.stdout
    )
    assert "finished" not in done.stdout
    assert listing(etc) == before
    assert step.undo(file).returncode == 0
    assert listing(etc) == before


def test_what_the_validator_refuses_is_never_in_place(step: Step, etc: Path) -> None:
    file = etc / "daemon.json"
    file.write_text(OLD)
    before = listing(etc)
    done = step.edit(file, sha(OLD), "grep -q old")
    assert done.returncode != 0
    assert f"grep refuses the new {file}: the old one stays" in done.stdout
    assert listing(etc) == before
    assert step.undo(file).returncode == 0
    assert listing(etc) == before
    assert step.edit(file, sha(OLD), "grep -q new").returncode == 0


def test_the_validator_sees_the_new_content_under_the_same_name_while_the_old_one_stands(step: Step, etc: Path) -> None:
    file = etc / "a.service"
    file.write_text(OLD)
    done = step.edit(file, sha(OLD), f'sh -c \'basename "$0"; cat "{file}" "$0"\'')
    assert done.stdout == f"a.service\n{OLD}{NEW}finished\n"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        ('mkdir "$1"', "is not a file: it stays as it is"),
        ('mkfifo "$1"', "is not a file: it stays as it is"),
        ('ln -s /dev/null "$1"', "is not a file: it stays as it is"),
        ('ln -s nowhere "$1"', "is a link to nowhere, which does not exist: it stays as it is"),
    ],
)
def test_what_is_no_file_is_left_alone(step: Step, etc: Path, make: str, words: str) -> None:
    file = etc / "daemon.json"
    step(make, str(file))
    for script in ('echo x | edit_file "$1" absent', 'echo x | put_file "$1" 644'):
        done = step(script, str(file))
        assert done.returncode != 0
        assert f"{file} {words}" in done.stdout + done.stderr
    assert [path.name for path in etc.iterdir()] == ["daemon.json"]
    assert not file.is_file()


def test_what_was_changed_after_the_step_is_not_lost_by_the_undo(step: Step, etc: Path) -> None:
    file = etc / "daemon.json"
    file.write_text(OLD)
    step.edit(file, sha(OLD))
    file.write_text("by a person\n")
    done = step.undo(file)
    assert "has been changed since; that version is kept as" in done.stdout
    assert {name: text for name, (text, _) in listing(etc).items()} == {
        "daemon.json": OLD,
        "daemon.json.after-20260101T000000-abcd": "by a person\n",
    }


FULL = (
    'cp() { for last; do :; done; echo half >"$last"; return 1; }',
    "cat() { echo half; return 1; }",
    "mktemp() { return 1; }",
    "mv() { return 1; }",
    "sync() { return 1; }",
)
"""Commands as they end on a full disk."""


@pytest.mark.parametrize("full", FULL)
def test_a_full_disk_leaves_all_as_it_was(step: Step, etc: Path, full: str) -> None:
    file = etc / "daemon.json"
    file.write_text(OLD)
    before = listing(etc)
    done = step(f'{full}\nprintf x | edit_file "$1" "$2"', str(file), sha(OLD))
    assert done.returncode != 0
    assert "finished" not in done.stdout
    assert step.undo(file).returncode == 0
    assert listing(etc) == before


def test_a_file_of_ours_gets_its_mode_and_keeps_nothing_beside(step: Step, etc: Path) -> None:
    file = etc / "x.conf"
    file.write_text(OLD)
    file.chmod(0o600)
    assert step('echo ours | put_file "$1" 644', str(file)).returncode == 0
    assert listing(etc) == {"x.conf": ("ours\n", 0o644)}
    assert step.undo(file).returncode == 0
    assert listing(etc) == {"x.conf": (OLD, 0o600)}
