"""Docker: installed, running, and what runs in it. The daemon is asked only when it is up: a look must not start it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from checks.facts.reading import Reading, Unknown

BRIEF = """
brief=${topic:-$0} state='' images='' held='' root=''
brief=${brief%/*}/docker.brief
# shellcheck disable=SC2034 # not every topic uses all of them
{ read -r state images held root <"$brief"; } 2>/dev/null || state=$(systemctl is-active docker.service)
"""
"""sh for topics that begin after this one: docker's state and data root; `images` and `held` are 0 where it has none
and no containers, and `held` is `listed` where those that run are in this topic's answer. Where that was not found out,
or this topic is not asked, there is no more than the state."""

COMMAND = """
command -v docker >/dev/null && printf "client " && command -v docker
command -v dockerd >/dev/null && printf "daemon " && command -v dockerd
state=none
if [ -d /run/systemd/system ]; then
    state=$(systemctl is-active docker.service)
elif [ -e /run/docker.pid ] && [ -d "/proc/$(cat /run/docker.pid)" ]; then
    state=active
fi
echo "state $state"
echo "group $(getent group docker || echo none)"
if [ "$state" = active ]; then
    images=- held=- root=''
    if info=$(timeout -k 1 10 docker info --format '{{json .}}' 2>&1); then
        case $info in *'"DockerRootDir":"'*) root=${info#*'"DockerRootDir":"'} root=${root%%'"'*} ;; esac
        case $info in *'"Images":0,'*) images=0 ;; esac
        case $info in *'"Containers":0,'*) held=0 ;; esac
    fi
    echo "info $info"
    [ "$held" = 0 ] ||
        { timeout -k 1 10 docker ps --no-trunc --format 'container {{json .Names}} {{.ID}}' 2>&1 && held=listed; }
elif [ "$state" = failed ]; then
    journalctl -u docker.service -n 5 -o cat --no-pager 2>/dev/null | sed 's/^/log /'
fi
[ -z "${topic:-}" ] || echo "$state $images $held $root" >"$topic.brief"
exit 0
"""


@dataclass(frozen=True)
class Live:
    """What the running daemon says of itself: its runtimes by name, the default one, how it makes control groups.

    `runc` is that program's version, `security` docker's options (rootless), `swarm` the state of the swarm.
    """

    runtimes: dict[str, str] = field(default_factory=dict)
    default_runtime: str = ""
    cgroup_driver: str = ""
    live_restore: bool = False
    runc: str = ""
    security: tuple[str, ...] = ()
    swarm: str = ""


@dataclass(frozen=True)
class Docker:
    """`daemon` and `client` are the paths of the programs, empty where they are missing.

    `state` is systemd's: active, inactive, failed, activating;
    `version`, `root` (the data root) and `storage` only if it is up.

    `containers` are the names of those that run, `ids` their ids with their names.

    `error` is what the daemon said instead of answering. `group` is the line of the group docker: empty where there is
    no such group, None where that was not asked. `held` counts the images and the containers in the data root, those
    that do not run too.
    """

    daemon: str
    client: str
    state: str
    version: str
    root: str
    storage: str
    containers: tuple[str, ...]
    error: str
    live: Live = field(default_factory=Live)
    ids: tuple[tuple[str, str], ...] = ()
    group: str | None = None
    held: tuple[int, int] = (0, 0)

    @property
    def members(self) -> tuple[str, ...]:
        """Who is in the group docker; `Unknown` where nobody asked."""
        if self.group is None:
            raise Unknown("it was not asked who is in the group docker")
        return tuple(name for name in self.group.rpartition(":")[2].split(",") if name)

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
    running = [line.partition(" ")[::2] for line in found.get("container", ())]
    return Docker(
        (found.get("daemon") or [""])[0],
        (found.get("client") or [""])[0],
        state[0],
        str(info.get("ServerVersion", "")),
        str(info.get("DockerRootDir", "")),
        str(info.get("Driver", "")),
        tuple(name.strip('"') for name, _ in running),
        error,
        _live(info),
        tuple((container, name.strip('"')) for name, container in running if container),
        _group(found),
        (_count(info, "Images"), _count(info, "Containers")),
    )


def _group(found: dict[str, list[str]]) -> str | None:
    if "group" not in found:
        return None
    line = found["group"][0]
    return "" if line == "none" else line


def _count(info: dict[str, object], key: str) -> int:
    value = info.get(key)
    return value if isinstance(value, int) else 0


def _live(info: dict[str, object]) -> Live:
    runtimes, commit, swarm = (_table(info, key) for key in ("Runtimes", "RuncCommit", "Swarm"))
    security = info.get("SecurityOptions")
    return Live(
        {name: str(_table(runtimes, name).get("path", "")) for name in runtimes},
        str(info.get("DefaultRuntime", "")),
        str(info.get("CgroupDriver", "")),
        info.get("LiveRestoreEnabled") is True,
        str(commit.get("ID", "")),
        tuple(str(option) for option in security) if isinstance(security, list) else (),
        str(swarm.get("LocalNodeState", "")),
    )


def _table(parent: dict[str, object], key: str) -> dict[str, object]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


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
