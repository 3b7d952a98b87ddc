"""Kernel headers by family: what a specialist would install for each kernel, and for which kernels."""

from __future__ import annotations

import pytest

from checks.facts import Facts
from checks.facts.archive import Archive, Candidate
from checks.facts.kernel import Kernel
from checks.facts.os import Os
from checks.facts.packages import Package, Packages
from checks.facts.recording import Recording
from checks.profiles import headers, kernels, wants
from checks.profiles.profile import Profile, having
from provision.planning import plan
from tests.facts import rendering
from tests.hosts import DEBIAN, STACK_2017, facts, read

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
