"""The kernels: the running one, the one that the next boot takes, and which of them have headers to build against."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = """
echo "running $(uname -r)"
read -r boot </proc/sys/kernel/random/boot_id && echo "boot $boot"
read -r up _ </proc/uptime && echo "up ${up%.*}"
for image in /boot/vmlinuz-*; do
    [ -e "$image" ] || continue
    release=${image#/boot/vmlinuz-}
    built=$(stat -c %Y "/boot/initrd.img-$release" 2>/dev/null || echo 0)
    echo "image $built $release"
done
for build in /lib/modules/*/build; do
    [ -e "$build/Makefile" ] || continue
    release=${build#/lib/modules/}
    echo "headers ${release%/build}"
done
"""


@dataclass(frozen=True)
class Kernel:
    """`images` maps each installed kernel to the time its initramfs was written (seconds since 1970, 0: none).

    `boot` is the kernel's boot_id: it changes with each boot and with nothing else.
    """

    running: str
    boot: str
    up: int
    images: dict[str, int]
    headers: frozenset[str]

    @property
    def next(self) -> str:
        """The kernel that a boot loader takes by default: the newest installed one, else the running one."""
        return max(self.images, key=_order) if self.images else self.running

    @property
    def wanted(self) -> tuple[str, ...]:
        """The kernels that need a driver: the running one and the one of the next boot."""
        return tuple(dict.fromkeys((self.running, self.next)))

    @property
    def without_headers(self) -> tuple[str, ...]:
        """The wanted kernels that no module can be built for."""
        return tuple(release for release in self.wanted if release not in self.headers)


def _order(release: str) -> list[tuple[int, str]]:
    """Releases in the order of their numbers: 6.1.0-9 before 6.1.0-56."""
    parts = release.replace("-", ".").replace("+", ".").split(".")
    return [(int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in parts]


def parse(reading: Reading) -> Kernel:
    """The lines of the topic, in any order."""
    single: dict[str, str] = {}
    images: dict[str, int] = {}
    headers: set[str] = set()
    for line in reading.lines():
        key, value = words(line, 2)
        if key == "image":
            time, release = words(value, 2)
            images[release] = number(time)
        elif key == "headers":
            headers.add(value)
        else:
            single[key] = value
    try:
        return Kernel(single["running"], single["boot"], number(single["up"]), images, frozenset(headers))
    except KeyError as missing:
        raise Unknown(f"no line {missing} in the answer") from None
