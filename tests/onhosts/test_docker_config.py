"""daemon.json on hosts with a real docker: taken over, refused, put back."""

from __future__ import annotations

import hashlib
import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from checks.facts import TOPICS, Facts, gather
from checks.profiles.profile import having
from provision.components import docker_config
from provision.errors import StepFailed
from provision.following import do
from provision.remote.access import Access
from provision.remote.detached import Script
from tests.hosts import DEBIAN
from tests.lab.fixtures import unique
from tests.profiles.test_json_edit import LEFT_ALONE, PAIRS
from tests.profiles.test_nvidia_ctk_docker import PAIRS as MERGED
from tests.test_apply import FakeConsole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.step import Step
    from tests.lab.core import Lab
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

FILE = "/etc/docker/daemon.json"
INSTALL = (
    "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends docker.io && "
    "{ command -v docker || DEBIAN_FRONTEND=noninteractive apt-get install -y -q docker-cli; }"
)


def made(lab: Lab, os: str) -> Host:
    (host,) = lab.up([unique()], layer=lab.layer(os, "docker", INSTALL))
    host.settle()
    host.run("mkdir -p /tmp/i/bin && cp -L /bin/sleep /tmp/i/bin/")
    host.run(
        'for f in $(ldd /bin/sleep | grep -o "/[^ :()]*"); do mkdir -p "/tmp/i${f%/*}"; cp -L "$f" "/tmp/i$f"; done'
    )
    host.run("tar -C /tmp/i -c . | docker import - mine")
    return host


@pytest.fixture(scope="module")
def old(lab: Lab) -> Iterator[Host]:
    """Docker 20.10, which cannot validate a file."""
    host = made(lab, "debian12")
    yield host
    lab.down([host.name])


@pytest.fixture(scope="module")
def new(lab: Lab) -> Iterator[Host]:
    """Docker 26.1, which can."""
    host = made(lab, "debian13")
    yield host
    lab.down([host.name])


def write(host: Host, text: str | None) -> None:
    """Begin with this file, and a docker that runs with it."""
    host.run(f"rm -f {FILE} {FILE}.*; mkdir -p /etc/docker")
    if text is not None:
        host.run(f"cat >{FILE}", text=text)
    host.run("systemctl reset-failed docker; systemctl restart docker")


def planned(host: Host, **daemon: Any) -> Step:
    """Look, and plan to have these keys."""
    facts = Facts(gather(remote(host), {name: TOPICS[name] for name in ("host", "docker", "docker_config")}))
    wanted = {key.replace("_", "-"): value for key, value in daemon.items()}
    (step,) = docker_config.plan(facts, having(DEBIAN, {"docker": {"daemon": wanted}}))
    return step


def remote(host: Host) -> Any:
    return Access(config=str(host.home.path / "ssh_config")).host(host.name, user="root")


def apply(host: Host, step: Step) -> str:
    """Do it as provisioning does; the run's id."""
    return do(remote(host), [Script(step.title, step.script, step.undo)], FakeConsole())


def undo(host: Host, run: str, step: Step) -> None:
    script = f"RUN=/var/lib/gpuwright/runs/{run} STEP=01\n{step.undo}"
    do(remote(host), [Script("undo", script)], FakeConsole())


def state(host: Host) -> str:
    return host.run(f"sha256sum {FILE}; stat -c '%a %U' {FILE}; ls -A /etc/docker; systemctl is-active docker").stdout


def main_pid(host: Host) -> str:
    return host.run("systemctl show -p MainPID docker").stdout


def info(host: Host) -> Any:
    return json.loads(host.run("docker info --format '{{json .}}'").stdout)


def test_a_key_that_needs_a_restart_names_the_containers_and_is_put_back_byte_for_byte(old: Host) -> None:
    text = '{\r\n\t"labels": [ "site=a" ]\r\n}'
    write(old, text)
    before = state(old)
    old.run("docker run -d --name busy mine sleep 1000")
    step = planned(old, log_driver="journald")
    assert step.title == f"set log-driver in {FILE}, and restart docker"
    assert step.disrupts == ("container busy",)
    run = apply(old, step)
    assert info(old)["LoggingDriver"] == "journald"
    assert old.run(f"cat {FILE}.before-{run} | sha256sum").stdout[:64] == hashlib.sha256(text.encode()).hexdigest()
    after = '{\r\n\t"labels": [ "site=a" ],\r\n\t"log-driver": "journald"\r\n}'
    assert state(old)[:64] == hashlib.sha256(after.encode()).hexdigest()
    undo(old, run, step)
    assert (state(old), info(old)["LoggingDriver"]) == (before, "json-file")
    old.run("docker rm -f busy")


