"""What kind of host this is: marks that images, hypervisors, container managers and operators leave, from files alone.

Where each mark is known from:
- /etc/dgx-release: DGX OS; NVIDIA deepops skips its driver role where the file is (playbooks/nvidia-software).
- /run/ostree-booted: ostree's own mark, for Fedora CoreOS, RHCOS, Silverblue and the like (ostree-prepare-root).
- /home/kubernetes/bin: where GKE puts its node programs; /etc/eks: amazon-eks-ami; /opt/azure/containers: AgentBaker,
  which builds AKS's nodes.
- /etc/NIXOS: nixos-install; /etc/nv_tegra_release: Jetson Linux.
- /.dockerenv: docker; /run/.containerenv: podman; container= in the environment of PID 1, and /run/systemd/container:
  systemd's Container Interface; the service account's folder: Kubernetes; "microsoft" in the kernel's release: WSL.
- nvidia-vgpu-mgr, mdev_supported_types, creatable_vgpu_types: NVIDIA's vGPU manager (vGPU user guide).
- nvidia-gridd, a model such as GRID V100-8C, the vendor capability "VF": a vGPU in a guest (NVIDIA k8s-device-plugin,
  internal/vgpu, reads the same capability).
- /run/nvidia/driver, .driver-ctr-ready: the driver container of NVIDIA's gpu-operator.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown

MARKS = (
    "/etc/dgx-release",
    "/etc/nv_tegra_release",
    "/etc/NIXOS",
    "/run/ostree-booted",
    "/home/kubernetes/bin",
    "/etc/eks",
    "/opt/azure/containers",
    "/.dockerenv",
    "/run/.containerenv",
    "/var/run/secrets/kubernetes.io/serviceaccount",
    "/usr/bin/nvidia-vgpu-mgr",
    "/usr/bin/nvidia-gridd",
    "/run/nvidia/driver/usr",
    "/run/nvidia/validations/.driver-ctr-ready",
)

WRITTEN = ("/", "/etc", "/usr", "/var", "/tmp", "/boot", "/lib/modules")  # noqa: S108 - of the host
"""What provisioning writes to; of these /tmp must be there: apt and every maintainer script need it."""

COMMAND = rf"""
for mark in {" ".join(MARKS)}; do
    [ ! -e "$mark" ] || echo "mark $mark"
done
[ ! -e /etc/dgx-release ] || sed -n 's/^DGX_PRETTY_NAME=/dgx /p' /etc/dgx-release 2>/dev/null
tr '\0' '\n' 2>/dev/null </proc/1/environ | sed -n 's/^container=/container /p'
[ ! -e /run/systemd/container ] || sed 's/^/container /' /run/systemd/container 2>/dev/null
echo "container $(systemd-detect-virt -c 2>/dev/null || echo none)"
case $(uname -r) in *[Mm]icrosoft* | *WSL*) echo "container wsl" ;; esac
for device in /sys/bus/pci/devices/*; do
    read -r vendor 2>/dev/null <"$device/vendor" || continue
    [ "$vendor" = 0x10de ] || continue
    for types in "$device"/mdev_supported_types "$device"/nvidia/creatable_vgpu_types; do
        [ ! -e "$types" ] || echo "vgpu host $types"
    done
    # The capability's id, its successor, its length, and the signature.
    bytes=$(od -An -v -tx1 "$device/config" 2>/dev/null)
    case $bytes in *" 09"*" 56"*) ;; *) continue ;; esac
    ! echo "$bytes" | tr -d '\n' | grep -q ' 09 .. .. 56 46' ||
        echo "vgpu guest ${{device##*/}} has the vendor capability VF"
done
[ ! -e /proc/driver/nvidia/version ] || {{
    sed -nE 's/^Model:[[:space:]]*(.*-[0-9]+[ABCQ])[[:space:]]*$/vgpu guest model \1/p' \
        /proc/driver/nvidia/gpus/*/information 2>/dev/null
    sed -n '/vGPU/s/^/vgpu host /p' /proc/driver/nvidia/version 2>/dev/null
}}
[ "$(id -u)" != 0 ] || for path in {" ".join(WRITTEN)}; do
    [ -w "$path" ] || {{ [ ! -e "$path" ] && [ "$path" != /tmp ]; }} || echo "readonly $path"
done
exit 0
"""


@dataclass(frozen=True)
class Platform:
    """`marks` are the paths found; `containers` what says that PID 1 is in a container, by the manager's name.

    `vgpu_host` and `vgpu_guest` are the evidence for either; `readonly` the paths that root cannot write to.
    """

    marks: tuple[str, ...] = ()
    dgx: str = ""
    containers: tuple[str, ...] = ()
    vgpu_host: tuple[str, ...] = ()
    vgpu_guest: tuple[str, ...] = ()
    readonly: tuple[str, ...] = ()


def parse(reading: Reading) -> Platform:
    """Lines by their first word; systemd-detect-virt says `none` on a host of its own."""
    found: dict[str, list[str]] = {}
    for line in reading.lines():
        key, _, value = line.partition(" ")
        if key not in ("mark", "dgx", "container", "vgpu", "readonly"):
            raise Unknown(f"unexpected line {line[:80]!r}")
        found.setdefault(key, []).append(value.strip())
    if "container" not in found:
        raise Unknown("no line about containers")
    vgpu = [(kind, text) for kind, _, text in (value.partition(" ") for value in found.get("vgpu", ()))]
    return Platform(
        tuple(found.get("mark", ())),
        " ".join(found.get("dgx", ())).strip('"'),
        tuple(dict.fromkeys(name for name in found["container"] if name not in ("none", ""))),
        tuple(text for kind, text in vgpu if kind == "host"),
        tuple(text for kind, text in vgpu if kind == "guest"),
        tuple(found.get("readonly", ())),
    )
