"""Three breakages of each component on provisioned hosts of 2017: named, mended, and nothing else touched.

Both systems are provisioned once, and each breakage is mended before the next one is made.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.lab.fixtures import unique
from tests.onhosts import stack_2017
from tests.onhosts.repairs import GONE, GPU, REPAIRS, TOGETHER, UBUNTU, Broken
from tests.onhosts.stack_2017 import gpuwright
from tests.onhosts.whole_listing import Listing, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.core import Lab

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture(scope="module")
def node(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Node]]:
    """The provisioned host of a system."""
    nodes: dict[str, Node] = {}

    def make(os: str) -> Node:
        if os not in nodes:
            folder = tmp_path_factory.mktemp(os)
            nodes[os] = Node(lab, stack_2017.layer(lab, os, folder), stack_2017.whole(lab, folder))
        return nodes[os]

    yield make
    lab.down([each.host.name for each in nodes.values()])


class Node:
    """A provisioned host, with the site file that it was provisioned by and what was on it when it was whole."""

    def __init__(self, lab: Lab, label: str, env: dict[str, str]) -> None:
        (self.host,) = lab.up([unique()], layer=label, gpus="v100:1")
        self.host.settle()
        self.env = env
        self.whole = listed(self.host)

    @property
    def listing(self) -> Listing:
        """What is there now."""
        return listed(self.host, self.whole)

    def findings(self) -> dict[str, tuple[str, ...]]:
        """What is not well: by check, the commands that mend it."""
        done = gpuwright(self.host, "doctor", "--format", "json", env=self.env)
        found = json.loads(done.stdout)["findings"]
        loud = [each for each in found if each["verdict"] in ("fail", "warn")]
        return {
            each["check"]: tuple(json.dumps(one["remedy"]) for one in loud if one["check"] == each["check"])
            for each in loud
        }


@pytest.mark.parametrize(
    "broken",
    [*TOGETHER, *((each,) for each in REPAIRS)],
    ids=lambda broken: f"{broken[0].os}: {'; '.join(each.name for each in broken)}",
)
def test_it_is_named_mended_alone_and_the_host_is_as_it_was(
    node: Callable[[str], Node], broken: tuple[Broken, ...]
) -> None:
    one = node(broken[0].os)
    one.host.run("\n".join(each.breaks for each in broken))
    found = one.findings()
    for each in broken:
        assert any(f'"{each.component}"' in remedy for remedy in found.get(each.check, ())), (each, found)
    done = gpuwright(one.host, "provision", "--yes", env=one.env)
    assert done.returncode == max(each.status for each in broken), done.stdout + done.stderr
    planned = set(re.findall(r"^       (\w+): ", done.stdout, re.MULTILINE))
    assert planned == {name for each in broken for name in (each.component, *each.also)}, done.stdout
    may = tuple(start for each in broken for start in each.stays)
    differs = [line for line in one.whole.differs(one.listing) if not (may and line.startswith(may))]
    one.host.run("\n".join(each.clears for each in broken))
    assert differs == []


@pytest.mark.parametrize(("name", "file", "text", "check"), GONE, ids=[each[0] for each in GONE])
def test_a_card_that_is_not_there_is_named_and_nothing_is_touched(
    node: Callable[[str], Node], name: str, file: str, text: str, check: str
) -> None:
    one = node(UBUNTU)
    was = one.host.run(f"cat {GPU}/{file}; echo {text} >{GPU}/{file}").stdout.strip()
    try:
        assert check in one.findings(), name
        done = gpuwright(one.host, "provision", "--yes", env=one.env)
    finally:
        one.host.run(f"echo {was} >{GPU}/{file}")
    assert done.returncode == 78, done.stdout + done.stderr
    assert "nothing was changed" in done.stderr
    assert one.whole.differs(one.listing) == []
