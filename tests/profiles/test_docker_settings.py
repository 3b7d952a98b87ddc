"""What daemon.json lacks of the profile: when it is written, when it is left alone, and how docker takes it over."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.facts.reading import Reading, Unknown
from checks.facts.recording import Recording, parse, render
from checks.profiles import docker_settings, wants
from checks.profiles.profile import Profile, having
from provision.components import docker_config
from provision.planning import plan
from provision.step import fed
from tests.alter import Alter, altered, edit, put
from tests.hosts import DEBIAN, read
from tests.test_recordings import law

PATH = "/etc/docker/daemon.json"
FLAGS = "flag -H\nflag --containerd=/run/containerd/containerd.sock\n"


def wanting(**daemon: Any) -> Profile:
    return having(DEBIAN, {"docker": {"daemon": {key.replace("_", "-"): value for key, value in daemon.items()}}})


SIZE = wanting(log_opts={"max-size": "10m"})
MIRROR = wanting(registry_mirrors=["https://mirror.example"])


def answer(data: bytes | None, more: str = FLAGS) -> Alter:
    """What the probe prints for a file of these bytes."""
    if data is None:
        return put("docker_config", more)
    text = data.decode(errors="replace")
    shown = "".join(f"| {line}\n" for line in text.removesuffix("\n").split("\n")) if text else ""
    return put("docker_config", f"file {PATH}\n{shown}sum {hashlib.sha256(data).hexdigest()}\n{more}")


def host(*alters: Alter) -> Facts:
    """The healthy host, altered, as it comes out of a recording."""
    return Facts(parse(render(altered(read("healthy-debian12-a100"), alters))))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"{}\n", b"{\n}\n\n\n", b"{\r\n}\r\n", b"{\r\n}", '\ufeff{"\u00e4": 1}\n'.encode(), b"\n"]
)
def test_the_text_is_known_to_the_byte(data: bytes) -> None:
    exact = host(answer(data)).docker_config.exact
    assert exact is not None
    assert exact.encode() == data


@pytest.mark.parametrize("data", [b"\xff\xfe{}", b'{"a": "\xe4"}', b"{\r\n}\n"])
def test_a_text_that_is_not_known_to_the_byte_is_not_guessed(data: bytes) -> None:
    assert host(answer(data)).docker_config.exact is None


LEFT_ALONE = {
    "a trailing comma": ((answer(b'{"a": 1,}'),), "is not JSON: "),
    "a comment": ((answer(b"{\n // x\n}\n"),), "line 2 column 2"),
    "a list": ((answer(b"[]"),), "holds no object in braces"),
    "not UTF-8": ((answer(b'{"a": "\xe4"}\n'),), "is not UTF-8 with one kind of line ends"),
    "mixed line ends": ((answer(b'{\r\n"a": 1\n}\n'),), "is not UTF-8 with one kind of line ends"),
    "the key twice": ((answer(b'{"log-opts": {}, "log-opts": {}}'),), 'holds the key "log-opts" twice'),
    "a folder": ((put("docker_config", f"other {PATH} is a folder\n{FLAGS}"),), "is a folder"),
    "a link to nothing": ((answer(None, f"dangling nowhere\n{FLAGS}"),), "is a link to nowhere, which does not exist"),
    "a flag of the unit": (
        (answer(b"{}", "flag --log-opt=max-file=3\n"),),
        "is given to dockerd as the flag --log-opt",
    ),
    "a flag of the running daemon": (
        (answer(b"{}", "running --log-opt\nrunning max-size=1m\n"),),
        "the flag --log-opt",
    ),
    "another file": ((answer(b"{}", "flag --config-file=/x.json\n"),), "docker reads another file: --config-file=/x"),
    "no systemd": ((edit("host", "init systemd", "init other"),), "no systemd"),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_cannot_be_written_is_reported_and_left_alone(name: str) -> None:
    alters, words = LEFT_ALONE[name]
    facts = host(*alters)
    assert words in wants.unplannable("docker_config", facts, SIZE)
    assert not plan(facts, SIZE).steps
    (finding,) = [f for f in examine(facts, SIZE) if f.check == "docker_config"]
    assert (finding.verdict, finding.remedy and finding.remedy.component) == ("fail", "")
    assert finding.remedy
    assert words in finding.remedy.text
    law(facts, SIZE)


def test_a_flag_for_what_the_profile_does_not_change_is_no_obstacle() -> None:
    facts = host(answer(b'{"log-opts": {"max-size": "10m"}}', "flag --log-level=debug\nflag --add-runtime\n"))
    assert docker_settings.obstacle(facts, SIZE) == ""
    assert docker_settings.obstacle(facts, wanting(runtimes={"x": {"path": "/x"}})) == ""


def test_a_file_of_a_recording_that_was_blanked_is_not_known() -> None:
    with pytest.raises(Unknown, match="was blanked"):
        docker_settings.obstacle(host(answer(b'{"token": "[blanked]"}')), SIZE)


def test_a_key_that_needs_a_restart_names_what_stops() -> None:
    facts = host(answer(b'{\n  "x": 1\n}\n'), edit("docker", r"\Z", 'container "job"\ncontainer "web"\n', 1))
    (step,) = plan(facts, SIZE).steps
    assert (step.component, step.title) == ("docker_config", f"set log-opts in {PATH}, and restart docker")
    assert step.why == 'log-opts is not set, the profile asks for {"max-size": "10m"}'
    assert step.disrupts == ("container job", "container web")
    assert step.script.endswith("restart_docker\n")
    assert f"edit_file {PATH} {facts.docker_config.sum} validate_docker" in step.script
    live = host(edit("docker", '"LiveRestoreEnabled":false', '"LiveRestoreEnabled":true'), answer(b"{}"))
    assert docker_settings.lacking(live, SIZE)
    assert [step.disrupts for step in plan(live, SIZE).steps] == [()]


def test_a_key_that_a_running_docker_takes_over_stops_nothing() -> None:
    facts = host(answer(b"{}"), edit("docker", r"\Z", 'container "job"\n', 1))
    (step,) = plan(facts, MIRROR).steps
    assert step.title == f"set registry-mirrors in {PATH}, and reload docker"
    assert step.disrupts == ()
    assert step.script.endswith("reload_docker\n")
    both = having(SIZE, {"docker": {"daemon": {"debug": True}}})
    assert [step.title for step in plan(facts, both).steps] == [f"set log-opts, debug in {PATH}, and restart docker"]


def test_another_data_root_says_that_nothing_moves() -> None:
    images = edit("docker", '"Images":0', '"Images":2')
    (step,) = plan(host(answer(b"{}"), images), wanting(data_root="/srv/docker")).steps
    assert step.disrupts == ("2 image(s) in /var/lib/docker, which stay there unseen",)


def test_a_password_is_not_shown() -> None:
    proxy = wanting(proxies={"http-proxy": "http://me:hunter2@proxy:3128"})
    facts = host(answer(b"{}"))
    (step,) = plan(facts, proxy).steps
    (finding,) = [f for f in examine(facts, proxy) if f.check == "docker_config"]
    assert "hunter2" in step.script
    assert "hunter2" not in f"{step.title} {step.why} {finding}"


def test_what_is_there_is_not_written_again() -> None:
    facts = host(answer(b'{"log-opts": {"max-size": "10m", "max-file": "3"}}'))
    assert not plan(facts, SIZE)
    assert [f.verdict for f in examine(facts, SIZE) if f.check == "docker_config"] == ["ok"]


def test_a_bare_host_gets_docker_and_then_its_settings() -> None:
    readings = dict(read("bare-debian12-a100").readings)
    steps = plan(Facts(Recording({**readings, "docker_config": Reading(0, "")})), SIZE).steps
    components = [step.component for step in steps]
    assert components.index("docker_config") == components.index("docker") + 1
    (step,) = docker_config.plan(Facts(Recording({**readings, "docker_config": Reading(0, "")})), SIZE)
    assert f"edit_file {PATH} absent" in step.script


def test_a_profile_that_asks_for_nothing_never_looks_at_the_file() -> None:
    readings = dict(read("healthy-debian12-a100").readings)
    late = Facts(Recording({**readings, "docker_config": Reading(None, "")}))
    assert wants.unplannable("docker_config", late, DEBIAN) == ""
    assert "docker_config" in dict(plan(late, SIZE).unknown)
    law(late, SIZE)


def test_a_command_is_fed_to_the_byte_whatever_the_text_holds() -> None:
    assert fed("a\n", "cat") == "head -c 2 <<'END_OF_TEXT' | cat\na\n\nEND_OF_TEXT\n"
    assert fed("END_OF_TEXT", "cat").startswith("head -c 11 <<'END_OF_TEXT_' | cat\n")
    assert "head -c 2 " in fed("\u00e4", "cat")


@pytest.mark.parametrize(
    ("profile", "text", "verb"),
    [
        (wanting(live_restore=True), b'{"live-restore": true}', "reload"),
        (wanting(live_restore=True, mtu=1400), b'{"live-restore": true, "mtu": 1400}', "restart"),
    ],
)
def test_what_a_run_wrote_and_was_killed_before_docker_knew_of_it_is_told(
    profile: Profile, text: bytes, verb: str
) -> None:
    found = host(answer(text))
    (step,) = docker_config.plan(found, profile)
    assert step.title == f"{verb} docker, which then knows live-restore of {PATH}"
    assert step.script == f"validate_docker {PATH}\n{verb}_docker\n"
    (finding,) = [each for each in examine(found, profile) if each.check == "daemon_live"]
    assert finding.remedy is not None
    assert finding.remedy.component == "docker_config"
    law(found, profile)
    law(found, DEBIAN)  # what somebody else wrote there is theirs


@pytest.mark.parametrize("name", ["LiveRestoreEnabled", "nothing else"])
def test_docker_that_knows_it_or_would_not_start_is_left_alone(name: str) -> None:
    known = edit("docker", r'"LiveRestoreEnabled":false', '"LiveRestoreEnabled":true')
    twice = answer(b'{"live-restore": true}', f"{FLAGS}flag --live-restore\n")
    found = host(answer(b'{"live-restore": true}'), known) if name == "LiveRestoreEnabled" else host(twice)
    assert docker_settings.left_over(found, wanting(live_restore=True)) == ()
