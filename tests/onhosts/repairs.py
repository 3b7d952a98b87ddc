"""What breaks on a host of 2017, component by component: how it is broken, which check says so, what mends it.

Each is bash that runs as root on a provisioned host, and nothing of it is undone by hand: provisioning must bring the
host back to what it was, to the last file.
"""

from __future__ import annotations

from dataclasses import dataclass

EL, UBUNTU = "centos7", "ubuntu1604"
KUBELET = "systemctl daemon-reload; systemctl reset-failed kubelet; systemctl restart kubelet --no-block; sleep 1"
DRIVER, OLDER = "384.81", "375.26"
VOLUME = "/var/lib/nvidia-docker/volumes/nvidia_driver/384.81"
CUDA = "/usr/local/cuda-8.0"
NOUVEAU = "/etc/modprobe.d/gpuwright-nouveau.conf"
BLACKLIST = "nvidia-graphics-drivers.conf"
FLAGS = {EL: "/etc/sysconfig/kubelet", UBUNTU: "/etc/default/kubelet"}


@dataclass(frozen=True)
class Broken:
    """`check` names it, `component` mends it, and `also` what is broken by it.

    `stays` are beginnings of lines that may differ afterwards; `status` is what provisioning ends with; `clears` takes
    away a file that a repair has only switched off.
    """

    name: str
    os: str
    breaks: str
    check: str
    component: str
    also: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    status: int = 0
    clears: str = ":"


def _of_nouveau(name: str, breaks: str) -> Broken:
    """The driver's package keeps nouveau off too: its file is away meanwhile."""
    there, away = f"/usr/lib/modprobe.d/{BLACKLIST}", f"/run/{BLACKLIST}"
    return Broken(
        name,
        EL,
        f"mv {there} {away}; {breaks}",
        "nouveau",
        "nouveau",
        stays=(there,),
        clears=f"mv {away} {there}",
    )


