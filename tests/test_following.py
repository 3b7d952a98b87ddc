"""How a run ends, in words: ^C once and twice, full disks, locks, a host about to shut down, a lost connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from provision.errors import GpuwrightError, Interrupted, Locked, NoSpace, StepFailed, Unreachable
from provision.following import do, follow
from provision.remote import detached


@dataclass
class Told:
    """Says one text after another, each ended by its exception or status, and remembers what it was sent."""

    streams: list[tuple[str, BaseException | int]]
    ran: BaseException | None = None
    takes: int = 9
    name: str = "gpu01"
    sent: list[str] = field(default_factory=list)

    def run(self, script: str, deadline: float) -> str:
        del deadline
        self.sent.append(script)
        if self.ran:
            raise self.ran
        return ""

    def stream(
        self, script: str, receive: Callable[[str], object], deadline: float, feed: Iterable[bytes] | None = None
    ) -> int:
        del deadline
        for _, _ in zip(range(self.takes), feed or (), strict=False):
            pass
        self.sent.append(script)
        text, end = self.streams.pop(0)
        receive(text)
        if isinstance(end, BaseException):
            raise end
        return end

    def reboot(self, boot: str, deadline: float, waiting: Callable[[float], object]) -> None: ...


@dataclass
class Shown:
    text: str = ""

    def show(self, text: str) -> None:
        self.text += text

    def agree(self, question: str) -> bool:
        raise AssertionError(question)

    def event(self, line: str) -> None: ...

    def waiting(self, seconds: float) -> None: ...

    def bringing(self, name: str, sent: int, size: int) -> None: ...


def ending(log: str, status: int = 0, needs: str = "") -> GpuwrightError:
    with pytest.raises(GpuwrightError) as caught:
        follow(Told([(log, status)]), "r1", "script", Shown(), needs=needs)
    return caught.value


INTERRUPT = ("welcome\n@ begin 01/03 one\n@ tick\n", KeyboardInterrupt())


def test_the_first_interrupt_stops_after_the_step_in_flight() -> None:
    host, shown = Told([INTERRUPT, ("@ done 01\n@ stopped 02\n@ end 130\n", 0)]), Shown()
    with pytest.raises(Interrupted, match="stopped after the step in flight; no more were begun"):
        follow(host, "r1", "script", shown)
    assert "^C: gpu01 finishes the step in flight (one) and begins no other" in shown.text
    assert host.sent[1] == detached.stop("r1")
    assert "SEEN=1\n" in host.sent[2]


@pytest.mark.parametrize("when", ["while it is told to stop", "while the step ends"])
def test_the_second_interrupt_leaves_and_says_how_to_follow(when: str) -> None:
    host = Told([INTERRUPT, ("", KeyboardInterrupt())], KeyboardInterrupt() if "told" in when else None)
    with pytest.raises(Interrupted, match=r"the step in flight goes on there.*journalctl -fu gpuwright-r1\.service"):
        follow(host, "r1", "script", Shown())


def test_an_interrupt_never_stops_a_run_of_somebody_else() -> None:
    host = Told([INTERRUPT])
    with pytest.raises(Interrupted, match="no longer followed; that run goes on there"):
        follow(host, "r1", "script", Shown(), own=False)
    assert host.sent == ["script"]


def test_a_step_that_fails_after_an_interrupt_is_still_a_failure() -> None:
    host = Told([INTERRUPT, (" E: broken\n@ failed 01 1\n@ end 1\n", 0)])
    with pytest.raises(StepFailed, match="failed: one"):
        follow(host, "r1", "script", Shown())


def test_a_full_disk_says_where_and_what_is_needed() -> None:
    log = (
        "@ begin 01/01 install docker\n@ failed 01 73\n"
        "@ full /var/cache 512 E: You don't have enough free space in /var/cache/apt/archives/.\n"
        "@ undone 01\n@ end 73\n"
    )
    error = ending(log, needs="The packages need 9.0 MiB on /var/cache.")
    assert isinstance(error, NoSpace)
    assert error.status == 73
    for words in ("no space left on /var/cache (0.5 MiB free)", "install docker", "It was undone", "need 9.0 MiB"):
        assert words in str(error)


def test_a_disk_too_full_to_begin_says_that_nothing_was_changed() -> None:
    error = ending("@ full /var/lib/gpuwright 12 cat: write error: No space left on device\n", 73)
    assert isinstance(error, NoSpace)
    assert "needs at least 2 MiB; nothing was changed" in str(error)


def test_anothers_package_manager_is_named() -> None:
    words = "the package manager is locked: apt-get upgrade (pid 812, running for 664 s) holds /var/lib/dpkg/lock"
    error = ending(f"@ begin 01/01 one\n {words}; waited 600 s\n@ failed 01 75\n@ undone 01\n@ end 75\n")
    assert isinstance(error, Locked)
    assert words in str(error)
    assert "It was undone" in str(error)


@pytest.mark.parametrize(
    ("log", "status", "kind", "words"),
    [
        (
            "@ shutdown USEC=1700000000000000 MODE=poweroff\n",
            75,
            Locked,
            "a poweroff is scheduled there for 2023-11-14",
        ),
        ("@ shutdown \n", 75, Unreachable, "the connection was lost"),
        ("@ unwritable mkdir: Read-only file system\n", 1, StepFailed, "Read-only file system; nothing was changed"),
    ],
    ids=["shutdown", "nothing known", "read-only"],
)
def test_other_endings(log: str, status: int, kind: type[GpuwrightError], words: str) -> None:
    error = ending(log, status)
    assert isinstance(error, kind)
    assert words in str(error)


STOPPED = "@ begin 01/02 one\n@ done 01\n@ stopped 02\n@ end 130\n"


def test_a_run_of_ours_that_somebody_stopped_there_is_said() -> None:
    with pytest.raises(Interrupted, match="stopped on the host"):
        do(Told([(STOPPED, 0)]), [], Shown())


def test_who_follows_a_run_that_was_stopped_goes_on_after_it() -> None:
    assert not follow(Told([(STOPPED, 0)]), "r1", "script", Shown())
    assert follow(Told([(STOPPED.replace("@ stopped 02\n", ""), 0)]), "r1", "script", Shown())


def test_a_connection_lost_before_the_first_line_does_not_promise_that_anything_was_begun() -> None:
    with pytest.raises(Unreachable, match="go on there if they were begun"):
        follow(Told([("", Unreachable("gpu01: the connection was lost"))]), "r1", "script", Shown())
