"""Docker: installed, running, and what runs in it. The daemon is asked only when it is up: a look must not start it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown

COMMAND = """
command -v docker >/dev/null && echo "client $(command -v docker)"
command -v dockerd >/dev/null && echo "daemon $(command -v dockerd)"
state=none
if [ -d /run/systemd/system ]; then
    state=$(systemctl is-active docker.service)
elif [ -e /run/docker.pid ] && [ -d "/proc/$(cat /run/docker.pid)" ]; then
    state=active
fi
echo "state $state"
if [ "$state" = active ]; then
    echo "info $(timeout -k 1 10 docker info --format '{{json .}}' 2>&1)"
    timeout -k 1 10 docker ps --no-trunc --format 'container {{json .Names}}' 2>&1
elif [ "$state" = failed ]; then
    journalctl -u docker.service -n 5 -o cat --no-pager 2>/dev/null | sed 's/^/log /'
fi
exit 0
"""


@dataclass(frozen=True)
class Docker:
    """`daemon` and `client` are the paths of the programs, empty where they are missing.

    `state` is systemd's: active, inactive, failed, activating;
    `version`, `root` (the data root) and `storage` only if it is up.

    `error` is what the daemon said instead of answering.
    """

    daemon: str
    client: str
    state: str
    version: str
    root: str
    storage: str
    containers: tuple[str, ...]
    error: str

    @property
    def running(self) -> bool:
        """Up and answering."""
        return self.state == "active" and not self.error


def parse(reading: Reading) -> Docker:
    """Lines by their first word."""
    found: dict[str, list[str]] = {}
    for line in reading.lines():
        key, _, value = line.partition(" ")
        found.setdefault(key, []).append(value)
    state = found.get("state")
    if not state:
        raise Unknown("no line about the state of docker.service")
    info, error = _info(found)
    containers = tuple(name.strip('"') for name in found.get("container", ()))
    return Docker(
        (found.get("daemon") or [""])[0],
        (found.get("client") or [""])[0],
        state[0],
        str(info.get("ServerVersion", "")),
        str(info.get("DockerRootDir", "")),
        str(info.get("Driver", "")),
        containers,
        error,
    )


def _info(found: dict[str, list[str]]) -> tuple[dict[str, object], str]:
    if "info" not in found:
        return {}, " ".join(found.get("log", ()))
    text = "\n".join(found["info"])
    try:
        info = json.loads(text)
    except (ValueError, RecursionError):
        return {}, text.strip() or "docker info did not answer within 10 s"
    if not isinstance(info, dict):
        return {}, text.strip()
    errors = info.get("ServerErrors")
    return info, " ".join(str(error) for error in errors) if isinstance(errors, list) else ""
