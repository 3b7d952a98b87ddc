"""`driver.options`: what is refused, what our file says over and under those of others, and what is loaded anew."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.facts.modprobe import Line, Modprobe
from checks.facts.reading import Reading
from checks.profiles import module_options
from checks.profiles.module_options import FILE
from checks.profiles.profile import BadProfile, Profile, having, parse
from provision.planning import plan
from provision.step import GPU_PROGRAMS, Step
from tests.alter import Alter, altered, append, edit, put
from tests.hosts import DEBIAN, HEALTHY, facts, read
from tests.test_leftovers import PACKAGED
from tests.test_lib import lib
from tests.test_recordings import law

PRESERVE, PROFILING = "NVreg_PreserveVideoMemoryAllocations", "NVreg_RestrictProfilingToAdminUsers"
ASKED = having(
    DEBIAN, {"driver": {"options": {"nvidia": {PRESERVE: 1, PROFILING: False}, "nvidia-drm": {"modeset": 1}}}}
)
LINES = (
    f"options nvidia {PRESERVE}=1 {PROFILING}=0",
    f"options nvidia-current {PRESERVE}=1 {PROFILING}=0",
    "options nvidia-current-drm modeset=1",
    "options nvidia-drm modeset=1",
)
GIVEN = "param PreserveVideoMemoryAllocations: {}\nparam RmProfilingAdminOnly: {}\ngiven nvidia_drm modeset {}\n"
UNTOUCHED, LOADED = append("modprobe", GIVEN.format(0, 1, "N")), append("modprobe", GIVEN.format(1, 0, "Y"))
WHOLE = append("modprobe", "".join(f"line {FILE} {text}\n" for text in LINES))
USED = edit("modules", r"^nvidia 535.309.01 3", "nvidia 535.309.01 7")
HELD = append("work", "holder 4711 joe ,0 | python3\n")
USERS = "/etc/modprobe.d/nvidia.conf"
LAST = "/etc/modprobe.d/zzz.conf"


def line(text: str, file: str) -> Alter:
    return append("modprobe", f"line {file} {text}\n")


def bare_of_values(readings: dict[str, Reading]) -> None:
    text = re.sub(r"^(param|given) .*\n", "", readings["modprobe"].text, flags=re.MULTILINE)
    readings["modprobe"] = Reading(0, text)


def host(*alters: Alter) -> Facts:
    return Facts(altered(read(HEALTHY), (bare_of_values, *alters)))


def steps(found: Facts, profile: Profile = ASKED) -> list[Step]:
    return [step for step in plan(found, profile).steps if step.component == "module_options"]


def said(found: Facts, profile: Profile = ASKED) -> tuple[str, str]:
    law(found, profile)
    (finding,) = (each for each in examine(found, profile) if each.check == "driver_options")
    return finding.verdict, f"{finding.summary} {finding.evidence} {finding.remedy.text if finding.remedy else ''}"


def test_nothing_is_done_where_nothing_is_asked_for() -> None:
    assert not steps(host(UNTOUCHED), DEBIAN)
    assert said(host(UNTOUCHED), DEBIAN)[0] == "skipped"


def test_a_driver_that_nobody_holds_is_loaded_with_them_at_once() -> None:
    found = host(UNTOUCHED)
    (step,) = steps(found)
    assert step.title == (f"set {PRESERVE}=1 {PROFILING}=0 nvidia-drm.modeset=1 in {FILE}, and load the driver with it")
    assert f"{PRESERVE} is 0, not 1" in step.why
    assert "".join(f"{text}\n" for text in LINES) in step.script
    assert step.script.endswith("END_OF_FILE\noptions_in_initramfs\nreload_driver\n")
    assert step.undo.startswith(f"undo_file {FILE}\n")
    assert step.disrupts == (GPU_PROGRAMS,)
    assert not step.reboot
    assert said(found)[0] == "fail"


def test_one_that_somebody_holds_is_loaded_with_them_at_a_reboot_that_names_who() -> None:
    (step,) = steps(host(UNTOUCHED, USED, HELD))
    assert step.reboot == "the driver is in use by python3 (pid 4711)"
    assert "reload_driver" not in step.script
    assert not step.disrupts


def test_a_bare_host_gets_the_file_before_the_driver_and_nothing_is_loaded_for_it() -> None:
    planned = plan(facts("bare-debian12-a100"), ASKED).steps
    order = [step.component for step in planned]
    assert order.index("module_options") < order.index("driver")
    (step,) = (step for step in planned if step.component == "module_options")
    assert step.script.endswith("END_OF_FILE\noptions_in_initramfs\n")
    law(facts("bare-debian12-a100"), ASKED)


def test_all_is_well_where_the_file_is_there_and_the_modules_have_what_it_says() -> None:
    found = host(WHOLE, LOADED)
    assert not plan(found, ASKED)
    assert said(found)[0] == "ok"


@pytest.mark.parametrize(
    ("alters", "verdict", "words"),
    [
        ((LOADED,), "warn", "the modules' options are not those of the profile"),
        ((WHOLE, UNTOUCHED), "fail", "NVreg_RestrictProfilingToAdminUsers is 1, not 0; modeset is N, not 1"),
        ((WHOLE,), "unknown", "no /proc/driver/nvidia/params"),
        ((WHOLE, append("modprobe", "param RmProfilingAdminOnly: 0\n")), "warn", f"has no option {PRESERVE}, modeset"),
        ((WHOLE, LOADED, line(f"options nvidia {PRESERVE}=0", USERS)), "ok", f"{USERS} says otherwise"),
        ((WHOLE, LOADED, line(f"options nvidia {PRESERVE}=0x1", LAST)), "ok", "3 option(s) as the profile asks "),
        ((WHOLE, LOADED, line(f"options nvidia_current {PRESERVE}=0", LAST)), "warn", f"{LAST} says options nvidia_c"),
        (
            (WHOLE, LOADED, edit("modprobe", r"^cmdline ", f"cmdline nvidia.{PRESERVE}=0 ")),
            "warn",
            "/proc/cmdline says",
        ),
    ],
    ids=["no file", "not loaded so", "not known", "not the driver's", "over", "the same", "under", "command line"],
)
def test_what_the_doctor_says(alters: tuple[Alter, ...], verdict: str, words: str) -> None:
    found = host(*alters)
    assert said(found)[0] == verdict
    assert words in said(found)[1]
    if words.endswith(" says options nvidia_c") or words.startswith("/proc/cmdline"):
        assert "module_options" in dict(plan(found, ASKED).unknown), "what counts over our file is not ours to change"


def test_a_line_that_ours_counts_over_is_named_in_the_plan() -> None:
    (step,) = steps(host(LOADED, line(f"options nvidia {PRESERVE}=0", USERS)))
    assert f"it counts over {USERS}: options nvidia {PRESERVE}=0" in step.why
    assert "reload_driver\n" not in step.script


def test_a_driver_that_is_replaced_anyway_is_not_loaded_twice() -> None:
    nvidias = having(ASKED, {"driver": {"version": "595"}})
    (step,) = steps(host(*PACKAGED, UNTOUCHED), nvidias)
    assert "reload_driver\n" not in step.script


def test_an_option_that_the_profile_asks_for_is_nobodys_oversight() -> None:
    asked = having(DEBIAN, {"driver": {"options": {"nvidia": {"NVreg_NvLinkDisable": 1}}}})
    found = host(WHOLE, LOADED, line("options nvidia NVreg_NvLinkDisable=1", FILE))
    verdicts = {each.check: each.verdict for each in examine(found, asked)}
    assert verdicts["module_options"] == "ok"
    assert {each.check: each.verdict for each in examine(found, DEBIAN)}["module_options"] == "warn"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[driver.options.nvidia]\nNVreg_PreserveVideoMemoryAllocation = 1", f"did you mean {PRESERVE}?"),
        ("[driver.options.nvidia]\nNVreg_EnableGpuFirmware = 5", "wants one of 0, 1, 2, 16, 17, 18, not 5"),
        ("[driver.options.nvidia]\nNVreg_EnableMSI = 2", "wants 0 or 1, true or false, not 2"),
        ("[driver.options.nvidia]\nNVreg_EnableMSI = 1.0", "wants 0 or 1, true or false, not 1.0"),
        ("[driver.options.nvidia]\nNVreg_DeviceFileUID = -1", "wants a whole number from 0"),
        ("[driver.options.nvidia]\nNVreg_DeviceFileUID = true", "wants a whole number from 0"),
        ("[driver.options.nvidia]\nNVreg_RmMsg = 'a b'", "wants one word without quotes"),
        ("[driver.options.nvidia]\nNVreg_RmMsg = '$(id)'", "wants one word without quotes"),
        ("[driver.options.nouveau]\nmodeset = 0", "no module of NVIDIA's; known: nvidia, "),
        ("[driver.options]\nnvidia = 1", "wants a table of option = value, not 1"),
        ("[driver]\noptions = 1", "wants a table of module"),
    ],
)
def test_what_is_not_known_or_takes_no_such_value_is_refused_as_the_profile_is_read(text: str, words: str) -> None:
    with pytest.raises(BadProfile) as error:
        parse(f'name = "x"\n{text}\n', "x.toml")
    assert words in str(error.value)
    assert "x.toml:" in str(error.value)


def test_values_are_written_as_modprobe_takes_them() -> None:
    asked = having(
        DEBIAN, {"driver": {"options": {"nvidia": {"NVreg_DeviceFileMode": 0o660, "NVreg_RegistryDwords": "a=1;b=2"}}}}
    )
    wanted = "NVreg_DeviceFileMode=432 NVreg_RegistryDwords=a=1;b=2"
    assert module_options.lines(host(), asked)[0] == f"options nvidia {wanted}"
    shown = append("modprobe", 'param DeviceFileMode: 432\nparam RegistryDwords: "a=1;b=2"\n')
    assert not module_options.loaded_otherwise(host(shown), asked)


def test_old_ubuntus_module_is_named_by_its_branch_before_it_is_there() -> None:
    asked = having(DEBIAN, {"driver": {"packages": ["nvidia-375=375.66"], "options": {"nvidia": {PRESERVE: 1}}}})
    found = Facts(altered(read("bare-ubuntu1604-v100"), (put("modprobe", "cmdline quiet\n"),)))
    assert [text.split()[1] for text in module_options.lines(found, asked)] == ["nvidia", "nvidia_375"]


def test_the_last_word_counts_files_by_their_names_and_the_command_line_after_them() -> None:
    found = Modprobe(
        (
            Line("/etc/modprobe.d/b.conf", "options nvidia-drm modeset=1"),
            Line("/usr/lib/modprobe.d/a.conf", "options nvidia_drm modeset=0 fbdev=1"),
        ),
        "quiet nvidia-drm.modeset=N nvidia.x=1",
    )
    assert [(option, value) for _, option, value in found.settings("nvidia-drm")] == [
        ("modeset", "0"),
        ("fbdev", "1"),
        ("modeset", "1"),
        ("modeset", "N"),
    ]


@pytest.mark.parametrize(
    ("listing", "rebuilt"),
    [
        ("echo usr/lib/modules/6.1/updates/dkms/nvidia-drm.ko.xz", True),
        (
            "echo usr/lib/modules/6.1/kernel/drivers/net/ethernet/nvidia/forcedeth.ko; echo etc/modprobe.d/nvidia.conf",
            False,
        ),
        ("exit 1", True),
    ],
    ids=["in it", "not in it", "cannot be listed"],
)
def test_an_initramfs_is_made_anew_only_where_it_holds_a_module(tmp_path: Path, listing: str, *, rebuilt: bool) -> None:
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/initrd.img-6.1").write_text("")
    for name, text in {"lsinitramfs": listing, "lsinitrd": "exit 1", "update-initramfs": "echo made anew"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "log").write_text("")
    script = lib(tmp_path).replace("/boot/init", f"{tmp_path}/boot/init")
    done = subprocess.run(
        ["sh", "-c", f"set -eu\nRUN={tmp_path}\nSTEP=1\n{script}\noptions_in_initramfs\n"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("made anew" in done.stdout.splitlines()) == rebuilt
