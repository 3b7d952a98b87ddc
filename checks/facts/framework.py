"""Whether a program of TensorFlow or PyTorch computes on the GPU in a container: asked only with --framework.

It is a second exec: importing a framework takes seconds, and a GPU that is newer than the image makes it compile its
kernels anew, for minutes. The image must be on the host: nothing is fetched. Every way to the GPUs that this host has
is tried by itself, each in a container that is gone afterwards.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass

from checks.facts.framework_programs import INSIDE, MARK, PROGRAMS
from checks.facts.reading import NOT_ASKED, Reading, Unknown

WAYS = ("docker", "nvidia-docker", "runtime", "cdi", "pod")
"""By docker's plain flags; by nvidia-docker; the runtime nvidia; the names of CDI; and a pod, which kubectl starts."""

LIMIT = 300
"""Seconds for each way, unless the deadline is longer."""

_FLAGS = {"tensorflow": "--env TF_CPP_MIN_LOG_LEVEL=0", "pytorch": "--ipc=host"}
"""What each framework gets besides: its log, and the host's shared memory, of which docker gives 64 MiB."""

_COMMAND = """
framework={framework} image={image} limit={limit} container=gpuwright-framework-$$
echo "framework $framework"
echo "image $image"
systemctl is-active -q docker.service || {{ echo "docker is not running"; exit {not_asked}; }}
labels=$(timeout -k 1 20 docker image inspect -f '{{{{json .Config.Labels}}}}' "$image" 2>&1) || {{
    echo "the image $image is not on this host: docker pull $image"
    exit {not_asked}
}}
trap 'timeout -k 1 20 docker rm -f "$container" >/dev/null 2>&1' EXIT
inside={inside}
program={program}
through() {{ # WAY COMMAND...: runs the program with the flags of one way
    echo "way $1"
    shift
    set -- "$@" --name "$container" --network none {flags} --entrypoint sh "$image" -c "$inside" "$program"
    timeout -k 5 "$limit" "$@" >"$d/said" 2>&1 </dev/null
    status=$?
    tr -d '\\r' <"$d/said" | tail -n 200 | cut -c 1-500 | sed 's/^/| /'
    echo "status $status"
    timeout -k 1 20 docker rm -f "$container" >/dev/null 2>&1
}}
d=$(mktemp -d /dev/shm/gpuwright.XXXXXXXX || mktemp -d) || exit 73
trap 'timeout -k 1 20 docker rm -f "$container" >/dev/null 2>&1; rm -rf "$d"' EXIT
volume=
[ ! -r /sys/module/nvidia/version ] || read -r volume </sys/module/nvidia/version
volume=nvidia_driver_$volume
if timeout -k 1 20 docker volume inspect "$volume" >/dev/null 2>&1; then
    set -- docker run --rm --volume "$volume:/usr/local/nvidia:ro"
    for node in /dev/nvidiactl /dev/nvidia-uvm /dev/nvidia-uvm-tools /dev/nvidia[0-9]*; do
        [ ! -c "$node" ] || set -- "$@" --device "$node"
    done
    through docker "$@"
fi
if command -v nvidia-docker >/dev/null; then
    case $labels in *com.nvidia.volumes.needed*) ;; *) echo "unlabelled" ;; esac
    through nvidia-docker nvidia-docker run --rm
fi
case $(timeout -k 1 20 docker info -f '{{{{json .Runtimes}}}}' 2>/dev/null) in
*'"nvidia":'*) through runtime docker run --rm --runtime=nvidia --env NVIDIA_VISIBLE_DEVICES=all ;;
esac
if timeout -k 1 20 docker info -f '{{{{json .CDISpecDirs}}}}' 2>/dev/null | grep -q '\\["' &&
    grep -qs nvidia.com/gpu /etc/cdi/* /var/run/cdi/*; then
    through cdi docker run --rm --device nvidia.com/gpu=all
fi
exit 0
"""


def command(framework: str, image: str, deadline: float = 0) -> str:
    """Asks for the program of a framework in an image; `deadline` in seconds may lengthen the limit of each way."""
    return _COMMAND.format(
        framework=framework,
        image=shlex.quote(image),
        limit=_limit(deadline),
        not_asked=NOT_ASKED,
        inside=shlex.quote(INSIDE),
        program=shlex.quote(PROGRAMS[framework]),
        flags=_FLAGS[framework],
    )


