"""A host of 2017 moves on: nvidia-docker 1.x goes, the gate goes, the toolkit and the device plugin's part come.

tests/onhosts/test_old_stack.py does it on a real host. After a change of words that is meant: `python -m
tests.test_old_stack` writes the golden plans anew; read the diff.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.examine import examine
from checks.profiles.profile import BadProfile, load, parse
from provision import show
from provision.apply import Options, Planned, consent
from provision.console import Terminal
from provision.errors import NoConsent, Unsupported
from provision.planning import plan, refuse
from tests.alter import Alter, edit, put
from tests.faultbench.kubernetes import OLD_NODE
from tests.hosts import facts
from tests.kubelet.test_gates import host
from tests.nvidia_docker1 import BY_PLUGIN
from tests.test_recordings import law
from tests.topics import OLD_KUBELET

if TYPE_CHECKING:
    from checks.facts import Facts

GOLDEN = Path(__file__).parent / "migration"
CURRENT = load("current")
HELD: tuple[Alter, ...] = (
    *BY_PLUGIN,
    edit("volume", r"^(made nvidia-docker)$", r"\1\nuser train\nuser web"),
)
NODE: tuple[Alter, ...] = (*HELD, put("kubelet", OLD_KUBELET + "pod tf-train alpha.kubernetes.io/nvidia-gpu\n"))
SITUATIONS: dict[str, tuple[Alter, ...]] = {
    "nvidia-docker1": BY_PLUGIN,
    "nvidia-docker1, containers": HELD,
    "nvidia-docker1, containers, kubelet 1.10 with Accelerators": NODE,
    "what it left behind": (put("nvidia_docker", "plugin \nspec unix:///var/lib/nvidia-docker/nvidia-docker.sock\n"),),
}


def moving(name: str) -> Facts:
    return host("healthy-debian12-a100", *SITUATIONS[name])


def golden(name: str) -> str:
    found = moving(name)
    said = [f for f in examine(found, CURRENT) if f.check in ("old_stack", "kubelet_gates") and f.verdict != "skipped"]
    lines = "".join(f"{f.verdict} {f.summary}\n     {f.remedy.text if f.remedy else ''}\n" for f in said)
    return lines + show.as_text(plan(found, CURRENT), "gpu01", CURRENT.name)


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_plan_is_the_golden_one(name: str) -> None:
    assert golden(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    law(moving(name), CURRENT)


def test_the_parts_come_in_an_order_in_which_each_can_be_taken_back() -> None:
    planned = plan(moving("nvidia-docker1, containers, kubelet 1.10 with Accelerators"), CURRENT)
    components = list(dict.fromkeys(step.component for step in planned.steps))
    order = ["old_stack", "container_toolkit", "docker_config", "kubelet_gates"]
    assert [each for each in components if each in order] == order
    assert [step.title for step in planned.steps if not step.undo] == []


@pytest.mark.parametrize("yes", [True, False])
def test_no_container_is_removed_without_its_own_consent(yes: bool) -> None:
    found = moving("nvidia-docker1, containers")
    planned = Planned(found.recording, CURRENT, plan(found, CURRENT))
    console = Terminal(io.StringIO(), live=False)
    for agreed in (frozenset[str](), planned.shown):
        with pytest.raises(NoConsent, match=r"remove the containers train, web: --yes-remove-containers"):
            consent(planned, agreed, Options(yes=yes), console)
    consent(planned, frozenset(), Options(yes=True, yes_remove_containers=True), console)


def test_where_containers_cannot_be_listed_nothing_of_it_goes() -> None:
    found = host("healthy-debian12-a100", *HELD, put("volume", "docker waits for nvidia-docker's plugin\n", 1))
    planned = plan(found, CURRENT, ("old_stack",))
    assert not planned
    assert "old_stack" in dict(planned.unknown)
    law(found, CURRENT)


def test_a_kubelet_that_asks_docker_gets_nvidias_runtime_by_default_and_others_do_not() -> None:
    for name, by_default in (
        ("nvidia-docker1, containers, kubelet 1.10 with Accelerators", True),
        ("nvidia-docker1", False),
    ):
        (step,) = [each for each in plan(moving(name), CURRENT).steps if each.component == "docker_config"]
        assert ('"default-runtime": "nvidia"' in step.script) == by_default


@pytest.mark.parametrize("name", ["bare-centos7-v100", "bare-ubuntu1604-v100"])
def test_a_system_of_2017_is_told_the_way_out(name: str) -> None:
    with pytest.raises(Unsupported, match=r"nothing was changed.*Install a release that it knows.*nvidia-docker1"):
        refuse(facts(name), CURRENT)


def test_a_profile_cannot_want_it_and_want_it_gone() -> None:
    words = re.escape("nvidia_docker.version (x.toml:3) and nvidia_docker.remove (x.toml:4)")
    text = 'name = "x"\n[nvidia_docker]\nversion = "1.0.1"\nremove = true\n'
    with pytest.raises(BadProfile, match=words):
        parse(text, "x.toml")


def test_a_host_without_it_is_asked_nothing() -> None:
    planned = plan(host(OLD_NODE), CURRENT)
    assert "old_stack" not in {step.component for step in planned.steps}
    assert "old_stack" not in dict(planned.unknown)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in SITUATIONS:
        (GOLDEN / f"{each}.txt").write_text(golden(each), encoding="utf-8")
