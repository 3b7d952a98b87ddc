"""The real driver's transaction, cut in the middle of its DKMS build and of its unpacking: run again, all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.onhosts import stages
from tests.onhosts.fab import fab, start
from tests.onhosts.test_faults import wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

BUILDING = ("cc1", "a compiler of DKMS")
UNPACKING = ("dpkg-deb", "the unpacking of a driver package")


def busy_with(one: Host, command: str) -> bool:
    """Whether this runs, after the driver's step has begun."""
    begun = one.inside("sh", "-c", "grep -qs 'begin .* install the driver' /var/lib/gpuwright/runs/*/log", check=False)
    return begun.returncode == 0 and command in one.inside("ps", "-eo", "comm").stdout.split()


@pytest.mark.parametrize(("moment", "how"), [(BUILDING, "power"), (UNPACKING, "runner")], ids=["build", "unpack"])
def test_the_drivers_transaction_survives_a_cut(
    host: MakeHost, provisioned: Callable[..., Host], moment: tuple[str, str], how: str
) -> None:
    one = host(gpus=stages.GPUS)
    client = start(one.name, "provision", "--yes")
    wait(lambda: busy_with(one, moment[0]), 600)
    if how == "power":
        one.power_cycle()
        client.kill()
    else:
        one.inside("systemctl", "kill", "-s", "KILL", "gpuwright-*.service")
    client.communicate(timeout=120)
    done = fab(one.settle().name, "provision", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to do" in fab(one.name, "plan").stdout
    whole = provisioned()
    assert stages.packages(one) == stages.packages(whole)
    differing = stages.changed_etc(stages.etc(whole), stages.etc(one))
    assert {
        line for line in differing if not line.startswith("./docker/key.json ")
    } == set()  # each dockerd has its own
