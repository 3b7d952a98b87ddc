"""Hosts that must not be touched: what each is told, and that the doctor examines it all the same."""

from __future__ import annotations

import pytest

from checks.examine import CHECKS, examine
from checks.facts import Facts
from checks.facts.reading import Reading, Unknown
from checks.facts.recording import Recording
from checks.profiles.refusals import MANAGERS
from provision.errors import Unsupported
from provision.planning import refuse
from tests.alter import altered, edit, put
from tests.derived import REFUSED
from tests.hosts import DEBIAN, FOLDER, HEALTHY, STACK_2017, facts, golden_refusals, read, refused
from tests.test_recordings import law


def test_what_each_is_told_is_the_golden_text() -> None:
    assert golden_refusals() == (FOLDER / "refusals.txt").read_text(encoding="utf-8")


def test_each_has_a_text_of_its_own_with_evidence_and_what_to_do_instead() -> None:
    texts = {name: refused(facts(name)) for name in REFUSED}
    assert len(set(texts.values())) == len(REFUSED)
    for text in texts.values():
        why, _, instead = text.partition("; nothing was changed. ")
        assert why.endswith(")")
        assert instead.endswith(".")


@pytest.mark.parametrize("host", REFUSED)
def test_the_doctor_examines_it_and_names_no_component(host: str) -> None:
    law(facts(host), DEBIAN)
    assert {finding.check for finding in examine(facts(host), DEBIAN)} == {
        check.__name__.rpartition(".")[2] for check in CHECKS
    }


def test_a_remedy_on_a_refused_host_says_that_it_is_refused() -> None:
    broken = altered(read("dgx"), [put("docker", "state inactive\n")])
    remedies = [f.remedy.text for f in examine(Facts(broken), DEBIAN) if f.check == "docker_running" and f.remedy]
    assert remedies
    assert "nothing is planned for it: this is DGX OS" in remedies[0]


def test_a_lab_host_and_other_names_are_no_container() -> None:
    assert "lab" not in MANAGERS
    for name in ("lab", "container-other", "none", "something-new"):
        found = altered(read(HEALTHY), [put("platform", f"container {name}\n")])
        assert refused(Facts(found)) == ""


def test_the_stack_of_2017_is_refused_on_a_server_of_arm() -> None:
    arm = edit("host", "machine x86_64", "machine aarch64")
    found = Facts(altered(read("bare-centos7-v100"), [arm]))
    assert "has packages for el7 on x86_64 alone (this host is el7 on aarch64)" in refused(found, STACK_2017)


def test_without_a_gpu_force_goes_on_and_on_nothing_else() -> None:
    refuse(facts("bare-debian12-nogpu"), DEBIAN, force=True)
    with pytest.raises(Unsupported, match="DGX"):
        refuse(facts("dgx"), DEBIAN, force=True)


def test_what_could_not_be_read_is_no_permission_but_an_older_recording_is_planned() -> None:
    readings = read(HEALTHY).readings
    with pytest.raises(Unknown, match="deadline"):
        refuse(Facts(Recording({**readings, "platform": Reading(None, "")})), DEBIAN)
    refuse(Facts(Recording({name: r for name, r in readings.items() if name != "platform"})), DEBIAN)
