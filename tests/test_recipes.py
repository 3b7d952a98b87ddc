"""The recipes, run as they are, with the doctor and the programs around them stood in for."""

from __future__ import annotations

import configparser
import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from checks.main import main

FOLDER = Path(__file__).parent.parent / "docs/recipes"
CRITICAL = "GPU CRITICAL - gpu01: nouveau: nouveau holds the GPU (and 2 more) | failed=3 unknown=0 warnings=0 ok=5"
OURS, THEIRS = "gpu-doctor: nouveau: it [root@2026-11-22T00:00:00]", "disk [root@2026-11-22T00:00:00]"


@pytest.fixture
def run(tmp_path: Path) -> object:
    """Run a recipe with a doctor that says this and ends so; what it printed, its status, and what Slurm was told."""
    told = tmp_path / "told"

    def stub(name: str, text: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)

    def go(recipe: str, said: str, status: int, reason: str = "") -> tuple[str, int, str]:
        stub("gpu-doctor", f"echo {shlex.quote(said)}; exit {status}")
        shown = f"NodeName=gpu01 State=IDLE Reason={reason}" if reason else "NodeName=gpu01 State=IDLE"
        stub("scontrol", f'[ "$2" = show ] && echo {shlex.quote(shown)} || echo "$*" >>{told}')
        stub("logger", f'echo "logger $*" >>{told}')
        done = subprocess.run(
            ["sh", str(FOLDER / recipe)],
            env={"PATH": f"{tmp_path}:/usr/bin:/bin", "SLURMD_NODENAME": "gpu01"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        return done.stdout, done.returncode, told.read_text(encoding="utf-8") if told.exists() else ""

    return go


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        (2, "", "update nodename=gpu01 state=drain reason=gpu-doctor: nouveau: nouveau holds the GPU (and 2 more)\n"),
        (2, THEIRS, ""),
        (2, OURS, ""),
        (0, "", ""),
        (0, OURS, "update nodename=gpu01 state=resume\n"),
        (1, OURS, "update nodename=gpu01 state=resume\n"),
        (0, THEIRS, ""),
        (
            3,
            OURS,
            "logger -t gpu-doctor not examined: GPU CRITICAL - gpu01: nouveau: nouveau holds the GPU (and 2 more)\n",
        ),
    ],
)
def test_slurm_drains_what_failed_and_resumes_only_its_own(run: object, status: int, reason: str, told: str) -> None:
    assert callable(run)
    assert run("slurm-health-check.sh", CRITICAL, status, reason) == ("", 0, told)


@pytest.mark.parametrize(("status", "theirs"), [(0, 0), (1, 0), (2, 1), (3, 2), (127, 2)])
def test_node_problem_detector_gets_a_line_and_a_status_of_its_own(run: object, status: int, theirs: int) -> None:
    assert callable(run)
    out, got, _ = run("node-problem-detector.sh", CRITICAL, status)
    assert (out, got) == ("nouveau: nouveau holds the GPU (and 2 more)\n", theirs)


def test_a_long_line_is_cut_to_what_the_detector_keeps(run: object) -> None:
    assert callable(run)
    assert len(run("node-problem-detector.sh", "GPU CRITICAL - gpu01: " + "x" * 200, 2)[0]) == 81


def test_the_detectors_configuration_names_the_plugin() -> None:
    found = json.loads((FOLDER / "node-problem-detector.json").read_text(encoding="utf-8"))
    (rule,) = found["rules"]
    (condition,) = found["conditions"]
    assert (found["plugin"], rule["type"], rule["condition"]) == ("custom", "permanent", condition["type"])
    assert (FOLDER / Path(rule["path"]).name).is_file()
    assert found["pluginConfig"]["max_output_length"] == 80


def test_the_units_command_is_one_that_the_doctor_takes(tmp_path: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # keys of units have capitals
    unit.read(FOLDER / "gpu-doctor.service")
    program, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert program == "/usr/local/bin/gpu-doctor"
    file = tmp_path / Path(arguments[-1]).name
    recording = str(FOLDER.parent.parent / "tests/recordings/bare-debian12-a100.rec")
    status = main([*arguments[:-1], str(file), "--recording", recording])
    assert str(status) in unit["Service"]["SuccessExitStatus"].split()
    assert file.suffix == ".prom"  # node_exporter reads no others
    assert file.read_text(encoding="utf-8").startswith("# HELP ")
    timer = configparser.ConfigParser()
    timer.read(FOLDER / "gpu-doctor.timer")
    assert timer["Install"]["WantedBy"] == "timers.target"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.sh")), ids=lambda path: path.name)
def test_the_scripts_are_clean(path: Path) -> None:
    assert shutil.which("shellcheck"), "install shellcheck: tests/lab/packages.txt lists it"
    subprocess.run(["shellcheck", str(path)], check=True)
