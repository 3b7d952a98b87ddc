"""What keeps devices apart: the IOMMU for each GPU, SELinux for containers, systemd's rules for logins by ssh."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

COMMAND = r"""
mode=absent on=
# These files do not end in a newline, and read says so.
{ read -r mode </sys/fs/selinux/enforce; read -r on _ </sys/fs/selinux/booleans/container_use_devices; } 2>/dev/null
echo "selinux ${mode:-absent}"
[ -z "$on" ] || echo "use_devices $on"
for device in /sys/bus/pci/devices/*; do
    read -r vendor 2>/dev/null <"$device/vendor" && [ "$vendor" = 0x10de ] || continue
    read -r kind 2>/dev/null <"$device/iommu_group/type" && echo "iommu ${device##*/} $kind"
done
set --
for folder in /etc /run /usr/lib; do
    set -- "$@" "$folder"/systemd/system/ssh*.service "$folder"/systemd/system/ssh*.service.d/*.conf \
        "$folder"/systemd/system/user*.slice.d/*.conf
done
grep -HsE '^[[:space:]]*Device(Allow|Policy)=' "$@" | sed 's/^/login /'
exit 0
"""


@dataclass(frozen=True)
class Isolation:
    """`selinux` is absent, permissive or enforcing; `use_devices` its boolean container_use_devices, None: not there.

    `iommu` is the kind of mapping by the device's address: identity, DMA, DMA-FQ. `logins` are pairs of file and rule.
    """

    selinux: str
    use_devices: bool | None
    iommu: dict[str, str]
    logins: tuple[tuple[str, str], ...]


_MODES = {"absent": "absent", "0": "permissive", "1": "enforcing"}


def parse(reading: Reading) -> Isolation:
    """Lines by their first word; SELinux has always one."""
    mode, use_devices = "", None
    iommu: dict[str, str] = {}
    logins: list[tuple[str, str]] = []
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "selinux":
            mode = _MODES.get(rest, "")
        elif kind == "use_devices":
            use_devices = rest == "1"
        elif kind == "iommu":
            address, mapping = words(rest, 2)
            iommu[address] = mapping.strip()
        elif kind == "login":
            file, _, rule = rest.partition(":")
            logins.append((file, rule.strip()))
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    if not mode:
        raise Unknown("no line about SELinux: the answer is not whole")
    return Isolation(mode, use_devices, iommu, tuple(logins))
