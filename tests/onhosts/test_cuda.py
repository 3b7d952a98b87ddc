"""cuda.sh and cuDNN on a real host: a real login, a real ldconfig, an archive that is really brought over SSH.

The CUDA toolkit is a folder, and the archive a stand-in of the real layout (tests/cudnn_archive.py): its library is one
empty function, built here, with the real soname.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from checks.facts import TOPICS, Facts, gather
from checks.profiles import cudnn as wanted
from checks.profiles import environment as login
from checks.profiles.profile import Profile, having
from provision.components import cudnn, environment
from provision.errors import BadInput, StepFailed
from provision.following import do
from provision.remote.access import Access
from provision.remote.detached import Script
from tests.cudnn_archive import OLD, made, sha256
from tests.hosts import DEBIAN
from tests.test_apply import FakeConsole

if TYPE_CHECKING:
    from pathlib import Path

    from provision.remote import Remote
    from provision.step import Step
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

ROOT = "/usr/local/cuda-8.0"
STATE = f"find {ROOT} /etc/ld.so.conf.d /etc/profile.d -printf '%p %y %m %l\\n' | sort; ldconfig -p | sort"


def remote(host: Host) -> Remote:
    return Access(config=str(host.home.path / "ssh_config")).host(host.name, user="ops")


def facts(host: Host) -> Facts:
    return Facts(gather(remote(host), TOPICS))


def apply(host: Host, steps: list[Step]) -> None:
    """Do it as provisioning does, and take it back in the end."""
    scripts = [Script(step.title, step.script, step.undo) for step in steps]
    do(remote(host), scripts, FakeConsole(), brings=[file for step in steps for file in step.brings])


def planned(host: Host, profile: Profile) -> list[Step]:
    found = facts(host)
    return [*environment.plan(found, profile), *cudnn.plan(found, profile)]


def library(folder: Path) -> bytes:
    source = folder / "empty.c"
    source.write_text("void cudnn(void) {}\n", encoding="utf-8")
    built = folder / "libcudnn.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-Wl,-soname,libcudnn.so.6", "-o", built, source], check=True)
    return built.read_bytes()


def test_a_login_and_the_loader_find_the_profiles_versions_and_it_all_goes_again(
    host: MakeHost, tmp_path: Path
) -> None:
    one = host().settle()
    one.run(
        f"mkdir -p {ROOT}/targets/lib {ROOT}/include {ROOT}/bin {ROOT}/extras/CUPTI/lib64 /usr/local/cuda-7.5/bin; "
        f"ln -s targets/lib {ROOT}/lib64; echo 'CUDA Version 8.0.61' >{ROOT}/version.txt; ldconfig"
    )
    data = made(OLD, library(tmp_path))
    archive = tmp_path / "cudnn-8.0-linux-x64-v6.0.tgz"
    archive.write_bytes(data)
    settings = {"version": OLD.version, "source": str(archive), "sha256": sha256(data)}
    profile = having(DEBIAN, {"cuda": {"version": "8.0"}, "cudnn": settings})
    before = one.run(STATE).stdout
    steps = planned(one, profile)
    assert len(steps) == 2
    archive.write_bytes(data[:-1])
    with pytest.raises(BadInput, match="not the file that the profile means"):
        apply(one, steps)
    archive.write_bytes(data)
    wrong = having(profile, {"cudnn": {"source": "file:///root/half.tgz"}})
    one.run("echo '<html>log in</html>' >/root/half.tgz")
    with pytest.raises(StepFailed, match=r"(?s)is an HTML page.*nothing was installed.*It was undone"):
        apply(one, list(cudnn.plan(facts(one), wrong)))
    assert one.run(STATE).stdout == before
    apply(one, steps)
    found = facts(one)
    assert (login.lacking(found, profile), wanted.lacking(found, profile)) == ("", ("", ""))
    assert planned(one, profile) == []
    assert one.run("bash -lc 'echo $PATH $LD_LIBRARY_PATH'").stdout.startswith(f"{ROOT}/bin:")
    assert one.run(f"readlink {ROOT}/lib64/libcudnn.so {ROOT}/lib64/libcudnn.so.6; ldconfig -p").stdout.startswith(
        "libcudnn.so.6\nlibcudnn.so.6.0.21\n"
    )
    one.run(f"cp --remove-destination {ROOT}/lib64/libcudnn.so.6.0.21 {ROOT}/lib64/libcudnn.so.6")
    assert "is not a symbolic link" in wanted.lacking(facts(one), profile)[0]
    apply(one, planned(one, profile))
    assert planned(one, profile) == []
    runs = one.run("ls -r /var/lib/gpuwright/runs").stdout.split()
    for run in runs:
        folder = f"/var/lib/gpuwright/runs/{run}"
        numbers = one.run(f"cd {folder}; ls -r *.undo | sed s/.undo//").stdout.split()
        undo = [Script("undo", f"RUN={folder} STEP={number}\n. {folder}/{number}.undo\n") for number in numbers]
        do(remote(one), undo, FakeConsole())
    assert one.run(STATE).stdout == before
