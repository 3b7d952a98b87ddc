"""Which configuration files of a GPU host changed since some time, by their modification times."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, number, words

PATHS = (
    "/etc/docker /etc/containerd /etc/crio /etc/cdi /var/run/cdi /etc/nvidia-container-runtime /etc/kubernetes"
    " /var/lib/kubelet/config.yaml /etc/modprobe.d /etc/modules-load.d /etc/modules /etc/udev/rules.d /etc/sysctl.d"
    " /etc/apt /etc/yum.repos.d /etc/dnf /etc/default /boot/grub/grub.cfg /boot/grub2/grub.cfg /etc/systemd/system"
    " /etc/ld.so.conf.d /etc/environment /etc/security/limits.d /etc/fstab /etc/gpuwright /etc/X11/xorg.conf.d"
)


def command(since: int) -> str:
    """Asks for the files that changed since then (seconds since 1970), by the host's own clock."""
    return f"""
minutes=$((($(date +%s) - {since}) / 60 + 1))
for path in {PATHS}; do
    [ -e "$path" ] && find "$path" -maxdepth 3 -type f -mmin "-$minutes" -exec stat -c '%Y %n' {{}} +
done 2>/dev/null | sort -n | tail -n 200
exit 0
"""


@dataclass(frozen=True)
class Changed:
    """A file, and when it was last written (seconds since 1970)."""

    time: int
    path: str


def parse(reading: Reading) -> tuple[Changed, ...]:
    """Lines of time and path."""
    pairs = (words(line, 2) for line in reading.lines())
    return tuple(Changed(number(time), path) for time, path in pairs)
