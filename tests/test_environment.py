"""/etc/profile.d/cuda.sh: what it does to a login, when planning writes it, and whose it must be for that."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from checks.examine import examine
from checks.facts import Facts, cuda_toolkit
from checks.facts.reading import Reading
from checks.profiles import environment
from checks.profiles.profile import Profile, having
from provision.planning import plan
from provision.step import Step
from tests.alter import Alter, altered, append, put
from tests.faultbench.cuda import ENVIRONMENT, REPLACE, TOOLKIT, TWO, right, script
from tests.hosts import DEBIAN, HEALTHY, read
from tests.test_lib import lib
from tests.test_recordings import law

FOREIGN = "export PATH=/usr/local/cuda-7.5/bin:$PATH\nexport LD_LIBRARY_PATH=/usr/local/cuda-7.5/lib64\n"


def facts(*alters: Alter) -> Facts:
    return Facts(altered(read(HEALTHY), alters))


def steps(alter: Alter, profile: Profile = ENVIRONMENT) -> tuple[Step, ...]:
    found = facts(alter)
    law(found, profile)
    return plan(found, profile, ("environment",)).steps


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_login_gets_the_profiles_version_once_and_before_all_others(shell: str, tmp_path: Path) -> None:
    (tmp_path / "cuda.sh").write_text(right())
    code = f"set -eu; . {tmp_path}/cuda.sh; . {tmp_path}/cuda.sh; echo $PATH $LD_LIBRARY_PATH $CUDA_HOME"
    done = subprocess.run([shell, "-c", code], env={"PATH": "/bin"}, capture_output=True, text=True, check=True)
    root = "/usr/local/cuda-8.0"
    assert done.stdout == f"{root}/bin:/bin {root}/lib64:{root}/extras/CUPTI/lib64 {root}\n"
    code = f"LD_LIBRARY_PATH=/opt; . {tmp_path}/cuda.sh; echo $LD_LIBRARY_PATH"
    done = subprocess.run([shell, "-c", code], env={"PATH": "/bin"}, capture_output=True, text=True, check=True)
    assert done.stdout == f"{root}/lib64:{root}/extras/CUPTI/lib64:/opt\n"


def test_a_toolkit_without_cupti_puts_none_on_the_path() -> None:
    assert "CUPTI" not in right(TOOLKIT.replace("extras", "none"))


def test_a_folder_that_a_toolkit_left_behind_is_taken_for_what_its_package_will_bring() -> None:
    profile = having(ENVIRONMENT, {"cuda": {"install": True}})
    left = TWO.replace("8.0.61 extras", "- none")
    assert [each.component for each in plan(facts(script(right(), left)), profile).steps] == ["cuda_packages"]
    there = append("packages", "ii cuda-toolkit-8-0 8.0.61-1\n")
    (step,) = plan(facts(script(right(), left), there), profile).steps
    assert step.component == "environment"
    assert "CUPTI" not in step.script


def test_where_there_is_none_it_is_written() -> None:
    (step,) = steps(put("cuda_toolkit", TWO))
    assert "put_file /etc/profile.d/cuda.sh 644 sh -n" in step.script
    assert right() in step.script
    assert step.undo == "undo_file /etc/profile.d/cuda.sh\n"


def test_one_of_ours_for_another_version_is_replaced() -> None:
    (step,) = steps(script(right().replace("8.0", "7.5")))
    assert "put_file /etc/profile.d/cuda.sh" in step.script


def test_another_tools_is_replaced_only_where_the_profile_says_so_as_it_was_read_and_kept_beside() -> None:
    assert steps(script(FOREIGN)) == ()
    assert "another tool made it" in dict(plan(facts(script(FOREIGN)), ENVIRONMENT).unknown)["environment"]
    (step,) = steps(script(FOREIGN), REPLACE)
    assert f"edit_file /etc/profile.d/cuda.sh {'a' * 64} sh -n" in step.script


@pytest.mark.parametrize(
    "text",
    [
        right(),
        "PATH=$PATH:/usr/local/cuda-8.0/bin\nLD_LIBRARY_PATH=/usr/local/cuda-8.0/lib64\n",
        "export PATH=/usr/local/cuda/bin:$PATH\nexport LD_LIBRARY_PATH=/usr/local/cuda/lib64\n",
    ],
    ids=["ours", "another tool's", "through the link"],
)
def test_what_points_at_the_profiles_version_stays(text: str) -> None:
    assert steps(script(text)) == ()
    assert [f.verdict for f in examine(facts(script(text)), ENVIRONMENT) if f.check == "environment"] == ["ok"]


def test_a_profile_that_asks_for_none_leaves_everything() -> None:
    assert steps(script(FOREIGN), DEBIAN) == ()


def test_the_line_that_the_profile_asks_for_does_not_bend_the_loaders_path() -> None:
    line = append("loader", "path /etc/profile.d/cuda.sh *) LD_LIBRARY_PATH=$CUDA_HOME/lib64 ;;\n")
    found = facts(script(right()), line)
    assert [f.verdict for f in examine(found, ENVIRONMENT) if f.check == "library_path"] == ["ok"]
    assert [f.verdict for f in examine(found, DEBIAN) if f.check == "library_path"] == ["warn"]


def test_the_folder_that_is_named_for_the_version_comes_before_another_of_the_same() -> None:
    text = "root /usr/local/cuda 8.0.44 none\nroot /usr/local/cuda-8.0 8.0.61 none\n"
    found = environment.toolkit(facts(put("cuda_toolkit", text)), ENVIRONMENT)
    assert found
    assert found.root == "/usr/local/cuda-8.0"


def test_the_topic_reads_versions_links_and_files(tmp_path: Path) -> None:
    for name in ("usr/local/cuda-8.0/extras/CUPTI/lib64", "usr/local/cuda-13.0", "usr/local/cuda-9.1", "etc/profile.d"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "usr/local/cuda-8.0/version.txt").write_text("CUDA Version 8.0.61\nCUDA Patch Version 8.0.61.2\n")
    json = (
        '{\n   "cuda" : {\n      "name" : "CUDA SDK",\n      "version" : "13.0.2"\n   },\n   "x": {"version": "1"}\n}\n'
    )
    (tmp_path / "usr/local/cuda-13.0/version.json").write_text(json)
    (tmp_path / "usr/local/cuda-9.1/nvcc").write_text("")
    (tmp_path / "usr/local/cuda-7.5/bin").mkdir(parents=True)  # what a removed package leaves
    (tmp_path / "usr/local/cuda").symlink_to("cuda-13.0")
    (tmp_path / "etc/profile.d/cuda.sh").write_text("a\n\nb")
    (tmp_path / "etc/profile.d/own.sh").write_text(
        f"# {tmp_path}/usr/local/cuda\nPATH={tmp_path}/usr/local/cuda-9.1/bin\n"
    )
    command = cuda_toolkit.COMMAND
    for place in ("/usr/local/cuda", "/etc/"):
        command = command.replace(place, f"{tmp_path}{place}")
    done = subprocess.run(["sh", "-c", command], env={"PATH": os.defpath}, capture_output=True, text=True, check=True)
    found = cuda_toolkit.parse(Reading(0, done.stdout.replace(str(tmp_path), "")))
    assert {(each.root, each.version, each.cupti) for each in found.toolkits} == {
        ("/usr/local/cuda-8.0", "8.0.61", True),
        ("/usr/local/cuda-13.0", "13.0.2", False),
        ("/usr/local/cuda-9.1", "9.1", False),
    }
    assert found.links == (("/usr/local/cuda", "/usr/local/cuda-13.0"),)
    assert found.text is not None
    assert found.text.rstrip() == "a\n\nb"
    assert found.lines == (("/etc/profile.d/own.sh", "PATH=/usr/local/cuda-9.1/bin"),)


def test_the_step_writes_it_and_takes_it_back(tmp_path: Path) -> None:
    (step,) = steps(script(FOREIGN), REPLACE)
    path = tmp_path / "etc/profile.d/cuda.sh"
    path.parent.mkdir(parents=True)
    path.write_text(FOREIGN)
    (tmp_path / "run").mkdir()
    (tmp_path / "run/log").touch()
    sum_ = subprocess.run(["sha256sum", str(path)], capture_output=True, text=True, check=True).stdout.split()[0]
    env = {"PATH": os.environ["PATH"], "RUN": f"{tmp_path}/run", "STEP": "01"}
    for text in (step.script.replace("a" * 64, sum_), step.undo):
        code = f"set -eu\n{lib(tmp_path)}\n{text.replace('/etc/profile.d', f'{tmp_path}/etc/profile.d')}"
        done = subprocess.run(["sh", "-c", code], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        if text != step.undo:
            assert path.read_text() == right()
            assert (path.parent / "cuda.sh.before-run").read_text() == FOREIGN
    assert path.read_text() == FOREIGN
    assert [file.name for file in path.parent.iterdir()] == ["cuda.sh"]
