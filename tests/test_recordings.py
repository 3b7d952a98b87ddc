"""Every recorded host: its golden report, its golden plan, and the law that holds the two together.

After a change of words that is meant: `python -m tests.test_recordings` writes the golden files anew; read the diff.
"""

from __future__ import annotations

import time

import pytest

from checks.examine import CHECKS, examine, name, status
from checks.facts import TOPICS, Facts
from checks.facts.reading import Reading, Unknown
from checks.facts.recording import Recording
from checks.profiles.profile import Profile, having, load
from provision.errors import Unsupported
from provision.planning import plan, refuse
from tests.container_toolkit import TOOLKIT
from tests.hosts import (
    DEBIAN,
    FOLDER,
    NAMES,
    STACK_2017,
    facts,
    golden_plan,
    golden_refusals,
    golden_report,
    golden_well,
    read,
)
from tests.nvidia_docker1 import MANAGED

PROFILES = {
    "debian": DEBIAN,
    "as-found": load("as-found"),
    "current": load("current"),
    "stack-2017": STACK_2017,
    "link": having(DEBIAN, {"driver_volume": {"method": "link"}}),
    "copy": having(DEBIAN, {"driver_volume": {"method": "copy"}}),
    "daemon": having(DEBIAN, {"docker": {"daemon": {"live-restore": True, "log-opts": {"max-size": "10m"}}}}),
    "options": having(DEBIAN, {"driver": {"options": {"nvidia": {"NVreg_EnableResizableBar": 1}}}}),
    "doctor": having(DEBIAN, {"doctor": {"install": True}}),
    "containerd": having(DEBIAN, {"containerd": {"runtime": "/usr/bin/nvidia-container-runtime"}}),
    "toolkit": TOOLKIT,
    "nvidia-docker1": MANAGED,
    "cuda": having(DEBIAN, {"cuda": {"version": "8.0"}, "cudnn": {"version": "6.0.21"}}),
    "more-gpus": having(DEBIAN, {"expect": {"gpus": 16}}),
}


@pytest.mark.parametrize("host", NAMES)
def test_the_report_is_the_golden_one(host: str) -> None:
    assert golden_report(host) == (FOLDER / f"{host}.report").read_text(encoding="utf-8")


@pytest.mark.parametrize("host", NAMES)
def test_the_plan_is_the_golden_one(host: str) -> None:
    assert golden_plan(host) == (FOLDER / f"{host}.plan").read_text(encoding="utf-8")


def test_what_is_said_of_what_is_well() -> None:
    assert golden_well() == (FOLDER / "well.txt").read_text(encoding="utf-8")


def law(found: Facts, profile: Profile) -> None:
    """Nothing to plan exactly when no finding names a component; and each component named plans something.

    Of a host that is refused no finding names one.
    """
    named = {f.remedy.component for f in examine(found, profile) if f.remedy and f.remedy.component}
    try:
        refuse(found, profile)
    except (Unsupported, Unknown):
        assert not named
        return
    planned = plan(found, profile)
    assert bool(planned) == bool(named), (planned.steps, named)
    for component in named:
        assert plan(found, profile, (component,)), component


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("host", NAMES)
def test_the_law_of_plan_and_doctor(host: str, profile: str) -> None:
    law(facts(host), PROFILES[profile])


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("host", [name for name in NAMES if not name.startswith("fails-")])
def test_the_law_holds_when_a_topic_is_lost_or_late(host: str, topic: str) -> None:
    whole = read(host)
    lost = {name: reading for name, reading in whole.readings.items() if name != topic}
    law(Facts(Recording(lost, complete=False)), DEBIAN)
    law(Facts(Recording({**whole.readings, topic: Reading(None, "")})), DEBIAN)
    law(Facts(Recording({**whole.readings, topic: Reading(0, "\x1b[31mgarbage")})), DEBIAN)


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("host", [host for host in NAMES if "healthy" in host])
def test_silence_is_never_health(host: str, topic: str) -> None:
    whole = read(host)
    if topic in (
        "applied",
        "runs",
        "sources",
        "platform",
        "package_lock",
        "work",
        "history",
        "doctor_file",
        "holds",
        "cuda_toolkit",
        "cudnn",
        "mig",
        "rancher",
        "podman",
    ):
        return  # nothing that these say makes a host healthy
    lost = Facts(Recording({name: r for name, r in whole.readings.items() if name != topic}, complete=False))
    verdicts = {finding.verdict for finding in examine(lost, DEBIAN)}
    assert verdicts & {"unknown", "fail"} or topic == "host"


@pytest.mark.parametrize("check", [name(check) for check in CHECKS if f"fails-{name(check)}" in NAMES])
def test_a_host_that_one_check_fails_fails_no_other(check: str) -> None:
    found = [finding for finding in examine(facts(f"fails-{check}"), _profile(check)) if finding.verdict == "fail"]
    assert {finding.check for finding in found} == {check}
    assert all(finding.evidence and finding.why and finding.remedy for finding in found)


def _profile(check: str) -> Profile:
    return {
        "gpu_count": PROFILES["more-gpus"],
        "docker_config": PROFILES["daemon"],
        "containerd_nvidia": PROFILES["containerd"],
    }.get(check, DEBIAN)


@pytest.mark.parametrize("host", [host for host in NAMES if "healthy" in host])
def test_a_healthy_host_gives_no_fail_and_no_unknown(host: str) -> None:
    loud = {(finding.verdict, finding.check) for finding in examine(facts(host), DEBIAN)}
    # Debian's packages leave persistence mode off, which is worth a warning where there are several GPUs.
    assert {each for each in loud if each[0] not in ("ok", "skipped")} <= {("warn", "persistence")}


def test_parsing_and_checking_a_recording_takes_under_50_ms() -> None:
    name = next(host for host in NAMES if "healthy" in host)
    examine(facts(name), DEBIAN)
    began = time.process_time()
    examine(facts(name), DEBIAN)
    assert time.process_time() - began < 0.05


def test_what_an_older_probe_did_not_ask_is_skipped_and_nothing_but_skipped_is_not_health() -> None:
    whole = read("healthy-debian12-a100").readings
    old = examine(Facts(Recording({name: r for name, r in whole.items() if name != "volume"})), DEBIAN)
    assert [f.summary for f in old if f.check == "driver_volume"] == ["volume was not asked"]
    assert status(old) == 0
    assert status(examine(Facts(Recording({})), DEBIAN)) == 2


def test_a_docker_that_is_just_starting_is_neither_well_nor_broken() -> None:
    readings = dict(read("fails-docker_running").readings)
    text = readings["docker"].text.replace("state inactive", "state activating")
    found = examine(Facts(Recording({**readings, "docker": Reading(0, text)})), DEBIAN)
    assert [f.check for f in found if f.verdict == "unknown"] == ["docker_running"]
    assert "fail" not in {f.verdict for f in found}


def _write() -> None:
    for host in NAMES:
        (FOLDER / f"{host}.report").write_text(golden_report(host), encoding="utf-8")
        (FOLDER / f"{host}.plan").write_text(golden_plan(host), encoding="utf-8")
    (FOLDER / "refusals.txt").write_text(golden_refusals(), encoding="utf-8")
    (FOLDER / "well.txt").write_text(golden_well(), encoding="utf-8")


if __name__ == "__main__":
    _write()
