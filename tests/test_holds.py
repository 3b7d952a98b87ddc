"""`driver.hold`: what is held by what, what is left alone, and that doctor and plan agree on it."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from checks.examine import examine
from checks.facts import Facts, archive
from checks.facts.holds import Conf, Holds, parse
from checks.facts.reading import Reading
from checks.profiles import holds
from checks.profiles.name_list import added, listed
from checks.profiles.profile import having, load
from provision.planning import plan
from tests.alter import Alter, altered, append, edit, put
from tests.facts import rendering
from tests.hosts import DEBIAN, HEALTHY, read
from tests.test_lib import lib
from tests.test_recordings import law

HOLD = having(DEBIAN, {"driver": {"hold": True}})
EL = having(
    DEBIAN,
    {"driver": {"hold": True, "branch": {"el9": 535}, "components": [], "packages": ["kmod-nvidia-latest-dkms"]}},
)
MAIN = "[main]\ngpgcheck=1\ninstallonly_limit=3\n"
AUTOMATIC = "[commands]\napply_updates = yes\n\n[base]\n# as dnf.conf\n"
LIST = "/etc/dnf/plugins/versionlock.list"


def conf(text: str) -> Conf:
    return Conf(text, hashlib.sha256(text.encode()).hexdigest())


def told(fact: Holds) -> Alter:
    return lambda readings: readings.update(holds=rendering.holds(fact))


def el9(fact: Holds) -> Facts:
    return Facts(altered(read("healthy-el9"), (told(fact),)))


def debian(*alters: Alter) -> Facts:
    return Facts(altered(read(HEALTHY), (told(Holds()), *alters)))


ALL_HELD = edit(
    "packages", r"^ii ((lib)?(nvidia|libnv|libcuda1|firmware-nvidia|linux-(image|headers)-amd64)\S* )", r"hi \1"
)


def test_the_driver_and_what_follows_new_kernels_are_held_and_nothing_else() -> None:
    found = debian()
    (step,) = plan(found, HOLD).steps
    names = step.title.split()[1:]
    assert {"nvidia-kernel-dkms", "libnvidia-ml1", "libcuda1", "linux-image-amd64", "linux-headers-amd64"} <= set(names)
    assert not {name for name in names if "docker" in name or name.startswith(("dkms", "linux-image-6"))}
    assert step.undo == "undo_hold\n"
    assert "apt-mark hold" in step.why
    law(found, HOLD)
    assert not plan(found, DEBIAN)


def test_once_all_are_held_there_is_nothing_to_do_and_the_other_checks_agree() -> None:
    found = debian(ALL_HELD)
    assert not plan(found, HOLD)
    verdicts = {f.check: f.verdict for f in examine(found, HOLD)}
    assert {verdicts[check] for check in ("driver_held", "package_holds", "unattended_upgrades")} == {"ok"}


def test_before_the_driver_is_there_its_packages_are_held_under_the_same_consent() -> None:
    bare = Facts(altered(read("bare-debian12-a100"), (told(Holds()),)))
    steps = {step.component: step for step in plan(bare, HOLD).steps}
    assert "nvidia-kernel-dkms" in steps["holds"].title
    assert steps["holds"].key == plan(debian(), HOLD).steps[0].key
    assert steps["driver"].script.startswith("OVER_HOLDS=yes\n")
    law(bare, HOLD)


def test_the_fabric_manager_is_held_with_the_driver_that_it_must_fit() -> None:
    board = Facts(altered(read("bare-debian12-h200x8"), (told(Holds()),)))
    step = next(s for s in plan(board, having(load("current"), {"driver": {"hold": True}})).steps if "hold " in s.title)
    assert "nvidia-fabricmanager" in step.title
    law(board, HOLD)


def test_unattended_upgrades_are_kept_off_them_by_a_file_of_our_own() -> None:
    installed = append("packages", "ii unattended-upgrades 2.9.1\n")
    found = debian(ALL_HELD, installed)
    (step,) = plan(found, HOLD).steps
    assert "/etc/apt/apt.conf.d/52gpuwright-hold" in step.title
    assert '    "(lib)?nvidia-(?!container|docker)";\n' in step.script
    law(found, HOLD)
    names = [*holds.PATTERNS, "firmware-nvidia-gsp$", "libnvidia-ml1$", "glx-alternative-nvidia$"]
    lines = "".join(f'config Unattended-Upgrade::Package-Blacklist:: "{name}";\n' for name in names)
    done = debian(ALL_HELD, installed, edit("archive", r"^timer yes\n", f"timer yes\n{lines}".replace("\\", "\\\\")))
    assert holds.blacklist(done, HOLD) == ()


@pytest.mark.parametrize("automatic", [False, True])
def test_without_the_plugin_names_are_excluded_and_it_is_said_why(*, automatic: bool) -> None:
    files = {"/etc/dnf/dnf.conf": conf(MAIN), "/etc/dnf/automatic.conf": conf(AUTOMATIC)}
    found = el9(Holds(automatic=automatic, files=files))
    steps = plan(found, EL).steps
    assert [step.key for step in steps] == ["hold the driver and the kernel"] + [
        "keep dnf-automatic off the driver and the kernel"
    ] * automatic
    assert "for want of the versionlock plugin" in steps[0].why
    assert "[main]\nexcludepkgs=kmod-nvidia-latest-dkms" in steps[0].script
    assert all("edit_file /etc/dnf/" in step.script and step.undo.startswith("undo_file") for step in steps)
    assert not automatic or "[base]\nexcludepkgs=kmod-nvidia" in steps[1].script
    law(found, EL)
    names = [package.name for package in holds.kept(found, EL)]
    done = {
        "/etc/dnf/dnf.conf": conf(added(MAIN, "main", holds.EXCLUDES, names)),
        "/etc/dnf/automatic.conf": conf(added(AUTOMATIC, "base", holds.EXCLUDES, names)),
    }
    assert not plan(el9(Holds(automatic=automatic, files=done)), EL)


def test_with_the_plugin_versions_are_locked_and_a_lock_of_another_version_counts_for_nothing() -> None:
    found = el9(Holds(plugin=LIST))
    (step,) = plan(found, EL).steps
    assert step.script.startswith(f"lock_packages {LIST} ")
    assert step.undo == f"undo_file {LIST}\n"
    packages = holds.kept(found, EL)
    right = tuple(f"{each.name}-0:{each.version.rpartition(':')[2]}.*" for each in packages)
    assert not plan(el9(Holds(LIST, right)), EL)
    old = tuple(lock.replace("535.309.01", "535.288.01") for lock in right)
    assert "nvidia-driver-cuda" in plan(el9(Holds(LIST, old)), EL).steps[0].title
    law(el9(Holds(LIST, old)), EL)


def test_a_file_that_is_not_known_to_the_byte_is_left_alone() -> None:
    files = {"/etc/dnf/dnf.conf": Conf(None, "00")}
    found = el9(Holds(files=files))
    assert "cannot be edited" in dict(plan(found, EL).unknown)["holds"]
    law(found, EL)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[main]\ngpgcheck=1\n", "[main]\nexcludepkgs=a b\ngpgcheck=1\n"),
        ("[main]\nexclude=x, y\nz=1\n", "[main]\nexclude=x, y a b\nz=1\n"),
        ("[main]\nexcludepkgs = x,\n   y\n# note\n", "[main]\nexcludepkgs = x,\n   y a b\n# note\n"),
        ("# mine\n[other]\nexclude=no\n", "# mine\n[other]\nexclude=no\n[main]\nexcludepkgs=a b\n"),
        ("", "[main]\nexcludepkgs=a b\n"),
        ("[main]\r\nexclude=\r\n", "[main]\r\nexclude=a b\r\n"),
    ],
)
def test_names_are_added_to_a_list_and_every_other_byte_stays(before: str, after: str) -> None:
    assert added(before, "main", holds.EXCLUDES, ("a", "b")) == after
    assert {"a", "b"} <= set(listed(after, "main", holds.EXCLUDES))
    assert "no" not in listed(after, "main", holds.EXCLUDES)


def test_a_host_of_apt_says_nothing_of_dnf() -> None:
    assert parse(rendering.lines("")) == Holds()


def test_apt_that_has_never_heard_of_a_kernel_is_no_reason_not_to_hold(tmp_path: Path) -> None:
    """A bare host of Ubuntu: apt-cache policy prints nothing of linux-headers-RELEASE. With an apt of a few lines."""
    query = "echo 'ii |linux-image-6.8.0-45-generic'"
    for name, text in {"apt-cache": ":", "apt-config": ":", "dpkg-query": query}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    answer = subprocess.run(
        ["sh", "-c", f"PATH={tmp_path}:$PATH\n{archive.COMMAND}"], capture_output=True, text=True, check=True
    ).stdout
    older = f"{answer}policy \n"  # as the probe printed it once
    for text in (answer, older):
        found = archive.parse(Reading(0, text))
        assert found is not None
        assert not found.packages
    planned = plan(debian(put("archive", older), append("packages", "ii unattended-upgrades 2.9.1\n")), HOLD)
    assert not planned.unknown


def test_a_lock_is_read_as_dnf_and_as_yum_write_it() -> None:
    lines = rendering.lines(
        "plugin /x", "lock bash-0:5.1.8-9.el9.*", "lock 0:kernel-3.10.0-1160.el7.*", "lock !vim-9-1.*"
    )
    assert parse(lines).locked == {("bash", "5.1.8-9.el9"), ("kernel", "3.10.0-1160.el7")}


def test_the_functions_hold_and_let_go_what_they_held(tmp_path: Path) -> None:
    """With an apt-mark, dpkg-query and rpm of a few lines; the list keeps what others locked."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in {
        "apt-mark": f'echo "$@" >>{tmp_path}/said',
        "dpkg-query": 'case $4 in free) echo "ii " ;; held) echo "hi " ;; *) exit 1 ;; esac',
        "rpm": 'case $4 in nvidia) echo "nvidia-3:580.95.05-1.*" ;; *) echo "$4 is not installed"; exit 1 ;; esac',
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    (tmp_path / "list").write_text("# mine\nnvidia-3:570.1-1.*\nnvidia-settings-0:1-1.*\n")
    (tmp_path / "log").write_text("")
    begin = f"set -eu\nPATH={tools}:$PATH\nRUN={tmp_path}\nSTEP=1\n{lib(tmp_path)}\n"

    def sh(script: str) -> None:
        subprocess.run(["sh", "-c", begin + script], check=True, capture_output=True)

    sh("hold_packages free held gone\n")
    sh("undo_hold\n")
    assert (tmp_path / "said").read_text() == "hold free\nunhold free\n"
    sh(f"lock_packages {tmp_path}/list nvidia gone\n")
    assert (tmp_path / "list").read_text() == "# mine\nnvidia-settings-0:1-1.*\nnvidia-3:580.95.05-1.*\n"
    sh(f"undo_file {tmp_path}/list\n")
    assert "570.1-1" in (tmp_path / "list").read_text()
