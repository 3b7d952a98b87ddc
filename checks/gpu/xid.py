"""The driver has reported no error (Xid) of a GPU that is not over.

An Xid is the driver's own word for what went wrong, in the kernel log. Most of those of a program end with it; some
leave the GPU unusable until it is reset. What counts came after the driver was loaded; the driver's own recovery action
wins over the catalogue, and an error that came back after a reboot is one for hands and eyes.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.trouble import Trouble, troubles
from checks.facts.xid import link, xids
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("kernel_log", "driver_loaded", "gpu_off_bus")
PROGRAMS = 3
"""Different programs that meet a program's kind of error on one GPU before the GPU is suspected."""

REMEDIES = {
    "watch": "nothing now; if it comes again, have the GPU tested (dcgmi diag -r 3)",
    "restart_app": "start the program again; if it is repeated, look for the bug: compute-sanitizer PROGRAM",
    "restart_fabric": "restart the fabric manager: systemctl restart nvidia-fabricmanager",
    "update": "bring the driver (on the host of a virtual GPU: both drivers) up to date",
    "reset": "end what uses the GPU, then reset it: nvidia-smi -r -i {}; where that fails, reboot",
    "drain_reset": "let no new work start on it, end what runs, then reset it: nvidia-smi -r -i {}",
    "restart_vm": "restart the virtual machine",
    "reboot": "drain the host and reboot it",
    "inspect": "take the host out of service: check power, seating and cooling of {}, then have the GPU replaced",
}


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    found = troubles(facts)
    for trouble in found:
        yield _finding(trouble, found, len(facts.pci.gpus))
    if not found:
        log = facts.kernel_log
        older = len(xids(log.lines)) - len(xids(log.current))
        yield ok("no Xid since the driver was loaded" + (f"; {older} before that are over" if older else ""))


def _finding(trouble: Trouble, all_of_them: tuple[Trouble, ...], gpus: int) -> Finding:
    number, entry, last = trouble.entry.number, trouble.entry, trouble.xids[-1]
    count = f", {len(trouble.xids)} times" if len(trouble.xids) > 1 else ""
    process = f" ({last.process or last.pid}, pid {last.pid})" if last.pid else ""
    return (fail if trouble.broken else warn)(
        f"Xid {number}, {entry.name}{count}{process}" + (", again after a reboot" if trouble.again else ""),
        why=f"{entry.means}; it points to the {_points(trouble, all_of_them, gpus)}",
        evidence=f"{last.line.proof} {_decoded(trouble)}".strip(),
        remedy=by_hand(_remedy(trouble)),
        subject=trouble.address,
    )


def _points(trouble: Trouble, all_of_them: tuple[Trouble, ...], gpus: int) -> str:
    """A program's kind of error that several programs meet on one GPU of several is not the programs' own."""
    alike = [other for other in all_of_them if other.entry.number == trouble.entry.number]
    processes = {xid.pid for xid in trouble.xids if xid.pid}
    if trouble.entry.points == "application" and len(alike) > 1:
        return f"application: {len(alike)} GPUs report it"
    if trouble.entry.points == "application" and gpus > 1 and len(processes) >= PROGRAMS:
        return f"hardware: {len(processes)} programs met it on this GPU alone"
    return trouble.entry.points


def _decoded(trouble: Trouble) -> str:
    decoded = link(trouble.xids[-1])
    return f"[{decoded.unit}, link {decoded.link}, sub-code {decoded.code}]" if decoded else ""


def _remedy(trouble: Trouble) -> str:
    if trouble.again:
        return f"it was there before the last reboot too: {REMEDIES['inspect'].format(trouble.address)}"
    return REMEDIES[trouble.action].format(trouble.address)
