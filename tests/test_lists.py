"""Where the solver's answer rests on newer lists than the host has, the run fetches them before it installs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.facts import solver, solver_rpm
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.facts.solver import Solution
from provision import lists, show
from provision.apply import Options, converge
from provision.step import Phase, Plan, Step
from tests.hosts import HEALTHY, read
from tests.test_apply import FakeConsole, FakeHost

NEWER, SAME = Solution((), 1, newer=True), Solution((), 1)
MEND = Step("switch off a source", "", "edit_file\n")
INSTALL = Step("install docker", "", "install_packages docker.io\n", installs=("docker.io",))
OFFER = Step("offer a repository", "", "put_file\napt update\n")
ITSELF = Step("install docker", "", "apt update\ninstall_packages docker.io\n", installs=("docker.io",))


@pytest.mark.parametrize(
    ("steps", "solution", "titles"),
    [
        ((MEND, INSTALL), NEWER, [MEND.title, lists.FETCH.title, INSTALL.title]),
        ((MEND, INSTALL), SAME, [MEND.title, INSTALL.title]),
        ((MEND, INSTALL), None, [MEND.title, INSTALL.title]),
        ((OFFER, INSTALL), NEWER, [OFFER.title, INSTALL.title]),
        ((ITSELF,), NEWER, [ITSELF.title]),
        ((INSTALL, OFFER), NEWER, [lists.FETCH.title, INSTALL.title, OFFER.title]),
        ((MEND,), NEWER, [MEND.title]),
    ],
)
def test_they_are_fetched_before_the_first_that_installs_and_not_twice(
    steps: tuple[Step, ...], solution: Solution | None, titles: list[str]
) -> None:
    assert [script.title for script in lists.scripts(steps, solution)] == titles
    said = "are fetched first" in show.as_text(Plan((Phase(steps),)), "h", "p", solution)
    assert said == lists.fetched(steps, solution) == (lists.FETCH.title in titles)


def test_the_run_fetches_them_and_the_plan_has_no_step_more() -> None:
    """A saved plan must stay the same one, whatever the hour."""
    answer = "Inst docker.io (20.10 Debian:12 [amd64])\nfetch 1048576\nlists newer\n"
    host = FakeHost(
        [read("half-driver-without-docker"), read(HEALTHY)], solved=Recording({"solver": Reading(0, answer)})
    )
    outcome = converge(host, Options(yes=True), FakeConsole())
    assert lists.FETCH.title not in [step.title for step in outcome.planned.plan.steps]
    assert "fetch_lists" in host.streamed[0]


def of_the_solver(script: str, folder: Path) -> str:
    """What its sh says, with the host's folders below a folder, and $d beside them."""
    (folder / "d").mkdir(exist_ok=True)
    text = script.replace("/var/lib/apt", f"{folder}/apt").replace("/var/cache", f"{folder}/cache")
    done = subprocess.run(["sh", "-c", f"d={folder}/d\n{text}"], capture_output=True, text=True, check=True)
    return done.stdout


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_apts_lists_are_compared_with_those_of_the_host(tmp_path: Path) -> None:
    script = solver.command(("x",)).rpartition("END { told() }'\n")[2]
    assert of_the_solver(script, tmp_path) == ""
    for name in ("deb.example_dists_bookworm_InRelease", "flat.example_._Release"):
        put(tmp_path / "d/lists" / name, "Date: today\n")
        assert of_the_solver(script, tmp_path) == "lists newer\n", "the host has none"
        put(tmp_path / "apt/lists" / name, "Date: yesterday\n")
        assert of_the_solver(script, tmp_path) == "lists newer\n"
        put(tmp_path / "apt/lists" / name, "Date: today\n")
        assert of_the_solver(script, tmp_path) == ""


@pytest.mark.parametrize(
    ("private", "hosts"),
    [
        ("cuda-0123456789abcdef/repodata", "dnf/cuda-0123456789abcdef/repodata"),
        ("cuda", "yum/x86_64/7/cuda"),
    ],
)
def test_dnfs_and_yums_metadata_is_compared_with_that_of_the_host(tmp_path: Path, private: str, hosts: str) -> None:
    script = "for list in " + solver_rpm.ASK.partition("for list in ")[2].partition("    sed -n -e")[0]
    put(tmp_path / "d/cache" / private / "repomd.xml", "<today/>")
    assert of_the_solver(script, tmp_path) == "", "it fetches what it lacks when it installs"
    put(tmp_path / "cache" / hosts / "repomd.xml", "<yesterday/>")
    assert of_the_solver(script, tmp_path) == "lists newer\n"
    put(tmp_path / "cache" / hosts / "repomd.xml", "<today/>")
    assert of_the_solver(script, tmp_path) == ""