REPAIRS: tuple[Broken, ...] = (
    # Package sources
    Broken(
        "a repository's file is gone",
        EL,
        "rm /etc/yum.repos.d/gpuwright-cuda-el7.repo",
        "repositories",
        "repositories",
    ),
    Broken(
        "a repository is switched off",
        EL,
        "sed -i s/enabled=1/enabled=0/ /etc/yum.repos.d/gpuwright-docker-el7.repo",
        "repositories",
        "repositories",
    ),
    Broken(
        "a repository's key is gone",
        UBUNTU,
        "rm /usr/share/keyrings/gpuwright-cuda-xenial-*",
        "repositories",
        "repositories",
    ),
    Broken(
        "a repository is signed by another file",
        UBUNTU,
        "sed -i 's|^Signed-By: .*|Signed-By: /etc/apt/trusted.gpg|' /etc/apt/sources.list.d/gpuwright-docker-*.sources",
        "repositories",
        "repositories",
    ),
    # Packages and the driver
    Broken(
        "a package is half installed",
        UBUNTU,
        "sed -i '/^Package: nvidia-modprobe$/,/^Status:/s/^Status:.*/Status: install ok half-configured/' "
        "/var/lib/dpkg/status",
        "packages_configured",
        "packages",
    ),
    Broken(
        "one of the driver's packages is gone",
        EL,
        "rpm -e --nodeps xorg-x11-drv-nvidia-libs; ldconfig",
        "driver_built",
        "driver",
        also=("nvidia_docker",),  # its plugin has the library open that was removed
    ),
    Broken(
        "the driver's libraries are gone",
        UBUNTU,
        "rm /usr/lib/nvidia-384/libnvidia-ml.so*; ldconfig",
        "driver_built",
        "driver",
        also=("nvidia_docker",),
    ),
    Broken(
        "the module is not built",
        EL,
        "r=$(uname -r); find /lib/modules/$r -name 'nvidia*.ko*' -delete; rm -rf /var/lib/dkms/nvidia/384.81/$r; "
        "depmod",
        "driver_built",
        "driver",
    ),
    Broken(
        "the module is not loaded",
        UBUNTU,
        "systemctl stop kubelet nvidia-docker nvidia-persistenced; "
        "for m in nvidia_uvm nvidia_drm nvidia_modeset nvidia; do modprobe -r $m; done; systemctl start kubelet",
        "driver_loaded",
        "driver",
        also=("nvidia_docker",),  # which was stopped for it
    ),
    # The environment
    Broken("cuda.sh is gone", UBUNTU, "rm /etc/profile.d/cuda.sh", "environment", "environment"),
    Broken(
        "cuda.sh points at another version",
        EL,
        "sed -i 's|^CUDA_HOME=.*|CUDA_HOME=/usr/local/cuda-7.5|' /etc/profile.d/cuda.sh",
        "environment",
        "environment",
    ),
    Broken("a line of cuda.sh is gone", EL, "sed -i '/lib64/d' /etc/profile.d/cuda.sh", "environment", "environment"),
    # nouveau
    _of_nouveau("its blacklist is gone", f"rm {NOUVEAU}"),
    _of_nouveau("its line is a comment", f"sed -i 's/^blacklist/# &/' {NOUVEAU}"),
    _of_nouveau("the initramfs is older than its blacklist", f"touch {NOUVEAU}"),
    # cuDNN
    Broken(
        "a link was copied to a file",
        UBUNTU,
        f"cp --remove-destination {CUDA}/lib64/libcudnn.so.6.0.21 {CUDA}/lib64/libcudnn.so.6",
        "cudnn",
        "cudnn",
    ),
    Broken("the library is gone", EL, f"rm {CUDA}/lib64/libcudnn.so.6.0.21", "cudnn", "cudnn"),
    Broken(
        "the header is another version's",
        EL,
        f"sed -i 's/^#define CUDNN_MAJOR .*/#define CUDNN_MAJOR 5/' {CUDA}/include/cudnn.h",
        "cudnn",
        "cudnn",
    ),
    # docker
    Broken("docker is stopped", EL, "systemctl stop docker.service docker.socket", "docker_running", "docker"),
    Broken(
        "docker failed for good",
        UBUNTU,
        "for i in 1 2 3 4 5 6; do pid=$(systemctl show -p MainPID docker | cut -d= -f2); "
        "[ $pid = 0 ] || kill -9 $pid; sleep 1.2; done; "
        "systemctl stop docker.socket; systemctl stop docker; systemctl disable -q docker",
        "docker_running",
        "docker",
    ),
    Broken(
        "a setting of docker's is another",
        EL,
        "sed -i s/10m/99m/ /etc/docker/daemon.json",
        "docker_config",
        "docker_config",
    ),
    Broken("daemon.json is gone", UBUNTU, "rm /etc/docker/daemon.json", "docker_config", "docker_config"),
    Broken(
        "daemon.json has lost the setting",
        EL,
        "echo '{}' >/etc/docker/daemon.json",
        "docker_config",
        "docker_config",
    ),
    # nvidia-docker
    Broken(
        "its unit is stopped",
        EL,
        "systemctl stop nvidia-docker",
        "nvidia_docker_unit",
        "nvidia_docker",
    ),
    Broken(
        "its capability is lost",
        UBUNTU,
        "setcap -r /usr/bin/nvidia-docker-plugin",
        "nvidia_docker_capability",
        "nvidia_docker",
    ),
    Broken(
        "its spec file is missing",
        UBUNTU,
        "rm /etc/docker/plugins/nvidia-docker.spec",
        "nvidia_docker_spec",
        "nvidia_docker",
    ),
    Broken(
        "its package is gone",
        EL,
        "systemctl stop nvidia-docker; rpm -e --nodeps --noscripts nvidia-docker",
        "nvidia_docker_version",
        "nvidia_docker",
    ),
    # The driver volume
    Broken(
        "the volume is half filled",
        EL,
        f"rm {VOLUME}/lib64/libcuda.so.384.81",
        "nvidia_docker_volume",
        "driver_volume",
    ),
    Broken(
        "docker has an empty volume of its name",
        UBUNTU,
        "v=nvidia_driver_384.81; docker volume rm $v; docker volume create $v",
        "nvidia_docker_local_volume",
        "driver_volume",
    ),
    Broken(
        "a volume of an older driver stayed",
        UBUNTU,
        f"cp -a {VOLUME} {VOLUME.replace(DRIVER, OLDER)}",
        "nvidia_docker_volume",
        "driver_volume",
    ),
    # The kubelet
    Broken(
        "the gate is lost",
        EL,
        f"sed -i s/,Accelerators=true// {FLAGS[EL]}; {KUBELET}",
        "kubelet_gates",
        "kubelet_gates",
    ),
    Broken(
        "the gate is set twice",
        UBUNTU,
        f"sed -i 's/Accelerators=true/Accelerators=false,Accelerators=true/' {FLAGS[UBUNTU]}; {KUBELET}",
        "kubelet_gates",
        "kubelet_gates",
    ),
    # Labels
    Broken(
        "the label is lost",
        UBUNTU,
        f"sed -i 's/ --node-labels=[^ ]*//' {FLAGS[UBUNTU]}; {KUBELET}",
        "gpu_label",
        "kubelet_gates",
    ),
    Broken(
        "the label is another card's",
        UBUNTU,
        f"sed -i s/Tesla-V100/Tesla-K80/ {FLAGS[UBUNTU]}; {KUBELET}",
        "gpu_label",
        "kubelet_gates",
    ),
    Broken(
        "the label has no value",
        EL,
        f"sed -i 's/\\(nvidia-gpu-name=\\)[A-Za-z0-9.-]*/\\1/' {FLAGS[EL]}; {KUBELET}",
        "gpu_label",
        "kubelet_gates",
    ),
    # The last one of its host, whose kubelet is another afterwards, and cannot do what the profile asks for
    Broken(
        "the gate is on a kubelet that has dropped it",
        EL,
        f"echo v1.11.10 >/etc/kubelet-standin/version; {KUBELET}",
        "kubelet_gates",
        "kubelet_gates",
        status=1,
        stays=("/etc/kubelet-standin/version", FLAGS[EL]),
    ),
)

