"""The group docker on a real host: somebody is added, may use docker at the next login, and is taken out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.facts import TOPICS, Facts, gather
from checks.profiles.profile import having
from provision.components import docker_users
from provision.errors import StepFailed
from provision.following import do
from provision.remote.access import Access
from provision.remote.detached import Script
from tests.hosts import DEBIAN
from tests.onhosts.test_docker_config import made
from tests.test_apply import FakeConsole

if TYPE_CHECKING:
    from tests.lab.core import Lab

pytestmark = [pytest.mark.lab, pytest.mark.slow]

ASK = "docker version --format '{{.Server.Version}}'"


def test_somebody_is_added_and_taken_out_again(lab: Lab) -> None:
    one = made(lab, "debian12")
    try:
        remote = Access(config=str(one.home.path / "ssh_config")).host(one.name, user="ops")
        facts = Facts(gather(remote, {"docker": TOPICS["docker"]}))
        assert one.run(ASK, "nosudo", check=False).returncode != 0
        wrong = having(DEBIAN, {"docker": {"users": ["nosudo", "nobodyatall"]}})
        (step,) = docker_users.plan(facts, wrong)
        with pytest.raises(StepFailed, match="there is no user nobodyatall on this host: nobody was added"):
            do(remote, [Script(step.title, step.script, step.undo)], FakeConsole())
        profile = having(DEBIAN, {"docker": {"users": ["nosudo"]}})
        (step,) = docker_users.plan(facts, profile)
        run = do(remote, [Script(step.title, step.script, step.undo)], FakeConsole())
        assert one.run(ASK, "nosudo").stdout.strip()
        assert not list(docker_users.plan(Facts(gather(remote, {"docker": TOPICS["docker"]})), profile))
        one.run(f"RUN=/var/lib/gpuwright/runs/{run} STEP=01 sh -c '{step.undo}'")
        assert one.run(ASK, "nosudo", check=False).returncode != 0
    finally:
        lab.down([one.name])
