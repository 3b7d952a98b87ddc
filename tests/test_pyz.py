"""The single file: every Python from 3.9 on that is here runs it, uninstalled, with the same findings as ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import tasks
from checks.doctor import Asked, diagnose
from checks.facts.data import beside
from checks.facts.recording import parse
from checks.main import _parser, main
from checks.report import as_json
from provision import pyz
from tests.hosts import FOLDER, NAMES, read
from tests.test_probe import SHELLS

RECORDING = str(FOLDER / "bare-debian12-a100.rec")
FILES = sorted(FOLDER.glob("*.rec"))


def pythons() -> list[str]:
    """This one, and one of each version that the machine has."""
    places = [*Path.home().glob(".pyenv/versions/3.*/bin/python3"), *Path("/usr/bin").glob("python3.*")]
    found: dict[str, str] = {f"3.{sys.version_info[1]}": sys.executable}
    for place in places:
        version = place.parent.parent.name if ".pyenv" in str(place) else place.name.removeprefix("python")
        minor = version.split(".")[1]
        if minor.isdigit() and 9 <= int(minor) <= 13 and os.access(place, os.X_OK):
            found.setdefault(f"3.{minor}", str(place))
    return list(found.values())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return pyz.build(tmp_path_factory.mktemp("dist"))


_EXAMINE = """\
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from checks.doctor import Asked, diagnose
from checks.facts.recording import parse
from checks.report import as_json
for name in sys.argv[2:]:
    print(as_json(diagnose(parse(Path(name).read_text(encoding="utf-8")), Asked(), "host")))
"""


@pytest.mark.parametrize("python", pythons())
def test_every_python_finds_the_same_in_every_recording(python: str, built: tuple[Path, Path]) -> None:
    arguments = [python, "-I", "-X", "utf8", "-c", _EXAMINE, str(built[0]), *map(str, FILES)]
    done = subprocess.run(arguments, capture_output=True, text=True, env={}, cwd="/", check=False)
    assert done.returncode == 0, done.stderr
    ours = [as_json(diagnose(read(path.stem), Asked(), "host")) for path in FILES]
    assert done.stdout.splitlines() == ours
    assert len(ours) == len([name for name in NAMES if (FOLDER / f"{name}.rec").exists()])


def test_the_file_runs_by_itself(built: tuple[Path, Path]) -> None:
    command = [sys.executable, "-I", str(built[0]), "--recording", RECORDING, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, env={}, check=False)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (1, "fail"), done.stderr


def test_the_same_sources_give_the_same_bytes() -> None:
    assert pyz.doctor() == pyz.doctor()


@pytest.mark.parametrize("shell", SHELLS)
def test_the_probe_alone_makes_a_recording(shell: str, built: tuple[Path, Path]) -> None:
    done = subprocess.run([*SHELLS[shell], str(built[1])], capture_output=True, stdin=subprocess.DEVNULL, check=True)
    recording = parse(done.stdout.decode(errors="replace"))
    assert recording.complete
    assert diagnose(recording, Asked()).host == os.uname().nodename


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--format", "nonsense"], 64, "invalid choice"),
        (["--deadline", "soon"], 64, "invalid seconds value"),
        (["--only", "noveau"], 64, "did you mean nouveau?"),
        (["--recording", "/nonexistent"], 65, "/nonexistent: No such file"),
        (["--recording", RECORDING, "--profile", "nosuch"], 65, "there is no profile 'nosuch'"),
        (["--recording", "/nonexistent", "--format", "nagios"], 3, "error"),
        (["--list-checks"], 0, ""),
        (["--recording", RECORDING], 1, ""),
        (["--recording", RECORDING, "--format", "nagios"], 2, ""),
    ],
)
def test_statuses_are_those_of_the_doctor(
    arguments: list[str], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        got = main(arguments)
    except SystemExit as end:
        got = int(str(end.code))
    assert got == status
    assert words in capsys.readouterr().err


def test_it_writes_a_file_also_about_its_own_failure(tmp_path: Path) -> None:
    file = tmp_path / "gpu.prom"
    assert main(["--recording", RECORDING, "--format", "prometheus", "-o", str(file)]) == 1
    assert "gpuwright_doctor_verdict" in file.read_text(encoding="utf-8")
    assert main(["--recording", "/nonexistent", "--format", "prometheus", "-o", str(file)]) == 65
    assert file.read_text(encoding="utf-8").endswith("} 65\n")


@pytest.mark.parametrize(("arguments", "status"), [([], 70), (["--format", "nagios"], 3)])
def test_a_bug_of_ours_is_no_verdict_about_the_host(
    arguments: list[str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> int:
        raise RuntimeError

    module = ModuleType("checks.main")
    module.__dict__["main"] = broken
    monkeypatch.setitem(sys.modules, "checks.main", module)
    monkeypatch.setattr(sys, "argv", ["gpu-doctor", *arguments])
    with pytest.raises(SystemExit) as end:
        exec(pyz._MAIN, {})  # noqa: S102 - the text that the file begins with
    assert end.value.code == status


def test_its_flags_are_flags_of_the_verb() -> None:
    ours = {flag.lstrip("-") for action in _parser()._actions for flag in action.option_strings} - {"h", "help"}
    verb = {argument.name.replace("_", "-") for argument in tasks.doctor.get_arguments()}
    assert ours <= verb


def test_data_files_are_found_in_a_zip(built: tuple[Path, Path]) -> None:
    folder = beside(f"{built[0]}/checks/profiles/profile.py")
    names = {path.name for path in folder.iterdir()}
    assert {"debian.toml", "profile.py"} <= names
    assert (folder / "debian.toml").is_file()
    assert not (folder / "nosuch.toml").is_file()
    ours = Path("checks/profiles/debian.toml").read_text(encoding="utf-8")
    assert (folder / "debian.toml").resolve().read_text(encoding="utf-8") == ours
