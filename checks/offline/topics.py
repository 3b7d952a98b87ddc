"""Collected material in the words of the probe's topics: each function gives a topic's answer, or None.

None means that the material does not hold the whole of it. Half an answer would be worse than none: what it lacks would
count as missing on the host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone

from checks.facts import history as history_topic
from checks.facts import kernel_log, modules, query
from checks.facts import packages as packages_topic
from checks.facts.reading import Reading, Unknown
from checks.facts.recording import CAP, Recording
from checks.offline.material import Material


def recording(material: Material) -> Recording:
    """What the material says, topic by topic; what it does not hold was not asked."""
    readings = {}
    for topic, convert in CONVERTERS.items():
        try:
            text = convert(material)
        except Unknown as why:
            readings[topic] = Reading(1, str(why))
            continue
        if text is not None:
            readings[topic] = text if isinstance(text, Reading) else Reading(0, text[:CAP], len(text) > CAP)
    return Recording(readings)


def host(material: Material) -> str | None:
    """From `uname -a` and `date`. Both tools run as root, or they refuse to."""
    words = (material.command("uname -a") or "").split()
    time = _time(material.command("date --utc", "date") or "")
    if len(words) < 4 or time is None:
        return None
    machine = words[-2] if words[-1] == "GNU/Linux" else words[-1]
    systemd = any(command.startswith(("systemctl", "journalctl")) for command in material.commands)
    init = "systemd" if systemd else "other"
    return f"name {words[1]}\nmachine {machine}\ntime {time}\nuid 0\ninit {init}\n"


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_CLOCK = re.compile(r"\b(\d{1,2}):(\d\d):(\d\d)\b(?: ([AP])M)?")


def _time(text: str) -> int | None:
    """Seconds since 1970 of what date(1) prints, in its order of day and month or the other; zones as numbers only."""
    clock, month = _CLOCK.search(text), next((n for n, name in enumerate(_MONTHS, 1) if f" {name} " in text), 0)
    day, year = re.search(r" (\d{1,2})\.? ", text), re.search(r"\b(?:19|20)\d\d\b", text)
    if not (clock and month and day and year):
        return None
    hour = int(clock[1]) % 12 + 12 * (clock[4] == "P") if clock[4] else int(clock[1])
    try:
        moment = datetime(int(year[0]), month, int(day[1]), hour, int(clock[2]), int(clock[3]), tzinfo=timezone.utc)
    except ValueError:
        return None
    zone = re.search(r" ([+-])(\d\d):?(\d\d)?\b", text)
    east = (int(zone[2]) * 3600 + int(zone[3] or 0) * 60) * (1 if zone[1] == "+" else -1) if zone else 0
    return int(moment.timestamp()) - east


def os(material: Material) -> str | None:
    """From os-release(5); bug reports have it since 2024."""
    return material.files.get("/etc/os-release") or material.files.get("/usr/lib/os-release")


_DEVICE = re.compile(r"((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) (.*?\[([0-9a-f]{4})\]: .*)$")
_NVIDIA = re.compile(r"\[10de:([0-9a-f]{4})\]")
_INTERFACE = re.compile(r" \(prog-if ([0-9a-f]{2})[^)]*\)")


def pci(material: Material) -> str | None:
    """From `lspci` with numbers and details, which says which driver holds each device."""
    text = material.command("lspci -nnDvvvxxxx", "lspci -nnDvvvxxx", "lspci -nnvv", "lspci -nnvvv")
    if text is None or not any(_DEVICE.match(line) for line in text.split("\n")):
        return None
    devices: list[list[str]] = []
    listed: list[str] = []
    inside = False
    for line in text.split("\n"):
        match = _DEVICE.match(line)
        if match:
            nvidia = _NVIDIA.search(match[2])
            inside = nvidia is not None
            if nvidia:
                address = match[1] if match[1].count(":") == 2 else f"0000:{match[1]}"
                interface = _INTERFACE.search(match[2])
                devices.append(
                    [address, f"0x{nvidia[1]}", f"0x{match[3]}{interface[1] if interface else '00'}", "none"]
                )
                listed.append(f"lspci {address} {_INTERFACE.sub('', match[2])}")
        elif inside and line.strip().startswith("Kernel driver in use: "):
            devices[-1][3] = line.partition(": ")[2].strip()
    return "".join(f"device {' '.join(device)}\n" for device in devices) + "".join(f"{line}\n" for line in listed)


def module(material: Material) -> str | None:
    """From /proc/modules or lsmod, with the main module's version from /proc/driver/nvidia/version."""
    listed = material.files.get("/proc/modules") or material.command("lsmod")
    rows = [line.split() for line in (listed or "").split("\n") if line.strip() and not line.startswith("Module ")]
    if not rows or any(len(row) < 3 or not row[1].isdigit() for row in rows):
        return None
    said = re.search(
        r"Kernel Module(?: for \S+)?\s+(\d+(?:\.\d+)+)", material.files.get("/proc/driver/nvidia/version", "")
    )
    lines = []
    for name, _, users, *rest in rows:
        if name not in modules.NAMES:
            continue
        version = (material.files.get(f"/sys/module/{name}/version") or "").strip()
        if name == "nvidia":
            version = version or (said[1] if said else "")
        holders = (rest[0] if rest else "-").strip(",")
        lines.append(f"{name} {version or '-'} {users} {',' if holders in ('', '-') else f',{holders}'}\n")
    return "".join(lines)


