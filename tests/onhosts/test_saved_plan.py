"""A plan that is saved here and applied on a real host: as it was saved, or not at all where the host has changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.fixtures import MakeHost

pytestmark = [pytest.mark.lab, pytest.mark.slow]

RUNS = "ls /var/lib/gpuwright/runs 2>/dev/null | wc -l"


def test_a_plan_is_applied_as_it_was_saved_or_not_at_all(host: MakeHost, tmp_path: Path) -> None:
    one = host(os="debian12", gpus="a100:1").settle()
    file = tmp_path / "plan.json"
    save = ("plan", "--profile", "debian", "--only", "package-sources", "-o", str(file))
    saved = fab(one.name, *save)
    assert saved.returncode == 2, saved.stderr
    assert json.loads(file.read_text())["saved"]["only"] == ["package_sources"]

    one.run("echo 'deb http://other.invalid/debian bookworm main' >>/etc/apt/sources.list")
    refused = fab(one.name, "provision", "--plan", str(file), "--yes", profile="")
    assert refused.returncode == 81, refused.stdout + refused.stderr
    assert "would be done otherwise now: offer contrib, non-free to apt" in refused.stderr, refused.stderr
    assert one.run(RUNS).stdout.strip() == "0"

    one.run("sed -i '$d' /etc/apt/sources.list")
    done = fab(one.name, "provision", "--plan", str(file), "--yes", profile="")
    assert done.returncode == 1, done.stdout + done.stderr  # the doctor misses all the rest
    assert "01/02 offer contrib, non-free to apt" in done.stdout
    assert "nothing to do" in fab(one.name, *save[:5]).stdout
    assert "nothing to do" in fab(one.name, "provision", "--plan", str(file), "--yes", profile="").stdout
