"""nvidia-smi answers, and lists every GPU that the bus shows.

It is the first program that everybody runs, and a monitoring agent runs it for ever: one that hangs in the kernel
means that the driver or a GPU no longer answers, and only a reboot clears it.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts, statuses
from checks.facts.smi import Smi
from checks.finding import Finding, by_hand, fail, ok, provision, unknown
from checks.profiles import wants
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_off_bus", "driver_mismatch", "device_nodes", "gpu_bound", "login_devices")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    smi = facts.smi
    if smi.stuck:
        yield _stuck(smi)
    elif smi.not_asked:
        yield unknown(f"nvidia-smi was not asked: {smi.not_asked}")
    elif smi.status == 127 and wants.driver_packages(facts, profile):
        yield fail(
            "nvidia-smi is not installed",
            why="nothing else here can ask the driver about its GPUs",
            evidence=smi.text,
            remedy=provision("driver"),
        )
    elif smi.status is None:
        yield unknown("nvidia-smi did not answer before the deadline")
    elif smi.status != 0:
        meaning = statuses.meaning(smi.status)
        yield fail(
            f"nvidia-smi fails with status {smi.status}: {meaning.says}",
            why=meaning.why,
            evidence=smi.text.splitlines()[0] if smi.text else "it printed nothing",
            remedy=by_hand(meaning.remedy),
        )
    else:
        yield from _counted(facts, smi)


def _stuck(smi: Smi) -> Finding:
    pids = ", ".join(str(pid) for pid in smi.stuck)
    said = smi.not_asked or "no answer before the deadline"
    return fail(
        f"nvidia-smi is stuck in the kernel (pid {pids})",
        why="the driver or a GPU no longer answers; the process cannot be killed, and more of them only pile up",
        evidence=f"pid {pids}: state D in /proc/{smi.stuck[0]}/stat; {said}",
        remedy=by_hand("drain the host, keep `dmesg` and nvidia-bug-report.sh's output, and reboot it"),
    )


def _counted(facts: Facts, smi: Smi) -> Iterator[Finding]:
    listed = {gpu.address for gpu in smi.gpus}
    missing = [gpu for gpu in facts.pci.gpus if gpu.address not in listed]
    for gpu in missing:
        yield fail(
            "the GPU is on the bus, but nvidia-smi does not list it",
            why="no program can use it",
            evidence=facts.pci.line(gpu),
            remedy=by_hand("read the kernel log: dmesg | grep -i -e nvrm -e xid"),
            subject=gpu.address,
        )
    if not missing:
        names = ", ".join(sorted({gpu.name for gpu in smi.gpus}))
        yield ok(f"nvidia-smi lists {len(smi.gpus)} GPU(s): {names}, driver {smi.gpus[0].driver}")
