"""Faults of the doctor as one file, where the profile wants it on the host."""

from __future__ import annotations

from checks.facts.fingerprint import fingerprint
from checks.profiles.profile import having
from tests.alter import Alter, put
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN

WANTED = having(DEBIAN, {"doctor": {"install": True}})
PYTHON = "python /usr/bin/python3 3.11.2\n"
_SUM = "a" * 64


def file(
    mark: str = "", found: str = _SUM, mode: str = "yes", by: str = "/usr/bin/env python3", python: str = PYTHON
) -> Alter:
    """The topic's answer with a file of ours: of this version unless another fingerprint is given."""
    return put("doctor_file", f"{python}ours {mode} {found} {mark or fingerprint()} {_SUM} {by}\n")


def _fault(name: str, source: str, alter: Alter, says: str) -> Fault:
    return Fault(name, source, "doctor_file", (alter,), says=says, verdict="warn", profile=WANTED)


FAULTS = (
    _fault(
        "the doctor was never put on the host",
        "a node that is set up by hand after a reinstallation",
        put("doctor_file", PYTHON),
        "there is no /usr/local/bin/gpu-doctor",
    ),
    _fault(
        "the doctor on the host is of another version",
        "a node that was off while the others were provisioned",
        file("0123456789abcdef"),
        "is the doctor of another version (0123456789abcdef)",
    ),
    _fault(
        "half of the doctor was written",
        "scp to a full disk leaves a file that is cut off",
        file(found="b" * 64),
        "is damaged",
    ),
    _fault(
        "the doctor lost its mode",
        "cp without -p, or a file system mounted from an archive without modes",
        file(mode="no"),
        "may not be run: its mode has no x",
    ),
    _fault(
        "the Python that runs the doctor was removed",
        "dnf module reset python39 on EL 8",
        file(by="/usr/bin/python3.9"),
        "is to be run by /usr/bin/python3.9, and /usr/bin/python3 is the Python that can",
    ),
    _fault(
        "another program has the doctor's name",
        "gpu-doctor of another vendor's node image",
        put("doctor_file", PYTHON + "other not made by gpuwright\n"),
        "is not made by gpuwright, so the doctor is not put there",
    ),
    _fault(
        "the host has no Python but EL 8's own",
        "docs.python.org: 3.6 has no dataclasses",
        put("doctor_file", "old /usr/bin/python3 3.6.8\n"),
        "no Python from 3.9 on can run /usr/local/bin/gpu-doctor here (/usr/bin/python3 is 3.6.8, too old)",
    ),
    _fault(
        "the host has Debian's python3-minimal alone",
        "packages.debian.org: python3-minimal, a minimal subset of the Python language",
        put("doctor_file", "partial /usr/bin/python3 3.11.2\n"),
        "/usr/bin/python3 is 3.11.2, without its standard library",
    ),
)
