"""The driver asks for no recovery of any GPU.

Since branch 570 it says itself what a GPU needs after an error: nothing, a reset, a reboot, or to be drained first.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.trouble import blamed
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    known = blamed(facts)
    reported = [(gpu, gpu.says("GPU Recovery Action")) for gpu in facts.smi.answering]
    if not any(action for _, action in reported):
        yield skipped(facts.smi.unreported("a recovery action"))
        return
    asked = [(gpu, action) for gpu, action in reported if action not in ("", "None") and gpu.address not in known]
    for gpu, action in asked:
        yield fail(
            f"the driver asks for recovery: {action}",
            why="an error has left the GPU in a state that only this clears; new work on it fails or is not safe",
            evidence=f"nvidia-smi -q: GPU Recovery Action: {action}",
            remedy=by_hand(_remedy(action.lower(), gpu.address)),
            subject=gpu.address,
        )
    if not asked:
        yield ok("the driver asks for no recovery" + (" but what its Xid asks for" if known else ""))


def _remedy(action: str, address: str) -> str:
    if "reboot" in action:
        return "drain the host and reboot it"
    reset = f"reset it: nvidia-smi -r -i {address}"
    if "p2p" in action:
        return f"end the jobs that use this GPU together with others; when its own have ended, {reset}"
    return f"let no new work start on it, end what runs, then {reset}"