_FAILURES = {
    "couldn't communicate with the NVIDIA driver": 9,
    "couldn't find libnvidia-ml.so": 12,
    "infoROM is corrupted": 14,
    "No devices were found": 6,
    "Driver/library version mismatch": 18,
}
"""What nvidia-smi prints instead of a table, with the exit status that goes with it (nvidia-smi(1), RETURN VALUE)."""


def nvidia_smi(material: Material) -> Reading | str | None:
    """From `nvidia-smi -q`, of which the probe keeps the same sections."""
    text = material.command("nvidia-smi --query", "nvidia-smi -q")
    if text is None:
        return None
    failed = next((status for words, status in _FAILURES.items() if words in text), None)
    if failed is not None:
        return Reading(failed, text[:CAP])
    return query.kept(text) if re.search(r"^GPU [0-9A-Fa-f]{4,8}:", text, re.MULTILINE) else None


def log(material: Material) -> str | None:
    """From dmesg. How long the host is up is told by the last line that says when it was printed."""
    text, time = material.command("dmesg") or "", _time(material.command("date --utc", "date") or "")
    stamps = re.findall(r"^(?:<\d+>)?\[ *(\d+\.\d+)\]", text, re.MULTILINE)
    if time is None or not stamps:
        return None
    lines = [*(f"this {line}\n" for line in kernel_log.chosen(text)), *_of_the_boot_before(material)]
    return f"clock {time} {stamps[-1]}\nfrom dmesg\n" + "".join(lines)


def _of_the_boot_before(material: Material) -> Iterator[str]:
    """The GPU errors that /var/log/messages has between the last two lines with which a kernel begins."""
    lines = [line for line in material.files.get("/var/log/messages", "").split("\n") if " kernel: " in line]
    begins = [0, *(number for number, line in enumerate(lines) if re.search(r" kernel: .*Linux version ", line))]
    before = lines[begins[-2] : begins[-1]] if len(begins) > 1 else []
    found = [line[:260] for line in before if re.search("Xid|fallen off", line)]
    yield from (f"before {line}\n" for line in found[-kernel_log.BEFORE :])


def packages(material: Material) -> str | None:
    """From `dpkg -l`: state, name, version; or from rpm's own list."""
    text = material.command("dpkg -l")
    if text is None or "+++-" not in text:
        return _rpms(material)
    rows = (line.split() for line in text.partition("+++-")[2].split("\n")[1:] if line.strip())
    wanted = re.compile(r"nvidia|cuda|docker|containerd|dkms|nouveau|linux-image|linux-headers")
    lines = [
        f"{row[0]} {row[1]} {row[2]}\n" for row in rows if len(row) > 2 and (wanted.search(row[1]) or row[0] != "ii")
    ]
    return "".join(line for line in lines if not line.startswith("un "))


_RPM = re.compile(r"(\S+)-([^-\s]+-[^-\s]+)\.(?:x86_64|aarch64|noarch|i[3-6]86|ppc64le)\s")


def _rpms(material: Material) -> str | None:
    """From `rpm -qa`, each with its architecture; the epoch is not listed."""
    rows = _RPM.findall(material.command("rpm -qa") or "")
    wanted = re.compile(rf"{packages_topic.NAMES}|kernel")
    return "".join(f"ii {name} {version}\n" for name, version in rows if wanted.search(name)) if rows else None


def history(material: Material) -> str | None:
    """From the logs of dnf or yum; apt's are not in this form."""
    now = _time(material.command("date --utc", "date") or "")
    logs = {
        kind: material.files.get(f"/var/log/{name}", "")
        for kind, name in (("dnf", "dnf.rpm.log"), ("dnf ", "dnf.log"), ("yum", "yum.log"))
    }
    if now is None or not any(logs.values()):
        return None
    wanted = re.compile(
        rf"(Installed|Upgrade|Downgrade|Erase|Reinstall|Updated|Erased): \S*({history_topic.NAMES})|Command: "
    )
    lines = [
        f"{kind.strip()} {line}\n" for kind, text in logs.items() for line in text.split("\n") if wanted.search(line)
    ]
    return f"zone +0000 {now}\n" + "".join(lines[-300:])


def sources(material: Material) -> str | None:
    """From /etc/apt; when the package lists came is not in there."""
    files = [f"# file {path}\n{text.rstrip()}\n\n" for path, text in material.below("/etc/apt/sources.list")]
    return "".join(files) + "# lists \n" if files else None


CONVERTERS: Mapping[str, Callable[[Material], Reading | str | None]] = {
    "host": host,
    "os": os,
    "pci": pci,
    "modules": module,
    "kernel_log": log,
    "smi": nvidia_smi,
    "packages": packages,
    "sources": sources,
    "history": history,
}
"""The topics that other tools' material can answer."""
