"""pyinfra's deploy for the converge: its own operations, which find nothing to do."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

from pyinfra.operations import apt, files, systemd

states = json.loads(Path(os.environ["BENCH_STATES"]).read_text(encoding="utf-8"))
apt.packages(packages=states["packages"])
for path, content in states["files"].items():
    files.put(src=io.StringIO(content), dest=path)
for unit in states["units"]:
    systemd.service(service=unit, running=True, enabled=True)
for folder in states["folders"]:
    files.directory(path=folder)
