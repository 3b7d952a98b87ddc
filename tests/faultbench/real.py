"""Faults made for real on lab hosts: a command is run on a provisioned host, and the doctor is asked from afar.

Nothing is altered behind the doctor's back: packages are broken with dpkg, units stopped with systemctl, files removed.
Where the card or the kernel is at fault, the simulated ones are told so, as their own documentation says
(tests/lab/standin/README.md): `card FIELD VALUE` sets what a card answers, `kernel_says TEXT` writes to the kernel log.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checks.finding import Verdict
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from tests.lab.host import Host

_PRELUDE = r"""
set -e
HW=/run/gpuwright-lab
set_field() { grep -q "^$2=" "$1" && sed -i "s|^$2=.*|$2=$3|" "$1" || echo "$2=$3" >>"$1"; }
card() { for file in "$HW"/gpus/*; do set_field "$file" "$1" "$2"; done; }
last_card() { for file in "$HW"/gpus/*; do :; done; set_field "$file" "$1" "$2"; }
kernel_says() { read -r up _ </proc/uptime; printf '[%12s] %s\n' "${up}0000" "$1" >>"$HW/kernel.log"; }
package() { # NAME POSTINST: a small package, as /tmp/made.deb
    rm -rf /tmp/made; mkdir -p /tmp/made/DEBIAN
    printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: a@b\nDescription: a test\n' "$1" \
        >/tmp/made/DEBIAN/control
    printf '#!/bin/sh\n%s\n' "$2" >/tmp/made/DEBIAN/postinst
    chmod 755 /tmp/made/DEBIAN/postinst
    dpkg-deb -b /tmp/made /tmp/made.deb >/dev/null
}
"""


@dataclass(frozen=True)
class RealFault:
    """One fault. `source` is where it is known from; `inject` is sh, run as root on the host.

    `gpus` and `faults` are the host's, as for `lab.up`; `reboot` reboots it after `inject`. `arguments` are those of
    the doctor. The first finding must be the check `cause`, with `verdict`, and `says` in its text.
    """

    name: str
    source: str
    inject: str
    cause: str
    says: str = ""
    verdict: Verdict = "fail"
    gpus: str = "a100:1"
    faults: tuple[str, ...] = ()
    reboot: bool = False
    arguments: tuple[str, ...] = ()


def first_finding(host: Host, fault: RealFault) -> dict[str, Any]:
    """Inject it, ask the doctor, and return the finding that comes first; {} when all is well."""
    if fault.inject:
        host.run(_PRELUDE + fault.inject, timeout=300)
    if fault.reboot:
        host.reboot()
        host.settle()
    done = fab(host.name, "doctor", "--format", "json", *fault.arguments)
    if not done.stdout:
        raise AssertionError(f"{fault.name}: the doctor said nothing: {done.stderr}")
    findings = json.loads(done.stdout)["findings"]
    return min((f for f in findings if f["verdict"] in _LOUD), key=lambda f: _LOUD.index(f["verdict"]), default={})


_LOUD = ("fail", "unknown", "warn")


def is_right(fault: RealFault, first: dict[str, Any]) -> bool:
    """Whether that finding names the cause."""
    if not first:
        return False
    text = f"{first['summary']}\n{first['evidence']}\n{(first['remedy'] or {}).get('text', '')}"
    return (first["check"], first["verdict"]) == (fault.cause, fault.verdict) and fault.says in text
