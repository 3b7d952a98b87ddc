"""Podman: what is planned and said for each version, on hosts with and without docker, and where it is of no use."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from checks.examine import examine
from checks.facts import Facts, podman
from checks.facts.reading import Reading, Unknown
from checks.profiles import podman_settings
from checks.profiles.profile import Profile, having
from provision.components import podman as podman_component
from provision.errors import Unsupported
from provision.planning import plan, refuse
from tests.alter import Alter, altered, append, edit, put
from tests.faultbench.container import spec
from tests.faultbench.podman import ETC, SPEC, WANTED, host
from tests.faultbench.podman import podman as says
from tests.hosts import DEBIAN, facts, read
from tests.test_recordings import law

BOTH, ALONE, MEMORY = ("/etc/cdi", "/var/run/cdi"), ("/etc/cdi",), ("/var/run/cdi",)
TOLD = 'dirs /etc/containers/containers.conf ["/var/run/cdi"]\n'


def on(*alters: Alter, name: str = "healthy-debian12-a100") -> Facts:
    return Facts(altered(read(name), alters))


def loud(found: Facts, profile: Profile = WANTED) -> dict[str, str]:
    """What is not well, by check."""
    law(found, profile)
    return {f.check: f.verdict for f in examine(found, profile) if f.verdict not in ("ok", "skipped")}


# Watched on 4.3.1 and 5.4.2: cdi_spec_dirs has no effect. From there on as their sources and issues say.
@pytest.mark.parametrize(
    ("version", "told", "folders"),
    [
        ("4.3.1", "", BOTH),
        ("5.4.2", TOLD, BOTH),
        ("5.5.1", "", ALONE),
        ("5.5.1", TOLD, MEMORY),
        ("5.6.0", "", BOTH),
        ("5.8.3-dev", TOLD, MEMORY),
    ],
)
def test_where_it_looks_follows_from_its_version_and_its_configuration(
    version: str, told: str, folders: tuple[str, ...]
) -> None:
    assert on(says(version, told)).podman.folders == folders


def test_what_the_last_file_says_counts_unless_it_appends() -> None:
    first, second = 'dirs /a.conf ["/x"]\n', 'dirs /b.conf ["/y", {append = true}]\n'
    assert on(says("5.6.0", first + second)).podman.folders == ("/x", "/y")
    assert on(says("5.6.0", second + first)).podman.folders == ("/x",)
    with pytest.raises(Unknown, match="cdi_spec_dirs in"):
        _ = on(says("5.6.0", "dirs /a.conf [\n")).podman


def test_a_host_with_podman_and_no_docker_is_well() -> None:
    found = on(*host(says()))
    assert loud(found) == {}
    assert not plan(found, WANTED)
    assert plan(found, WANTED).unknown == ()
    said = {f.check: f.summary for f in examine(found, WANTED)}
    assert said["docker_running"] == "not applicable: there is no docker, and the profile asks for none"
    assert said["docker_config"] == said["docker_running"]
    assert said["podman_version"] == "Podman 4.3.1 takes GPUs by CDI"


def test_a_bare_host_gets_it_and_no_docker() -> None:
    planned = plan(facts("bare-debian12-a100"), WANTED)
    assert planned.unknown == (("podman", "podman was not asked"),)
    planned = plan(on(put("podman", "absent\n"), name="bare-debian12-a100"), WANTED)
    assert planned.unknown == ()
    assert not {"docker", "docker_config"} & {step.component for step in planned.steps}
    (step,) = (step for step in planned.steps if step.component == "podman")
    assert (step.title, step.installs) == ("install Podman: podman", ("podman",))
    assert step.undo.startswith("undo_packages\n")
    law(on(put("podman", "absent\n"), name="bare-debian12-a100"), WANTED)


def test_what_podman_makes_below_etc_goes_with_it_and_what_was_there_stays(tmp_path: Path) -> None:
    (step,) = podman_component.plan(on(put("podman", "absent\n"), name="bare-debian12-a100"), WANTED)
    run, cni = tmp_path / "run", tmp_path / "cni"
    for there in (False, True):
        if there:
            (cni / "net.d").mkdir(parents=True)
        run.mkdir()
        stubs = f"set -eu\nRUN={run} STEP=01\ninstall_packages() {{ :; }}\nundo_packages() {{ :; }}\n"
        made = f"mkdir -p {cni}/net.d\n: >{cni}/net.d/cni.lock\n"
        script = (step.script + made + step.undo).replace("/etc/cni", str(cni)).replace("apt update\n", "")
        subprocess.run(["sh", "-c", stubs + script], check=True)
        assert sorted(path.name for path in tmp_path.rglob("*n*") if "run" not in str(path.relative_to(tmp_path))) == (
            ["cni", "net.d"] if there else []
        )
        shutil.rmtree(run)


def test_a_docker_that_is_here_is_left_as_it_is() -> None:
    """Whoever has both keeps both: a docker that runs is told of the runtime, and one that stands is not removed."""
    with_docker = on(*host(says())[3:])
    assert not {step.component for step in plan(with_docker, WANTED).steps} & {"docker", "podman"}
    law(with_docker, WANTED)


def test_a_folder_where_it_does_not_look_is_told_to_it_and_taken_back() -> None:
    (step,) = plan(on(*host(says("5.5.1"))), WANTED).steps
    assert step.component == "podman"
    assert 'cdi_spec_dirs = ["/etc/cdi", "/var/run/cdi"]' in step.script
    assert step.undo == f"undo_file {podman_settings.DROP_IN}\n"
    assert loud(on(*host(says("5.5.1")))) == {"podman_folders": "fail"}
    told = f'dirs {podman_settings.DROP_IN} ["/etc/cdi", "/run/cdi/"]\n'
    assert loud(on(*host(says("5.5.1", told)))) == {}
    etc = having(WANTED, {"cdi": {"folder": "/etc/cdi"}})
    assert "podman" not in {step.component for step in plan(on(*host(says("5.5.1"), spec(ETC))), etc).steps}


def test_one_too_old_is_a_finding_where_it_is_and_a_refusal_where_it_would_come() -> None:
    assert loud(on(*host(says("3.4.4"))), WANTED) == {"podman_version": "fail"}
    jammy = edit("os", "bookworm", "jammy")
    ubuntu = having(WANTED, {"driver": {"branch": {"jammy": 535}}})
    bare = on(put("podman", "absent\n"), jammy, name="bare-debian12-a100")
    with pytest.raises(Unsupported, match=r"Ubuntu 22.04 packages Podman 3.4.*nothing was changed. Take docker here"):
        refuse(bare, ubuntu)
    law(bare, ubuntu)
    refuse(bare, having(ubuntu, {"podman": {"packages": ["podman=4.9"]}}))
    refuse(on(says("4.9.4"), jammy, name="bare-debian12-a100"), ubuntu)
    refuse(bare, having(ubuntu, {"podman": {"packages": []}}))


def test_a_podman_that_nobody_asked_for_is_only_spoken_of_where_specs_escape_it() -> None:
    assert loud(on(says("3.4.4")), DEBIAN) == {}
    assert loud(on(says("5.5.1"), put("cdi", spec(SPEC))), DEBIAN) == {"podman_folders": "warn"}


@pytest.mark.parametrize("answer", ["garbage\n", "program /usr/bin/podman\npodman version ?\n"])
def test_what_cannot_be_read_is_not_changed(answer: str) -> None:
    found = on(*host(put("podman", answer)))
    assert "unknown" in loud(found).values()
    assert not [step for step in plan(found, WANTED).steps if step.component == "podman"]
    assert "podman" in dict(plan(found, WANTED).unknown)


def test_a_package_that_lost_its_program_is_put_back() -> None:
    (step,) = plan(on(*host(put("podman", "absent\n"))), WANTED).steps
    assert step.script.endswith("reinstall_packages podman\n")


def test_el_is_asked_for_the_same_package() -> None:
    el = having(WANTED, {"driver": {"branch": {"el9": 580}}, "podman": {"also": {"el9": ["crun"]}}})
    steps = plan(on(put("podman", "absent\n"), name="healthy-el9"), el).steps
    assert [step.installs for step in steps if step.component == "podman"] == [("podman", "crun")]
    old = on(append("packages", "ii podman 4.9.4-1.el8\n"), put("podman", "absent\n"), name="healthy-el9")
    assert podman_settings.packages(old, el) == ("crun",)


def test_the_command_reads_configuration_over_several_lines(tmp_path: Path) -> None:
    conf = tmp_path / "etc/containers"
    (conf / "containers.conf.d").mkdir(parents=True)
    (conf / "oci/hooks.d").mkdir(parents=True)
    (conf / "oci/hooks.d/oci-nvidia-hook.json").touch()
    (conf / "containers.conf").write_text('#cdi_spec_dirs = [\n#  "/etc/cdi",\n#]\n[engine]\ncdi_spec_dirs = ["/x"]\n')
    (conf / "containers.conf.d/b.conf").write_text(
        '[engine]\ncdi_spec_dirs = [ # ours\n  "/etc/cdi",\n  "/y" ]\nruntime = "crun"\n'
    )
    specs = tmp_path / "etc/cdi"
    specs.mkdir()
    for name, mode in (("open.yaml", 0o644), ("shut.yaml", 0o600), ("shut.json", 0o640), ("shut.bak", 0o600)):
        (specs / name).touch()
        (specs / name).chmod(mode)
    program = tmp_path / "podman"
    program.write_text("#!/bin/sh\necho podman version 5.6.2\n")
    program.chmod(0o755)
    script = podman.COMMAND
    for folder in ("/usr/share/containers", "/etc/containers", "/etc/cdi"):
        script = script.replace(folder, f"{tmp_path}{folder}")
    done = subprocess.run(["sh", "-c", f"PATH={tmp_path}:$PATH\n{script}"], capture_output=True, text=True, check=True)
    found = podman.parse(Reading(0, done.stdout.replace(f"{tmp_path}/etc", "/etc")))
    assert found.folders == ("/etc/cdi", "/y")
    assert found.hooks == ("/etc/containers/oci/hooks.d/oci-nvidia-hook.json",)
    assert sorted(found.private) == ["/etc/cdi/shut.json", "/etc/cdi/shut.yaml"]
