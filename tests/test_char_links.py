"""Links in /dev/char: made where systemd would take the GPUs from docker's containers, and only there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.facts import char_links as topic
from checks.profiles import char_links
from provision.components import device_nodes
from tests.alter import Alter, altered, edit, put
from tests.container_toolkit import INSTALLED, wanting
from tests.hosts import DEBIAN, read
from tests.test_recordings import law

MISSING = put("char_links", "cgroup 2\nmissing /dev/char/195:0 /dev/nvidia0\n")


def host(*alters: Alter) -> Facts:
    return Facts(altered(read("healthy-debian12-a100"), (INSTALLED, MISSING, *alters)))


def test_they_are_made_by_the_unit_that_makes_the_nodes() -> None:
    (step,) = device_nodes.plan(host(), wanting())
    assert step.title == "link the device nodes, now and at each boot, by gpuwright-device-nodes.service"
    assert step.why == "/dev/char/195:0 missing, and a reload of systemd takes the GPUs from containers"
    assert 'ln -sfn "$node" /dev/char/$((0x$(stat -c %%t "$node")))' in step.script
    (said,) = [f for f in examine(host(), wanting()) if f.check == "device_nodes"]
    assert said.remedy
    assert said.remedy.component == "device_nodes"
    law(host(), wanting())


@pytest.mark.parametrize(
    "alter",
    [
        edit("docker", '"CgroupDriver":"systemd"', '"CgroupDriver":"cgroupfs"'),
        put("char_links", "cgroup 1\nmissing /dev/char/195:0 /dev/nvidia0\n"),
        put("char_links", "cgroup 2\n"),
        put("char_links", "nonsense\n"),
    ],
    ids=["cgroupfs", "version 1", "all there", "unread"],
)
def test_elsewhere_nothing_is_changed(alter: Alter) -> None:
    assert char_links.lacking(host(alter), wanting()) == {}
    assert list(device_nodes.plan(host(alter), wanting())) == []
    law(host(alter), wanting())


def test_without_the_toolkit_it_is_the_owners_business() -> None:
    assert list(device_nodes.plan(host(), DEBIAN)) == []


def test_a_docker_that_comes_is_thought_of_before_it_is_there() -> None:
    """So that the step was shown, and agreed to, before the first round."""
    bare = put("docker", "state inactive\n")
    found = host(bare, edit("packages", r"^ii docker.io .*\n", ""), put("containers", ""))
    assert char_links.lacking(found, wanting()) == {"/dev/char/195:0": "/dev/nvidia0"}
    law(found, wanting())


def test_a_link_that_leads_elsewhere_is_missing(tmp_path: Path) -> None:
    """Row: nvidia-ctk leaves a wrong link, and says the same of a right one (dev-char-07)."""
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "1:3").symlink_to("/dev/zero")
    (tmp_path / "1:5").symlink_to("/dev/zero")
    script = topic.COMMAND.replace("/dev/char/", f"{tmp_path}/").replace("/dev/nvidia*", "/dev/null /dev/zero")
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert f"missing {tmp_path}/1:3 /dev/null\n" in said
    assert "/dev/zero" not in said


@pytest.mark.parametrize("topic_lost", ["docker", "docker_config", "containers", "char_links", "cdi", "nodes"])
def test_the_law_holds_where_a_topic_is_lost(topic_lost: str) -> None:
    for alter in (put(topic_lost, "", None), put(topic_lost, "nonsense nonsense\n")):
        law(host(alter), wanting(cdi="auto"))
