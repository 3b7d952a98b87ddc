"""Bug reports, sosreports and bundles: what each says of a host, what it leaves open, and that nothing breaks on it."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.doctor import Asked, diagnose
from checks.facts import Facts, kernel_log, query
from checks.facts.recording import BadRecording, render
from checks.finding import Finding
from checks.offline import read
from checks.offline.bugreport import material
from checks.offline.material import Material
from checks.offline.topics import CONVERTERS, host, recording
from checks.report import loudest_first
from tests.hosts import DEBIAN, FOLDER
from tests.hosts import read as recorded
from tests.test_recordings import law

LOG = (Path(__file__).parent / "nvidia-bug-report-535.log").read_text(encoding="utf-8")
ANSWERED = material(LOG)


def zipped(log: str) -> bytes:
    """As the script writes it: a gzip member for each section."""
    return b"".join(gzip.compress(part.encode()) for part in re.split(r"(?<=\n)(?=_{44}\n)", log))


def sosreport(changes: Mapping[str, str] | None = None, mode: str = "w:xz") -> bytes:
    """A sosreport of the healthy lab host: paths and names as sos 4.0 writes them."""
    healthy = recorded("healthy-debian12-a100").readings
    packages = [line.split() for line in healthy["packages"].text.splitlines()]
    files = {
        "etc/os-release": healthy["os"].text,
        "etc/apt/sources.list": "deb http://deb.debian.org/debian bookworm main\n",
        "proc/driver/nvidia/version": ANSWERED.files["/proc/driver/nvidia/version"],
        "proc/modules": ANSWERED.files["/proc/modules"],
        "sos_commands/kernel/uname_-a": ANSWERED.commands["uname -a"],
        "sos_commands/date/date_--utc": "Tue Nov 24 06:00:05 UTC 2026\n",
        "sos_commands/pci/lspci_-nnvv": ANSWERED.commands["lspci -nnDvvvxxxx"].replace("\n0000:", "\n"),
        "sos_commands/nvidia/nvidia-smi_-q": ANSWERED.commands["nvidia-smi --query"],
        "sos_commands/dpkg/dpkg_-l": "||/ Name Version\n+++-====-====\n"
        + "".join(f"{state}  {name}  {version}  amd64  words\n" for state, name, version in packages),
        "sos_commands/logs/journalctl_--no-pager": "",
    } | dict(changes or {})
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode=mode) as tar:  # type: ignore[call-overload] # the mode is a variable
        for name, text in files.items():
            member = tarfile.TarInfo(f"sosreport-gpu01-2026-11-24-okhvffk/{name}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("sosreport-gpu01-2026-11-24-okhvffk/lspci")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/shadow"
        tar.addfile(link)
    return memory.getvalue()


def findings(data: bytes) -> dict[str, Finding]:
    return {finding.check: finding for finding in diagnose(read(data), Asked("debian")).findings}


HEALTHY = {"bug report": zipped(LOG), "plain bug report": LOG.encode(), "sosreport": sosreport()}


@pytest.mark.parametrize("kind", HEALTHY)
def test_a_healthy_host_is_well_as_far_as_the_material_goes(kind: str) -> None:
    found = findings(HEALTHY[kind])
    assert found["gpu_on_bus"].verdict == found["nvidia_smi"].verdict == "ok"
    assert "NVIDIA A100 80GB PCIe, driver 535.309.01" in found["nvidia_smi"].summary
    assert {finding.verdict for finding in found.values()} <= {"ok", "skipped"}
    assert diagnose(read(HEALTHY[kind]), Asked()).host == "gpu01"


@pytest.mark.parametrize("kind", HEALTHY)
def test_what_the_material_does_not_hold_is_skipped_and_not_well(kind: str) -> None:
    found = findings(HEALTHY[kind])
    assert (found["docker_running"].verdict, found["docker_running"].summary) == ("skipped", "docker was not asked")
    assert found["device_nodes"].verdict == "skipped"


@pytest.mark.parametrize("kind", HEALTHY)
def test_the_facts_are_those_of_the_probe(kind: str) -> None:
    facts, probed = Facts(read(HEALTHY[kind])), Facts(recorded("healthy-debian12-a100"))
    assert facts.pci == probed.pci
    assert (facts.modules["nvidia"].version, facts.modules["nvidia"].users) == ("535.309.01", 3)
    assert set(facts.modules) == set(probed.modules)
    assert [(gpu.address, gpu.number("FB Memory Usage/Total")) for gpu in facts.smi.gpus] == [("0000:3b:00.0", 81920)]
    if kind == "sosreport":
        assert facts.packages == probed.packages
        assert facts.os == probed.os
    law(facts, DEBIAN)


def test_topics_are_those_that_the_documentation_names() -> None:
    text = (FOLDER.parent.parent / "docs/offline.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` ", text, re.MULTILINE)) == set(CONVERTERS)
    for kind, column in (("bug report", 1), ("sosreport", 2)):
        fed = {
            row[0]
            for row in re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \|", text, re.MULTILINE)
            if row[column] != "-"
        }
        of_rpm = {"history"} if kind == "sosreport" else set()
        assert set(read(HEALTHY[kind]).readings) | {"os", "kernel_log"} | of_rpm == fed, kind


def test_the_same_is_kept_of_nvidia_smi_as_by_the_probe() -> None:
    text = ANSWERED.commands["nvidia-smi --query"]
    done = subprocess.run(["sh", "-c", query.FILTER], input=text, capture_output=True, text=True, check=True)
    assert query.kept(text) == done.stdout


def test_a_gpu_that_nouveau_holds_is_named_first() -> None:
    broken = LOG.replace("Kernel driver in use: nvidia", "Kernel driver in use: nouveau")
    first = loudest_first(diagnose(read(zipped(broken)), Asked()).findings)[0]
    assert (first.check, first.verdict) == ("nouveau", "fail")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 9),
        ("Failed to initialize NVML: Driver/library version mismatch", 18),
        ("No devices were found", 6),
    ],
)
def test_an_nvidia_smi_that_failed_keeps_its_words_and_gets_its_status(text: str, status: int) -> None:
    log = re.sub(
        r"(?<=/nvidia-smi --query\n\n).*?(?=\n\n/usr/bin/nvidia-smi|\n\n____)", text, LOG, count=1, flags=re.DOTALL
    )
    smi = Facts(read(log.encode())).smi
    assert (smi.status, text in smi.text) == (status, True)


DMESG = """\
[    0.000000] Linux version 6.1.0-56-amd64
[   11.5] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.309.01
[  987.250000] NVRM: Xid (PCI:0000:3b:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.
[  990.000000] eth0: link up
"""


def test_an_xid_in_dmesg_is_found_in_a_bug_report() -> None:
    log = re.sub(r"(?<=^dmesg:\n\n)", DMESG, LOG, count=1, flags=re.MULTILINE)
    found = Facts(read(zipped(log))).kernel_log
    assert found.up == 990
    assert [line.at for line in found.lines] == [11.5, 987.25]
    assert loudest_first(diagnose(read(zipped(log)), Asked()).findings)[0].check == "gpu_off_bus"


def test_the_same_is_kept_of_a_kernel_log_as_by_the_probe() -> None:
    chosen = re.search(r"^chosen\(\) .*$", kernel_log.COMMAND, re.MULTILINE)
    assert chosen
    script = f"{chosen[0]}\nchosen\n"
    done = subprocess.run(["sh", "-c", script], input=DMESG, capture_output=True, text=True, check=True)
    assert kernel_log.chosen(DMESG) == done.stdout.splitlines()


def test_an_interrupted_dpkg_is_found_in_a_sosreport() -> None:
    listed = "+++-===\niF  nvidia-kernel-dkms  535.309.01-0+deb12u1  amd64  module\n"
    assert findings(sosreport({"sos_commands/dpkg/dpkg_-l": listed}))["packages_configured"].verdict == "fail"


def test_no_lspci_is_no_answer_and_an_lspci_without_gpus_is_one() -> None:
    assert "pci" not in recording(Material()).readings
    none = Material(commands={"lspci -nnvv": "00:00.0 Host bridge [0600]: Intel Corporation X [8086:2020]\n"})
    assert recording(none).readings["pci"].text == ""


def test_a_gpu_with_an_interface_and_a_domain_of_its_own() -> None:
    text = (
        "10000:01:00.0 VGA compatible controller [0300]: NVIDIA Corporation X [10de:1eb8] (rev a1) (prog-if 00 [VGA])\n"
    )
    gpu = Facts(recording(Material(commands={"lspci -nnvv": text}))).pci.gpus[0]
    assert (gpu.address, gpu.id, gpu.driver) == ("10000:01:00.0", 0x1EB8, "")


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("Tue Nov 24 06:07:20 UTC 2026", 1795500440),
        ("Tue Nov 24 06:07:20 AM UTC 2026", 1795500440),
        ("Tue 24 Nov 2026 06:07:20 PM UTC", 1795543640),
        ("Thu Oct 27 08:50:11 PM -03 2022", 1666914611),
        ("Tue 24. Nov 06:07:20 UTC 2026", 1795500440),
        ("mardi 24 novembre 2026, 06:07:20 (UTC+0000)", None),
        ("", None),
    ],
)
def test_the_clock_is_read_or_the_host_is_not_asked(date: str, time: int | None) -> None:
    answer = host(Material(commands={"date": date, "uname -a": "Linux gpu01 6.1 #1 SMP x86_64 GNU/Linux"}))
    assert answer == (f"name gpu01\nmachine x86_64\ntime {time}\nuid 0\ninit other\n" if time else None)


def test_a_recording_is_still_one() -> None:
    whole = recorded("bare-debian12-a100")
    assert read(render(whole).encode()) == whole
    assert read(gzip.compress(render(whole).encode())) == whole


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w"])
def test_every_packing_of_a_sosreport_is_read(mode: str) -> None:
    assert "pci" in read(sosreport(mode=mode)).readings


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x1f\x8b",
        gzip.compress(b"hello"),
        zipped(LOG)[:500],
        HEALTHY["sosreport"][:500],
        b"\xfd7zXZ",
        b"BZh",
    ],
    ids=["empty", "text", "short", "other", "cut bug report", "cut sosreport", "bad xz", "bad bzip2"],
)
def test_what_is_none_of_these_is_said(data: bytes) -> None:
    with pytest.raises(BadRecording):
        read(data)


def test_a_file_that_nobody_should_unpack_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.offline.LIMIT", 1 << 20)
    with pytest.raises(BadRecording, match="more than 1 MiB"):
        read(gzip.compress(b"x" * (2 << 20)))


@given(st.text(), st.sampled_from(sorted(ANSWERED.commands)))
def test_garbled_answers_become_unknown_and_never_an_error(text: str, command: str) -> None:
    broken = Material(dict(ANSWERED.files), {**ANSWERED.commands, command: text})
    verdicts = {finding.verdict for finding in diagnose(recording(broken), Asked("debian")).findings}
    assert verdicts <= {"ok", "fail", "unknown", "skipped", "warn"}


RPMS = """\
kernel-core-5.14.0-570.12.1.el9_6.x86_64                    Thu Nov 20 09:00:00 2026
kmod-nvidia-latest-dkms-535.309.01-1.el9.x86_64             Thu Nov 20 09:11:02 2026
nvidia-driver-libs-535.309.01-1.el9.x86_64                  Thu Nov 20 09:11:09 2026
vim-minimal-8.2.2637-22.el9.x86_64                          Thu Nov 20 09:00:00 2026
"""
DNF = """\
2026-11-20T09:11:02+0000 SUBDEBUG Installed: kmod-nvidia-latest-dkms-3:535.309.01-1.el9.x86_64
2026-11-20T09:12:02+0000 SUBDEBUG Installed: vim-minimal-2:8.2.2637-22.el9.x86_64
"""
MESSAGES = """\
Nov 21 03:00:00 gpu01 kernel: Linux version 5.14.0-570.12.1.el9_6.x86_64
Nov 21 04:00:00 gpu01 kernel: NVRM: Xid (PCI:0000:3b:00): 79, pid=1, GPU has fallen off the bus.
Nov 24 03:00:00 gpu01 kernel: Linux version 5.14.0-570.12.1.el9_6.x86_64
Nov 24 05:00:00 gpu01 kernel: NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.309.01
"""
ROCKY = {
    "etc/os-release": recorded("healthy-el9").readings["os"].text,
    "etc/apt/sources.list": "",
    "sos_commands/dpkg/dpkg_-l": "",
    "sos_commands/kernel/dmesg": "[    0.000000] Linux version 5.14.0\n[ 9000.100000] NVRM: loading NVIDIA UNIX\n",
    "sos_commands/rpm/sh_-c_rpm_--nodigest_-qa_--qf_-59_NVRA_INSTALLTIME_date_sort_-V": RPMS,
    "var/log/dnf.rpm.log": DNF,
    "var/log/messages": MESSAGES,
}


def test_a_sosreport_of_a_system_with_rpms() -> None:
    facts = Facts(read(sosreport(ROCKY)))
    assert sorted(facts.packages.by_name) == ["kernel-core", "kmod-nvidia-latest-dkms", "nvidia-driver-libs"]
    assert {package.driver for package in facts.packages.driver} == {"535.309.01"}
    assert [str(each) for each in facts.history] == [
        "2026-11-20 09:11 UTC: kmod-nvidia-latest-dkms 3:535.309.01-1.el9 by dnf"
    ]
    assert [line.text for line in facts.kernel_log.before] == [
        "NVRM: Xid (PCI:0000:3b:00): 79, pid=1, GPU has fallen off the bus."
    ]
    found = findings(sosreport(ROCKY))
    assert {finding.verdict for finding in found.values()} <= {"ok", "skipped"}
    assert found["package_versions"].verdict == "ok"


def test_packages_of_two_driver_versions_are_found_in_a_sosreport() -> None:
    mixed = {**ROCKY, "sos_commands/rpm/package-data": RPMS.replace("libs-535.309.01", "libs-535.288.01")}
    del mixed["sos_commands/rpm/sh_-c_rpm_--nodigest_-qa_--qf_-59_NVRA_INSTALLTIME_date_sort_-V"]
    assert findings(sosreport(mixed))["package_versions"].verdict in ("fail", "warn")