DOCKER = "https://download.docker.com/linux"
CUDA_REPOSITORY = "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu1604/x86_64"
LIST, REPO = "/etc/apt/sources.list.d/mine.list", "/etc/yum.repos.d/mine.repo"
STATUS = "sed -i '/^Package: {}$/,/^Status:/s/^Status:.*/Status: {}/' /var/lib/dpkg/status"


def _doubled(name: str, text: str, check: str) -> Broken:
    """A file of apt's that somebody wrote: it is switched off, and stays."""
    return Broken(name, UBUNTU, f'echo "{text}" >{LIST}', check, "old_sources", stays=(LIST,), clears=f"rm {LIST}")


TOGETHER: tuple[tuple[Broken, ...], ...] = (
    (
        Broken(
            "the kernel's headers are gone",
            UBUNTU,
            "dpkg --purge --force-depends linux-headers-$(uname -r)",
            "kernel_headers",
            "kernel_headers",
        ),
        Broken("nvidia-uvm has no node", UBUNTU, "rm /dev/nvidia-uvm", "device_nodes", "device_nodes"),
        Broken(
            "the toolkit's package is gone",
            UBUNTU,
            "dpkg --purge --force-depends cuda-toolkit-8-0",
            "cuda_packages",
            "cuda_packages",
            also=("cudnn",),  # which is found by the toolkit's folders
        ),
        _doubled(
            "docker's repository is in a second file",
            f"deb [signed-by=$(echo /usr/share/keyrings/gpuwright-docker-xenial-*)] {DOCKER}/ubuntu xenial stable",
            "repository_twice",
        ),
    ),
    (
        Broken(
            "the headers' folder is gone, and their package is installed",
            UBUNTU,
            "rm -r /usr/src/linux-headers-$(uname -r)",
            "kernel_headers",
            "kernel_headers",
        ),
        Broken("the GPU has no node", UBUNTU, "rm /dev/nvidia0", "device_nodes", "device_nodes"),
        Broken(
            "the toolkit was removed, its configuration not",
            UBUNTU,
            STATUS.format("cuda-toolkit-8-0", "deinstall ok config-files"),
            "cuda_packages",
            "cuda_packages",
        ),
        Broken("docker's daemon is gone", UBUNTU, "rm /usr/bin/dockerd", "docker_running", "docker"),
        _doubled("a second entry of CUDA's names no key", f"deb {CUDA_REPOSITORY} /", "signed_by"),
    ),
    (
        Broken(
            "the kernel's headers are gone",
            EL,
            "rpm -e --nodeps kernel-devel-$(uname -r)",
            "kernel_headers",
            "kernel_headers",
        ),
        Broken(
            "no node is there, nor the unit that makes them",
            EL,
            "u=gpuwright-device-nodes.service; systemctl disable -q $u; rm /etc/systemd/system/$u /dev/nvidia*; "
            "systemctl daemon-reload; systemctl stop $u || true",
            "device_nodes",
            "device_nodes",
        ),
        Broken(
            "the toolkit's package is gone",
            EL,
            "rpm -e --nodeps cuda-toolkit-8-0",
            "cuda_packages",
            "cuda_packages",
            also=("cudnn",),
        ),
        Broken(
            "docker's repository is in a second file",
            EL,
            f"printf '[mine]\\nname=mine\\nbaseurl={DOCKER}/centos/7/x86_64/stable\\n' >{REPO}",
            "repository_twice",
            "old_sources",
            stays=(REPO,),
            clears=f"rm {REPO}",
        ),
    ),
    (
        Broken(
            "a package is unpacked and no more",
            UBUNTU,
            STATUS.format("cuda-license-8-0", "install ok unpacked"),
            "packages_configured",
            "packages",
        ),
    ),
    (
        Broken(
            "a package was cut off while it was unpacked",
            UBUNTU,
            STATUS.format("cuda-license-8-0", "install reinstreq half-installed"),
            "packages_configured",
            "packages",
        ),
    ),
)
"""What is broken at once, each by itself: all are named, and just these components mend them."""

GPU = "/sys/bus/pci/devices/0000:3b:00.0"
GONE: tuple[tuple[str, str, str, str], ...] = (
    ("no GPU", "vendor", "0x1af4", "gpu_on_bus"),
    ("a GPU of no known model", "device", "0xffff", "gpu_supported"),
    ("a GPU that driver 384 cannot drive", "device", "0x2901", "gpu_supported"),
)
"""What no provisioning mends: the file of the card that says something else, and the check that names it."""
