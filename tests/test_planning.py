"""Plans as values: phases, what `--only` brings along, and the steps' own text."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.facts import Facts, solver
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.profiles.profile import having, load
from provision import show
from provision.components.package_sources import FILE, stanzas
from provision.errors import Usage
from provision.planning import plan
from provision.remote import detached
from provision.remote.detached import Script
from provision.step import Phase, Plan, Step, phases
from tests.alter import altered, append
from tests.hosts import DEBIAN, NAMES, STACK_2017, facts, golden_plan, profile_of, read, refused
from tests.test_recordings import law


def step(title: str, *, reboot: str = "", needs_driver: bool = False) -> Step:
    return Step(title, "", "", reboot=reboot, needs_driver=needs_driver)


def test_steps_are_cut_only_where_one_needs_what_a_reboot_brings() -> None:
    a, b, c = step("a", reboot="held"), step("b"), step("c", needs_driver=True)
    assert list(phases([a, b, c])) == [Phase((a, b), "held"), Phase((c,))]
    assert list(phases([b, c])) == [Phase((b, c))]
    assert list(phases([c, a])) == [Phase((c, a), "held")]
    assert list(phases([])) == []


def test_two_reasons_for_a_reboot_are_one_reboot() -> None:
    a, b, c = step("a", reboot="held"), step("b", reboot="in use"), step("c", needs_driver=True)
    assert Plan(tuple(phases([a, b, c]))).reboots == 1


def test_a_bare_host_needs_everything_and_one_reboot() -> None:
    found = plan(facts("bare-debian12-a100"), DEBIAN)
    assert [each.component for each in found.steps] == [
        "package_sources",
        "kernel_headers",
        "driver",
        "docker",
        "device_nodes",
        "driver_volume",
    ]
    assert [bool(phase.reboot) for phase in found.phases] == [True, False]


KEY_LINES = {
    "bare-debian12-a100": ["6 steps, 1 reboot", "linux-headers-6.1.", "-- reboot: nouveau holds the GPU", "hard links"],
    "bare-debian12-v100": ["6 steps, 1 reboot", "/dev/nvidia0, ... missing"],
    "bare-debian12-h200x8": [
        "refused",
        "[10de:2335]",
        "needs driver branch 550 or later, and bookworm packages branch 535",
    ],
    "bare-debian12-b200": ["refused", "[10de:2901]", "needs driver branch 570 or later"],
    "bare-debian12-k80": ["refused", "[10de:102d]", "needs driver branch 304 to 470"],
    "bare-debian12-nogpu": ["refused", "there is no NVIDIA GPU", "--force"],
    "bare-debian13-a100": ["6 steps, 1 reboot", "linux-headers-6.12."],
    "bare-debian13-v100": ["6 steps, 1 reboot"],
    "bare-debian13-h200x8": ["7 steps, no reboot", "load the driver"],  # nouveau of 6.12 does not know the H200
    "bare-debian13-b200": ["refused", "trixie packages branch 550"],
    "bare-debian13-k80": ["refused", "needs driver branch 304 to 470"],
    "bare-debian13-nogpu": ["refused"],
    "bare-centos7-v100": [
        "offer the repository cuda-el7 (https://mirror.example.org/cuda/rhel7/x86_64)",
        "offer the repository epel-el7",
        "install kernel-devel-3.10.0-1160.el7.x86_64",
        "blacklist nouveau in /etc/modprobe.d/gpuwright-nouveau.conf, and in the initramfs",
        "install the driver: nvidia-kmod=384.81 xorg-x11-drv-nvidia=384.81",
        "install docker: docker-ce=17.12.1.ce",
        "no reboot",
    ],
    "bare-ubuntu1604-v100": [
        "offer the repository cuda-xenial",
        "install linux-headers-4.4.0-210-generic",
        "install the driver: nvidia-384=384.81 libcuda1-384=384.81 nvidia-modprobe=384.81",
        "install docker: docker-ce=17.12.1~ce",
        "no reboot",
    ],
    "healthy-debian12-a100": ["nothing to do"],
    "half-driver-without-docker": ["2 steps, no reboot", "install docker: docker.io", "fill the driver volume"],
    "fails-docker_running": ["2 steps, no reboot", "start docker", "fill the driver volume"],
    "half-next-kernel-without-module": [
        "no reboot",
        "linux-headers-6.1.0-99-amd64",
        "build the driver for 6.1.0-99-amd64",
    ],
    "half-interrupted-driver": ["finish the interrupted installation of nvidia-kernel-dkms, nvidia-smi", "1 reboot"],
    "half-blacklist-not-in-initramfs": ["1 step, no reboot", "rebuild the initramfs with /etc/modprobe.d/"],
    "restored-from-an-image": ["nothing to do"],
    "fails-driver_mismatch": ["load driver 535.288.01 in place of 535.309.01"],
    "stuck-nvidia-smi": ["nothing to do"],
}


@pytest.mark.parametrize("host", KEY_LINES)
def test_a_golden_plan_says_what_a_specialist_expects(host: str) -> None:
    text = golden_plan(host)
    assert [line for line in KEY_LINES[host] if line not in text] == []


def test_only_brings_what_a_component_rests_on_and_no_more() -> None:
    found = plan(facts("bare-debian12-a100"), DEBIAN, ("kernel_headers",))
    assert {each.component for each in found.steps} == {"package_sources", "kernel_headers"}
    with pytest.raises(Usage, match="there is no component 'drivr'"):
        plan(facts("bare-debian12-a100"), DEBIAN, ("drivr",))


def test_what_is_unknown_is_not_planned_and_said() -> None:
    readings = dict(read("bare-debian12-a100").readings)
    del readings["docker"]
    found = plan(Facts(Recording(readings)), DEBIAN)
    assert [name for name, _ in found.unknown] == ["docker", "driver_volume"]
    assert "cannot be planned: docker was not asked" in show.as_text(found, "h", "debian")


def test_an_apt_that_cannot_fetch_by_https_is_told_what_it_takes() -> None:
    found = Facts(altered(read("bare-ubuntu1604-v100"), (append("sources", "# no https\n"),)))
    unknown = dict(plan(found, STACK_2017).unknown)
    assert "apt-get install apt-transport-https ca-certificates" in unknown["repositories"]
    law(found, STACK_2017)


@pytest.mark.parametrize("host", ["bare-centos7-v100", "bare-ubuntu1604-v100"])
def test_the_key_that_nvidia_retired_stops_what_needs_it_and_the_way_out_is_named(host: str) -> None:
    found = plan(facts(host), load("nvidia-docker1"))
    unknown = dict(found.unknown)
    assert {"repositories", "driver", "docker", "driver_volume"} <= unknown.keys()
    for word in ("7FA2AF80", "April 2022", '[mirrors."https://developer.download.nvidia.com/compute/cuda/repos/'):
        assert word in unknown["driver"]
    assert {step.component for step in found.steps} <= {"package_sources", "kernel_headers"}


@pytest.mark.parametrize("host", NAMES)
def test_shellcheck_finds_nothing_in_a_steps_scripts(host: str) -> None:
    if refused(facts(host), profile_of(host)):
        return
    for each in plan(facts(host), profile_of(host)).steps:
        for script in filter(None, (each.script, each.undo)):
            done = subprocess.run(
                ["shellcheck", "--shell=sh", "--severity=warning", "--exclude=SC2154", "-"],
                input=script,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.stdout == "", f"{each.title}: {done.stdout}"


def test_every_step_has_an_undo_or_nothing_to_take_back() -> None:
    without = {
        each.title.split()[0] + " " + each.title.split()[1]
        for host in NAMES
        if not refused(facts(host))
        for each in plan(facts(host), DEBIAN).steps
        if not each.undo
    }
    # Package lists, dpkg's own unfinished work, a rebuilt initramfs or module, a changed module: nothing was there
    # before that could be put back.
    assert without <= {
        *("fetch the", "finish the", "rebuild the", "build the", "put the", "hand the", "boot into", "load driver")
    }


def test_sources_are_extended_with_their_own_options() -> None:
    text = (
        "# file /etc/apt/sources.list.d/debian.sources\n"
        "Types: deb\nURIs: http://mirror/debian\nSuites: trixie trixie-updates\nComponents: main non-free-firmware\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
        "# file /etc/apt/sources.list\n"
        "deb [arch=amd64 trusted=yes] http://security/debian trixie-security main contrib\n"
        "deb http://elsewhere/x stable main\n"
        "# lists\n"
    )
    os = Reading(0, "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie\n")
    found = Facts(Recording({"sources": Reading(0, text), "os": os}))
    assert stanzas(found, DEBIAN) == (
        "Types: deb\nURIs: http://mirror/debian\nSuites: trixie\nComponents: contrib non-free\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
        "\n"
        "Types: deb\nURIs: http://mirror/debian\nSuites: trixie-updates\nComponents: contrib non-free\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
        "\n"
        "Types: deb\nURIs: http://security/debian\nSuites: trixie-security\n"
        "Components: non-free non-free-firmware\nArchitectures: amd64\nTrusted: yes\n"
    )


def test_the_script_that_starts_a_run_is_clean_sh() -> None:
    script = detached.start("20260101T000000-abcd", "me@here", [Script("a", "echo it's\n", "echo undo\n", reboot=True)])
    for text in (script, detached.follow("20260101T000000-abcd")):
        done = subprocess.run(
            ["shellcheck", "--shell=sh", "--severity=warning", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == ""


def test_the_solver_keeps_the_sources_that_an_earlier_run_left(tmp_path: Path) -> None:
    """The driver's step was cut off, and the one before it had added its sources: apt finds the packages there."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / FILE.rpartition("/")[2]).write_text("Components: non-free\n", encoding="utf-8")
    apt = tmp_path / "apt-get"
    apt.write_text(
        "#!/bin/sh\nfor option; do case $option in Dir::Etc::SourceParts=*) parts=${option#*=} ;; esac; done\n"
        "grep -qs non-free \"$parts\"/* && echo 'Inst nvidia-smi (535 Debian)'\n",
        encoding="utf-8",
    )
    apt.chmod(0o755)
    script = solver.command(("nvidia-smi",)).replace("/etc/apt/sources.list.d", str(tmp_path / "etc"))
    found = subprocess.run(
        ["sh", "-c", f"PATH={tmp_path}:$PATH\n{script}"], capture_output=True, text=True, check=False
    ).stdout
    assert "Inst nvidia-smi" in found


def test_a_profile_of_ones_own_asks_for_persistence_mode_on_debian() -> None:
    own = having(DEBIAN, {"driver": {"also": {"bookworm": ["nvidia-persistenced"]}}})
    asked = [step.installs for step in plan(facts("bare-debian12-a100"), own).steps if step.component == "driver"]
    assert "nvidia-persistenced" in asked[0]
    others = [step.installs for step in plan(facts("bare-debian13-a100"), own).steps]
    assert not any("nvidia-persistenced" in installs for installs in others)
