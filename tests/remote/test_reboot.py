"""Rebooting, with a host of a few lines and a clock that does not wait: what each way of not coming back says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from checks.facts.shell import ShellFailed
from provision.errors import Locked, StepFailed, UnknownHostKey, Unreachable
from provision.remote.reboot import GO, in_the_way, other_kernel, reboot

REFUSED = Unreachable("gpu01: no connection to gpu01:22: Connection refused")
NOT_LET_IN = Unreachable("gpu01: root is not let in at gpu01:22")
NONE = 'inhibitors a(ssssuu) 1 "sleep" "NetworkManager" "to turn off networks" "delay" 0 812\n'


@dataclass
class Slow:
    """Answers with a boot_id, or fails, one after another; the last answer is given for ever."""

    answers: list[str | Exception]
    state: str = "state running\n"
    stands: str = NONE
    command: str | Exception = ""
    name: str = "gpu01"
    now: float = 0.0
    waited: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def run(self, script: str, deadline: float) -> str:
        del deadline
        self.told.append(script)
        answer: str | Exception
        if script == GO:
            answer = self.command
        elif "boot_id" in script:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        else:
            answer = self.stands if "ListInhibitors" in script else self.state
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None: ...

    def tick(self, seconds: float) -> None:
        self.now += seconds

    def go(self) -> None:
        reboot(self, "old", 600, self.waited.append, clock=lambda: self.now, sleep=self.tick)


@pytest.mark.parametrize(
    "answers",
    [
        ["old\n", REFUSED, "new\n"],
        ["old\n", *[Unreachable("timed out")] * 200, *[REFUSED] * 200, "new\n"],
        [REFUSED, NOT_LET_IN, NOT_LET_IN, "new\n"],
        [ShellFailed("lost"), OSError("no route"), "", "new\n"],
    ],
    ids=["at once", "slowly", "sshd lets nobody in for a while", "all sorts of trouble"],
)
def test_a_host_that_comes_back_is_waited_for(answers: list[str | Exception]) -> None:
    host = Slow(answers, command=ShellFailed("the connection was lost"))
    host.go()
    assert host.told[-1].startswith("n=0\n")
    assert host.waited == sorted(host.waited)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (REFUSED, r"not back 600 s after its reboot \(.*Connection refused\).*console.*emergency mode"),
        (NOT_LET_IN, r"its sshd answers but lets nobody in|Its sshd answers but lets nobody in"),
        ("old\n", r"did not go down in 600 s: Operation inhibited.*list-jobs"),
    ],
    ids=["never", "sshd lets nobody in", "did not go down"],
)
def test_a_host_that_does_not_come_back_says_where_to_look(answer: str | Exception, words: str) -> None:
    with pytest.raises(StepFailed, match=rf"(?s){words}.*run the same command again: it goes on from there"):
        Slow([answer], command="Operation inhibited\n").go()


def test_emergency_mode_is_no_success() -> None:
    host = Slow(["new\n"], state="state maintenance\nfailed srv.mount\nfailed local-fs.target\n")
    with pytest.raises(StepFailed, match=r"emergency or rescue mode \(failed: srv\.mount, local-fs\.target\).*fstab"):
        host.go()


def test_another_host_key_ends_the_waiting() -> None:
    with pytest.raises(UnknownHostKey):
        Slow([UnknownHostKey("gpu01: its host key has CHANGED")]).go()


BLOCK = (
    'inhibitors a(ssssuu) 2 "sleep" "a" "b" "delay" 0 1 "shutdown:sleep" "backup" "the tape is running" "block" 0 9\n'
)


@pytest.mark.parametrize(
    ("stands", "words"),
    [
        ("scheduled USEC=1700000000000000 MODE=poweroff \n", "a poweroff is already scheduled there"),
        (BLOCK, "backup forbids a shutdown: the tape is running"),
    ],
    ids=["scheduled", "inhibited"],
)
def test_who_stands_against_it_is_named_and_the_host_not_rebooted(stands: str, words: str) -> None:
    host = Slow(["new\n"], stands=stands)
    with pytest.raises(Locked, match=words):
        host.go()
    assert GO not in host.told


@pytest.mark.parametrize("text", ["", "inhibitors \n", NONE, 'inhibitors a(ssssuu) 1 "half\n'])
def test_what_only_delays_or_cannot_be_read_is_not_in_the_way(text: str) -> None:
    assert in_the_way(text) == ""


def test_another_kernel_than_the_one_planned_for_is_said() -> None:
    assert other_kernel("gpu01", "6.1.0-9", "6.1.0-56", "6.1.0-56") == ""
    assert "planned" not in other_kernel("gpu01", "a", "b", "b")
    assert "came back under 6.1.0-9, the one it ran before" in other_kernel("gpu01", "6.1.0-9", "6.1.0-56", "6.1.0-9")
    assert "for kernel 6.1.0-56 (the newest in /boot)" in other_kernel("gpu01", "6.1.0-9", "6.1.0-56", "6.5.0")


def test_waiting_hears_the_seconds() -> None:
    heard: list[float] = []
    told: Callable[[float], object] = heard.append
    host = Slow(["old\n", "old\n", "new\n"])
    reboot(host, "old", 600, told, clock=lambda: host.now, sleep=host.tick)
    assert heard == [0.0, 0.5, 1.0]
