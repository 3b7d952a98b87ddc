"""Every key of a profile: its name, its kind, what it says, and what counts where it is left out.

This is the one description: parsing, errors, the JSON schema and docs/profiles.md come from it. A new key is one field
here, and `python -m tests.profiles.test_schema`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.profiles.described import key, table, tables
from checks.profiles.kinds import (
    PINNED,
    WORD,
    choice,
    count,
    json_table,
    list_of,
    switch,
    switch_or,
    table_of,
    text,
    true_or,
)
from checks.profiles.sections.cdi import CdiProfile
from checks.profiles.sections.container_toolkit import ContainerToolkitProfile
from checks.profiles.sections.cuda import CudaProfile, CudnnProfile, PackagesProfile
from checks.profiles.sections.driver_options import module_options
from checks.profiles.sections.kernel import KernelProfile
from checks.profiles.sections.mig import MigProfile
from checks.profiles.sections.nvidia_docker import NvidiaDockerProfile
from checks.profiles.sections.podman import PodmanProfile
from checks.profiles.sections.sources import SourcesProfile

_NAME = text(WORD, "a name of small letters, digits and hyphens")
_PACKAGES = list_of(text(PINNED, "a package's name, or name=version"), "a list of packages")
_URL = text(r"((https?|file)://[^\s'\"$`\\]+)?", "an address, https://...")
_KEY = text(r"[\s\S]*", "an address, a file's name, or an armored key")
_FINGERPRINT = text(
    r"(([0-9A-Fa-f]{4} *){2}|([0-9A-Fa-f]{4} *){4}|([0-9A-Fa-f]{4} *){10})?",
    "a fingerprint of 40 hexadecimal digits, or a key's id, its last 8 or 16",
)
_WORDS = list_of(text(WORD, "a name of small letters, digits and hyphens"), "a list of names")


@dataclass(frozen=True)
class DriverProfile:
    """[driver]."""

    version: str = field(
        default="",
        metadata=key(
            text(
                r"(auto|lts|production|new-feature|\d{3}(\.\d+){0,2})?",
                "auto, lts, production, new-feature, or a version",
            ),
            "a driver of NVIDIA's repository, chosen for the GPUs of the host (docs/drivers.md): auto, a kind of "
            "branch, a branch such as 580, or a version such as 580.95.05; empty: the packages named below",
        ),
    )
    fabric_manager: str = field(
        default="auto",
        metadata=key(
            choice("auto", "none"),
            "with `version`, whether boards with NVSwitches get the fabric manager of the driver's version; none: it "
            "is left alone, as where a service machine runs it for this one",
        ),
    )
    source: str = field(
        default="nvidia",
        metadata=key(
            choice("nvidia", "ubuntu", "auto"),
            "whose packages the driver is from: NVIDIA's repository; Ubuntu's archive, whose modules Canonical has "
            "built and signed; auto: NVIDIA's, but Ubuntu's where Secure Boot would refuse a module that is built here",
        ),
    )
    packages: tuple[str, ...] = field(default=(), metadata=key(_PACKAGES, "the driver's packages"))
    also: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=key(table_of(_PACKAGES, "a table of release = [packages]"), "more packages, by release"),
    )
    components: tuple[str, ...] = field(
        default=(), metadata=key(_WORDS, "the components of the archive that hold them, such as non-free")
    )
    branch: Mapping[str, int] = field(
        default_factory=dict,
        metadata=key(
            table_of(count("a number"), "a table of release = number"),
            "the driver branch that each release packages: it decides which GPUs can be driven, and which releases "
            "the profile knows",
        ),
    )
    hold: bool = field(
        default=False,
        metadata=key(
            switch(),
            "whether the driver's packages and the kernel's stay at their versions until provisioning changes them; "
            "unattended upgrades are kept off them",
        ),
    )
    replace: bool = field(
        default=False,
        metadata=key(
            switch(),
            "whether a driver of another origin (NVIDIA's runfile, another repository) is removed first; else it is "
            "left alone",
        ),
    )
    options: Mapping[str, Mapping[str, int | str]] = field(
        default_factory=dict,
        metadata=key(
            module_options(),
            "options of NVIDIA's kernel modules (nvidia, nvidia-drm, nvidia-uvm, nvidia-peermem), by module: "
            "NVreg_PreserveVideoMemoryAllocations = 1 below [driver.options.nvidia]; docs/kernels.md",
        ),
    )


@dataclass(frozen=True)
class DockerProfile:
    """[docker]."""

    packages: tuple[str, ...] = field(default=(), metadata=key(_PACKAGES, "docker's packages"))
    also: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=key(table_of(_PACKAGES, "a table of release = [packages]"), "more packages, by release"),
    )
    daemon: Mapping[str, Any] = field(
        default_factory=dict,
        metadata=key(
            json_table("a table of the keys of daemon.json"),
            "what /etc/docker/daemon.json must hold; every other key of the file stays as it is",
        ),
    )
    users: tuple[str, ...] = field(
        default=(),
        metadata=key(
            list_of(text(r"[a-z_][a-z0-9_.-]*\$?", "a user's name"), "a list of users"),
            "who is added to the group docker: whoever is in it is root on the host; nobody is taken out",
        ),
    )


@dataclass(frozen=True)
class VolumeProfile:
    """[driver_volume]."""

    method: str = field(
        default="auto",
        metadata=key(
            choice("auto", "link", "copy", "plugin", "none"),
            "how the driver volume is filled; auto: hard links where the file systems allow it, else copies; plugin: "
            "by nvidia-docker 1.x, as auto does where the profile asks for that; none: there is none, and containers "
            "get the driver's files from NVIDIA's container toolkit",
        ),
    )


@dataclass(frozen=True)
class ContainerdProfile:
    """[containerd]."""

    runtime: str = field(
        default="",
        metadata=key(
            text(r"(/[^\s\"\\]+)?", "the path of a program"),
            "NVIDIA's runtime, such as /usr/bin/nvidia-container-runtime, which containerd gets under the name nvidia; "
            "empty: its configuration is left alone",
        ),
    )
    default: str = field(
        default="keep",
        metadata=key(
            choice("keep", "nvidia", "runc"), "the runtime of pods that name none; keep: whichever it is on the host"
        ),
    )
    cdi: bool = field(
        default=False, metadata=key(switch(), "whether GPUs can be asked for by their names in CDI specifications")
    )


@dataclass(frozen=True)
class CrioProfile:
    """[crio]."""

    runtime: str = field(
        default="",
        metadata=key(
            text(r"(/[^\s\"\\]+)?", "the path of a program"),
            "NVIDIA's runtime, which CRI-O gets under the name nvidia; empty: its configuration is left alone",
        ),
    )
    default: str = field(
        default="keep",
        metadata=key(
            choice("keep", "nvidia", "runc", "crun"),
            "the runtime of pods that name none; keep: whichever it is on the host",
        ),
    )


@dataclass(frozen=True)
class RepositoryProfile:
    """[repositories.NAME]."""

    release: str = field(default="", metadata=key(_NAME, "the release that it is for: bookworm, xenial, el7"))
    url: str = field(
        default="",
        metadata=key(_URL, "its address; yum's baseurl, apt's URI. {arch} stands for the host's architecture"),
    )
    arch: Mapping[str, str] = field(
        default_factory=dict,
        metadata=key(
            table_of(text(r"[a-z0-9_]+", "a word"), "a table of architecture = word"),
            "what {arch} is, in `url` and `key`, by what `uname -m` says; without one it is what `uname -m` says",
        ),
    )
    suite: str = field(
        default="", metadata=key(text(r"\S*", "a suite"), "apt's suite; / where the repository has no suites")
    )
    components: tuple[str, ...] = field(default=(), metadata=key(_WORDS, "apt's components"))
    fingerprint: str = field(
        default="",
        metadata=key(
            _FINGERPRINT,
            "the fingerprint that the key must have; a key's id alone is only as good as its https address, and counts "
            "for no other",
        ),
    )
    signed: str = field(
        default="packages",
        metadata=key(
            choice("packages", "index"),
            "what dnf and yum check by that key: each package, or the repository's index, which has the packages' "
            "checksums; apt always checks the index",
        ),
    )
    prefer: str = field(
        default="",
        metadata=key(
            text(r"[^\r\n\"']*", "a label"),
            "the label in its Release file (NVIDIA CUDA), or any word for dnf: its packages win over those that the "
            "distribution has under the same names (apt: pinned at 600; dnf: priority 90)",
        ),
    )
    key: str = field(
        default="", metadata=key(_KEY, "its key: an address, a file beside the profile, or the key itself")
    )


@dataclass(frozen=True)
class MirrorProfile:
    """[mirrors."BEGINNING"]."""

    url: str = field(default="", metadata=key(_URL, "what takes the place of that beginning of an address"))
    fingerprint: str = field(default="", metadata=key(_FINGERPRINT, "the fingerprint that the key must have"))
    key: str = field(
        default="", metadata=key(_KEY, "the key that repositories there are signed with, if it is another one")
    )


@dataclass(frozen=True)
class Expect:
    """[expect]."""

    gpus: int = field(
        default=0,
        metadata=key(count("a number of GPUs"), "how many GPUs the host should have; 0: as many as it has"),
    )
    models: Mapping[str, int] = field(
        default_factory=dict,
        metadata=key(
            table_of(count("a number of GPUs"), "a table of PCI device id = number"),
            "how many GPUs of each model, by PCI device id in hexadecimal, such as 20b5 = 4",
        ),
    )
    driver: str = field(
        default="",
        metadata=key(
            text(r"\d+(\.\d+)*|", "a driver's version, whole or its beginning"),
            "the version that every host should have loaded, such as 535.309.01 or 535; empty: any",
        ),
    )
    memory: int = field(
        default=0,
        metadata=key(count("GiB of memory"), "how much memory is built in, in GiB; 0: as much as it has"),
    )


@dataclass(frozen=True)
class KubeletProfile:
    """[kubelet]."""

    accelerators: bool | str = field(
        default="keep",
        metadata=key(
            switch_or("keep"),
            "whether the kubelet gives out GPUs by itself (feature gate Accelerators, Kubernetes 1.6 to 1.10); keep: "
            "as it is, but a gate that the kubelet does not know goes",
        ),
    )
    device_plugins: bool | str = field(
        default="keep",
        metadata=key(
            true_or("keep"),
            "true: NVIDIA's device plugin gives out GPUs; its gate DevicePlugins is set where it is not on by itself "
            "(1.8 and 1.9), and Accelerators goes; excludes accelerators = true; keep: as it is",
        ),
    )
    labels: bool = field(
        default=False,
        metadata=key(
            switch(), "whether the node has the label alpha.kubernetes.io/nvidia-gpu-name with its GPUs' model"
        ),
    )


@dataclass(frozen=True)
class DoctorProfile:
    """[doctor]."""

    install: bool = field(
        default=False,
        metadata=key(switch(), "whether provisioning leaves the doctor as one file at /usr/local/bin/gpu-doctor"),
    )


@dataclass(frozen=True)
class Settings:
    """What a host should be, which a site file may override for some hosts."""

    driver: DriverProfile = field(default_factory=DriverProfile, metadata=table(DriverProfile, "the NVIDIA driver"))
    docker: DockerProfile = field(default_factory=DockerProfile, metadata=table(DockerProfile, "docker"))
    podman: PodmanProfile = field(default_factory=PodmanProfile, metadata=table(PodmanProfile, "Podman"))
    nvidia_docker: NvidiaDockerProfile = field(
        default_factory=NvidiaDockerProfile, metadata=table(NvidiaDockerProfile, "nvidia-docker 1.x and its plugin")
    )
    driver_volume: VolumeProfile = field(
        default_factory=VolumeProfile, metadata=table(VolumeProfile, "the docker volume with the driver's files")
    )
    cuda: CudaProfile = field(default_factory=CudaProfile, metadata=table(CudaProfile, "the CUDA toolkit"))
    cudnn: CudnnProfile = field(default_factory=CudnnProfile, metadata=table(CudnnProfile, "cuDNN"))
    nccl: PackagesProfile = field(
        default_factory=PackagesProfile, metadata=table(PackagesProfile, "NCCL, for programs that are built here")
    )
    dcgm: PackagesProfile = field(
        default_factory=PackagesProfile, metadata=table(PackagesProfile, "NVIDIA's Data Center GPU Manager")
    )
    kubelet: KubeletProfile = field(
        default_factory=KubeletProfile, metadata=table(KubeletProfile, "the kubelet, where there is one")
    )
    doctor: DoctorProfile = field(
        default_factory=DoctorProfile, metadata=table(DoctorProfile, "the doctor on the host itself")
    )
    containerd: ContainerdProfile = field(
        default_factory=ContainerdProfile, metadata=table(ContainerdProfile, "containerd, for Kubernetes")
    )
    crio: CrioProfile = field(default_factory=CrioProfile, metadata=table(CrioProfile, "CRI-O, for Kubernetes"))
    kernel: KernelProfile = field(
        default_factory=KernelProfile, metadata=table(KernelProfile, "the kernels that the driver is built for")
    )
    container_toolkit: ContainerToolkitProfile = field(
        default_factory=ContainerToolkitProfile,
        metadata=table(ContainerToolkitProfile, "NVIDIA's container toolkit, for docker, containerd and CRI-O"),
    )
    cdi: CdiProfile = field(default_factory=CdiProfile, metadata=table(CdiProfile, "the GPUs' CDI specification"))
    mig: MigProfile = field(default_factory=MigProfile, metadata=table(MigProfile, "GPUs divided into MIG devices"))
    expect: Expect = field(default_factory=Expect, metadata=table(Expect, "what the hardware should be"))
    sources: SourcesProfile = field(
        default_factory=SourcesProfile, metadata=table(SourcesProfile, "the host's own sources of packages")
    )
    repositories: Mapping[str, RepositoryProfile] = field(
        default_factory=dict, metadata=tables(RepositoryProfile, "package repositories, by a name of yours", "NAME")
    )
    mirrors: Mapping[str, MirrorProfile] = field(
        default_factory=dict,
        metadata=tables(MirrorProfile, "your own copies, by the beginning of the addresses they replace", "BEGINNING"),
    )


@dataclass(frozen=True)
class Profile(Settings):
    """A profile."""

    name: str = field(default="", metadata=key(_NAME, "what reports call it; every file needs one"))
    extends: str = field(
        default="",
        metadata=key(
            text(r".+", "a profile's name or a file's path"),
            "the profile that this one changes: a name, or a path from this file's folder",
        ),
    )
