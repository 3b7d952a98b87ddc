"""Faults of Secure Boot before the driver is there: whether what DKMS will build would be trusted."""

from __future__ import annotations

from tests.alter import put
from tests.faultbench.fault import Fault

BARE = "bare-debian12-a100"
LOCKED_DOWN = "secure_boot 1\nlockdown none [integrity] confidentiality\nenforce N\nkey Debian Secure Boot CA: 6cce\n"
MOK = "/var/lib/dkms/mok.pub"

FAULTS = (
    Fault(
        "Secure Boot is on, and DKMS has no key yet",
        "GoogleCloudDataproc/initialization-actions issue 933",
        "signing_key",
        (put("signing", f"{LOCKED_DOWN}mok {MOK} absent\n"),),
        says="provision --only signing_key",
        base=BARE,
    ),
    Fault(
        "Secure Boot is on, and nobody has enrolled DKMS' key",
        "mokutil 0.6: %s is not enrolled",
        "signing_key",
        (put("signing", f"{LOCKED_DOWN}mok {MOK} {MOK} is not enrolled\n"),),
        says=f"mokutil --import {MOK}",
        base=BARE,
    ),
    Fault(
        "DKMS' key waits at the console to be enrolled",
        "mokutil 0.6: %s is already in the enrollment request",
        "signing_key",
        (put("signing", f"{LOCKED_DOWN}mok {MOK} {MOK} is already in the enrollment request\n"),),
        says="choose Enroll MOK, Continue, Yes",
        base=BARE,
    ),
    Fault(
        "modules must be signed, and this firmware has no list of keys",
        "the kernel's admin-guide/module-signing: module.sig_enforce",
        "signing_key",
        (put("signing", "secure_boot none\nlockdown absent\nenforce Y\nkey Debian Secure Boot CA: 6cce\n"),),
        says="boot a kernel that takes unsigned modules",
        base=BARE,
    ),
)
