"""A container gets its GPUs by every way that a host has; each is asked, and each answer counts."""

from __future__ import annotations

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.facts.container import COMMAND, parse
from checks.facts.reading import NOT_ASKED, Reading
from checks.finding import Finding
from tests.alter import altered, put
from tests.hosts import DEBIAN, read

GPU = "GPU 0: NVIDIA A100 80GB PCIe (UUID: GPU-0)\n"
NONE = "Failed to initialize NVML: Unknown Error\n"


def said(text: str, status: int | None = 0) -> list[Finding]:
    facts = Facts(altered(read("healthy-debian12-a100"), (put("container", text, status),)))
    return [finding for finding in examine(facts, DEBIAN) if finding.check == "container_gpu"]


def test_every_way_that_works_is_named() -> None:
    (finding,) = said(f"through the runtime nvidia:\n{GPU}through CDI:\n{GPU}")
    assert (finding.verdict, finding.summary) == ("ok", "a container lists 1 GPU(s), through the runtime nvidia, CDI")


def test_a_way_that_does_not_is_named_beside_one_that_does() -> None:
    (finding,) = said(f"through the runtime nvidia:\n{GPU}through CDI:\n{NONE}", 1)
    assert finding.verdict == "fail"
    assert finding.summary == "a container lists 0 of 1 GPU(s), through CDI; the runtime nvidia gives all"
    assert finding.evidence == NONE.strip()
    both = said(f"through the runtime nvidia:\n{NONE}through CDI:\ndocker: unresolvable CDI devices\n", 125)
    assert [finding.verdict for finding in both] == ["fail", "fail"]


def test_a_container_that_lists_all_and_ends_badly_is_told() -> None:
    (finding,) = said(f"through CDI:\n{GPU}docker: hook failed\n", 126)
    assert "its run ends with status 126" in finding.summary


@pytest.mark.parametrize(("text", "ways"), [(GPU, ["the driver volume"]), ("", ["the driver volume"])])
def test_an_older_recording_was_asked_by_the_volume(text: str, ways: list[str]) -> None:
    assert [answer.way for answer in parse(Reading(0, text)).answers] == ways


def test_where_there_is_no_way_that_is_unknown() -> None:
    (finding,) = said("docker has no runtime nvidia, no CDI, and no volume nvidia_driver_535\n", NOT_ASKED)
    assert finding.verdict == "unknown"


def test_no_docker_command_waits_for_ever() -> None:
    for line in COMMAND.splitlines():
        if " docker " in line and not line.startswith(("#", "set --", "[ -n")) and "systemctl" not in line:
            assert "timeout -k 1" in line or "smi " in line, line
