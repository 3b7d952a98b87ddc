"""One host's turn, against a host of ten lines: what it agrees to, when it is drained, and what is taken back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from checks.facts.reading import Reading
from checks.facts.recording import Recording
from provision.apply import Options, look
from provision.errors import NoConsent
from provision.fleet.consent import Proposal, as_text, asked_anew, covered, proposal
from provision.fleet.pool import Answer
from provision.fleet.roll import Roll
from provision.following import who
from tests.test_apply import BARE, HEALTHY, WELL, FakeHost

OPTIONS = Options(profile="debian")
SHOWN = look(FakeHost([BARE]), OPTIONS).shown


@dataclass
class Noted:
    """A drain that notes what it is asked."""

    calls: list[str] = field(default_factory=list)

    def out(self, node: str) -> None:
        self.calls.append(f"out {node}")

    def back(self, node: str) -> None:
        self.calls.append(f"back {node}")


def test_a_turn_goes_out_of_service_and_back() -> None:
    drain, host = Noted(), FakeHost([BARE, BARE, HEALTHY], name="gpu01.example.org")
    rolled = Roll(OPTIONS, drain, agreed={"gpu01.example.org": SHOWN}).turn(host)
    assert (rolled.state, rolled.changed, rolled.why) == ("done", True, "")
    assert drain.calls == ["out gpu01.example.org", "back gpu01.example.org"]


def test_a_host_with_nothing_to_do_stays_in_service_and_comes_back_if_a_cut_off_turn_took_it_out() -> None:
    drain, host = Noted(), FakeHost([HEALTHY])
    assert Roll(OPTIONS, drain, agreed={}).turn(host).state == "done"
    assert (drain.calls, host.streamed) == (["back gpu01"], [])


@pytest.mark.parametrize("thing", sorted(SHOWN))
def test_what_was_not_shown_stops_the_host_before_it_is_touched(thing: str) -> None:
    drain, host = Noted(), FakeHost([BARE])
    with pytest.raises(NoConsent) as caught:
        Roll(OPTIONS, drain, agreed={"gpu01": SHOWN - {thing}}).turn(host)
    assert f"it was not shown when the waves were agreed to: {thing}; nothing was changed" in str(caught.value)
    assert (drain.calls, host.streamed) == ([], [])


def test_a_host_that_could_not_be_planned_then_has_agreed_to_nothing() -> None:
    with pytest.raises(NoConsent, match="not shown when the waves were agreed to"):
        Roll(OPTIONS, agreed={}).turn(FakeHost([BARE]))


def test_a_removal_that_comes_up_while_it_is_drained_stops_the_host() -> None:
    removes = Recording({"solver": Reading(0, "Inst docker.io (20.10 Debian:12 [amd64])\nRemv podman [4]\n")})

    class Later(FakeHost):
        def run(self, script: str, deadline: float) -> str:
            if "start solver" in script and len(self.looks) == 0:
                self.solved = removes
            return super().run(script, deadline)

    host = Later([BARE, BARE])
    rolled = Roll(OPTIONS, agreed={"gpu01": SHOWN}).turn(host)
    assert rolled.state == "failed"
    assert "Not shown before: remove podman" in rolled.why
    assert host.streamed == []


def test_work_that_comes_up_before_the_reboot_stops_the_host_there() -> None:
    job = Recording(
        {
            "work": Reading(0, "holders read\nholder 77 ops ,0, |/user.slice python3\n"),
            "docker": BARE.readings["docker"],
        }
    )
    host = FakeHost([BARE, BARE, HEALTHY], works=[job])
    rolled = Roll(OPTIONS, agreed={"gpu01": SHOWN}).turn(host)
    assert rolled.state == "failed"
    assert "Not shown before: stop python3 (pid 77, ops, GPU 0)" in rolled.why
    assert host.reboots == []


def runs(*ids: str) -> Reading:
    return Reading(0, "".join(f"run {run} ended {who()}\nstep 01 done no a\n" for run in ids))


def test_what_is_not_well_afterwards_is_taken_back_if_asked_and_no_more_than_this_turn_did() -> None:
    ill = Recording({**HEALTHY.readings, "smi": Reading(None, ""), "runs": runs("1", "2")})
    before = Recording({**BARE.readings, "runs": runs("1")})
    after = Recording({"runs": runs("1", "2"), "host": HEALTHY.readings["host"], "kernel": HEALTHY.readings["kernel"]})
    drain, host = Noted(), FakeHost([before, before, ill, after, after])
    roll = Roll(OPTIONS, drain, rollback=True, agreed={"gpu01": SHOWN})
    rolled = roll.turn(host)
    assert rolled.state == "rolled-back"
    assert "nvidia_smi" in rolled.why
    assert drain.calls == ["out gpu01", "back gpu01"]
    assert "/runs/2/01" in host.streamed[-1]
    assert "/runs/1/01" not in host.streamed[-1]
    kept = FakeHost([before, before, ill])
    assert replace(roll, rollback=False, drain=Noted()).turn(kept).state == "failed"


def test_what_cannot_be_taken_back_is_said_beside_why_it_should() -> None:
    ill = Recording({**HEALTHY.readings, "smi": Reading(None, "")})
    after = Recording({"runs": Reading(None, "")})
    drain = Noted()
    rolled = Roll(OPTIONS, drain, rollback=True, agreed={"gpu01": SHOWN}).turn(FakeHost([BARE, BARE, ill, after]))
    assert rolled.state == "failed"
    assert "nvidia_smi" in rolled.why
    assert "It was not taken back: " in rolled.why
    assert drain.calls == ["out gpu01"]


def test_without_reboots_a_host_that_needs_one_has_failed() -> None:
    never = replace(OPTIONS, reboot=False)
    rolled = Roll(never, agreed={"gpu01": SHOWN}).turn(FakeHost([BARE, BARE, HEALTHY], log=WELL))
    assert (rolled.state, rolled.why) == ("failed", "it needs a reboot, and --reboot is never")


def test_a_load_command_that_fails_keeps_the_host_out_of_service() -> None:
    drain = Noted()
    roll = Roll(OPTIONS, drain, load="echo {host} is slow; exit 3", agreed={"gpu01": SHOWN})
    rolled = roll.turn(FakeHost([BARE, BARE, HEALTHY]))
    assert rolled.why == "gpu01: the load command ended with status 3: gpu01 is slow"
    assert drain.calls == ["out gpu01"]


def test_the_plans_are_shown_by_what_hosts_have_in_common() -> None:
    made = proposal(look(FakeHost([BARE]), OPTIONS))
    answers = [
        Answer("gpu03", None, "gpu03: no connection to gpu03:22: refused\nmore", 69),
        Answer("gpu01", made),
        Answer("gpu02", made),
        Answer("gpu04", Proposal()),
    ]
    text = as_text(answers)
    assert text.startswith("2 hosts: gpu[01-02]\n    ")
    assert "\n    install docker: docker.io\n" in text
    assert any(line.startswith("    reboot: ") for line in text.splitlines())
    assert "1 host: gpu03\n    ! no plan: no connection to HOST:22: refused" in text
    assert "1 host: gpu04\n    nothing to do" in text
    assert covered(answers) == {"gpu01": SHOWN, "gpu02": SHOWN}


def test_the_same_command_asks_only_for_what_is_new() -> None:
    before = {"gpu01": SHOWN}
    assert not asked_anew({"gpu01": SHOWN - {"reboot"}}, before)
    assert asked_anew({"gpu01": SHOWN | {"remove podman"}}, before)
    assert asked_anew({"gpu02": frozenset({"reboot"})}, before)
