"""pyinfra's deploy for the doctor: a fact for each question."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pyinfra import host
from pyinfra.facts.server import Command

for question in json.loads(Path(os.environ["BENCH_STATES"]).read_text(encoding="utf-8"))["questions"]:
    host.get_fact(Command, f"({question}) 2>&1 || true")
