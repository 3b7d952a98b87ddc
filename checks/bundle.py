"""A support bundle: what the host answered, the report, and the logs that matter, blanked, in one archive.

Looking only: nothing is changed on the host. Everything lies in one folder named after host and time, with SHA256SUMS
beside it (`sha256sum -c SHA256SUMS`); the same answers give the same bytes. `doctor --recording` reads it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone

from checks import report
from checks.facts import Facts
from checks.facts.blank import blank_text, blanked
from checks.facts.reading import Reading, Unknown
from checks.facts.recording import Recording, render
from checks.finding import Finding
from checks.offline.archive import OURS
from checks.report import Report

_LAST = "tail -c 60000"


def _journal(*units: str) -> str:
    chosen = " ".join(f"-u '{unit}'" for unit in units)
    asked = f"journalctl {chosen} -n 2000 --no-pager -o short-iso 2>&1 | {_LAST}"
    return f"command -v journalctl >/dev/null || exit 127\n{asked}"


LOGS: Mapping[str, str] = {
    "dmesg": f"dmesg 2>&1 | {_LAST}",
    "journal_kernel": f"journalctl -k -b -1 -n 2000 --no-pager -o short-iso 2>&1 | {_LAST}",
    "journal_docker": _journal("docker.service", "docker.socket", "containerd.service", "nvidia-docker.service"),
    "journal_kubelet": _journal("kubelet.service"),
    "journal_nvidia": _journal("nvidia-*", "gpuwright-*"),
    "units": "systemctl --failed --no-pager --plain; systemctl list-units --all --no-pager --plain "
    "'nvidia*' 'docker*' 'containerd*' 'kubelet*' 'gpuwright*'",
    "package_history": "for log in /var/log/apt/history.log /var/log/dnf.rpm.log /var/log/yum.log; do\n"
    '    [ -e "$log" ] && echo "# $log" && tail -c 50000 "$log"\ndone\nexit 0',
    "dkms": "for log in /var/lib/dkms/nvidia*/*/build/make.log /var/lib/dkms/nvidia*/*/*/*/log/make.log; do\n"
    '    [ -e "$log" ] && echo "# $log" && tail -n 60 "$log" | cut -c -400\ndone\nexit 0',
    "fabricmanager": f"cat /var/log/fabricmanager.log 2>/dev/null | {_LAST}",
}
"""What is fetched besides the recording, in a second exec: a topic each, whose last 60 KB are kept."""


def archive(recording: Recording, made: Report, logs: Recording) -> tuple[str, bytes]:
    """The archive's name and its bytes."""
    seconds = _seconds(recording)
    moment = datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    folder = f"gpuwright-{made.host.replace('/', '_')}-{moment}"
    files = _files(recording, made, logs)
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    memory = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=memory, mode="wb", mtime=seconds) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name, data in {"SHA256SUMS": sums.encode(), **files}.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size, member.mtime, member.mode = len(data), seconds, 0o644
            tar.addfile(member, io.BytesIO(data))
    return f"{folder}.tar.gz", memory.getvalue()


def _files(recording: Recording, made: Report, logs: Recording) -> dict[str, bytes]:
    clean = replace(made, findings=tuple(_clean(finding) for finding in made.findings))
    texts = {OURS: render(blanked(recording)), "report.json": report.as_json(clean) + "\n"}
    texts["report.txt"] = report.as_text(clean, verbose=True)
    texts |= {f"logs/{name}.txt": _log(reading) for name, reading in logs.readings.items()}
    return {name: text.encode() for name, text in sorted(texts.items())}


def _log(reading: Reading) -> str:
    """The log, with what went wrong at its head: an empty file must not look like a quiet host."""
    if reading.status is None:
        return f"# no answer before the deadline\n{blank_text(reading.text)}"
    head = f"# exit status {reading.status}\n" if reading.status else ""
    return head + (blank_text(reading.text) or "# nothing\n")


def _clean(finding: Finding) -> Finding:
    return replace(
        finding,
        summary=blank_text(finding.summary),
        why=blank_text(finding.why),
        evidence=blank_text(finding.evidence),
        remedy=finding.remedy and replace(finding.remedy, text=blank_text(finding.remedy.text)),
    )


def _seconds(recording: Recording) -> int:
    try:
        return max(0, Facts(recording).host.time)
    except Unknown:
        return 0
