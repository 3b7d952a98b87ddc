"""The functions of steps, killed before and after each change: done again, all is as if nothing had been; so undone."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from provision.components import cuda_packages
from tests.test_lib import lib

SHIM = """#!/bin/sh
echo >>"$CALLED"
PATH=${PATH#*:}
n=$(wc -l <"$CALLED")
[ "before $n" != "$CUT" ] || kill -9 0
"${0##*/}" "$@" || exit
[ "after $n" != "$CUT" ] || kill -9 0
"""
APT = """#!/bin/sh
case $1 in
hold) echo "$2" >>"$HELD" ;;
unhold) sed -i "/^$2$/d" "$HELD" ;;
*) if grep -qx nvidia-x "$HELD"; then echo 'hi '; else echo 'ii '; fi ;;
esac
"""
LINK = (Path(cuda_packages.__file__).parent / "cuda_link.sh").read_text(encoding="utf-8")
LEAD = f"{LINK.replace('/usr/local/cuda', 'etc/cuda')}ROOT=etc/cuda-12.9\n"


class Case(NamedTuple):
    """What a step does, what takes it back, and the files that are there before."""

    script: str
    undo: str
    files: dict[str, str]


OLD = {"old.conf": "old\n"}
EDIT = '[ "$(cat etc/old.conf)" = new ] || echo new | edit_file etc/old.conf "$(checksum etc/old.conf)"'
CASES = {
    "a new file": Case("echo new | put_file etc/new.conf 644", "undo_file etc/new.conf", {}),
    "an edited file": Case(EDIT, "undo_file etc/old.conf", OLD),
    "a file put aside": Case("put_aside etc/old.conf", "put_back", OLD),
    "a hold": Case("hold_packages nvidia-x", "undo_hold", {}),
    "a link": Case(f"{LEAD}point_link", f"{LEAD}undo_link", {"cuda-12.9/version": "12.9\n"}),
}


class Machine:
    """A folder in the place of a host, with commands that count how often they were called."""

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        self.folder = folder
        for path, text in files.items():
            (folder / "etc" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "etc" / path).write_text(text)
        for place, names, text in (
            ("shims", ("apt-mark", "cp", "ln", "mv"), SHIM),
            ("tools", ("apt-mark", "dpkg-query"), APT),
        ):
            for name in names:
                (folder / place).mkdir(parents=True, exist_ok=True)
                (folder / place / name).write_text(text)
                (folder / place / name).chmod(0o755)
        (folder / "held").touch()

    def run(self, run: str, script: str, cut: str = "") -> int:
        """Run a script in a run of this name; killed, with all that it started, at a command (`before 1`)."""
        (self.folder / run).mkdir(exist_ok=True)
        (self.folder / "called").write_text("")
        environment = {
            "PATH": f"{self.folder}/tools:{os.environ['PATH']}",
            "RUN": f"{self.folder}/{run}",
            "STEP": "01",
            "CUT": cut,
            "CALLED": f"{self.folder}/called",
            "HELD": f"{self.folder}/held",
        }
        text = f"{lib(self.folder)}\nPATH={self.folder}/shims:$PATH\ncd {self.folder}\n{script}"
        return subprocess.run(
            ["sh", "-euc", text], env=environment, check=False, start_new_session=True, capture_output=True
        ).returncode

    @property
    def calls(self) -> int:
        """How many of the commands were called in the last run."""
        return len((self.folder / "called").read_text().splitlines())

    def state(self) -> dict[str, str]:
        """Files and links with what is in them, and what is held; without the names of runs, and copies kept beside."""
        found = {"held": (self.folder / "held").read_text()}
        for path in (self.folder / "etc").rglob("*"):
            name = re.sub("-run[0-9]$", "", str(path.relative_to(self.folder)))
            if path.is_symlink():
                found[name] = str(path.readlink())
            elif path.is_file() and not name.endswith(".before"):
                found[name] = path.read_text()
        return found


@pytest.mark.parametrize("name", CASES)
def test_a_step_that_was_killed_anywhere_is_done_again_and_taken_back(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    whole = Machine(tmp_path / "whole", case.files)
    before = whole.state()
    assert whole.run("run0", case.script) == 0
    end = whole.state()
    assert before != end
    for cut in (f"{when} {number}" for number in range(1, whole.calls + 1) for when in ("before", "after")):
        one = Machine(tmp_path / cut.replace(" ", "-"), case.files)
        assert one.run("run1", case.script, cut) == -9
        assert one.run("run2", case.script) == 0, cut
        assert one.state() == end, cut
        assert one.run("run2", f"{case.undo}\nRUN={one.folder}/run1\n{case.undo}") == 0
        assert one.state() == before, cut
