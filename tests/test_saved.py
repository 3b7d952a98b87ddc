"""A plan that is kept and applied later: the same steps or none, and what changed is named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.profiles.profile import having
from provision import saved
from provision.apply import Options, Planned, look
from provision.errors import BadInput, Drifted, NoConsent
from provision.returning import provision
from tests.test_apply import BARE, HEALTHY, SOLVED, FakeConsole, FakeHost

OPTIONS = Options(profile="debian")


def planned(recording: Recording = BARE, solved: Recording = SOLVED) -> Planned:
    return look(FakeHost([recording], solved=solved), OPTIONS)


def kept(made: Planned | None = None) -> saved.Saved:
    return saved.parse(saved.as_json(made or planned(), "gpu01", OPTIONS))


def changed(topic: str, old: str, new: str) -> Recording:
    """BARE, with another word in one of its topics."""
    text = BARE.readings[topic].text
    assert old in text
    return Recording({**BARE.readings, topic: Reading(0, text.replace(old, new))})


def refused(found: Planned, plan: saved.Saved) -> str:
    with pytest.raises(Drifted) as caught:
        saved.held(plan, found)
    assert "Nothing was changed" in str(caught.value)
    return str(caught.value)


def test_the_same_host_gets_the_same_plan_and_what_was_shown_is_what_is_agreed_to() -> None:
    plan = kept()
    assert saved.held(plan, planned()) == planned().shown
    assert (plan.host, plan.only, plan.force, plan.asked) == ("gpu01", (), False, "debian")


def test_a_file_has_the_plan_as_json_and_nothing_of_the_scripts() -> None:
    document = json.loads(saved.as_json(planned(), "gpu01", OPTIONS))
    assert [step["title"] for phase in document["phases"] for step in phase["steps"]]
    assert "apt-get" not in json.dumps(document)
    assert "install_packages" not in json.dumps(document)


def test_a_host_that_lacks_something_else_now_is_refused_and_it_is_named() -> None:
    docker = Recording({**BARE.readings, "docker": HEALTHY.readings["docker"]})
    said = refused(planned(docker), kept())
    assert "planned, and no longer to be done: install docker: docker.io" in said
    assert "docker: was none, " in said


def test_another_kernel_is_named_with_the_steps_that_it_changes() -> None:
    running = BARE.readings["kernel"].text.split()[1]
    said = refused(planned(changed("kernel", running, "6.1.0-99-amd64")), kept())
    assert "to be done now, and not planned: install linux-headers-6.1.0-99-amd64" in said
    assert f"kernel: was {running}, is 6.1.0-99-amd64" in said


def test_another_version_of_a_package_is_another_plan() -> None:
    newer = Recording({"solver": Reading(0, "Inst docker.io (26.1 Debian:12 [amd64])\nRemv podman [4]\nfetch 1\n")})
    said = refused(planned(solved=newer), kept())
    assert "package docker.io: 26.1 now" in said
    assert "package podman: would go now" in said
    gone = Recording({"solver": Reading(0, "fetch 1\n")})
    assert "package docker.io: no longer changed" in refused(planned(solved=gone), kept())


def test_another_profile_another_script_and_another_program_are_other_plans() -> None:
    made = planned()
    said = refused(replace(made, profile=having(made.profile, {"docker": {"packages": ["docker-ce"]}})), kept())
    assert "profile: debian does not say what it said" in said
    first, *rest = made.plan.phases
    step = replace(first.steps[0], script=first.steps[0].script + ":\n")
    other = replace(made.plan, phases=(replace(first, steps=(step, *first.steps[1:])), *rest))
    assert f"would be done otherwise now: {step.title}" in refused(replace(made, plan=other), kept())
    assert "gpuwright: this one does its steps otherwise" in refused(made, replace(kept(), program="other"))


def cut_off(run: str, state: str) -> Recording:
    """BARE, after a run that has installed docker."""
    text = f"run {run} lost me@desk\nstep 01 {state} no install docker: docker.io\n"
    return Recording({**BARE.readings, "docker": HEALTHY.readings["docker"], "runs": Reading(0, text)})


def test_a_run_of_it_that_was_cut_off_goes_on_and_one_of_before_does_not_count() -> None:
    plan, solved = kept(), Recording({"solver": Reading(0, "fetch 1\n")})
    assert saved.held(plan, planned(cut_off("29990101T000000-aaaa", "done"), solved)) == plan.shown
    assert "no longer to be done" in refused(planned(cut_off("20000101T000000-aaaa", "done"), solved), plan)
    assert "no longer to be done" in refused(planned(cut_off("29990101T000000-aaaa", "undone"), solved), plan)


def test_a_file_of_several_hosts_and_a_folder_of_files(tmp_path: Path) -> None:
    documents = [saved.as_json(planned(), host, OPTIONS) for host in ("gpu01", "gpu02")]
    (tmp_path / "all").write_bytes(saved.together(documents))
    assert saved.read(str(tmp_path / "all"), "gpu02").host == "gpu02"
    (tmp_path / "gpu01.plan.json").write_bytes(saved.together(documents[:1]))
    assert saved.read(str(tmp_path), "gpu01").host == "gpu01"
    with pytest.raises(BadInput, match="it has no plan for gpu03, but for gpu01, gpu02; nothing was changed"):
        saved.read(str(tmp_path / "all"), "gpu03")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"schema": 2}', '{"saved": {"kind": "gpuwright plan"}}', "\x00"]
)
def test_a_file_that_is_none_of_ours_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan").write_text(f"{text}\n")
    with pytest.raises(BadInput, match="nothing was changed"):
        saved.read(str(tmp_path / "plan"), "gpu01")


def test_yes_with_a_saved_plan_covers_what_was_saved_and_nothing_else() -> None:
    options = replace(OPTIONS, yes=True)
    host = FakeHost([BARE, HEALTHY])
    assert provision(host, options, FakeConsole(), kept()).changed
    work = Reading(0, "holders read\nholder 4711 alice ,0 | python3\n")
    busy = FakeHost([Recording({**BARE.readings, "work": work})])
    with pytest.raises(NoConsent):
        provision(busy, options, FakeConsole(), kept())
    assert busy.streamed == []


def test_a_drifted_host_is_not_touched() -> None:
    host = FakeHost([Recording({**BARE.readings, "docker": HEALTHY.readings["docker"]})])
    with pytest.raises(Drifted):
        provision(host, replace(OPTIONS, yes=True), FakeConsole(), kept())
    assert host.streamed == []


def test_a_host_where_all_of_it_is_done_has_nothing_to_do() -> None:
    assert not provision(FakeHost([HEALTHY]), replace(OPTIONS, yes=True), FakeConsole(), kept()).changed
