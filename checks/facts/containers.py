"""Docker's containers with their GPUs, its images that ask for a CUDA version, and its data root: an active topic.

Docker is asked only when it is up. Of a container's environment only NVIDIA's own variables leave the host.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from checks.facts.docker import BRIEF
from checks.facts.reading import Reading, Unknown, number, words

LIMIT = 200
"""Images that are looked at, the newest first."""

_HEAD = r"""{{printf "container %s %s %s\n" .Name .HostConfig.Runtime .Config.Image}}"""
_ENV = r"""{{range .Config.Env}}{{printf "env %s\n" .}}{{end}}"""
_REQUESTS = (
    r"""{{range .HostConfig.DeviceRequests}}{{printf "request %s %v %v\n" .Driver .Capabilities .DeviceIDs}}{{end}}"""
)
_DEVICES = r"""{{range .HostConfig.Devices}}{{printf "device %s\n" .PathOnHost}}{{end}}"""
_VOLUMES = r"""{{range .Mounts}}{{printf "volume %s %s\n" .Name .Source}}{{end}}"""
_IMAGE = r"""{{printf "image %s %v\n" .ID .RepoTags}}"""

COMMAND = rf"""
[ -d /run/systemd/system ] || exit 0
{BRIEF.strip()}
[ "$state" = active ] || exit 0
ask() {{ timeout -k 1 10 docker "$@"; }}
[ -n "$root" ] || root=$(ask info --format '{{{{.DockerRootDir}}}}') || {{ ask ps -q; exit 1; }} # which says why
echo "root $root"
echo "on $(stat -f -c '%S %b %a %c %d %T' "$root")"
ids=
case $held in
0) ;;
listed) ids=$(sed -n 's/^container .* //p' "${{brief%.brief}}.out") ;;
*) ids=$(ask ps -q) || exit 1 ;;
esac
if [ -n "$ids" ]; then
    # Docker before 19.03 knows no device requests.
    {{ ask inspect --format '{_HEAD}{_ENV}{_REQUESTS}{_DEVICES}{_VOLUMES}' $ids 2>/dev/null ||
        ask inspect --format '{_HEAD}{_ENV}{_DEVICES}{_VOLUMES}' $ids; }} |
        grep -E '^(container|request|device /dev/nvidia|volume nvidia_driver_|env NVIDIA_(VISIBLE_DEVICES|REQUIRE))'
fi
[ "$images" = 0 ] && exit 0
ids=$(ask image ls -q | awk '!seen[$0]++' | head -n {LIMIT})
[ -z "$ids" ] || ask image inspect --format '{_IMAGE}{_ENV}' $ids 2>/dev/null |
    awk '/^image / {{ image = $0 }} /^env NVIDIA_REQUIRE_CUDA=/ {{ print image; print }}'
exit 0
"""


@dataclass(frozen=True)
class Container:
    """A running container: its runtime, image, device requests, device nodes, driver volumes, NVIDIA's variables."""

    name: str
    runtime: str = ""
    image: str = ""
    requests: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()

    @property
    def has_gpus(self) -> bool:
        """Whether it was given GPUs: by a request, the NVIDIA runtime, or device nodes."""
        visible = dict(self.env).get("NVIDIA_VISIBLE_DEVICES", "")
        by_runtime = "nvidia" in self.runtime and visible not in ("", "none", "void")
        by_request = any("gpu" in request or "nvidia" in request for request in self.requests)
        return by_runtime or by_request or bool(self.devices)


@dataclass(frozen=True)
class Image:
    """An image that says which CUDA it needs (NVIDIA_REQUIRE_CUDA)."""

    name: str
    needs: str


@dataclass(frozen=True)
class Root:
    """Docker's data root: the kind of its file system, and bytes and inodes, in all and free."""

    path: str
    kind: str
    size: int
    free: int
    inodes: int
    inodes_free: int


@dataclass(frozen=True)
class Containers:
    """`root` is None when docker was not up, so nothing was asked."""

    root: Root | None
    running: tuple[Container, ...] = field(default=())
    images: tuple[Image, ...] = field(default=())

    @property
    def with_gpus(self) -> tuple[Container, ...]:
        """The running containers that were given GPUs."""
        return tuple(container for container in self.running if container.has_gpus)


def parse(reading: Reading) -> Containers:
    """`root`, `on`, `container` and `image` lines, and below each container and image those that belong to it."""
    root: Root | None = None
    path = ""
    running: list[Container] = []
    images: list[Image] = []
    for line in reading.lines():
        kind, _, value = line.partition(" ")
        if kind == "root":
            path = value
        elif kind == "on":
            root = _root(path, value)
        elif kind == "container":
            name, runtime, image = words(value, 3)
            running.append(Container(name.lstrip("/"), runtime, image))
        elif kind == "image":
            ident, _, tags = value.partition(" ")
            images.append(Image(tags.strip("[]").partition(" ")[0] or ident, ""))
        elif images and kind == "env":
            images[-1] = replace(images[-1], needs=value.partition("=")[2])
        elif running and not images:
            running[-1] = _with(running[-1], kind, value)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Containers(root, tuple(running), tuple(images))


def _with(container: Container, kind: str, value: str) -> Container:
    if kind == "request":
        return replace(container, requests=(*container.requests, value))
    if kind == "device":
        return replace(container, devices=(*container.devices, value))
    if kind == "volume":
        return replace(container, volumes=(*container.volumes, value.partition(" ")[0]))
    if kind == "env":
        key, _, text = value.partition("=")
        return replace(container, env=(*container.env, (key, text)))
    raise Unknown(f"unexpected line {f'{kind} {value}'[:80]!r}")


def _root(path: str, value: str) -> Root:
    block, blocks, free, inodes, inodes_free, kind = words(value, 6)
    size = number(block)
    return Root(path, kind, size * number(blocks), size * number(free), number(inodes), number(inodes_free))
