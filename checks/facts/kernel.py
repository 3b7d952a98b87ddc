"""The kernels: the running one, the one that the next boot takes, and which of them have headers to build against."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.bootloader import default_kernel, order
from checks.facts.reading import Reading, Unknown, number, words

COMMAND = """
echo "running $(uname -r)"
read -r boot </proc/sys/kernel/random/boot_id && echo "boot $boot"
read -r up _ </proc/uptime && echo "up ${up%.*}"
for image in /boot/vmlinuz-*; do
    [ -e "$image" ] || continue
    release=${image#/boot/vmlinuz-}
    built=0
    for memory in "/boot/initrd.img-$release" "/boot/initramfs-$release.img"; do
        [ -e "$memory" ] && built=$(stat -c %Y "$memory")
    done
    echo "image $built $release"
done
for build in /lib/modules/*/build; do
    [ -e "$build/Makefile" ] || continue
    release=${build#/lib/modules/}
    echo "headers ${release%/build}"
done
[ -d "/lib/modules/$(uname -r)" ] || echo "gone $(uname -r)"
for config in /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/efi/EFI/*/grub.cfg; do
    [ -e "$config" ] || continue
    grep -E '^[[:space:]]*(menuentry|submenu|linux|linux16|linuxefi|set default=.*|[}])([[:space:]]|$)' "$config" |
        sed 's/^[[:space:]]*/grub /; s/[[:space:]]*$//'
    break
done
grep -hE '^(saved|next)_entry=.' /boot/grub/grubenv /boot/grub2/grubenv /boot/efi/EFI/*/grubenv 2>/dev/null |
    sed 's/^/env /'
grep -E '^version[[:space:]]' /boot/loader/entries/*.conf /dev/null 2>/dev/null |
    sed 's/:version//; s/^.*entries./bls /'
exit 0
"""


@dataclass(frozen=True)
class Kernel:
    """`images` maps each installed kernel to the time its initramfs was written (seconds since 1970, 0: none).

    `boot` is the kernel's boot_id: it changes with each boot and with nothing else. `default` is the kernel that the
    boot loader's configuration names, empty where it cannot be read. `gone`: the running kernel's modules are no longer
    on disk, so that it can load none.
    """

    running: str
    boot: str
    up: int
    images: dict[str, int]
    headers: frozenset[str]
    default: str = ""
    gone: bool = False

    @property
    def next(self) -> str:
        """The kernel of the next boot: the boot loader's default, else the newest one, else the running one."""
        if self.default in self.images:
            return self.default
        return max(self.images, key=order) if self.images else self.running

    @property
    def wanted(self) -> tuple[str, ...]:
        """The kernels that need a driver: the running one, if it can still load modules, and the next boot's."""
        return tuple(dict.fromkeys((self.next,) if self.gone else (self.running, self.next)))


def parse(reading: Reading) -> Kernel:
    """The lines of the topic, in any order."""
    single: dict[str, str] = {}
    images: dict[str, int] = {}
    headers: set[str] = set()
    grub: list[str] = []
    env: dict[str, str] = {}
    snippets: dict[str, str] = {}
    for line in reading.lines():
        key, value = words(line, 2)
        if key == "image":
            time, release = words(value, 2)
            images[release] = number(time)
        elif key == "headers":
            headers.add(value)
        elif key == "grub":
            grub.append(value)
        elif key == "env":
            name, _, entry = value.partition("=")
            env[name] = entry
        elif key == "bls":
            file, release = words(value, 2)
            snippets[file] = release
        else:
            single[key] = value
    try:
        return Kernel(
            single["running"],
            single["boot"],
            number(single["up"]),
            images,
            frozenset(headers),
            default_kernel(grub, env, snippets),
            "gone" in single,
        )
    except KeyError as missing:
        raise Unknown(f"no line {missing} in the answer") from None
