"""The package managers' logs: apt's by the time zone of the host, dnf's, and yum's without a year."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest

from checks.facts.history import Change, Transaction, arrival, parse
from checks.facts.reading import Reading, Unknown

NOW = "1795367988"  # 2026-11-22 17:19:48 UTC


def read(*lines: str, zone: str = "+0000") -> tuple[Transaction, ...]:
    return parse(Reading(0, "".join(f"{line}\n" for line in (f"zone {zone} {NOW}", *lines))))


def utc(each: Transaction) -> str:
    return datetime.fromtimestamp(each.time, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def test_apt_writes_local_time() -> None:
    line = "apt\t2026-11-20  03:11:12\tjoe (1000)\tapt upgrade\t7\tUpgrade libnvidia-ml1 535.1 535.2\tRemove nvidia-x 1"
    (one,) = read(line, zone="-0500")
    assert utc(one) == "2026-11-20 08:11:12"
    assert (one.by, one.command, one.others) == ("joe (1000)", "apt upgrade", 7)
    assert one.changes == (Change("libnvidia-ml1", "535.1", "535.2"), Change("nvidia-x", "1", ""))
    assert str(one) == (
        "2026-11-20 08:11 UTC: libnvidia-ml1 535.1 -> 535.2, nvidia-x 1 removed by apt upgrade for joe (1000)"
    )


def test_what_dpkg_log_repeats_of_apt_is_told_once() -> None:
    found = read(
        "apt\t2026-11-20  03:11:12\t\tapt upgrade\t0\tUpgrade libnvidia-ml1 535.1 535.2",
        "dpkg 2026-11-20 03:11:13 upgrade libnvidia-ml1:amd64 535.1 535.2",
        "dpkg 2026-11-20 09:00:00 install cuda-keyring:all <none> 1.1-1",
        "dpkg 2026-11-20 09:30:00 remove nvidia-smi:amd64 535.2 <none>",
    )
    assert [each.tool for each in found] == ["apt", "dpkg", "dpkg"]
    assert found[1].changes == (Change("cuda-keyring", "", "1.1-1"),)
    assert found[2].changes == (Change("nvidia-smi", "535.2", ""),)


def test_dnf_is_told_with_its_command() -> None:
    (one,) = read(
        "dnf 2026-11-20T03:10:00+0100 DDEBUG Command: dnf -y upgrade ",
        "dnf 2026-11-20T03:12:00+0100 SUBDEBUG Upgrade: nvidia-driver-3:535.183.01-1.el9.x86_64",
    )
    assert utc(one) == "2026-11-20 02:12:00"
    assert (one.command, one.changes) == ("dnf -y upgrade", (Change("nvidia-driver", "", "3:535.183.01-1.el9"),))


def test_yum_names_no_year() -> None:
    last, this = read(
        "yum Nov 20 03:11:12 Updated: 1:nvidia-driver-latest-dkms-418.87.00-1.el7.x86_64",
        "yum Dec 31 23:59:59 Installed: kernel-3.10.0-957.el7.x86_64",
    )
    assert (utc(last), utc(this)) == ("2025-12-31 23:59:59", "2026-11-20 03:11:12")
    assert this.changes == (Change("nvidia-driver-latest-dkms", "", "1:418.87.00-1.el7"),)


def test_who_brought_a_version() -> None:
    found = read(
        "apt\t2026-11-19  03:00:00\t\tapt install\t0\tInstall libnvidia-ml1 535.1",
        "apt\t2026-11-20  03:00:00\t\tunattended-upgrade\t0\tUpgrade libc6 1 2\tUpgrade libnvidia-ml1 535.1 535.2",
    )
    came = arrival(found, re.compile("libnvidia"), "535.2")
    assert came
    assert (came.command, came.changes) == ("unattended-upgrade", (Change("libnvidia-ml1", "535.1", "535.2"),))
    assert arrival(found, re.compile("libnvidia"), "535.3") is None


@pytest.mark.parametrize("line", ["apt\tyesterday\t\tapt\t0", "apt\t2026-11-20  03:00:00", "what is this"])
def test_what_cannot_be_read_is_unknown(line: str) -> None:
    with pytest.raises(Unknown):
        read(line)
