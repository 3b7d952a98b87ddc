"""The stand-in for the kubelet answers as its contract says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent.parent / "lab" / "standin" / "kubelet"
CASES = tomllib.loads((FOLDER / "kubelet.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_it_answers_as_its_contract_says(case: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "version").write_text(case["version"] + "\n", encoding="utf-8")
    (tmp_path / "config.yaml").write_text(case.get("config", ""), encoding="utf-8")
    arguments = case["arguments"].replace("CONFIG", str(tmp_path / "config.yaml")).split()
    answer = subprocess.run(
        ["/bin/sh", str(FOLDER / "kubelet"), *arguments],
        env={"PATH": "/usr/bin:/bin", "KUBELET_STANDIN": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert answer.returncode == case["status"]
    assert answer.stdout == case.get("out", "")
    assert case.get("says", "") in answer.stderr


def test_its_first_lines_say_what_it_is() -> None:
    _, second, *_ = (FOLDER / "kubelet").read_text(encoding="utf-8").splitlines()
    assert second.startswith("# Stand-in for the kubelet: ")
