"""nvidia-docker 1.x: its volume plugin's unit, socket, port, capability, volumes and last words.

Asked only where it is installed, or was. `systemctl start` succeeds and the unit is active also where the plugin serves
nothing, so the port and the socket are asked, never believed (nvidia-docker 1.0.1, run and watched).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.facts.answers import GET
from checks.facts.reading import NEEDS_ROOT, Reading, Unknown, number, words

FOLDER = "/var/lib/nvidia-docker"
USER = "nvidia-docker"
DROP_IN = "/etc/systemd/system/nvidia-docker.service.d/gpuwright.conf"
SPEC = "/etc/docker/plugins/nvidia-docker.spec"
PORT = 3476
_PREFIX = re.compile(r"^\S+ \| \d{4}/\d\d/\d\d \d\d:\d\d:\d\d ")
PROPERTIES = ("LoadState", "ActiveState", "SubState", "Result", "NRestarts", "User", "MainPID")

COMMAND = rf"""
plugin=$(command -v nvidia-docker-plugin)
[ -n "$plugin" ] || [ -d {FOLDER} ] || exit 0
[ "$(id -u)" = 0 ] || {{
    echo "who holds port {PORT}, and what docker's volumes hold, only root may see"
    exit {NEEDS_ROOT}
}}
{GET}
echo "plugin $plugin"
[ -z "$plugin" ] || echo "release $(timeout -k 1 5 "$plugin" -v 2>/dev/null </dev/null | sed -n 's/.*: *//p')"
id -u {USER} >/dev/null 2>&1 && echo "account"
command -v nvidia-modprobe >/dev/null && echo "modprobe"
systemctl show {" ".join(f"-p {name}" for name in PROPERTIES)} nvidia-docker.service 2>/dev/null | sed 's/^/unit /'
pid=$(systemctl show -p MainPID nvidia-docker.service 2>/dev/null)
pid=${{pid#MainPID=}}
sockets={FOLDER} volumes={FOLDER}/volumes
extra=$(sed -n 's/^ExecStart=..*-s \$SOCK_DIR *//p' {DROP_IN} 2>/dev/null)
[ -z "$extra" ] || echo "extra $extra"
# shellcheck disable=SC2086 # its arguments, one word each
set -- $extra
while [ $# -gt 1 ]; do
    [ "$1" != -d ] || volumes=$2
    shift
done
if [ "${{pid:-0}}" != 0 ] && [ -r "/proc/$pid/cmdline" ]; then
    echo "cpu $(ps -o pcpu= -p "$pid" | tr -d ' ')"
    # shellcheck disable=SC2046 # its arguments, one word each
    set -- $({{ tr '\0' ' ' <"/proc/$pid/cmdline"; }} 2>/dev/null)
    while [ $# -gt 1 ]; do
        case $1 in -s) sockets=$2 ;; -d) volumes=$2 ;; esac
        shift
    done
    # The library that it has open, by its name: /usr/lib/.../libnvidia-ml.so.VERSION
    echo "driver $(sed -n 's|.*/libnvidia-ml\.so\.||p' "/proc/$pid/maps" 2>/dev/null | head -n 1)"
fi
[ ! -L "$volumes" ] || echo "target $(readlink -f "$volumes")"
echo "folder $(stat -c '%U' {FOLDER}) {FOLDER}"
[ -S "$sockets/nvidia-docker.sock" ] && echo "socket $sockets/nvidia-docker.sock"
[ -f {SPEC} ] && echo "spec $(cat {SPEC})"
[ -n "$plugin" ] && command -v getcap >/dev/null && echo "caps $(getcap "$plugin")"
echo "protected $(cat /proc/sys/fs/protected_hardlinks)"
holder=$(ss -ltnp 2>/dev/null | awk '$4 ~ /:{PORT}$/ {{ print $NF; exit }}')
if [ -n "$holder" ]; then
    echo "port $holder"
    case $holder in *nvidia-docker*)
        echo "flags $(get {PORT} /docker/cli)"
        said=$(get {PORT} /gpu/status/json) || echo "status $said"
        ;;
    esac
fi
near=$volumes
while [ ! -e "$near" ]; do near=${{near%/*}}; done
echo "volumes $(stat -L -c %d "$near") $volumes"
for dir in "$volumes"/nvidia_driver/*; do
    [ -d "$dir" ] && [ ! -L "$dir" ] || continue
    cuda=$(stat -c %h "$dir"/lib64/libcuda.so.[0-9]*.* 2>/dev/null | head -n 1)
    echo "version $(find "$dir" -type f | wc -l) ${{cuda:-0}} $(stat -c %U "$dir") ${{dir##*/}}"
done
for dir in /var/lib/docker/volumes/nvidia_driver_*; do
    [ -d "$dir" ] && echo "local $(find "$dir" -type f | wc -l) ${{dir##*/}}"
done
journalctl -u nvidia-docker.service -n 40 -o cat --no-pager 2>/dev/null | sed 's/^/log /'
exit 0
"""


@dataclass(frozen=True)
class Version:
    """The folder of one driver version's volume: its files, the link count of its libcuda (0: none), its owner."""

    name: str
    files: int
    links: int
    owner: str


@dataclass(frozen=True)
class NvidiaDocker:
    """`plugin` is its program; `port` the holder of port 3476; `flags` what it answers there; `caps` None if not told.

    `status` is why it cannot ask the GPUs now. `device` is the file system of `volumes`, `target` where that leads if
    it is a link. `release` is its version, `driver` that of the driver it was started with, `extra` what our drop-in
    adds to its command line, `account` whether its user is there.
    """

    present: bool = False
    plugin: str = ""
    release: str = ""
    account: bool = False
    modprobe: bool = False
    unit: dict[str, str] = field(default_factory=dict)
    cpu: str = ""
    owner: str = ""
    socket: str = ""
    spec: str = ""
    caps: str | None = None
    protected: bool = False
    port: str = ""
    flags: str = ""
    status: str = ""
    device: int = 0
    volumes: str = ""
    target: str = ""
    driver: str = ""
    extra: str = ""
    versions: tuple[Version, ...] = ()
    local: tuple[tuple[str, int], ...] = ()
    log: tuple[str, ...] = ()

    @property
    def installed(self) -> bool:
        """Whether the program is here, and not only what it left behind."""
        return bool(self.plugin)

    @property
    def active(self) -> bool:
        """What systemd says, which is not yet that it serves."""
        return self.unit.get("ActiveState") == "active" and self.unit.get("SubState") == "running"

    @property
    def spins(self) -> bool:
        """Whether it found no GPU when it started: it loops for ever then, and never serves."""
        return self.active and not self.port and "Discovering GPU devices" in self.last

    @property
    def user(self) -> str:
        """Whom the unit runs as."""
        return self.unit.get("User") or "root"

    @property
    def said(self) -> tuple[str, ...]:
        """What the plugin said itself, without its name and the time; systemd's lines stand in the same journal."""
        return tuple(_PREFIX.sub("", line) for line in self.log if _PREFIX.match(line))

    @property
    def error(self) -> str:
        """The last error in its journal; empty when it went on well after it."""
        for said in reversed(self.said):
            if said.startswith("Serving"):
                return ""
            if said.startswith("Error: "):
                return said
        return ""

    @property
    def last(self) -> str:
        """Its last line."""
        return self.said[-1] if self.said else ""

    def version(self, name: str) -> Version | None:
        """The folder of that driver version."""
        return next((version for version in self.versions if version.name == name), None)


def parse(reading: Reading) -> NvidiaDocker:
    """Lines by their first word; none at all where nvidia-docker 1.x is not and was not installed."""
    lines = reading.lines()
    found: dict[str, list[str]] = {}
    for line in lines:
        kind, _, value = line.partition(" ")
        if kind not in _KINDS:
            raise Unknown(f"unexpected line {line[:80]!r}")
        found.setdefault(kind, []).append(value)
    if not lines:
        return NvidiaDocker()
    device, volumes = words(_one(found, "volumes") or "0 -", 2)
    return NvidiaDocker(
        present=True,
        plugin=_one(found, "plugin"),
        release=_one(found, "release"),
        account="account" in found,
        modprobe="modprobe" in found,
        unit=dict(pair.partition("=")[::2] for pair in found.get("unit", ())),
        cpu=_one(found, "cpu"),
        owner=_one(found, "folder").partition(" ")[0],
        socket=_one(found, "socket"),
        spec=_one(found, "spec"),
        caps=_one(found, "caps") if "caps" in found else None,
        protected=_one(found, "protected") == "1",
        port=_one(found, "port"),
        flags=_one(found, "flags"),
        status=_one(found, "status"),
        device=number(device),
        volumes=volumes,
        target=_one(found, "target"),
        driver=_one(found, "driver"),
        extra=_one(found, "extra"),
        versions=tuple(_versions(found.get("version", []))),
        local=tuple((name, number(count)) for count, name in (words(line, 2) for line in found.get("local", ()))),
        log=tuple(found.get("log", ())),
    )


_KINDS = (
    *("plugin", "modprobe", "unit", "cpu", "folder", "socket", "spec", "caps", "protected", "port", "flags", "status"),
    *("volumes", "version", "local", "log", "release", "account", "target", "driver", "extra"),
)


def _one(found: dict[str, list[str]], kind: str) -> str:
    return found.get(kind, [""])[0]


def _versions(lines: list[str]) -> Iterator[Version]:
    for line in lines:
        files, links, owner, name = words(line, 4)
        yield Version(name, number(files), number(links), owner)
