"""Today's components, cut at the beginning, in the middle and at the end of steps; then all is as if never cut.

One host is cut in its first step, the next run goes on and is cut a little later, and so on to the end; another is
never cut. They are Enterprise Linux 9: a package-manager simulation over real dnf and rpm, with the lab's mirror.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.onhosts import today
from tests.onhosts.fab import fab
from tests.onhosts.rehearsal.components import POINTS, Cut, cut, provision, state, until
from tests.onhosts.rehearsal.stage import ended, hold

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost

pytestmark = [pytest.mark.lab, pytest.mark.slow]

MORE = """
[docker.daemon]
live-restore = true
[cuda]
version = "12.9"
install = true
link = true
"""
ONLY = ("--only", "container_toolkit,docker_config,environment")
CUTS = [
    Cut("repositories rpm --import", "power"),
    Cut("repositories dnf", "client"),
    Cut("container_toolkit dnf -y install", "runner"),
    Cut("/usr/bin/nvidia-ctk", "power"),
    Cut("docker begin", "connection"),
    Cut("docker_config mv -f /etc/docker/.gpuwright", "power"),
    Cut("docker_config systemctl reload docker", "runner"),
    Cut("cuda_packages begin", "runner"),
    Cut("environment mv -f /etc/profile.d", "power"),
    Cut("environment end", "client"),
]

FOLDER = re.compile(r"\./cuda-12\.9\S* d ")
"""The toolkit's stand-in owns no folders, so rpm leaves them."""


def test_a_host_that_was_cut_all_the_way_is_as_one_that_never_was(lab: Lab, host: MakeHost, tmp_path: Path) -> None:
    profile = today.profile(lab, tmp_path)
    profile.write_text(profile.read_text() + MORE)
    arguments = ("--profile", str(profile), *ONLY)
    one, whole = (host(os="el9", gpus="a100:1").settle() for _ in range(2))
    for each in (one, whole):
        each.run(POINTS)
    before = state(one)
    # What daemon.json has to say of CDI depends on docker's version: known only once it is there.
    for part in (("--only", "docker"), ONLY):
        assert ended(provision(whole, *arguments[:2], *part))[0] in (0, 1)
    for at, how in CUTS:
        hold(one, at)
        client = provision(one, *arguments)
        until(one, client, at)
        cut(one, client, how)
    one.inside("rm", "-f", "/run/rehearsal.pause")
    status, said = ended(provision(one, *arguments))
    assert status in (0, 1), said  # the doctor misses the driver
    assert "nothing to do" in fab(one.name, "plan", *arguments).stdout, said
    assert state(one.settle()) ^ state(whole.settle()) == set()
    back = fab(one.name, "unprovision", "--yes")
    assert back.returncode in (0, 1), back.stdout + back.stderr
    left = state(one.settle()) ^ before
    assert {line for line in left if not FOLDER.match(line)} == set()
