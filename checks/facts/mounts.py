"""The file systems of a host that fill up or turn read-only: space, inodes, and how they are mounted."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

PATHS = "/ /boot /boot/efi /var /var/lib/docker /var/lib/containerd /var/lib/kubelet /tmp /dev/shm"

COMMAND = f"""
set --
for path in {PATHS}; do [ -d "$path" ] && set -- "$@" "$path"; done
# Two looks for all paths: a slow df is slow each time. A row that is missing would shift all others.
{{ echo "$*"; df -Pk "$@"; df -Pi "$@"; }} | awk '
    NR == 1 {{ count = split($0, path); next }}
    /^Filesystem/ {{ pass++; row = 0; next }}
    {{ row++ }}
    pass == 1 {{ space[row] = $2 " " $4; mounted[row] = $6 }}
    pass == 2 {{ inodes[row] = $2 ~ /^[0-9]+$/ ? $2 " " $4 : "0 0" }}
    END {{
        if (row != count) exit 1
        for (row = 1; row <= count; row++) print "place", path[row], space[row], inodes[row], mounted[row]
    }}' || exit 1
awk '$2 ~ "^/(boot|boot/efi|var|var/(lib|log)|var/lib/(docker|containerd|kubelet)|tmp|dev/shm|usr)?$" {{
    print "mount", $2, $3, substr($4, 1, 99)
}}' /proc/mounts
echo "initramfs $(ls -lnS /boot/initrd.img-* /boot/initramfs-*.img 2>/dev/null | awk 'NR == 1 {{ print $5 }}')"
exit 0
"""


@dataclass(frozen=True)
class Place:
    """A path: bytes of its file system and bytes free, inodes and free ones (0: it has no fixed number), its mount."""

    path: str
    size: int
    free: int
    inodes: int
    inodes_free: int
    mounted: str


@dataclass(frozen=True)
class Mount:
    """One mount: where, of which type, with which options."""

    path: str
    type: str
    options: tuple[str, ...]

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written there."""
        return "ro" in self.options


@dataclass(frozen=True)
class Mounts:
    """By path; of several mounts on one path the last counts. `initramfs` is the largest one's size in bytes."""

    places: dict[str, Place]
    mounts: dict[str, Mount]
    initramfs: int = 0

    @property
    def filesystems(self) -> tuple[Place, ...]:
        """One place for each mount."""
        return tuple({place.mounted: place for place in reversed(self.places.values())}.values())[::-1]


def parse(reading: Reading) -> Mounts:
    """`place`, `mount` and `initramfs` lines; space in KiB as df(1) has it."""
    places, mounts, initramfs = {}, {}, 0
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "place":
            path, size, free, inodes, inodes_free, mounted = words(rest, 6)
            numbers = (number(size) * 1024, number(free) * 1024, number(inodes), number(inodes_free))
            places[path] = Place(path, *numbers, mounted)
        elif kind == "mount":
            path, filesystem, options = words(rest, 3)
            mounts[path] = Mount(path, filesystem, tuple(options.split(",")))
        elif kind == "initramfs":
            initramfs = number(rest.strip() or "0")
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Mounts(places, mounts, initramfs)
