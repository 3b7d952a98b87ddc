"""The driver's user-space files, and the docker volumes named nvidia_driver_<version> that carry them into containers.

The names of the files are those that nvidia-docker 1.0 put into its volume (NVIDIA/nvidia-docker v1.0.1,
src/nvidia/volumes.go), with the libraries that drivers have gained since.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace

from checks.facts.docker import BRIEF
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
list=$(for name in {" ".join(BINARIES)}; do
    command -v "$name" >/dev/null && printf 'bin %s ' "$name" && command -v "$name"
done
ldconfig -p | sed -nE 's/^[[:space:]]*(({_PATTERN})[^ ]*) \\([^)]*(x86-64|AArch64)[^)]*\\) => /lib64 \\1 /p')
set --
for word in $list; do case $word in /*) set -- "$@" "$word" ;; esac; done
# One process for all paths; an old readlink takes one. The last answers count.
{{ echo "$list"; readlink -f "$@" 2>/dev/null || for word; do readlink -f "$word" || echo; done; }} |
    awk -v count=$# '{{ line[NR] = $0 }} END {{ for (i = 1; i <= count; i++) {{
        split(line[i], word, " ")
        print word[1], word[2], line[NR - count + i]
    }} }}'
"""
"""Prints what belongs in the volume: its folder there, its name, its real file here."""

COMMAND = f"""
files() {{ {FILES.strip()}
}}
files | {{
    set -- && list=''
    while read -r folder name path; do
        [ -e "$path" ] && set -- "$@" "$path" && list="$list$folder $name\\n"
    done
    [ $# = 0 ] || {{ printf '%b' "$list"; stat -c '%d %i %s %n' "$@"; }} | awk -v count=$# '
        NR <= count {{ name[NR] = $0; next }}
        {{ row[NR - count] = $0 }}
        END {{ if (NR != 2 * count) exit 1; for (i = 1; i <= count; i++) print "file", name[i], row[i] }}'
}} || exit 1
[ -d /run/systemd/system ] || exit 0
{BRIEF.strip()}
if [ "$state" = active ]; then
    echo "asked"
    # A volume plugin that is gone makes each of these wait 15 s, and late is not empty.
    if command -v nvidia-docker-plugin >/dev/null && ! systemctl is-active -q nvidia-docker.service; then
        echo "docker waits for nvidia-docker's plugin, which does not run"
        exit 1
    fi
    row='{{{{.Name}}}} {{{{.Driver}}}} {{{{.Mountpoint}}}}'
    all=$(timeout -k 1 18 docker volume ls --format "$row" 2>/dev/null) || {{
        case $? in 124 | 137) exit 1 ;; esac
        all=$(timeout -k 1 18 docker volume ls -q) || exit 1 # docker before 1.13
    }}
    echo "$all" | grep -E '^{PREFIX}[0-9.]+( |$)' | while read -r name driver root; do
        case $driver:$root in
        local:/*) ;;
        *)
            made=$(timeout -k 1 10 docker volume inspect -f '{{{{.Driver}}}} {{{{.Mountpoint}}}}' "$name") || exit 1
            driver=${{made%% *}} root=${{made#* }}
            ;;
        esac
        echo "volume $name $root"
        echo "made $driver"
        [ "$held" = 0 ] ||
            timeout -k 1 10 docker ps -a --filter "volume=$name" --format 'user {{{{.Names}}}}' || exit 1
        find "$root" -type f -printf 'held %D %i %s %p\\n'
        :
    done || exit 1
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
