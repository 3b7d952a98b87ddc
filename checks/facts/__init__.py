"""The facts about one host at one moment.

A topic is parsed when it is first asked for, and raises `Unknown` when it could not be read: no check can take silence
for health.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from checks.facts import (
    applied,
    archive,
    bmc,
    bonds,
    boots,
    cdi,
    changes,
    char_links,
    clock,
    containers,
    cri,
    cuda_toolkit,
    cudnn,
    disk,
    dkms,
    docker,
    docker_config,
    doctor_file,
    driver,
    environment,
    events,
    fabric,
    framework,
    history,
    holds,
    host,
    infiniband,
    inside,
    isolation,
    kernel,
    kernel_log,
    keys,
    kubelet,
    loader,
    machine,
    mig,
    modprobe,
    modules,
    mounts,
    nodes,
    nouveau,
    nvidia_docker,
    nvlink,
    os,
    package_lock,
    packages,
    pci,
    pcie,
    platform,
    podman,
    rancher,
    runs,
    signing,
    smi,
    solver,
    sources,
    storage,
    tasks,
    toolkit,
    unfinished,
    units,
    volume,
    work,
)
from checks.facts import container as container_topic
from checks.facts.probe import DEADLINE, compose
from checks.facts.recording import Recording, parse
from checks.facts.shell import Shell, ShellFailed

PASSIVE: Mapping[str, str] = {
    "host": host.COMMAND,
    "os": os.COMMAND,
    "platform": platform.COMMAND,
    "kernel": kernel.COMMAND,
    "pci": pci.COMMAND,
    "modules": modules.COMMAND,
    "driver": driver.COMMAND,
    "nouveau": nouveau.COMMAND,
    "nodes": nodes.COMMAND,
    "sources": sources.COMMAND,
    "packages": packages.COMMAND,
    "package_lock": package_lock.COMMAND,
    "disk": disk.COMMAND,
    "pcie": pcie.COMMAND,
    "fabric": fabric.COMMAND,
    "infiniband": infiniband.COMMAND,
    "kernel_log": kernel_log.COMMAND,
    "applied": applied.COMMAND,
    "dkms": dkms.COMMAND,
    "modprobe": modprobe.COMMAND,
    "signing": signing.COMMAND,
    "history": history.COMMAND,
    "holds": holds.COMMAND,
    "unfinished": unfinished.COMMAND,
    "keys": keys.COMMAND,
    "loader": loader.COMMAND,
    "mounts": mounts.COMMAND,
    "machine": machine.COMMAND,
    "clock": clock.COMMAND,
    "tasks": tasks.COMMAND,
    "boots": boots.COMMAND,
    "runs": runs.COMMAND,
    "work": work.COMMAND,
    "docker_config": docker_config.COMMAND,
    "toolkit": toolkit.COMMAND,
    "cdi": cdi.COMMAND,
    "char_links": char_links.COMMAND,
    "cri": cri.COMMAND,
    "rancher": rancher.COMMAND,
    "podman": podman.COMMAND,
    "cuda_toolkit": cuda_toolkit.COMMAND,
    "cudnn": cudnn.COMMAND,
    "doctor_file": doctor_file.COMMAND,
    "isolation": isolation.COMMAND,
    "environment": environment.COMMAND,
    "storage": storage.COMMAND,
    "bonds": bonds.COMMAND,
}
ACTIVE: Mapping[str, str] = {
    "smi": smi.COMMAND,
    "nvlink": nvlink.COMMAND,
    "mig": mig.COMMAND,
    "docker": docker.COMMAND,
    "volume": volume.COMMAND,
    "containers": containers.COMMAND,
    "nvidia_docker": nvidia_docker.COMMAND,
    "kubelet": kubelet.COMMAND,
    "units": units.COMMAND,
    "archive": archive.COMMAND,
    "bmc": bmc.COMMAND,
}
TOPICS: Mapping[str, str] = {**PASSIVE, **ACTIVE}
"""What a probe asks unless told otherwise: passive topics first, then those that run the tools being diagnosed."""

CONTAINER: Mapping[str, str] = {"container": container_topic.COMMAND, "inside": inside.COMMAND}
"""Asked only after a provision that changed something, or with --container: it starts a container."""


def timeline(since: int) -> Mapping[str, str]:
    """Asked in a second exec, when something failed or --since was given: what happened since then."""
    return {"events": events.command(since), "changes": changes.command(since)}


def tried(name: str, image: str, deadline: float = 0) -> Mapping[str, str]:
    """Asked in a second exec, with --framework: whether a program of a framework computes on the GPU in a container."""
    return {"framework": framework.command(name, image, deadline)}


class Facts:
    """What a recording says, by topic."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    @cached_property
    def host(self) -> host.Host:
        return host.parse(self.recording.reading("host"))

    @cached_property
    def os(self) -> os.Os:
        return os.parse(self.recording.reading("os"))

    @cached_property
    def platform(self) -> platform.Platform:
        return platform.parse(self.recording.reading("platform"))

    @cached_property
    def kernel(self) -> kernel.Kernel:
        return kernel.parse(self.recording.reading("kernel"))

    @cached_property
    def pci(self) -> pci.Pci:
        return pci.parse(self.recording.reading("pci"))

    @cached_property
    def modules(self) -> dict[str, modules.Module]:
        return modules.parse(self.recording.reading("modules"))

    @cached_property
    def driver(self) -> driver.Driver:
        return driver.parse(self.recording.reading("driver"))

    @cached_property
    def nouveau(self) -> nouveau.Nouveau:
        return nouveau.parse(self.recording.reading("nouveau"))

    @cached_property
    def nodes(self) -> dict[str, nodes.Node]:
        return nodes.parse(self.recording.reading("nodes"))

    @cached_property
    def sources(self) -> sources.Sources:
        return sources.parse(self.recording.reading("sources"))

    @cached_property
    def packages(self) -> packages.Packages:
        return packages.parse(self.recording.reading("packages"))

    @cached_property
    def package_lock(self) -> tuple[package_lock.Holder, ...]:
        return package_lock.parse(self.recording.reading("package_lock"))

    @cached_property
    def disk(self) -> disk.Disk:
        return disk.parse(self.recording.reading("disk"))

    @cached_property
    def applied(self) -> str:
        return applied.parse(self.recording.reading("applied"))

    @cached_property
    def runs(self) -> tuple[runs.Run, ...]:
        return runs.parse(self.recording.reading("runs"))

    @cached_property
    def work(self) -> work.Work:
        return work.parse(self.recording.reading("work"))

    @cached_property
    def pcie(self) -> pcie.Pcie:
        return pcie.parse(self.recording.reading("pcie"))

    @cached_property
    def kernel_log(self) -> kernel_log.KernelLog:
        return kernel_log.parse(self.recording.reading("kernel_log"))

    @cached_property
    def fabric(self) -> fabric.Fabric:
        return fabric.parse(self.recording.reading("fabric"))

    @cached_property
    def infiniband(self) -> tuple[infiniband.Port, ...]:
        return infiniband.parse(self.recording.reading("infiniband"))

    @cached_property
    def mig(self) -> mig.Mig:
        return mig.parse(self.recording.reading("mig"))

    @cached_property
    def nvlink(self) -> nvlink.NvLinks:
        return nvlink.parse(self.recording.reading("nvlink"))

    @cached_property
    def smi(self) -> smi.Smi:
        return smi.parse(self.recording.reading("smi"))

    @cached_property
    def docker(self) -> docker.Docker:
        return docker.parse(self.recording.reading("docker"))

    @cached_property
    def volume(self) -> volume.DriverVolume:
        return volume.parse(self.recording.reading("volume"))

    @cached_property
    def docker_config(self) -> docker_config.DockerConfig:
        return docker_config.parse(self.recording.reading("docker_config"))

    @cached_property
    def cuda_toolkit(self) -> cuda_toolkit.CudaToolkits:
        return cuda_toolkit.parse(self.recording.reading("cuda_toolkit"))

    @cached_property
    def cudnn(self) -> cudnn.Cudnn:
        return cudnn.parse(self.recording.reading("cudnn"))

    @cached_property
    def doctor_file(self) -> doctor_file.DoctorFile:
        return doctor_file.parse(self.recording.reading("doctor_file"))

    @cached_property
    def toolkit(self) -> toolkit.Toolkit:
        return toolkit.parse(self.recording.reading("toolkit"))

    @cached_property
    def cdi(self) -> cdi.Cdi:
        return cdi.parse(self.recording.reading("cdi"))

    @cached_property
    def char_links(self) -> char_links.CharLinks:
        return char_links.parse(self.recording.reading("char_links"))

    @cached_property
    def containers(self) -> containers.Containers:
        return containers.parse(self.recording.reading("containers"))

    @cached_property
    def podman(self) -> podman.Podman:
        return podman.parse(self.recording.reading("podman"))

    @cached_property
    def rancher(self) -> tuple[rancher.K3s, ...]:
        return rancher.parse(self.recording.reading("rancher"))

    @cached_property
    def cri(self) -> cri.Cri:
        return cri.parse(self.recording.reading("cri"))

    @cached_property
    def nvidia_docker(self) -> nvidia_docker.NvidiaDocker:
        return nvidia_docker.parse(self.recording.reading("nvidia_docker"))

    @cached_property
    def kubelet(self) -> kubelet.Kubelet:
        return kubelet.parse(self.recording.reading("kubelet"))

    @cached_property
    def isolation(self) -> isolation.Isolation:
        return isolation.parse(self.recording.reading("isolation"))

    @cached_property
    def environment(self) -> environment.Environment:
        return environment.parse(self.recording.reading("environment"))

    @cached_property
    def storage(self) -> storage.Storage:
        return storage.parse(self.recording.reading("storage"))

    @cached_property
    def bonds(self) -> tuple[bonds.Link, ...]:
        return bonds.parse(self.recording.reading("bonds"))

    @cached_property
    def bmc(self) -> bmc.Bmc:
        return bmc.parse(self.recording.reading("bmc"))

    @cached_property
    def inside(self) -> inside.Inside:
        return inside.parse(self.recording.reading("inside"))

    @cached_property
    def archive(self) -> archive.Archive | None:
        return archive.parse(self.recording.reading("archive"))

    @cached_property
    def boots(self) -> boots.Boots:
        return boots.parse(self.recording.reading("boots"))

    @cached_property
    def clock(self) -> clock.Clock:
        return clock.parse(self.recording.reading("clock"))

    @cached_property
    def dkms(self) -> tuple[dkms.Tree, ...]:
        return dkms.parse(self.recording.reading("dkms"))

    @cached_property
    def history(self) -> tuple[history.Transaction, ...]:
        return history.parse(self.recording.reading("history"))

    @cached_property
    def holds(self) -> holds.Holds:
        return holds.parse(self.recording.reading("holds"))

    @cached_property
    def keys(self) -> keys.Keys:
        return keys.parse(self.recording.reading("keys"))

    @cached_property
    def loader(self) -> loader.Loader:
        return loader.parse(self.recording.reading("loader"))

    @cached_property
    def unfinished(self) -> tuple[str, ...]:
        return unfinished.parse(self.recording.reading("unfinished"))

    @cached_property
    def machine(self) -> machine.Machine:
        return machine.parse(self.recording.reading("machine"))

    @cached_property
    def modprobe(self) -> modprobe.Modprobe:
        return modprobe.parse(self.recording.reading("modprobe"))

    @cached_property
    def mounts(self) -> mounts.Mounts:
        return mounts.parse(self.recording.reading("mounts"))

    @cached_property
    def signing(self) -> signing.Signing:
        return signing.parse(self.recording.reading("signing"))

    @cached_property
    def tasks(self) -> tuple[tasks.Task, ...]:
        return tasks.parse(self.recording.reading("tasks"))

    @cached_property
    def units(self) -> tuple[units.Unit, ...] | None:
        return units.parse(self.recording.reading("units"))

    @cached_property
    def events(self) -> tuple[events.Event, ...]:
        return events.parse(self.recording.reading("events"))

    @cached_property
    def changes(self) -> tuple[changes.Changed, ...]:
        return changes.parse(self.recording.reading("changes"))

    @cached_property
    def solver(self) -> solver.Solution:
        return solver.parse(self.recording.reading("solver"))

    @cached_property
    def framework(self) -> framework.Framework:
        return framework.parse(self.recording.reading("framework"))

    @cached_property
    def container(self) -> container_topic.Container:
        return container_topic.parse(self.recording.reading("container"))


def gather(shell: Shell, topics: Mapping[str, str] = TOPICS, deadline: float = DEADLINE) -> Recording:
    """Ask one host: one script, one answer. `ShellFailed` when no recording comes back."""
    text = shell.run(compose(topics, deadline), deadline + 10)
    if "@ probe" not in text:
        said = text.strip()[-300:] or "nothing"
        raise ShellFailed(f"the probe did not start; the host said: {said}")
    return parse(text)


def join(first: Recording, second: Recording) -> Recording:
    """A recording with the topics of a second exec added."""
    return Recording({**first.readings, **second.readings}, first.complete and second.complete)
