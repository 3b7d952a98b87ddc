"""Work on a real host: named before what stops it, and new work stops a reboot that was agreed to before it came.

The processes, the login and the container are real; the node that they hold is one that opens in the lab, the
null device under the name of a GPU.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.lab import ssh
from tests.onhosts.fab import fab, start

if TYPE_CHECKING:
    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

NODE = "/dev/nvidia7"
DOCKER = "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends docker.io"
IMAGE = """
cd / && tar -ch usr/bin/sleep usr/bin/sh lib/x86_64-linux-gnu/libc.so.6 lib64/ld-linux-x86-64.so.2 |
    docker import - tiny:1
docker run -d --name train --device %(node)s tiny:1 /usr/bin/sh -c 'exec /usr/bin/sleep 1000 <%(node)s'
"""


def hold(one: Host, user: str) -> None:
    """A process of the user that has the node open, and stays."""
    one.run(f"[ -e {NODE} ] || mknod -m 666 {NODE} c 1 3")
    one.run(f"setsid su {user} -s /bin/sh -c 'exec sleep 1000 <{NODE}' </dev/null >/dev/null 2>&1 &")


def begins_with_the_run(one: Host, user: str) -> None:
    """A process of the user that takes the node as soon as the next run has begun on the host."""
    one.run(f"[ -e {NODE} ] || mknod -m 666 {NODE} c 1 3")
    runs = "$(ls /var/lib/gpuwright/runs)"
    wait = f'before={runs}; until [ "{runs}" != "$before" ]; do sleep 0.05; done'
    one.run(
        f"setsid sh -c '{wait}; exec su {user} -s /bin/sh -c \"exec sleep 1000 <{NODE}\"' </dev/null >/dev/null 2>&1 &"
    )


@contextmanager
def logged_in(one: Host, user: str) -> Iterator[None]:
    """Somebody at a terminal."""
    command = ssh.command(one.home, one.spec, user, "sleep 600")
    process = subprocess.Popen([command[0], "-tt", *command[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        until(lambda: f"{user} " in one.run("who").stdout)
        yield
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_work_is_named_before_the_reboot_that_stops_it(lab: Lab, host: MakeHost) -> None:
    one = host(gpus="a100:1", layer=lab.layer("debian12", "docker-only", DOCKER)).settle()
    hold(one, "ops")
    one.run(IMAGE % {"node": NODE})
    with logged_in(one, "nosudo"):
        phase = json.loads(fab(one.name, "plan", "--format", "json").stdout)["phases"][0]
        text = fab(one.name, "provision", "--dry-run").stdout
    stops = phase["stops"]
    assert phase["disrupts"] == ["the host"]
    assert sum(", ops, GPU 7)" in work for work in stops) == 1, stops
    assert sum(", root, GPU 7, container train)" in work for work in stops) == 1, stops
    assert "container train" in stops
    assert sum(work.startswith("the session of nosudo (pts/") for work in stops) == 1, stops
    assert not [work for work in stops if "sshd" in work or "gpuwright" in work]
    assert "       stops: container train\n" in text


def test_work_that_comes_after_consent_stops_the_reboot(provisioned: Callable[..., Host]) -> None:
    new_work_stops_the_reboot(provisioned())


def new_work_stops_the_reboot(one: Host) -> None:
    """The driver is another than its library and in use, so that the plan is a reboot."""
    one.run("echo 525.0.1 >/sys/module/nvidia/version; echo 9 >/sys/module/nvidia/refcnt")
    boot = one.boot_id()
    begins_with_the_run(one, "ops")
    process = start(one.name, "provision", "--yes")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 79, said
    assert "Not shown before: stop sleep (pid " in said
    assert "what was done before stands" in said
    assert one.boot_id() == boot
    again = fab(one.name, "provision", "--yes")
    assert ", ops, GPU 7)" in again.stdout
    assert one.boot_id() != boot, again.stdout + again.stderr