def test_what_docker_takes_over_by_itself_stops_nothing(old: Host) -> None:
    write(old, None)
    old.run("docker run -d --name busy mine sleep 1000")
    pid = main_pid(old)
    step = planned(old, registry_mirrors=["https://mirror.example"], live_restore=True)
    assert step.title == f"set registry-mirrors, live-restore in {FILE}, and reload docker"
    assert step.disrupts == ()
    run = apply(old, step)
    found = info(old)
    assert found["RegistryConfig"]["Mirrors"] == ["https://mirror.example/"]
    assert found["LiveRestoreEnabled"] is True
    assert (main_pid(old), old.run("docker ps -q | wc -l").stdout) == (pid, "1\n")
    # With live-restore on, a restart stops nothing either.
    assert planned(old, log_driver="journald").disrupts == ()
    undo(old, run, step)
    assert old.run(f"ls {FILE}*", check=False).stdout == ""
    assert (main_pid(old), old.run("docker ps -q | wc -l").stdout) == (pid, "1\n")
    # A reload takes no key back that the file has lost: the next start does.
    assert info(old)["RegistryConfig"]["Mirrors"] == ["https://mirror.example/"]
    assert "docker keeps live-restore, registry-mirrors until it is next started" in step.undo
    old.run("docker rm -f busy")


def test_a_link_stays_a_link(old: Host) -> None:
    write(old, None)
    old.run(f"echo '{{}}' >/srv/real.json; chmod 600 /srv/real.json; ln -s ../../srv/real.json {FILE}")
    step = planned(old, debug=True)
    run = apply(old, step)
    listed = f"readlink {FILE}; cat /srv/real.json; stat -c %a /srv/real.json"
    assert old.run(listed).stdout == '../../srv/real.json\n{\n    "debug": true\n}\n600\n'
    assert info(old)["Debug"] is True
    undo(old, run, step)
    assert old.run(listed).stdout == "../../srv/real.json\n{}\n600\n"
    assert old.run("ls /srv").stdout == "real.json\n"


@pytest.mark.parametrize("text", ['{"debug": false}\n', None])
def test_a_docker_that_does_not_come_up_gets_its_old_file_back(old: Host, text: str | None) -> None:
    write(old, text)
    before = old.run(f"cat {FILE}; ls -A /etc/docker", check=False).stdout
    with pytest.raises(StepFailed, match=r"(?s)don't match any configuration option: nosuchkey.*It was undone"):
        apply(old, planned(old, nosuchkey=True))
    assert old.run(f"cat {FILE}; ls -A /etc/docker", check=False).stdout == before
    assert old.run("systemctl is-active docker; docker ps").returncode == 0


def test_what_a_reload_does_not_take_over_is_put_back(old: Host) -> None:
    write(old, '{"debug": false}\n')
    before, pid = state(old), main_pid(old)
    with pytest.raises(StepFailed, match="It was undone"):
        apply(old, planned(old, registry_mirrors=["ftp://not a mirror"]))
    assert state(old) == before
    assert info(old)["RegistryConfig"]["Mirrors"] in (None, [])
    assert main_pid(old) == pid


def test_a_file_that_changed_since_the_plan_is_left_as_it_is_now(old: Host) -> None:
    write(old, '{"debug": false}\n')
    step = planned(old, debug=True)
    old.run(f"echo '{{}}' >{FILE}")
    before = state(old)
    with pytest.raises(StepFailed, match=r"has been changed since it was read: it stays as it is now\. Run the same"):
        apply(old, step)
    assert state(old) == before


def test_a_docker_that_can_validate_refuses_before_anything_is_changed(new: Host) -> None:
    write(new, '{"debug": false}\n')
    before, pid = state(new), main_pid(new)
    with pytest.raises(StepFailed, match=rf"(?s)option: nosuchkey.*validate_docker refuses the new {FILE}: the old"):
        apply(new, planned(new, nosuchkey=True))
    assert (state(new), main_pid(new)) == (before, pid)
    run = apply(new, planned(new, log_driver="journald"))
    assert info(new)["LoggingDriver"] == "journald"
    assert run


def test_dockerd_itself_reads_every_result_and_none_that_is_left_alone(new: Host) -> None:
    good = {f"good{index}": after for index, (_, _, after) in enumerate(PAIRS.values())}
    good |= {f"nvidia{index}": after for index, (_, _, _, after) in enumerate(MERGED.values())}
    lenient = ("a wanted key twice", "a wanted key twice, below")
    bad = {name.replace(" ", "-"): text for name, (text, _) in LEFT_ALONE.items() if name not in lenient}
    for name, text in (good | bad).items():
        new.run(f"mkdir -p /tmp/v; cat >{shlex.quote(f'/tmp/v/{name}')}", text=text)
    said = new.run('cd /tmp/v; for f in *; do echo "$f: $(dockerd --validate --config-file "$f" 2>&1 | tail -1)"; done')
    words = dict(line.split(": ", 1) for line in said.stdout.splitlines())
    assert set(words) == set(good | bad)
    # Tables of these tests hold keys that docker does not know: then it has read the whole file.
    read = (
        "configuration OK",
        "don't match any configuration option",
        "cannot unmarshal number 1E400",
        "bad attribute format",
    )
    assert {name: words[name] for name in good if not any(word in words[name] for word in read)} == {}
    assert {name: words[name] for name in bad if any(word in words[name] for word in read)} == {}
