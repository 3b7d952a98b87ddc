"""The functions that make a CDI specification anew: never half of one, and never by the word of an exit status."""

from __future__ import annotations

from pathlib import Path

from tests.test_lib import run

SPEC = "kind: nvidia.com/gpu\n"
GENERATE = """case "$*" in
*generate*) echo 'kind: nvidia.com/gpu' >"${3#--output=}" ;;
*list*) echo nvidia.com/gpu=0 ;;
esac
"""


def spec(place: Path) -> Path:
    path = place / "etc/cdi/nvidia.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("old\n")
    return path


def test_a_specification_is_made_and_what_it_defines_is_shown(tmp_path: Path) -> None:
    path = spec(tmp_path)
    done = run(tmp_path, f"refresh_cdi {path}", {"nvidia-ctk": GENERATE})
    assert (done.returncode, path.read_text()) == (0, SPEC)
    assert "nvidia.com/gpu=0" in done.stdout


def test_where_it_cannot_be_made_the_step_fails_and_the_old_one_stays(tmp_path: Path) -> None:
    """Row: a failed refresh leaves a stale spec, and nobody is told (cdi-gen-nodriver-keeps-old)."""
    path = spec(tmp_path)
    done = run(tmp_path, f"refresh_cdi {path}", {"nvidia-ctk": "exit 1\n"})
    assert (done.returncode != 0, path.read_text()) == (True, "old\n")


def test_a_list_is_read_and_its_status_is_not(tmp_path: Path) -> None:
    """Row: cdi list ends with 0 always; what it prints is counted (cdi-list-*)."""
    quiet = GENERATE.replace("echo nvidia.com/gpu=0", "exit 0")
    assert run(tmp_path, f"refresh_cdi {spec(tmp_path)}", {"nvidia-ctk": quiet}).returncode != 0


def test_a_refresh_that_made_nothing_is_told_with_its_journal(tmp_path: Path) -> None:
    tools = {"systemctl": "exit 0\n", "journalctl": "echo 'NVML: ERROR_LIBRARY_NOT_FOUND'\n", "nvidia-ctk": GENERATE}
    done = run(tmp_path, "refresh_cdi /var/run/cdi/nvidia.yaml", tools)
    assert done.returncode != 0
    assert "ERROR_LIBRARY_NOT_FOUND\nnvidia-cdi-refresh made no /var/run/cdi/nvidia.yaml" in done.stdout


def test_what_is_put_aside_comes_back(tmp_path: Path) -> None:
    path = spec(tmp_path)
    done = run(tmp_path, f"put_aside {path} {path}.none\n[ ! -e {path} ] && ls {path.parent}\nput_back\nput_back", {})
    assert done.returncode == 0, done.stderr
    assert f"nvidia.yaml.away-{tmp_path.name}" in done.stdout
    assert path.read_text() == "old\n"
