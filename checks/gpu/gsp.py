"""The GPU's own system processor (GSP) starts and answers.

From Turing on most of the driver runs on it. When its firmware is missing or does not start, the GPU is not there for
any program; when it stops answering, calls into the driver hang one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.trouble import blamed
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ("kernel_log", "driver_loaded", "gpu_off_bus")
TEXTS = (
    r"NVRM: .*(RmInitAdapter.*GSP|Cannot initialize GSP|GSP.*firmware.*(fail|not found|missing|unable)"
    r"|failed to (load|bootstrap|boot) GSP|kgspBootstrap|Rate limiting GSP RPC|GSP RPC.*(time ?out|error)|GSP heart)"
)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    lines = facts.kernel_log.matching(TEXTS)
    known = blamed(facts)
    line = next((line for line in lines if not any(address[:-2] in line.text.lower() for address in known)), None)
    if line is None or known:
        yield ok("the kernel log has nothing against the GSP" if line is None else "the GSP is told of by its Xid")
        return
    missing = "firmware" in line.text.lower()
    yield fail(
        "the GSP's firmware does not start" if missing else "the GSP of a GPU does not answer",
        why="a GPU whose system processor does not run is lost to every program",
        evidence=line.proof,
        remedy=by_hand(
            "install the firmware of the driver's own version: /lib/firmware/nvidia/VERSION/gsp_*.bin"
            if missing
            else "drain the host and reboot it; if it comes again, try another driver version"
        ),
    )
