"""Kernel headers by family: what a specialist would install for each kernel, and for which kernels."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.facts import Facts
from checks.facts.archive import Archive, Candidate
from checks.facts.driver import Driver
from checks.facts.kernel import Kernel
from checks.facts.os import Os
from checks.facts.packages import Package, Packages
from checks.facts.recording import Recording
from checks.profiles import headers, kernels, wants
from checks.profiles.profile import Profile, having, load
from provision.planning import plan
from tests.facts import rendering
from tests.hosts import DEBIAN, STACK_2017, facts, read
from tests.test_lib import lib

ALL = having(DEBIAN, {"kernel": {"cover": "all"}})
BOOT = having(DEBIAN, {"kernel": {"cover": "boot"}})


def host(os: Os, images: tuple[str, ...], *packages: Package, built: tuple[str, ...] = (), **topics: object) -> Facts:
    """A host that runs its first kernel, with headers for those that are `built`."""
    kernel = Kernel(images[0], "b", 100, dict.fromkeys(images, 1), frozenset(built))
    readings = dict(read("healthy-debian12-a100").readings) | {
        "os": rendering.os(os),
        "kernel": rendering.kernel(kernel),
        "packages": rendering.packages(Packages({each.name: each for each in packages})),
    }
    for name, fact in topics.items():
        readings[name] = getattr(rendering, name)(fact)
    return Facts(Recording(readings))


def there(name: str, version: str = "1") -> Package:
    return Package(name, version, "ii")


EL8, EL9 = Os("rocky", "8.10", "", "Rocky"), Os("almalinux", "9.6", "", "Alma")
EL10, OL9 = Os("rhel", "10.0", "", "RHEL"), Os("ol", "9.5", "", "Oracle")
AMAZON, NOBLE = Os("amzn", "2023", "", "Amazon Linux"), Os("ubuntu", "24.04", "noble", "Ubuntu")


@pytest.mark.parametrize(
    ("os", "release", "names"),
    [
        (Os("centos", "7", "", "CentOS"), "3.10.0-1160.el7.x86_64", ["kernel-devel-3.10.0-1160.el7.x86_64"]),
        (EL8, "4.18.0-553.el8_10.x86_64", ["kernel-devel-4.18.0-553.el8_10.x86_64"]),
        (EL8, "4.18.0-553.rt7.342.el8_10.x86_64", ["kernel-rt-devel-4.18.0-553.rt7.342.el8_10.x86_64"]),
        (EL9, "5.14.0-570.26.1.el9_6.x86_64", ["kernel-devel-matched-5.14.0-570.26.1.el9_6.x86_64"]),
        (EL9, "5.14.0-570.26.1.el9_6.aarch64+64k", ["kernel-64k-devel-matched-5.14.0-570.26.1.el9_6.aarch64"]),
        (EL10, "6.12.0-55.9.1.el10_0.x86_64", ["kernel-devel-matched-6.12.0-55.9.1.el10_0.x86_64"]),
        (EL10, "6.12.0-55.9.1.el10_0.aarch64+64k", ["kernel-64k-devel-matched-6.12.0-55.9.1.el10_0.aarch64"]),
        (OL9, "5.14.0-570.el9_6.x86_64", ["kernel-devel-matched-5.14.0-570.el9_6.x86_64"]),
        (OL9, "5.15.0-308.179.6.el9uek.x86_64", ["kernel-uek-devel-5.15.0-308.179.6.el9uek.x86_64"]),
        (
            AMAZON,
            "6.1.112-122.189.amzn2023.x86_64",
            ["kernel-devel-6.1.112-122.189.amzn2023.x86_64", "kernel-modules-extra-6.1.112-122.189.amzn2023.x86_64"],
        ),
        (
            AMAZON,
            "6.12.22-28.97.amzn2023.aarch64",
            [
                "kernel6.12-devel-6.12.22-28.97.amzn2023.aarch64",
                "kernel6.12-modules-extra-6.12.22-28.97.amzn2023.aarch64",
            ],
        ),
        (NOBLE, "6.8.0-45-generic", ["linux-headers-6.8.0-45-generic", "linux-headers-generic"]),
    ],
)
def test_each_family_has_its_names(os: Os, release: str, names: list[str]) -> None:
    packages = [there("kernel"), there("kernel6.12"), there("linux-image-generic"), there(f"linux-image-{release}")]
    found = host(os, (release,), *packages)
    assert list(headers.names(found, found.kernel.wanted)) == names


def test_what_only_looks_like_a_metapackage_brings_none() -> None:
    names = ("unsigned-6.8.0-45-generic", "extra-4.4.0-210-generic", "amd64-dbg", "generic-hwe-24.04", "6.8.0-45-aws")
    found = host(NOBLE, ("6.8.0-45-generic",), *(there(f"linux-image-{name}") for name in names))
    assert headers.names(found, ()) == ("linux-headers-generic-hwe-24.04",)


def test_on_el_9_the_next_boots_kernel_is_followed_and_the_running_one_gets_its_own() -> None:
    running, newest = "5.14.0-570.12.1.el9_6.x86_64", "5.14.0-570.26.1.el9_6.x86_64"
    found = host(EL9, (running, newest))
    assert headers.names(found, kernels.without_headers(found, DEBIAN)) == (
        f"kernel-devel-{running}",
        f"kernel-devel-matched-{newest}",
    )


def test_with_dnf_the_newest_installed_kernel_is_the_next_and_never_left_without_a_module() -> None:
    """Whatever is built for the running one: the plan builds for the next one before anything reboots into it."""
    running, newest = "5.14.0-570.12.1.el9_6.x86_64", "5.14.0-570.26.1.el9_6.x86_64"
    found = facts("healthy-el9")
    text = found.recording.readings["kernel"].text
    both = text.replace(f" {running}\n", f" {running}\nimage 1795367435 {newest}\nimage 5 0-rescue-4711\n", 2)
    two = Facts(Recording({**found.recording.readings, "kernel": rendering.lines(*both.splitlines())}))
    assert two.kernel.next == newest
    assert wants.modules(two, STACK_2017) == (newest,)
    packages = ["kmod-nvidia-latest-dkms", "nvidia-driver-cuda"]
    elsewhere = having(DEBIAN, {"driver": {"branch": {"el9": 535}, "packages": packages}})
    steps = plan(two, elsewhere).steps
    assert [step.title for step in steps[:1]] == [f"install kernel-devel-matched-{newest}"]
    assert [step.title for step in steps if step.component == "driver"] == [f"build the driver for {newest}"]
    assert f"/lib/modules/{newest} -name 'nvidia*.ko*'" in steps[1].script


OLD, RUNNING = "6.1.0-49-amd64", "6.1.0-56-amd64"


def archive(*offered: str) -> Archive:
    packages = {name: Candidate(name, "", "6.1.1", {"6.1.1": ()}) for name in offered}
    return Archive(timer=True, settings={}, releases={}, packages=packages)


@pytest.mark.parametrize(
    ("profile", "offered", "covered"),
    [
        (BOOT, (f"linux-headers-{OLD}",), (RUNNING,)),
        (DEBIAN, (f"linux-headers-{OLD}",), (RUNNING, OLD)),
        (DEBIAN, (), (RUNNING,)),
        (ALL, (), (RUNNING, OLD)),
    ],
)
def test_other_kernels_are_covered_as_the_profile_says(
    profile: Profile, offered: tuple[str, ...], covered: tuple[str, ...]
) -> None:
    os = facts("healthy-debian12-a100").os
    found = host(os, (RUNNING, OLD, "0-rescue-4711"), built=(RUNNING,), archive=archive(*offered))
    assert kernels.covered(found, profile) == covered
    assert kernels.without_headers(found, profile) == covered[1:]


def test_another_kernel_with_headers_gets_its_module() -> None:
    os = facts("healthy-debian12-a100").os
    packages = facts("healthy-debian12-a100").packages.by_name.values()
    found = host(os, (RUNNING, OLD), *packages, built=(RUNNING, OLD))
    assert [step.title for step in plan(found, DEBIAN).steps] == [f"build the driver for {OLD}"]
    assert not plan(found, BOOT)


def test_dkms_is_told_of_the_gcc_of_uek_and_of_no_other() -> None:
    uek, plain = "6.12.0-100.28.2.2.el9uek.x86_64", "5.14.0-570.26.1.el9_6.x86_64"
    current = load("current")
    for images, told in (((uek, plain), True), ((plain,), False)):
        found = host(OL9, images, there("kernel-core"), built=images, driver=Driver((), "", (), ()))
        (step,) = (step for step in plan(found, current).steps if step.component == "driver" and step.installs)
        assert (f"build_with_their_gcc {uek}\n" in step.script) == told
        assert ("the gcc that UEK was built with" in step.why) == told
        assert ("undo_their_gcc\n" in step.undo) == told
        if told:
            assert step.script.index("build_with_their_gcc") < step.script.index("install_packages")


@pytest.mark.parametrize(
    ("config", "toolset", "gcc", "says", "fails"),
    [
        ("140201", "14", "11", "DKMS uses that of gcc-toolset-14", False),
        ("140201", "", "11", "dnf install gcc-toolset-14-gcc", True),
        ("110500", "", "11", "", False),
        ("140201", "", "", "", False),
        (None, "", "11", "No such file", True),
    ],
    ids=["toolset", "none", "the system's", "no gcc yet", "not known"],
)
def test_a_kernel_whose_gcc_is_not_there_is_not_built_for(
    tmp_path: Path, config: str | None, toolset: str, gcc: str, says: str, *, fails: bool
) -> None:
    build = tmp_path / "lib/modules/6.12uek/build"
    build.mkdir(parents=True)
    if config:
        (build / ".config").write_text(f"CONFIG_GCC_VERSION={config}\n")
    own = tmp_path / f"opt/rh/gcc-toolset-{toolset}/root/usr/bin"
    own.mkdir(parents=True)
    tools = tmp_path / "bin"
    tools.mkdir()
    for place, text in (
        *(((own / "gcc", "true"),) if toolset else ()),
        (tools / "gcc", f"echo {gcc}" if gcc else "exit 127"),
    ):
        place.write_text(f"#!/bin/sh\n{text}\n")
        place.chmod(0o755)
    (tmp_path / "log").write_text("")
    text = lib(tmp_path)
    for place in ("/etc/dkms", "/opt/rh", "/lib/modules"):
        text = text.replace(f'"{place}', f'"{tmp_path}{place}')
    done = subprocess.run(
        ["sh", "-c", f"set -eu\nPATH={tools}:$PATH\nRUN={tmp_path}\nSTEP=1\n{text}\nbuild_with_their_gcc 6.12uek\n"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert says in done.stdout + done.stderr
    assert bool(done.returncode) == fails
    written = (tmp_path / "etc/dkms/nvidia-open.conf").read_text()
    read_by_dkms = written.replace("/opt", f"{tmp_path}/opt")
    told = subprocess.run(
        ["bash", "-c", f'kernelver=6.12uek\nMAKE[0]="\'make\' x"\n{read_by_dkms}\necho "${{MAKE[0]}}"'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.strip() == (f"PATH={own}:$PATH 'make' x" if toolset else "'make' x")