def longest(deadline: float = 0) -> float:
    """Seconds after which the whole answer counts as late."""
    return len(WAYS) * (_limit(deadline) + 60)


def _limit(deadline: float) -> int:
    return max(LIMIT, round(deadline))


@dataclass(frozen=True)
class Ran:
    """What the program printed in one container, and its exit status (124: it did not end in time).

    `product` is None where it was not reached, `device` where the product was placed: gpu:0, cpu:0, or empty where
    nothing says. `placed` is the line that says so.
    """

    status: int
    lines: tuple[str, ...]
    version: str = ""
    hello: str = ""
    sum: str = ""
    product: list[list[float]] | None = None
    device: str = ""
    placed: str = ""

    @property
    def late(self) -> bool:
        """Whether it was ended because it did not end by itself."""
        return self.status in (124, 137)

    @property
    def reason(self) -> str:
        """The line in which the framework, or docker, says what it lacks; its last line where none does."""
        said = [line.strip() for line in self.lines if line.strip() and not line.startswith(MARK)]
        found = [line for pattern in (_REASON, _NO_DEVICES) for line in said if pattern.search(line)]
        return (found or said[-1:] or ["it printed nothing"])[0]


@dataclass(frozen=True)
class Framework:
    """The framework and the image; what came of each way; `unlabelled`: nvidia-docker 1.x gives that image no GPU."""

    framework: str
    image: str
    ways: tuple[tuple[str, Ran], ...]
    unlabelled: bool = False
    not_asked: str = ""


_PLACED = re.compile(r"(?:^|[\] ])product: \(MatMul\):? ?/job:\S*/(?:device:)?((?:gpu|cpu):\d+)\s*$", re.IGNORECASE)
_REASON = re.compile(
    r"CUDA_ERROR|failed call to cuInit|no NVIDIA GPU|[Cc]ould not (?:find cuda drivers|load dynamic library)"
    r"|Cannot dlopen|Cannot assign a device|libcud\w+\.so|^\w*(?:Error|Exception): |[Ee]rror response from daemon"
    r"|Found no NVIDIA driver|driver version is insufficient"
)
_NO_DEVICES = re.compile(r"Device mapping: no known devices")


def ran(status: int, text: str) -> Ran:
    """What the program said, from a container's or a pod's log; pure."""
    lines = tuple(text.splitlines())
    said: dict[str, str] = {}
    for line in lines:
        mark, _, rest = line.partition(" ")
        word, _, value = rest.partition(" ")
        if mark == MARK and word:
            said.setdefault(word, value)
    placed = next(((match[1], line) for line in lines if (match := _PLACED.search(line))), None)
    device = placed[0].lower() if placed else said.get("device", "").replace("cuda", "gpu")
    line = placed[1] if placed else f"{MARK} device {said['device']}" if "device" in said else ""
    version, hello, total = (said.get(word, "") for word in ("version", "hello", "sum"))
    return Ran(status, lines, version, hello, total, _matrix(said.get("product", "")), device, line.strip())


def _matrix(text: str) -> list[list[float]] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    rows = found if isinstance(found, list) else []
    fits = all(isinstance(row, list) and all(isinstance(n, (int, float)) for n in row) for row in rows)
    return [[float(n) for n in row] for row in rows] if rows and fits else None


def parse(reading: Reading) -> Framework:
    """Lines of `framework`, `image`, `way` with its output behind bars and its `status`, and `unlabelled`."""
    if reading.status == NOT_ASKED:
        lines = reading.text.strip().splitlines()
        named = dict(line.partition(" ")[::2] for line in lines[:2])
        why = lines[-1] if len(lines) > len(named) else "no reason given"
        return Framework(named.get("framework", ""), named.get("image", ""), (), not_asked=why)
    said: dict[str, str] = {}
    ways: list[tuple[str, Ran]] = []
    output: list[str] | None = None
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "|" and output is not None:
            output.append(rest)
        elif kind == "way" and rest in WAYS and output is None:
            said["way"], output = rest, []
        elif kind == "status" and output is not None and rest.isascii() and rest.isdigit():
            ways.append((said["way"], ran(int(rest), "\n".join(output))))
            output = None
        elif kind in ("framework", "image", "unlabelled") and output is None:
            said[kind] = rest
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    if output is not None or said.get("framework") not in PROGRAMS:
        raise Unknown("the answer is not whole")
    return Framework(said["framework"], said.get("image", ""), tuple(ways), "unlabelled" in said)
