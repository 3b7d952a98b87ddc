"""A virtual environment for each peer, made once for what its requirements say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.peers.gpuwright import ROOT
from bench.peers.peer import Peer

FOLDER = Path(__file__).parent / ".venvs"


def environment(peer: Peer) -> Path:
    """Its folder of programs; `RuntimeError` has pip's own words where it cannot be installed."""
    if not peer.requirements:
        return FOLDER
    place = FOLDER / peer.name
    note, wanted = place / "requirements", "\n".join(peer.requirements)
    ours = any(str(ROOT) in requirement for requirement in peer.requirements)
    if ours or not note.is_file() or note.read_text(encoding="utf-8") != wanted:
        if not (place / "bin/python").exists():
            subprocess.run([sys.executable, "-m", "venv", place], check=True)
        pip = [str(place / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
        again = ["--force-reinstall", "--no-deps"] if ours and note.is_file() else []  # our own code has changed
        done = subprocess.run([*pip, *again, *peer.requirements], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.strip()[-300:])
        note.write_text(wanted, encoding="utf-8")
    return place / "bin"
