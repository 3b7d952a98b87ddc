"""Converging, against a host of ten lines: what is asked, what is agreed to, and what each ending says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import pytest

from checks.facts.reading import Reading
from checks.facts.recording import Recording, render
from provision.apply import Options, converge
from provision.errors import Locked, NobodyToAsk, NoConsent, NotPermitted, StepFailed, Unreachable, Unsupported
from tests.hosts import read

BARE, HEALTHY = read("bare-debian12-a100"), read("healthy-debian12-a100")
SOLVED = Recording({"solver": Reading(0, "Inst docker.io (20.10 Debian:12 [amd64])\nfetch 1048576\n")})
CONTAINER = Recording({"container": Reading(0, "GPU 0: NVIDIA A100\n")})
IDLE = Recording({"work": Reading(0, "holders none\n"), "docker": BARE.readings["docker"]})
WELL = "@ begin 01 one\n hello\n@ done 01\n@ end 0\n"


@dataclass
class FakeHost:
    """Answers with one recording after another, and runs everything well unless told otherwise."""

    looks: list[Recording]
    log: str = WELL
    status: int = 0
    solved: Recording = SOLVED
    works: list[Recording] = field(default_factory=list)
    name: str = "gpu01"
    streamed: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    reboots: list[str] = field(default_factory=list)

    def run(self, script: str, deadline: float) -> str:
        del deadline
        if "start solver" in script:
            return render(self.solved)
        if "start pci" not in script and "start work" in script:
            return render(self.works.pop(0) if self.works else IDLE)
        return render(CONTAINER if "start container\n" in script else self.looks.pop(0))

    def stream(
        self, script: str, receive: Callable[[str], object], deadline: float, feed: Iterable[bytes] | None = None
    ) -> int:
        del deadline, feed
        self.streamed.append(script)
        receive(self.logs.pop(0) if self.logs else self.log)
        return self.status

    def reboot(self, boot: str, deadline: float, waiting: Callable[[float], object]) -> None:
        del deadline, waiting
        self.reboots.append(boot)


@dataclass
class FakeConsole:
    """Agrees, or does not, and remembers what it was shown."""

    answers: list[bool] = field(default_factory=list)
    shown: str = ""

    def show(self, text: str) -> None:
        self.shown += text

    def agree(self, question: str) -> bool:
        del question
        if not self.answers:
            raise NobodyToAsk("there is no terminal")
        return self.answers.pop(0)

    def event(self, line: str) -> None: ...

    def waiting(self, seconds: float) -> None: ...

    def bringing(self, name: str, sent: int, size: int) -> None: ...


YES = Options(yes=True, profile="debian")


def test_nothing_to_do_is_one_look_and_no_touch() -> None:
    host = FakeHost([HEALTHY])
    outcome = converge(host, YES, FakeConsole())
    assert (outcome.changed, host.streamed, host.looks) == (False, [], [])


def test_a_bare_host_is_done_in_two_phases_with_the_reboot_between() -> None:
    before = Recording({**HEALTHY.readings, "volume": read("fails-driver_volume").readings["volume"]})
    host = FakeHost([BARE, before, HEALTHY])
    outcome = converge(host, YES, FakeConsole())
    assert outcome.changed
    assert len(host.streamed) == 2
    assert len(host.reboots) == 1
    assert "container" in outcome.recording.readings


def test_another_kernel_after_the_reboot_is_said_and_planned_for() -> None:
    kernel = HEALTHY.readings["kernel"]
    running = kernel.text.splitlines()[0]
    other = Reading(0, kernel.text.replace(running, "running 6.1.0-9-amd64", 1))
    host, console = FakeHost([BARE, Recording({**HEALTHY.readings, "kernel": other}), HEALTHY]), FakeConsole([True])
    converge(host, YES, console)
    assert "gpu01: the plan was made for kernel 6.1.0-56-amd64 (the newest in /boot)" in console.shown
    assert "came back under 6.1.0-9-amd64" in console.shown


def test_the_plan_is_kept_with_the_run() -> None:
    host = FakeHost([BARE, HEALTHY])
    converge(host, YES, FakeConsole())
    assert "Plan for gpu01" in host.streamed[0]
    assert "1 to install, 1 MiB to fetch" in host.streamed[0]


def test_a_dry_run_stops_after_showing() -> None:
    host, console = FakeHost([BARE]), FakeConsole()
    converge(host, replace(YES, dry_run=True), console)
    assert host.streamed == []
    assert "1 reboot" in console.shown


@pytest.mark.parametrize("answers", [[], [False]], ids=["no terminal", "no"])
def test_without_consent_nothing_is_touched(answers: list[bool]) -> None:
    host = FakeHost([BARE])
    with pytest.raises(NoConsent, match="nothing was changed"):
        converge(host, Options(), FakeConsole(answers))
    assert host.streamed == []


def test_yes_covers_what_was_shown_and_nothing_else() -> None:
    surprise = read("half-blacklist-not-in-initramfs")  # a step that the first plan did not have
    host, console = FakeHost([BARE, surprise]), FakeConsole()
    with pytest.raises(NoConsent, match="there is no terminal; what was done before stands"):
        converge(host, YES, console)
    assert len(host.streamed) == 1
    assert "Not shown before: rebuild the initramfs" in console.shown


def test_a_package_that_goes_is_named_and_new_to_consent() -> None:
    removes = Recording({"solver": Reading(0, "Remv important [1.0]\nfetch 0\n")})
    console = FakeConsole([True])
    converge(FakeHost([BARE, HEALTHY], solved=removes), Options(), console)
    assert "REMOVES important" in console.shown


def test_what_apt_cannot_solve_is_said_and_nothing_touched() -> None:
    host = FakeHost([BARE], solved=Recording({"solver": Reading(1, "E: Unable to locate package\n")}))
    with pytest.raises(StepFailed, match=r"apt cannot install .*Unable to locate package; nothing was changed"):
        converge(host, YES, FakeConsole())
    assert host.streamed == []


def test_reboot_never_stops_before_it() -> None:
    host = FakeHost([BARE, HEALTHY])
    outcome = converge(host, replace(YES, reboot=False), FakeConsole())
    assert outcome.stopped_before_reboot
    assert host.reboots == []


def test_a_failed_step_says_what_was_undone_and_how_to_take_the_rest_back() -> None:
    log = "@ begin 01 install docker\n E: broken\n@ failed 01 100\n@ undone 01\n@ end 100\n"
    with pytest.raises(StepFailed, match=r"(?s)failed: install docker.*E: broken.*It was undone.*rollback --run"):
        converge(FakeHost([BARE], log=log), YES, FakeConsole())


def test_a_failed_undo_is_not_called_undone() -> None:
    log = "@ begin 01 install docker\n E: broken\n@ failed 01 100\n@ not-undone 01\n@ end 100\n"
    with pytest.raises(StepFailed, match="Undoing it failed too"):
        converge(FakeHost([BARE], log=log), YES, FakeConsole())


def test_a_lost_connection_says_that_the_steps_go_on() -> None:
    with pytest.raises(Unreachable, match=r"the steps go on there in gpuwright-.*Run the same command again"):
        converge(FakeHost([BARE], log="@ begin 01/02 a\n", status=-1), YES, FakeConsole())


def test_a_killed_run_says_which_step_is_half_done() -> None:
    with pytest.raises(StepFailed, match=r"killed in the middle of: a\..*journalctl -k.*repairs what is half done"):
        converge(FakeHost([BARE], log="@ begin 01/02 a\n@ lost\n", status=3), YES, FakeConsole())


def test_a_locked_host_names_who_holds_it() -> None:
    with pytest.raises(Locked, match=r"gpuwright-x.service joe@desk; nothing was changed"):
        converge(FakeHost([BARE], log="@ locked gpuwright-x.service joe@desk\n", status=75), YES, FakeConsole())


def test_who_holds_the_package_managers_lock_is_named_before_one_agrees() -> None:
    lock = Reading(0, "812 64 /var/lib/dpkg/lock-frontend apt-get dist-upgrade\n")
    console = FakeConsole()
    with pytest.raises(NoConsent):
        converge(FakeHost([Recording({**BARE.readings, "package_lock": lock})]), Options(), console)
    assert "apt-get dist-upgrade (pid 812, for 64 s) holds /var/lib/dpkg/lock-frontend: the steps wait" in console.shown


def test_a_run_in_progress_is_followed_first() -> None:
    busy = Recording({**BARE.readings, "runs": Reading(0, "run 20260101T000000-abcd running joe@desk\n")})
    host, console = FakeHost([busy, HEALTHY]), FakeConsole()
    converge(host, YES, console)
    assert "a run of joe@desk is in progress; following it" in console.shown
    assert "20260101T000000-abcd" in host.streamed[0]
    assert "runner.sh" not in host.streamed[0]


def test_without_root_nothing_is_touched() -> None:
    plain = Recording({**BARE.readings, "host": Reading(0, BARE.readings["host"].text.replace("uid 0", "uid 1000"))})
    with pytest.raises(NotPermitted, match="--prompt-for-sudo-password"):
        converge(FakeHost([plain]), YES, FakeConsole())


@pytest.mark.parametrize("topic", ["pci", "os", "applied"])
def test_what_the_host_is_must_be_known(topic: str) -> None:
    blind = Recording({name: reading for name, reading in BARE.readings.items() if name != topic})
    with pytest.raises(Unsupported, match=r"gpu01: what this host is could not be read .*nothing was changed"):
        converge(FakeHost([blind]), replace(YES, profile=""), FakeConsole())


def test_a_plan_that_never_gets_empty_is_an_error() -> None:
    with pytest.raises(StepFailed, match="still to do after 6 rounds"):
        converge(FakeHost([BARE] * 8), YES, FakeConsole())


TRAINING = "holders read\nholder 4711 alice ,0 | python3\n"


def working(text: str, recording: Recording = IDLE) -> Recording:
    return Recording({**recording.readings, "work": Reading(0, text)})


def test_work_that_a_reboot_stops_is_shown_and_yes_covers_it() -> None:
    host, console = FakeHost([working(TRAINING, BARE), HEALTHY], works=[working(TRAINING)]), FakeConsole()
    converge(host, YES, console)
    assert "stops: python3 (pid 4711, alice, GPU 0)" in console.shown
    assert len(host.reboots) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TRAINING, "stop python3 (pid 4711, alice, GPU 0)"),
        ("holders none\nsession bob pts/3 10.0.0.5\n", "stop the session of bob (pts/3, from 10.0.0.5)"),
        ("holders none\njob 42\n", "stop Slurm job 42"),
    ],
    ids=["a process", "somebody logs in", "a job"],
)
def test_work_that_appears_before_the_reboot_is_not_covered(text: str, words: str) -> None:
    host, console = FakeHost([BARE], works=[working(text)]), FakeConsole()
    with pytest.raises(NoConsent, match="there is no terminal; what was done before stands"):
        converge(host, YES, console)
    assert f"Not shown before: {words}" in console.shown
    assert len(host.streamed) == 1
    assert host.reboots == []


def test_work_that_appears_is_asked_for_and_agreed_to() -> None:
    host, console = FakeHost([BARE, HEALTHY], works=[working(TRAINING)]), FakeConsole([True])
    converge(host, YES, console)
    assert len(host.reboots) == 1


def test_another_process_of_the_same_program_is_other_work() -> None:
    host = FakeHost([working(TRAINING, BARE)], works=[working(TRAINING.replace("4711", "4712"))])
    with pytest.raises(NoConsent):
        converge(host, YES, FakeConsole())
    assert host.reboots == []


def test_what_would_be_stopped_must_be_known_before_the_reboot() -> None:
    host = FakeHost([BARE], works=[Recording({**IDLE.readings, "work": Reading(None, "")})])
    with pytest.raises(NoConsent, match="what would be stopped now could not be read"):
        converge(host, YES, FakeConsole())
    assert host.reboots == []


def test_work_that_appears_between_showing_and_a_step_that_stops_it_is_not_covered() -> None:
    mismatch = read("fails-driver_mismatch")
    host, console = FakeHost([working("holders read\n", mismatch)], works=[working(TRAINING)]), FakeConsole()
    with pytest.raises(NoConsent, match="there is no terminal"):
        converge(host, YES, console)
    assert "GPU programs (none now)" in console.shown
    assert host.streamed == []


def test_without_a_reboot_what_only_a_reboot_stops_needs_no_consent() -> None:
    host = FakeHost([working(TRAINING, BARE), HEALTHY])
    assert converge(host, replace(YES, reboot=False), FakeConsole()).stopped_before_reboot
