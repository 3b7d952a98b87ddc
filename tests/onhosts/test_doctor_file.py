"""The doctor as one file on a real host: brought, run there, replaced when it is another version's, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.facts import TOPICS, Facts, gather
from checks.facts.doctor_file import PATH
from checks.profiles import doctor_file as lacking
from provision.components import doctor_file
from provision.following import do
from provision.remote.access import Access
from provision.remote.detached import Script
from tests.faultbench.doctor_file import WANTED
from tests.test_apply import FakeConsole

if TYPE_CHECKING:
    from provision.remote import Remote
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def remote(host: Host) -> Remote:
    return Access(config=str(host.home.path / "ssh_config")).host(host.name, user="ops")


def facts(host: Host) -> Facts:
    return Facts(gather(remote(host), {"doctor_file": TOPICS["doctor_file"]}))


def apply(host: Host) -> tuple[str, str]:
    """Put it there as provisioning does; the run's id and what takes it back."""
    (step,) = doctor_file.plan(facts(host), WANTED)
    run = do(remote(host), [Script(step.title, step.script, step.undo)], FakeConsole(), brings=step.brings)
    return run, f"RUN=/var/lib/gpuwright/runs/{run} STEP=01\n{step.undo}"


def test_the_doctor_comes_runs_and_goes(host: MakeHost) -> None:
    one = host().settle()
    assert "no Python from 3.9 on can run" in lacking.obstacle(facts(one))
    one.run("apt-get update -q && apt-get install -y -q --no-install-recommends python3")
    _, undo = apply(one)
    assert "gpu_on_bus" in one.run("gpu-doctor --list-checks").stdout
    assert one.run(f"stat -c '%a %U' {PATH}").stdout == "755 root\n"
    assert (lacking.lacking(facts(one)), list(doctor_file.plan(facts(one), WANTED))) == ("", [])
    one.run(f"sed -i '2s/doctor [0-9a-f]*/doctor 0123456789abcdef/' {PATH}; cp {PATH} /root/old")
    assert "of another version" in lacking.lacking(facts(one))
    _, second = apply(one)
    assert lacking.lacking(facts(one)) == ""
    do(remote(one), [Script("undo", second)], FakeConsole())
    assert one.run(f"cmp /root/old {PATH} && ls /usr/local/bin").stdout == "gpu-doctor\n"
    do(remote(one), [Script("undo", undo)], FakeConsole())
    one.run(f"rm -f {PATH}; echo mine >{PATH}")
    assert list(doctor_file.plan(facts(one), WANTED)) == []
    assert one.run(f"cat {PATH}").stdout == "mine\n"
