"""CUDA's packages: which are asked for, what stands against them, the link /usr/local/cuda, cuDNN by its manifest."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.finding import Finding, provision
from checks.profiles.layer import BadProfile
from checks.profiles.profile import Profile, having
from provision.components import cudnn
from provision.planning import plan
from provision.step import Step
from tests.alter import Alter, altered, append, edit, put
from tests.cudnn_archive import OLD, made
from tests.hosts import DEBIAN, HEALTHY, facts, read
from tests.test_cudnn import Place
from tests.test_cudnn import host as host  # noqa: PLC0414 - the fixture
from tests.test_lib import lib
from tests.test_recordings import law

V100 = edit("pci", "20b5", "1db6")
CURL = put("cudnn", "tool curl\n")
DRIVER_580 = edit("modules", r"535\.309\.01", "580.95.05")


def wants(**sections: Any) -> Profile:
    return having(DEBIAN, sections)


def on(*alters: Alter) -> Facts:
    return Facts(altered(read(HEALTHY), alters))


def installed(*packages: str) -> Alter:
    return append("packages", "".join(f"ii {package}\n" for package in packages))


def said(found: Facts, profile: Profile, check: str = "cuda_packages") -> Finding:
    law(found, profile)
    (one,) = [each for each in examine(found, profile) if each.check == check]
    return one


TOOLKITS = wants(cuda={"version": "12.2", "install": True, "beside": ["11.8"], "environment": False})


def test_toolkits_side_by_side_are_installed_by_their_own_names_and_never_by_cuda() -> None:
    (step,) = plan(on(), TOOLKITS, ("cuda_packages",)).steps
    assert step.installs == ("cuda-toolkit-12-2", "cuda-toolkit-11-8")
    assert "install_packages cuda-toolkit-12-2 cuda-toolkit-11-8\n" in step.script
    assert step.undo == "undo_packages\n"
    assert said(on(), TOOLKITS).remedy == provision("cuda_packages")
    there = on(installed("cuda-toolkit-12-2 12.2.2-1", "cuda-toolkit-11-8 11.8.0-1"))
    assert said(there, TOOLKITS).verdict == "ok"
    assert not plan(there, TOOLKITS)


def test_cudnn_nccl_and_dcgm_are_pinned_and_by_release() -> None:
    profile = wants(
        cudnn={"packages": ["cudnn9-cuda-12=9.10.2"]},
        nccl={"also": {"bookworm": ["libnccl2=2.27.5-1+cuda12.9"], "el9": ["libnccl=2.27.5-1+cuda12.9"]}},
        dcgm={"packages": ["datacenter-gpu-manager-4-cuda12"]},
    )
    wanted = ("cudnn9-cuda-12=9.10.2", "libnccl2=2.27.5-1+cuda12.9", "datacenter-gpu-manager-4-cuda12")
    have = installed(
        "cudnn9-cuda-12 9.10.2.21-1", "libnccl2 2.27.5-1+cuda12.9", "datacenter-gpu-manager-4-cuda12 1:4.4.1"
    )
    assert said(on(have), profile).summary == f"installed: {', '.join(wanted)}"
    other = on(have, edit("packages", r"2\.27\.5-1\+cuda12\.9", "2.28.3-1+cuda13.0"))
    one = said(other, profile)
    assert one.summary == "not installed as the profile asks: libnccl2=2.27.5-1+cuda12.9"
    assert one.evidence == "installed: libnccl2 2.28.3-1+cuda13.0"
    (step,) = plan(other, profile).steps
    assert step.installs == ("libnccl2=2.27.5-1+cuda12.9*",)


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"cuda": {"version": "13.0", "install": True}}, "CUDA 13.0 has nothing for GPU 0000:"),
        ({"cuda": {"beside": ["12.9", "13.2"]}}, "(volta): CUDA 12.9 is the last that has"),
        ({"cudnn": {"packages": ["cudnn9-cuda-13=9.10.2"]}}, "cudnn9-cuda-13=9.10.2 has nothing for GPU"),
        ({"cudnn": {"packages": ["cudnn9-cuda-12=9.23.1.3"]}}, "cuDNN 9.23.1.3 has nothing for GPU"),
        ({"cudnn": {"packages": ["cudnn9-cuda-12"]}}, "the newest cuDNN has nothing for GPU"),
        ({"nccl": {"packages": ["libnccl2=2.28.3-1+cuda13.0"]}}, "libnccl2=2.28.3-1+cuda13.0 has nothing for GPU"),
        ({"dcgm": {"packages": ["cuda"]}}, "cuda brings a driver of its own choice"),
        ({"nccl": {"packages": ["cuda-12-9"]}}, "cuda-12-9 brings a driver of its own choice"),
        ({"nccl": {"packages": ["cuda-drivers=580"]}}, "cuda-drivers brings a driver of its own choice"),
    ],
)
def test_what_a_volta_cannot_use_and_what_brings_a_driver_is_refused(sections: dict[str, Any], words: str) -> None:
    profile, found = wants(**sections), on(V100)
    one = said(found, profile)
    assert (one.verdict, words in one.summary) == ("fail", True), one.summary
    assert one.remedy
    assert not one.remedy.component
    assert words in dict(plan(found, profile).unknown)["cuda_packages"]
    assert not plan(found, profile)


@pytest.mark.parametrize(
    "packages", [["cudnn9-cuda-12=9.10.2.21"], ["libcudnn8"], ["libcudnn8=8.9.7", "libcudnn8-dev"]]
)
def test_what_a_volta_can_use_is_not(packages: list[str]) -> None:
    profile = wants(cuda={"version": "12.9", "install": True, "environment": False}, cudnn={"packages": packages})
    assert plan(on(V100), profile, ("cuda_packages",)).steps
    law(on(V100), profile)


def test_an_archive_of_cudnn_that_is_too_new_for_a_volta_is_refused_too() -> None:
    profile = wants(
        cuda={"version": "12.9", "install": True, "environment": False},
        cudnn={"version": "9.23.1", "source": "https://x.example/redistrib_9.23.1.json"},
    )
    assert "cuDNN 9.23.1 has nothing for GPU" in dict(plan(on(V100), profile).unknown)["cudnn"]
    assert "cudnn" not in dict(plan(on(CURL), profile).unknown)
    law(on(V100), profile)


def test_a_toolkit_that_is_newer_than_the_driver_is_worth_a_word() -> None:
    profile = wants(cuda={"version": "13.0", "install": True, "environment": False})
    there = installed("cuda-toolkit-13-0 13.0.2-1")
    one = said(on(there), profile)
    assert (one.verdict, one.summary) == (
        "warn",
        "driver 535.309.01 runs CUDA 12.2 at most, and a toolkit of 13.0 is asked for",
    )
    assert said(on(there, DRIVER_580, edit("driver", r"535\.309\.01", "580.95.05")), profile).verdict == "ok"
    minor = wants(cuda={"version": "12.9", "install": True, "environment": False})
    assert said(on(installed("cuda-toolkit-12-9 12.9.1-1")), minor).verdict == "ok"


def test_the_login_environment_and_cudnn_come_in_the_same_run_as_the_toolkit() -> None:
    profile = wants(
        cuda={"version": "12.9", "install": True, "link": True},
        cudnn={"version": "9.10.2", "source": "https://x.example/redistrib_9.10.2.json"},
    )
    steps = plan(on(CURL), profile).steps
    assert [step.component for step in steps] == ["cuda_packages", "environment", "environment", "cudnn"]
    assert "CUDA_HOME=/usr/local/cuda-12.9\n" in steps[1].script
    assert "$CUDA_HOME/extras/CUPTI/lib64" in steps[1].script
    assert "ROOT=/usr/local/cuda-12.9" in steps[2].script
    law(on(), profile)
    assert next(step.component for step in plan(on(), profile, ("environment",)).steps) == "cuda_packages"


def test_what_the_toolkit_waits_for_keeps_the_environment_waiting() -> None:
    profile = wants(cuda={"version": "13.0", "install": True})
    assert "CUDA 13.0 has nothing for GPU" in dict(plan(on(V100), profile).unknown)["environment"]
    law(on(V100), profile)


@pytest.mark.parametrize(
    "name", ["bare-debian12-a100", "bare-centos7-v100", "fails-gpu_on_bus", "fails-packages_configured", "healthy-el9"]
)
def test_the_law_holds_on_other_hosts(name: str) -> None:
    law(
        facts(name),
        wants(cuda={"version": "12.2", "install": True, "link": True}, dcgm={"packages": ["datacenter-gpu-manager"]}),
    )


def test_nobody_asked() -> None:
    assert said(on(), DEBIAN).verdict == "skipped"
    with pytest.raises(BadProfile):
        wants(cuda={"beside": [""]})


LEADS = (
    "link /usr/local/cuda /usr/local/cuda-13.0\nroot /usr/local/cuda-13.0 13.0.2 none\n"
    "root /usr/local/cuda-12.9 12.9.1 extras\n"
)
LINKED = wants(cuda={"version": "12.9", "link": True, "environment": False})


@pytest.mark.parametrize(
    ("toolkits", "words"),
    [
        (LEADS, "/usr/local/cuda leads to /usr/local/cuda-13.0, not to /usr/local/cuda-12.9"),
        (LEADS.partition("\n")[2], "there is no /usr/local/cuda"),
    ],
)
def test_a_link_that_leads_elsewhere_is_put_right(toolkits: str, words: str) -> None:
    found = on(put("cuda_toolkit", toolkits))
    assert said(found, LINKED, "environment").summary == words
    (step,) = plan(found, LINKED).steps
    assert (step.why, step.title) == (words, "let /usr/local/cuda lead to /usr/local/cuda-12.9")
    right = on(
        put(
            "cuda_toolkit",
            toolkits.replace("/usr/local/cuda /usr/local/cuda-13.0", "/usr/local/cuda /usr/local/cuda-12.9"),
        )
    )
    if "link" in toolkits:
        assert said(right, LINKED, "environment").verdict == "ok"


def test_a_folder_in_the_links_place_is_left_alone() -> None:
    found = on(put("cuda_toolkit", "root /usr/local/cuda 12.9.1 none\n"))
    assert "is a folder and no link" in said(found, LINKED, "environment").summary
    assert not plan(found, LINKED)


UPDATE = "/usr/bin/update-alternatives"


class Root:
    """A host in a folder, with toolkits 12.9 and 13.0."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("usr/local/cuda-12.9", "usr/local/cuda-13.0", "etc/alternatives", "run"):
            (folder / name).mkdir(parents=True)
        (folder / "run/log").touch()
        (folder / "bin").mkdir()
        program = folder / "bin/update-alternatives"
        folders = f"--admindir {folder}/run --altdir {folder}/etc/alternatives --log /dev/null"
        program.write_text(f'#!/bin/sh\nPATH=$PATH:/usr/sbin exec {UPDATE} {folders} "$@"\n')
        program.chmod(0o755)
        (step,) = plan(on(put("cuda_toolkit", LEADS)), LINKED).steps
        self.step: Step = step

    @property
    def leads(self) -> str:
        link = self.folder / "usr/local/cuda"
        return link.resolve().name if link.exists() else ""

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        for path in ("/usr/local", "/etc/alternatives"):
            script = script.replace(path, f"{self.folder}{path}")
        code = f"set -eu\n{lib(self.folder)}\n{script}"
        env = {"PATH": f"{self.folder}/bin:{os.environ['PATH']}", "RUN": f"{self.folder}/run", "STEP": "01"}
        return subprocess.run(["sh", "-c", code], env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


@pytest.mark.parametrize("before", ["cuda-13.0", ""])
def test_a_plain_link_is_moved_and_moved_back(root: Root, before: str) -> None:
    if before:
        (root.folder / "usr/local/cuda").symlink_to(before)
    done = root.run(root.step.script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert root.leads == "cuda-12.9"
    assert root.run(root.step.undo).returncode == 0
    assert root.leads == before
    assert root.run(root.step.undo).returncode == 0


@pytest.mark.parametrize("mode", ["auto", "manual"])
def test_a_link_of_alternatives_is_chosen_by_them_and_the_mode_comes_back(root: Root, mode: str) -> None:
    for version, priority in (("12.9", 129), ("13.0", 130)):
        made = f"update-alternatives --install /usr/local/cuda cuda /usr/local/cuda-{version} {priority}\n"
        assert root.run(made).returncode == 0
    if mode == "manual":
        root.run("update-alternatives --set cuda /usr/local/cuda-13.0\n")
    assert root.leads == "cuda-13.0"
    done = root.run(root.step.script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert root.leads == "cuda-12.9"
    assert (root.folder / "usr/local/cuda").readlink() == root.folder / "etc/alternatives/cuda"
    assert root.run(root.step.undo).returncode == 0
    assert root.leads == "cuda-13.0"
    assert f"{mode} mode" in root.run("update-alternatives --display cuda\n").stdout


def test_a_toolkit_that_did_not_come_leaves_the_link(root: Root) -> None:
    (root.folder / "usr/local/cuda").symlink_to("cuda-13.0")
    (root.folder / "usr/local/cuda-12.9").rmdir()
    done = root.run(root.step.script)
    assert (done.returncode, "stays as it is" in done.stdout) == (1, True)
    assert root.leads == "cuda-13.0"


def manifest(platform: str, variant: str, digest: str, path: str) -> str:
    """In NVIDIA's form, with another platform and another variant before the right ones."""
    right = {"relative_path": path, "sha256": digest, "md5": "0" * 32, "size": "1"}
    wrong = {"relative_path": "wrong.tar.xz", "sha256": "1" * 64, "md5": "1" * 32, "size": "2"}
    platforms = {"linux-none": {"cuda12": wrong, variant: wrong}, platform: {"cuda10": wrong, variant: right}}
    return json.dumps(
        {"release_label": "9.23.1", "cudnn": {"name": "x", "cuda_variant": ["12"], **platforms}}, indent=4
    )


FETCH = """
fetch() {
    case $1 in
    https://x.example/redist/redistrib_6.json) cp HERE/manifest "$2" ;;
    https://x.example/redist/cudnn/linux/archive.tgz) cp HERE/archive "$2" ;;
    *) echo "asked for $1" && return 1 ;;
    esac
}
"""
MACHINE = {"x86_64": "linux-x86_64", "aarch64": "linux-sbsa"}


@pytest.mark.parametrize(
    ("variant", "platform", "path", "wrong", "words"),
    [
        ("cuda8", "", "cudnn/linux/archive.tgz", "", ""),
        ("cuda8", "", "cudnn/linux/archive.tgz", "digest", "the archive cannot be used: its sha256 is"),
        ("cuda9", "", "cudnn/linux/archive.tgz", "", "names no archive for"),
        ("cuda8", "linux-ppc64le", "cudnn/linux/archive.tgz", "", "names no archive for"),
        ("cuda8", "", "../../etc/passwd", "", "names no archive for"),
        ("cuda8", "", "/etc/passwd", "", "names no archive for"),
    ],
)
def test_cudnn_by_nvidias_manifest(host: Place, variant: str, platform: str, path: str, wrong: str, words: str) -> None:
    data = made(OLD)
    digest = "2" * 64 if wrong else hashlib.sha256(data).hexdigest()
    text = manifest(platform or MACHINE[os.uname().machine], variant, digest, path)
    profile = wants(
        cuda={"version": "8.0", "environment": False},
        cudnn={"version": OLD.version, "source": "https://x.example/redist/redistrib_6.json"},
    )
    found = on(put("cuda_toolkit", "root /usr/local/cuda-8.0 8.0.61 extras\n"), put("cudnn", "tool curl\n"))
    (step,) = cudnn.plan(found, profile)
    (host.folder / "archive").write_bytes(data)
    (host.folder / "manifest").write_text(text)
    fetch = FETCH.replace("HERE", str(host.folder))
    done = host.run(step.script.replace("of_manifest() {", f"{fetch}of_manifest() {{", 1))
    if words:
        assert (done.returncode, words in done.stdout) == (1, True), done.stdout
        assert host.listing() == {}
    else:
        assert done.returncode == 0, done.stdout + done.stderr
        assert "cuDNN 6.0.21 is in" in done.stdout
    law(found, profile)
