"""Full disks: the step fails with 73, says what is full, is undone, and the host is as it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.onhosts.rehearsal.small_disk import fill, make_room, small
from tests.onhosts.rehearsal.stage import differing, done, ended, held, hold, rehearse, release, state, wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host
    from tests.onhosts.rehearsal.conftest import Way

pytestmark = [pytest.mark.lab, pytest.mark.slow]

FULL = [
    # where, KiB left, the step that meets it (0: none is begun), its title
    ("/var/lib/gpuwright", 40, 0, "A run keeps its records there"),
    ("/var/lib/gpuwright", 900, 0, "A run keeps its records there"),
    ("/etc/apt/sources.list.d", 0, 1, "offer the packages"),
    ("/var/lib/apt/lists", 0, 1, "offer the packages"),
    ("/var/cache/apt", 1000, 3, "install b and c"),
    ("/opt", 3000, 3, "install b and c"),
    ("/etc/rehearsal", 0, 4, "configure"),
    ("/etc/rehearsal", 0, 5, "write for the boot"),
    ("/etc/gpuwright", 0, 5, "note the profile on the host"),
    ("/etc/rehearsal", 0, 6, "finish"),
]


def seen(one: Host) -> list[str]:
    """The host's state without the fill itself, which is not what a run leaves."""
    return [line for line in state(one) if ".fill" not in line]


def meets(
    way: Way, one: Host, ending: tuple[int, str], before: list[str], path: str, title: str, left: str, *, whole: bool
) -> None:
    """The run failed with 73 and these words, the host is as before, and with room all is done."""
    status, out = ending
    assert status == 73, out
    assert f"no space left on {path}" in out
    assert title in out
    assert left in out
    if whole:
        assert differing(before, seen(one)) == set()
    make_room(one, path)
    status, out = done(one.name)
    assert status == 1, out
    assert "nothing to do" in done(one.name, "plan")[1]
    assert differing(way.end, seen(one.settle())) == set()


@pytest.mark.parametrize(("path", "free", "step", "title"), FULL, ids=[f"{path} {step}" for path, _, step, _ in FULL])
def test_a_full_disk_fails_the_step_and_leaves_the_host_as_it_was(
    way: Way, host: MakeHost, path: str, free: int, step: int, title: str
) -> None:
    one = host(gpus="a100:1", layer=way.layers[max(0, step - 1)]).settle()
    small(one, path, free)
    before = seen(one)
    # The steps before this one are done already; those after it are left for the second run.
    ending = done(one.name, steps=max(1, step))
    left = "It was undone" if step else "nothing was changed"
    whole = title != "note the profile on the host"  # the steps before it in its phase stand
    meets(way, one, ending, before, path, title, left, whole=whole)


@pytest.mark.parametrize(
    ("point", "step", "title"), [("a-preinst", 2, "install a"), ("c-preinst", 3, "install b and c")]
)
def test_a_disk_that_fills_up_under_dpkg_leaves_room_for_the_undo(
    way: Way, host: MakeHost, point: str, step: int, title: str
) -> None:
    one = host(gpus="a100:1", layer=way.layers[step - 1]).settle()
    small(one, "/var/lib", 9000)
    before = seen(one)
    hold(one, point)
    client = rehearse(one.name, "provision", "--yes", steps=step)
    wait(lambda: held(one), "not held")
    fill(one, "/var/lib", 0)
    release(one)
    meets(way, one, ended(client), before, "/var/lib", title, "It was undone", whole=True)


def test_no_room_for_the_records_of_a_run_is_no_run(fresh: Callable[[], Host]) -> None:
    one = fresh()
    small(one, "/var/lib/gpuwright", 40)
    assert done(one.name)[0] == 73
    assert one.run("ls /var/lib/gpuwright/runs").stdout == ""
