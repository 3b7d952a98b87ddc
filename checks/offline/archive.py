"""A tar archive: sosreport's, or our own bundle. Nothing is unpacked to disk; members are read as they lie there.

sos keeps files below their own path, and what commands printed below sos_commands/PLUGIN/, named by the command line
with underscores for blanks (sos.report.plugins; read from a report that sos 4.0 made on Debian 12). Its plugin rpm
lists the packages by a pipe of its own, and once more as package-data.
"""

from __future__ import annotations

import re
import tarfile

from checks.facts.recording import BadRecording, Recording, parse
from checks.offline.material import Material
from checks.offline.topics import recording

BIGGEST = 32 * 1024 * 1024
"""Bytes of one member that are read."""

_FILES = re.compile(
    r"proc/(modules|uptime|driver/nvidia/version|sys/kernel/random/boot_id)$|sys/module/[^/]+/(version|refcnt)$"
    r"|(etc|usr/lib)/os-release$|etc/apt/sources\.list(\.d/[^/]+)?$|var/log/(dmesg|messages|dnf\.log|dnf\.rpm\.log|yum\.log)$"
)
_COMMANDS = re.compile(r"sos_commands/[^/]+/([^/]+)$")
_NAMED = re.compile(r"(uname|date|lspci|lsmod|dmesg|dpkg|rpm|nvidia-smi|journalctl|uptime|hostname)(?=_|$)")
_RPMS = re.compile(r"sh_-c_rpm_.*-qa|package-data$")
OURS = "recording.rec"


def read(tar: tarfile.TarFile) -> Recording:
    """The recording in a bundle of ours, or what a sosreport says."""
    found = Material()
    for member in tar:
        name = member.name.removeprefix("./").partition("/")[2]
        if not member.isfile() or member.size > BIGGEST:
            continue
        if name == OURS:
            return parse(_text(tar, member))
        command = _COMMANDS.match(name)
        if command and _NAMED.match(command[1]):
            found.commands.setdefault(command[1].replace("_", " "), _text(tar, member))
        elif command and _RPMS.match(command[1]):
            found.commands.setdefault("rpm -qa", _text(tar, member))
        elif _FILES.match(name):
            found.files["/" + name] = _text(tar, member)
    if not found.commands:
        raise BadRecording(f"an archive with neither {OURS} nor sos_commands/: no bundle of ours and no sosreport")
    return recording(found)


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member)
    return file.read().decode(errors="replace") if file else ""
