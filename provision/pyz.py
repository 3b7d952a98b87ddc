"""Builds what runs on a host where nothing is installed: `make pyz`, or python -m provision.pyz FOLDER.

gpuwright-doctor.pyz is checks/ with distro and tomli in one zip file that a Python from 3.9 on runs; gpuwright-probe.sh
is the probe alone, for a host without one: its answer is carried away and read anywhere. The same sources give the same
bytes.
"""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import checks
from checks.facts import TOPICS
from checks.facts.doctor_file import MARK
from checks.facts.fingerprint import fingerprint, sources
from checks.facts.probe import compose

DOCTOR, PROBE = "gpuwright-doctor.pyz", "gpuwright-probe.sh"
VENDORED = ("distro", "tomli")
"""What checks/ needs besides the standard library; tomli before Python 3.11."""

_MAIN = """\
import sys

from checks.main import main

try:
    status = main()
except Exception:
    import traceback

    traceback.print_exc()
    sys.stderr.write("error: a bug in gpuwright; please report this\\n")
    status = 3 if "nagios" in " ".join(sys.argv) else 70
sys.exit(status)
"""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_HEAD = """\
#!/bin/sh
# The probe of gpuwright: sh gpuwright-probe.sh > host.rec, as root where possible. It changes nothing. What it prints
# may hold serial numbers and names. Elsewhere: gpuwright doctor --recording host.rec
"""


def doctor() -> bytes:
    """The doctor as one file."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted([("__main__.py", _MAIN.encode()), *_files()]):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    body = memory.getvalue()
    mark = f"{MARK} {fingerprint()} {hashlib.sha256(body).hexdigest()}"
    return f"#!/usr/bin/env python3\n{mark}\n".encode() + body


def _files() -> Iterator[tuple[str, bytes]]:
    folders = [Path(checks.__file__).parent]
    for package in VENDORED:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise SystemExit(
                f"error: {package} is not installed here, and the file must carry it: pip install {package}"
            )
        folders.append(Path(spec.origin).parent)
    for folder in folders:
        yield from sources(folder)


def probe() -> bytes:
    """The probe as one script."""
    return (_HEAD + compose(TOPICS)).encode()


def build(folder: Path) -> tuple[Path, Path]:
    """Both files, in a folder that is made."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / DOCTOR, folder / PROBE
    for path, data in zip(made, (doctor(), probe()), strict=True):
        path.write_bytes(data)
        path.chmod(0o755)
    return made


if __name__ == "__main__":
    for built in build(Path(sys.argv[1])):
        sys.stdout.write(f"{built}: {built.stat().st_size} bytes\n")
