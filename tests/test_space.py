"""Room for the packages, from the solver's sizes and the disk's free bytes."""

from __future__ import annotations

import pytest

from checks.facts import Facts
from checks.facts.reading import Reading, Unknown
from checks.facts.recording import Recording
from checks.facts.solver import Solution, parse
from provision.apply import Options, look
from provision.errors import NoSpace
from provision.space import lacking, needs
from tests.hosts import read
from tests.test_apply import BARE, FakeHost

MIB = 1024 * 1024


def disk(*places: tuple[str, int, int]) -> Facts:
    """Paths with the number of their file system and the MiB free on it."""
    text = "".join(f"{path} {dev} /dev/x{dev} 1 1 {free * 1024} 1% {path}\n" for path, dev, free in places)
    return Facts(Recording({"disk": Reading(0, text)}))


SOLUTION = Solution((), 100 * MIB, 300 * MIB)


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ((("/", 1, 500),), ""),
        ((("/", 1, 400),), "/ has 400.0 MiB free, and 416.0 MiB are needed"),
        ((("/", 1, 400), ("/var", 2, 90)), "/var has 90.0 MiB free, and 116.0 MiB are needed"),
        ((("/", 1, 50), ("/var", 2, 90)), "/var has 90.0 MiB free, and 116.0 MiB are needed; / has 50.0 MiB free"),
    ],
    ids=["room", "one file system", "var is full", "both are"],
)
def test_bytes_are_held_against_each_file_system(places: tuple[tuple[str, int, int], ...], words: str) -> None:
    said = lacking(disk(*places), SOLUTION)
    assert said.startswith(words) if words else not said


def test_what_cannot_be_told_is_no_lack() -> None:
    assert lacking(Facts(Recording({"disk": Reading(None, "")})), SOLUTION) == ""
    assert lacking(disk(("/", 1, 1)), Solution((), 0)) == ""
    assert needs(None) == needs(Solution((), 0)) == ""


@pytest.mark.parametrize(
    ("text", "size"), [("unpack 1,234 kB", 1_234_000), ("unpack 85.6 MB", 85_600_000), ("unpack 12 B", 12)]
)
def test_apts_own_sizes_are_read(text: str, size: int) -> None:
    assert parse(Reading(0, f"fetch 1\n{text}\n")).unpack == size


@pytest.mark.parametrize("text", ["unpack much", "unpack 1.2.3 MB", "unpack -1 B"])
def test_another_size_is_unknown(text: str) -> None:
    with pytest.raises(Unknown):
        parse(Reading(0, f"{text}\n"))


@pytest.mark.parametrize(
    ("solver", "words"),
    [
        (Reading(0, "Inst docker.io (20.10 Debian:12 [amd64])\nfetch 1000\nunpack 900 GB\n"), "are needed"),
        (Reading(73, ""), "no room below /var/tmp"),
        (Reading(1, "E: Write error - write (28: No space left on device)\n"), "no room below /var/tmp"),
    ],
    ids=["too little", "no scratch", "no room for lists"],
)
def test_a_plan_without_room_fails_before_anything_is_touched(solver: Reading, words: str) -> None:
    host = FakeHost([BARE], solved=Recording({"solver": solver}))
    with pytest.raises(NoSpace, match=words) as caught:
        look(host, Options())
    assert "othing was changed" in str(caught.value)
    assert host.streamed == []


def test_a_plan_with_room_goes_on() -> None:
    assert look(FakeHost([read("bare-debian12-a100")]), Options()).plan
