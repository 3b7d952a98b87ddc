"""The driver's user-space files, and the docker volumes named nvidia_driver_<version> that carry them into containers.

The names of the files are those that nvidia-docker 1.0 put into its volume (NVIDIA/nvidia-docker v1.0.1,
src/nvidia/volumes.go), with the libraries that drivers have gained since.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace

from checks.facts.reading import Reading, Unknown, number, words

PREFIX = "nvidia_driver_"
BINARIES = (
    "nvidia-cuda-mps-control",
    "nvidia-cuda-mps-server",
    "nvidia-debugdump",
    "nvidia-persistenced",
    "nvidia-smi",
)
LIBRARIES = (
    "libnvidia-ml.so",
    "libcuda.so",
    "libcudadebugger.so",
    "libnvidia-ptxjitcompiler.so",
    "libnvidia-fatbinaryloader.so",
    "libnvidia-nvvm.so",
    "libnvidia-gpucomp.so",
    "libnvidia-allocator.so",
    "libnvidia-opencl.so",
    "libnvidia-compiler.so",
    "libnvidia-cfg.so",
    "libnvidia-encode.so",
    "libnvidia-opticalflow.so",
    "libnvcuvid.so",
    "libnvidia-fbc.so",
)

NEWER = (
    "libcudadebugger.so",
    "libnvidia-nvvm.so",
    "libnvidia-gpucomp.so",
    "libnvidia-allocator.so",
    "libnvidia-cfg.so",
    "libnvidia-opticalflow.so",
)
"""Those of them that nvidia-docker 1.0's plugin does not know, and leaves out."""

_PATTERN = "|".join(name.replace(".", "\\.") for name in LIBRARIES)

FILES = f"""
for name in {" ".join(BINARIES)}; do
    path=$(command -v "$name") && echo "bin $name $(readlink -f "$path")"
done
ldconfig -p | sed -nE 's/^[[:space:]]*(({_PATTERN})[^ ]*) \\([^)]*(x86-64|AArch64)[^)]*\\) => /\\1 /p' |
    while read -r name path; do echo "lib64 $name $(readlink -f "$path")"; done
"""
"""Prints what belongs in the volume: its folder there, its name, its real file here."""

COMMAND = f"""
files() {{ {FILES.strip()}
}}
files | while read -r folder name path; do
    [ -e "$path" ] && echo "file $folder $name $(stat -c '%d %i %s %n' "$path")"
done
if [ -d /run/systemd/system ] && systemctl is-active -q docker.service; then
    echo "asked"
    # A volume plugin that is gone makes each of these wait 15 s, and late is not empty.
    if command -v nvidia-docker-plugin >/dev/null && ! systemctl is-active -q nvidia-docker.service; then
        echo "docker waits for nvidia-docker's plugin, which does not run"
        exit 1
    fi
    names=$(timeout -k 1 18 docker volume ls -q) || exit 1
    for name in $(echo "$names" | grep -E '^{PREFIX}[0-9.]+$'); do
        made=$(timeout -k 1 10 docker volume inspect -f '{{{{.Driver}}}} {{{{.Mountpoint}}}}' "$name") || exit 1
        root=${{made#* }}
        echo "volume $name $root"
        echo "made ${{made%% *}}"
        timeout -k 1 10 docker ps -a --filter "volume=$name" --format 'user {{{{.Names}}}}' || exit 1
        find "$root" -type f -exec stat -c 'held %d %i %s %n' {{}} +
    done
fi
exit 0
"""


@dataclass(frozen=True)
class File:
    """A file of the driver: device and inode numbers, size in bytes, real path."""

    device: int
    inode: int
    size: int
    path: str

    def same_as(self, other: File) -> bool:
        """One file under two names (a hard link), or a copy of the same size under the same name."""
        linked = (self.device, self.inode) == (other.device, other.inode)
        return linked or (self.size == other.size and posixpath.basename(self.path) == posixpath.basename(other.path))


@dataclass(frozen=True)
class Volume:
    """A docker volume: where it lies on the host, its files by path below that, its driver.

    `users` are the containers that hold it, stopped ones too.
    """

    name: str
    root: str
    files: dict[str, File]
    driver: str = "local"
    users: tuple[str, ...] = ()


@dataclass(frozen=True)
class DriverVolume:
    """`files` are the driver's by the path they have in a volume; `volumes` is None when docker could not be asked."""

    files: dict[str, File]
    volumes: tuple[Volume, ...] | None

    @property
    def bytes(self) -> int:
        """What a copy of the driver's files takes on disk."""
        return sum(file.size for file in self.files.values())

    def named(self, version: str) -> Volume | None:
        """The volume of that driver version; `Unknown` when docker was not running."""
        if self.volumes is None:
            raise Unknown("docker is not running, so its volumes cannot be listed")
        return next((volume for volume in self.volumes if volume.name == PREFIX + version), None)

    def lacking(self, volume: Volume) -> tuple[str, ...]:
        """The driver's files that the volume lacks, or holds in another version; of those that its maker knows."""
        held = volume.files
        unknown = () if volume.driver == "local" else NEWER
        return tuple(
            sorted(
                path
                for path, file in self.files.items()
                if not posixpath.basename(path).startswith(unknown)
                and (path not in held or not file.same_as(held[path]))
            )
        )


def parse(reading: Reading) -> DriverVolume:
    """`file`, `volume` and other lines; `made`, `user` and `held` belong to the volume above them."""
    files: dict[str, File] = {}
    volumes: list[Volume] = []
    asked = False
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "file":
            folder, _, file = words(rest, 3)
            found = _file(file)
            files[f"{folder}/{posixpath.basename(found.path)}"] = found
        elif kind == "asked":
            asked = True
        elif kind == "volume":
            name, root = words(rest, 2)
            volumes.append(Volume(name, root, {}))
        elif kind == "made" and volumes:
            volumes[-1] = replace(volumes[-1], driver=rest)
        elif kind == "user" and volumes:
            volumes[-1] = replace(volumes[-1], users=(*volumes[-1].users, rest))
        elif kind == "held" and volumes:
            held = _file(rest)
            volumes[-1].files[held.path.removeprefix(volumes[-1].root).lstrip("/")] = held
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return DriverVolume(files, tuple(volumes) if asked else None)


def _file(text: str) -> File:
    device, inode, size, path = words(text, 4)
    return File(number(device), number(inode), number(size), path)
