"""Files that only root may read are told of: a topic that shows files never says less than it should, and is silent."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.facts.reading import NeedsRoot, Reading
from checks.facts.recording import Recording
from checks.facts.shown import SHOW, take

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that nobody may enter, too; pytest's own are for their owner alone."""
    path = Path(tempfile.mkdtemp(prefix="shown-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def shown(*paths: Path) -> Reading:
    """What an account that is not root gets to see of the files."""
    script = f"{SHOW}show {' '.join(map(str, paths))} 2>&1\n"
    user = NOBODY if os.geteuid() == 0 else None
    done = subprocess.run(["sh"], input=script, cwd="/", user=user, capture_output=True, text=True, check=True)
    return Reading(0, done.stdout)


def recorded(reading: Reading) -> Recording:
    return Recording({"host": Reading(0, "name a\nmachine b\ntime 0\nuid 1000\ninit systemd\n"), "cri": reading})


def test_a_file_that_may_be_read_is_shown_and_one_that_is_not_there_is_no_matter(folder: Path) -> None:
    (folder / "a").write_text("one\n", encoding="utf-8")
    (folder / "a").chmod(0o644)
    found = shown(folder / "a", folder / "b", folder / "none" / "c")
    assert take(found.lines()) == ({str(folder / "a"): "one\n"}, [])
    assert not found.denied


def test_a_file_that_only_root_may_read_makes_the_topic_need_root(folder: Path) -> None:
    (folder / "a").write_text("one\n", encoding="utf-8")
    (folder / "a").chmod(0o600 if os.geteuid() == 0 else 0)
    with pytest.raises(NeedsRoot, match=r"/a: Permission denied"):
        recorded(shown(folder / "a")).reading("cri")


def test_so_does_a_file_in_a_folder_that_only_root_may_enter(folder: Path) -> None:
    (folder / "shut").mkdir()
    (folder / "shut").chmod(0o700 if os.geteuid() == 0 else 0)
    with pytest.raises(NeedsRoot, match=r"shut/a: Permission denied"):
        recorded(shown(folder / "shut" / "a")).reading("cri")
    (folder / "shut").chmod(0o700)
