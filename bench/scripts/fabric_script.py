"""Run by Fabric's own environment: `fabric_script.py WORK STATES SSH_CONFIG HOST...`."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from fabric import Config, Connection, ThreadingGroup


def _commands(work: str, states: dict[str, Any]) -> list[str]:
    if work == "doctor":
        return list(states["questions"])
    digests = {path: hashlib.sha256(content.encode()).hexdigest() for path, content in states["files"].items()}
    return [
        *(f"dpkg-query -W -f '${{Status}}' {name} | grep -qx 'install ok installed'" for name in states["packages"]),
        *(f"echo '{digest}  {path}' | sha256sum -c --status" for path, digest in digests.items()),
        *(f"systemctl is-enabled -q {name} && systemctl is-active -q {name}" for name in states["units"]),
        *(f"test -d {path}" for path in states["folders"]),
    ]


def main(work: str, states: str, ssh_config: str, *hosts: str) -> int:
    """Status 0 when every host did all of it; the questions' own statuses do not matter."""
    config = Config(runtime_ssh_path=ssh_config)
    group = ThreadingGroup.from_connections([Connection(host, config=config) for host in hosts])
    for command in _commands(work, json.loads(Path(states).read_text(encoding="utf-8"))):
        group.run(command, hide=True, warn=work == "doctor", in_stream=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
