"""What a host prints for a fact: the inverse of each parser, for tests that make or alter recordings."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from checks.facts.archive import Archive
from checks.facts.bmc import Bmc
from checks.facts.bonds import Link as BondLink
from checks.facts.boots import Boots
from checks.facts.cdi import Cdi
from checks.facts.changes import Changed
from checks.facts.char_links import CharLinks
from checks.facts.clock import Clock
from checks.facts.container import Container
from checks.facts.containers import Containers
from checks.facts.cri import Cri
from checks.facts.cuda_toolkit import CudaToolkits
from checks.facts.cudnn import Cudnn
from checks.facts.disk import Disk
from checks.facts.dkms import Tree
from checks.facts.docker import Docker
from checks.facts.docker_config import PATH, DockerConfig
from checks.facts.doctor_file import DoctorFile, Ours
from checks.facts.driver import Driver
from checks.facts.environment import Environment
from checks.facts.events import Event
from checks.facts.fabric import Fabric
from checks.facts.history import Change as PackageChange
from checks.facts.history import Transaction
from checks.facts.holds import Holds
from checks.facts.host import Host
from checks.facts.infiniband import Port
from checks.facts.inside import Inside
from checks.facts.isolation import Isolation
from checks.facts.kernel import Kernel
from checks.facts.kernel_log import KernelLog
from checks.facts.keys import Keys
from checks.facts.kubelet import Kubelet
from checks.facts.loader import Loader
from checks.facts.machine import Machine
from checks.facts.mig import Mig
from checks.facts.modprobe import Modprobe
from checks.facts.modules import Module
from checks.facts.mounts import Mounts
from checks.facts.nodes import Node
from checks.facts.nouveau import Nouveau
from checks.facts.nvidia_docker import NvidiaDocker
from checks.facts.nvlink import NvLinks
from checks.facts.os import Os
from checks.facts.package_lock import Holder
from checks.facts.packages import Packages
from checks.facts.pci import Pci
from checks.facts.pcie import Pcie
from checks.facts.platform import Platform
from checks.facts.podman import Podman
from checks.facts.query import Gpu
from checks.facts.rancher import K3s
from checks.facts.reading import NOT_ASKED, Reading
from checks.facts.runs import Run
from checks.facts.signing import Signing
from checks.facts.smi import Smi
from checks.facts.solver import Solution
from checks.facts.sources import Sources
from checks.facts.storage import Storage
from checks.facts.tasks import Task
from checks.facts.toolkit import CONFIG, Toolkit
from checks.facts.units import Unit
from checks.facts.volume import DriverVolume, File
from checks.facts.work import Holder as GpuHolder
from checks.facts.work import Work


def lines(*texts: str) -> Reading:
    return Reading(0, "".join(f"{text}\n" for text in texts))


def host(fact: Host) -> Reading:
    names = ("name", "machine", "time", "uid", "sudo", "init")
    return lines(*(f"{name} {value}" for name in names if (value := getattr(fact, name)) != ""))


def os(fact: Os) -> Reading:
    pairs = {"ID": fact.id, "VERSION_ID": fact.version, "VERSION_CODENAME": fact.codename, "PRETTY_NAME": fact.name}
    return lines(*(f'{key}="{value}"' for key, value in pairs.items()))


def kernel(fact: Kernel) -> Reading:
    return lines(
        f"running {fact.running}",
        f"boot {fact.boot}",
        f"up {fact.up}",
        *(f"image {time} {release}" for release, time in fact.images.items()),
        *(f"headers {release}" for release in sorted(fact.headers)),
        *([f"bls id.conf {fact.default}"] if fact.default else []),
        *([f"gone {fact.running}"] if fact.gone else []),
    )


def pci(fact: Pci) -> Reading:
    devices = (f"device {d.address} 0x{d.id:04x} 0x{d.pci_class:04x}00 {d.driver or 'none'}" for d in fact.devices)
    return lines(*devices, *(f"lspci {line}" for line in fact.listed))


def platform(fact: Platform) -> Reading:
    return lines(
        *(f"mark {mark}" for mark in fact.marks),
        *([f'dgx "{fact.dgx}"'] if fact.dgx else []),
        *(f"container {name}" for name in fact.containers or ("none",)),
        *(f"vgpu host {text}" for text in fact.vgpu_host),
        *(f"vgpu guest {text}" for text in fact.vgpu_guest),
        *(f"readonly {path}" for path in fact.readonly),
    )


def _holder(fact: GpuHolder) -> str:
    gpus = ",".join(("", *map(str, fact.gpus))) if fact.gpus else ","
    groups = "|".join(("", *fact.groups)) if fact.groups else "|"
    return f"holder {fact.pid} {fact.user} {gpus} {groups} {fact.command}"


def work(fact: Work) -> Reading:
    return lines(
        f"holders {fact.unread or 'read'}",
        *(_holder(each) for each in fact.holders),
        *(f"job {job}" for job in fact.jobs),
        *(f"pod {pod}" for pod in fact.pods),
        *(f"session {s.user} {s.terminal} {s.origin or '-'}" for s in fact.sessions),
        *([f"shutdown {fact.shutdown}"] if fact.shutdown else []),
    )


def modules(fact: dict[str, Module]) -> Reading:
    return lines(*(f"{m.name} {m.version or '-'} {m.users} {','.join(('', *m.holders)) or ','}" for m in fact.values()))


def driver(fact: Driver) -> Reading:
    library = [f"library /usr/lib/libnvidia-ml.so.{fact.library}"] if fact.library else []
    return lines(
        *(f"built {b.release} {b.name} {b.version} {b.licence}" for b in fact.built),
        *(f"source {source}" for source in fact.sources),
        *(f"log {line}" for line in fact.log),
        *library,
    )


def nouveau(fact: Nouveau) -> Reading:
    return lines(*(f"{line.since} {line.file} {line.text}" for line in fact.lines))


def nodes(fact: dict[str, Node]) -> Reading:
    return lines(*(f"{n.path} {n.major:x} {n.minor:x} {n.mode:o}" for n in fact.values()))


def sources(fact: Sources) -> Reading:
    out = [] if fact.apt else ["# none"]
    for entry in fact.entries:
        options = " ".join(f"{key}={value}" for key, value in entry.options)
        out += [f"# file {entry.file}"]
        out += [
            f"{entry.kind} {f'[{options}] ' if options else ''}{entry.uri} {entry.suite} {' '.join(entry.components)}"
        ]
    for each in fact.repositories:
        check = [] if each.gpgcheck is None else [f"gpgcheck={int(each.gpgcheck)}"]
        keys = [f"gpgkey={' '.join(each.gpgkey)}"] if each.gpgkey else []
        urls = [f"baseurl = {each.urls[0]}", *(f"    {url}" for url in each.urls[1:])] if each.urls else []
        out += [f"# file {each.file}", f"[{each.id}]", *urls, f"enabled={int(each.enabled)}", *check, *keys]
    pins = [f"# pin {pin}" for pin in fact.pins]
    out += [] if fact.https else ["# no https"]
    return lines(*out, *(f"# key {path}" for path in fact.keys), *pins, f"# lists {fact.fetched or ''}")


def packages(fact: Packages) -> Reading:
    return lines(*(f"{p.state} {p.name} {p.version}".rstrip() for p in fact.by_name.values()))


def disk(fact: Disk) -> Reading:
    return lines(
        *(f"{p.path} {p.device} {p.filesystem} 1 1 {p.free // 1024} 50% {p.mounted}" for p in fact.places.values())
    )


def docker(fact: Docker) -> Reading:
    live = fact.live
    info = {
        "ServerVersion": fact.version,
        "DockerRootDir": fact.root,
        "Driver": fact.storage,
        "Runtimes": {name: {"path": path} for name, path in live.runtimes.items()},
        "DefaultRuntime": live.default_runtime,
        "CgroupDriver": live.cgroup_driver,
        "LiveRestoreEnabled": live.live_restore,
        "RuncCommit": {"ID": live.runc},
        "SecurityOptions": list(live.security),
        "Swarm": {"LocalNodeState": live.swarm},
    }
    return lines(
        *([f"daemon {fact.daemon}"] if fact.daemon else []),
        *([f"client {fact.client}"] if fact.client else []),
        f"state {fact.state}",
        *([] if fact.group is None else [f"group {fact.group or 'none'}"]),
        *([f"info {json.dumps(info)}"] if fact.state == "active" else []),
        *(f'container "{name}"' for name in fact.containers),
    )


def volume(fact: DriverVolume) -> Reading:
    out = [f"file {key.partition('/')[0]} name {_file(file)}" for key, file in fact.files.items()]
    if fact.volumes is not None:
        out.append("asked")
        for each in fact.volumes:
            out.append(f"volume {each.name} {each.root}")
            out += [f"made {each.driver}", *(f"user {name}" for name in each.users)]
            out += [f"held {_file(file)}" for file in each.files.values()]
    return lines(*out)


def _file(file: File) -> str:
    return f"{file.device} {file.inode} {file.size} {file.path}"


def smi(fact: Smi) -> Reading:
    if fact.not_asked:
        first = f"stuck {' '.join(map(str, fact.stuck))}" if fact.stuck else f"reason {fact.not_asked}"
        return Reading(NOT_ASKED, first + "\n")
    if fact.status is None:
        return Reading(None, "".join(f"pid {pid}\n" for pid in fact.stuck) + fact.text)
    if fact.status:
        return Reading(fact.status, fact.text)
    banner = (f"Driver Version: {fact.gpus[0].driver}", f"Attached GPUs: {len(fact.gpus)}")
    return lines("pid 4711", *banner, *(line for gpu in fact.gpus for line in board(gpu)))


def board(gpu: Gpu) -> list[str]:
    """A GPU as the topic prints it: one blank for each level."""
    out = [f"GPU 0000{gpu.address.upper()}"]
    above: list[str] = []
    for path, value in gpu.said.items():
        *sections, key = path.split("/")
        for depth, section in enumerate(sections):
            if above[depth : depth + 1] != [section]:
                out.append(f"{' ' * (depth + 1)}{section}")
                above = [*above[:depth], section]
        above = above[: len(sections)]
        out.append(f"{' ' * (len(sections) + 1)}{key}: {value}")
    out.append(" processes" + ("" if gpu.processes else ": None"))
    for process in gpu.processes:
        out += [f"  process id: {process.pid}", f"   type: {process.kind}", f"   name: {process.name}"]
        out += [f"   used gpu memory: {process.memory}"]
    return out


def runs(fact: tuple[Run, ...]) -> Reading:
    out = []
    for run in fact:
        out.append(f"run {run.id} {run.state} {run.who}".rstrip())
        out += [f"step {s.number} {s.state} {'yes' if s.reboot else 'no'} {s.title}" for s in run.steps]
    return lines(*out)


def solver(fact: Solution) -> Reading:
    out = []
    for change in fact.changes:
        old = f"[{change.old}] " if change.old else ""
        out.append(
            f"Inst {change.package} {old}({change.new} archive [amd64])"
            if change.new
            else f"Remv {change.package} {old}".rstrip()
        )
    unpack = [f"unpack {fact.unpack} B"] if fact.unpack else []
    newer = ["lists newer"] if fact.newer else []
    return lines(*out, f"fetch {fact.fetch}", *unpack, *(f"gone {each}" for each in fact.gone), *newer)


def package_lock(fact: tuple[Holder, ...]) -> Reading:
    return lines(*(f"{holder.pid} {holder.age} {holder.file} {holder.command}".rstrip() for holder in fact))


def container(fact: Container) -> Reading:
    answers = "".join(f"through {each.way}:\n{each.text}\n" for each in fact.answers)
    return Reading(NOT_ASKED, fact.not_asked) if fact.not_asked else Reading(fact.status, answers)


def _shown(path: str, text: str | None) -> list[str]:
    return [] if text is None else [f"file {path}", *(f"| {line}" for line in text.split("\n")[:-1])]


def docker_config(fact: DockerConfig) -> Reading:
    return lines(
        *_shown(PATH, fact.text),
        *([f"sum {fact.sum}"] if fact.sum else []),
        *([f"other {fact.other}"] if fact.other else []),
        *([f"dangling {fact.dangling}"] if fact.dangling else []),
        *(f"flag {flag}" for flag in fact.flags),
        *(f"running {flag}" for flag in fact.running),
        *(f"engine {kind} {where}" for kind, where in fact.engines),
    )


def toolkit(fact: Toolkit) -> Reading:
    return lines(
        *(f"have {name} {path}" for name, path in fact.programs.items()),
        *_shown(CONFIG, fact.text or None),
        *(f"absent {path}" for path in fact.absent),
    )


def cdi(fact: Cdi) -> Reading:
    out = [f"refresh {unit} {state}" for unit, state in fact.refresh.items()]
    for spec in fact.specs:
        out += [f"spec {spec.path}", f"kind {spec.kind}"]
        out += [f"name {name}" for name in spec.names]
        out += [f"missing {path}" for path in spec.missing]
        out += [f"library {path}" for path in spec.libraries]
    return lines(*out)


def rancher(fact: tuple[K3s, ...]) -> Reading:
    out = []
    for one in fact:
        out.append(f"is {one.name} {one.version}")
        pairs = {"unit": one.unit, "generated": one.generated, "default": one.default, "nvidia": one.nvidia}
        out += [f"{kind} {value}" for kind, value in {**pairs, "told": one.told}.items() if value]
        out += [f"whole {path}" for path in one.whole]
    return lines(*out)


def podman(fact: Podman) -> Reading:
    if not fact.program:
        return lines("absent")
    told = [] if fact.told is None else [f"dirs /etc/containers/containers.conf {json.dumps(fact.told)}"]
    hooks, private = (f"hook {path}" for path in fact.hooks), (f"private {path}" for path in fact.private)
    return lines(f"program {fact.program}", f"podman version {fact.version}", *hooks, *private, *told)


def char_links(fact: CharLinks) -> Reading:
    return lines(f"cgroup {fact.cgroup}", *(f"missing {link} {node}" for link, node in fact.missing.items()))


def cri(fact: Cri) -> Reading:
    return lines(
        *(line for path, text in fact.texts.items() for line in _shown(path, text)),
        *(f"sum {total} {path}" for path, total in fact.sums.items()),
        *(f"unread {path}" for path in fact.unread),
        *([f"containerd {fact.containerd}"] if fact.containerd else []),
        *(f"up {name}" for name in fact.up),
    )


def containers(fact: Containers) -> Reading:
    out = []
    if fact.root:
        root = fact.root
        out.append(f"root {root.path}")
        out.append(f"on 1 {root.size} {root.free} {root.inodes} {root.inodes_free} {root.kind}")
    for each in fact.running:
        out.append(f"container /{each.name} {each.runtime} {each.image}")
        out += [f"request {request}" for request in each.requests]
        out += [f"device {device}" for device in each.devices]
        out += [f"volume {volume} /somewhere" for volume in each.volumes]
        out += [f"env {key}={value}" for key, value in each.env]
    for image in fact.images:
        out += [f"image sha256:0 [{image.name} other:tag]", f"env NVIDIA_REQUIRE_CUDA={image.needs}"]
    return lines(*out)


def inside(fact: Inside) -> Reading:
    states = {"open": fact.open, "lost": fact.lost, "untold": fact.untold}
    return lines(*(f"{state} {name}" for state, names in states.items() for name in names))


def nvidia_docker(fact: NvidiaDocker) -> Reading:
    if not fact.present:
        return lines()
    texts = ("plugin", "release", "cpu", "driver", "extra", "target", "socket", "spec", "port", "flags", "status")
    return lines(
        *(f"{name} {getattr(fact, name)}" for name in texts if getattr(fact, name) or name == "plugin"),
        *(["modprobe"] if fact.modprobe else []),
        *(["account"] if fact.account else []),
        *(f"unit {key}={value}" for key, value in fact.unit.items()),
        f"folder {fact.owner} /var/lib/nvidia-docker",
        *([] if fact.caps is None else [f"caps {fact.caps}"]),
        f"protected {int(fact.protected)}",
        f"volumes {fact.device} {fact.volumes}",
        *(f"version {each.files} {each.links} {each.owner} {each.name}" for each in fact.versions),
        *(f"local {count} {name}" for name, count in fact.local),
        *(f"log {line}" for line in fact.log),
    )


def kubelet(fact: Kubelet) -> Reading:
    if not fact.present:
        return lines()
    lists = {
        "arg": "args",
        "swap": "swap",
        "socket": "sockets",
        "journal": "journal",
        "plugin": "plugins",
        "log": "log",
    }
    registered = {"Data": {"RegisteredDevices": {name: list(ids) for name, ids in fact.registered.items()}}}
    return lines(
        "present",
        f"version {fact.version}",
        *(f"unit {key}={value}" for key, value in fact.unit.items()),
        *(line for path, text in fact.texts.items() for line in _shown(path, text)),
        *(f"{kind} {value}" for kind, name in lists.items() for value in getattr(fact, name)),
        f"healthz {fact.healthz}",
        f"checkpoint {json.dumps(registered)}",
        *(f"manifest {path}" for path in fact.manifests),
        *(f"sum {total} {path}" for path, total in fact.sums.items()),
        *(f"unread {path}" for path in fact.unread),
        *(f"label {key} {value}" for key, value in fact.labels.items()),
        *(f"capacity {key} {value}" for key, value in fact.capacity.items()),
        *(f"allocatable {key} {value}" for key, value in fact.allocatable.items()),
        *(f"pod {name} {resource}" for name, resource in fact.pods),
        *(f"class {name} {handler}" for name, handler in (fact.classes or {}).items()),
        *([] if fact.classes is None else ["classes"]),
        *(["asked"] if fact.asked else []),
    )


def mig(fact: Mig) -> Reading:
    out = [f"layout {line}" for line in fact.layout] + (["enabled"] if fact.enabled else [])
    out += [f"instance {name}" for name in fact.instances]
    for index, names in fact.devices.items():
        out.append(f"list GPU {index}: NVIDIA H100 80GB HBM3 (UUID: GPU-0)")
        out += [f"list   MIG {name:<11} Device {at:>2}: (UUID: MIG-{at})" for at, name in enumerate(names)]
    return lines(*out)


def pcie(fact: Pcie) -> Reading:
    out = [f"virtual {'yes' if fact.virtual else 'no'}"]
    for f in fact.functions.values():
        ends = " ".join(f"{e.speed} {e.max_speed} {e.width} {e.max_width}" for e in (f.link, f.slot))
        out.append(f"function {f.address} {f.above or '-'} {ends}")
        out += [f"window {f.address} 0x{start:016x} 0x{end:016x}" for start, end in f.windows]
        out.append(f"header {f.address} {f.header or '-'}")
    out += [f"error {e.address} {e.kind} {e.name} {e.count}" for e in fact.errors]
    out += [] if fact.acs is None else ["acs asked", *(f"acs {bridge}" for bridge in fact.acs)]
    return lines(*out)


def kernel_log(fact: KernelLog) -> Reading:
    out = [f"clock 1795501495 {fact.up}", "from journal"]
    for kind, found in (("this", fact.lines), ("before", fact.before)):
        out += [f"{kind} {'' if line.at is None else f'[{line.at:12.6f}] '}{line.text}" for line in found]
    return lines(*out)


def nvlink(fact: NvLinks) -> Reading:
    out, errors = ["status 0"], [f"errors {0 if fact.counted else 2}"]
    for gpu in fact.gpus:
        out += [f"s {gpu.name} (UUID: GPU-0)", *([f"s {gpu.said}"] if gpu.said else [])]
        out += [f"s \t Link {n}: {f'{speed} GB/s' if speed else '<inactive>'}" for n, speed in gpu.speeds]
        errors += [f"e {gpu.name} (UUID: GPU-0)", *(f"e \t Link {n}: {name}: {c}" for n, name, c in gpu.errors)]
    gpus = list(dict.fromkeys(one for one, _, _ in fact.peers))
    said = {(one, other): what for one, other, what in fact.peers}
    table = [f"p {' '.join(gpus)}"] if gpus else []
    table += [f"p {one} {' '.join(said.get((one, other), 'X') for other in gpus)}" for one in gpus]
    return lines(*out, *errors, *table)


def dkms(fact: tuple[Tree, ...]) -> Reading:
    out = []
    for tree in fact:
        out.append(f"tree {tree.name} {'yes' if tree.has_conf else 'no'}")
        out += [f"built {tree.name} {release}" for release in tree.built]
        if failure := tree.failure:
            out.append(f"failed {tree.name} {failure.kernel or '-'} {failure.time} {failure.error}")
    return lines(*out)


def modprobe(fact: Modprobe) -> Reading:
    given = ((module, name, value) for module, options in fact.given.items() for name, value in options.items())
    return lines(
        *(f"line {line.file} {line.text}" for line in fact.lines),
        *(
            f"param {name}: {value}" if module == "nvidia" else f"given {module.replace('-', '_')} {name} {value}"
            for module, name, value in given
        ),
        f"cmdline {fact.cmdline}",
    )


def signing(fact: Signing) -> Reading:
    state = {None: "unreadable", False: "0", True: "1"}[fact.secure_boot]
    return lines(
        f"secure_boot {state}",
        f"lockdown {fact.lockdown if fact.lockdown == 'absent' else f'none [{fact.lockdown}]'}",
        f"enforce {'Y' if fact.enforced else 'N'}",
        *(f"key {key}" for key in fact.keys),
        *((f"mok {fact.own.file} {fact.own.said}",) if fact.own else ()),
        *(f"module {release} {signer}" for release, signer in fact.signers.items()),
    )


def history(fact: tuple[Transaction, ...]) -> Reading:
    out = ["zone +0000 1795000000"]
    for each in fact:
        start = datetime.fromtimestamp(each.time, tz=timezone.utc).strftime("%Y-%m-%d  %H:%M:%S")
        changes = [_package_change(change) for change in each.changes]
        out.append("\t".join(["apt", start, each.by, each.command, str(each.others), *changes]))
    return lines(*out)


def _package_change(change: PackageChange) -> str:
    if not change.new:
        return f"Remove {change.package}:amd64 {change.old}"
    if change.old:
        return f"Upgrade {change.package}:amd64 {change.old} {change.new}"
    return f"Install {change.package}:amd64 {change.new} automatic"


def archive(fact: Archive | None) -> Reading:
    if fact is None:
        return lines("none")
    out = [f"timer {'yes' if fact.timer else 'no'}"]
    out += [f'config {name}:: "{value}";' for name, values in fact.settings.items() for value in values]
    out += [f"release {r.file}\t{r.origin}\t{r.label}\t{r.suite}\t{r.codename}" for r in fact.releases.values()]
    for each in fact.packages.values():
        out += [f"policy {each.package}:", f"policy   Installed: {each.installed or '(none)'}"]
        out.append(f"policy   Candidate: {each.candidate or '(none)'}")
        for version, files in each.offers.items():
            out.append(f"policy  {'***' if version == each.installed else '   '} {version} 500")
            places = (file.split("_dists_") for file in files)
            out += [f"policy         500 http://{base} {suite}/main amd64 Packages" for base, suite in places]
    return lines(*out)


def holds(fact: Holds) -> Reading:
    out = [f"plugin {fact.plugin}"] if fact.plugin else []
    out += [f"lock {lock}" for lock in fact.locks] + (["automatic"] if fact.automatic else [])
    for path, conf in fact.files.items():
        out += [f"sum {conf.sum} {path}", f"file {path}", *(f"| {line}" for line in (conf.text or "").splitlines())]
    return lines(*out)


def keys(fact: Keys) -> Reading:
    if fact.files is None:
        return lines("tool none")
    out = [f"rpm {name}" for name in fact.rpm]
    for file, found in fact.files.items():
        out.append(f"file {file}")
        out += [f"key {key.id} {key.expires}" for key in found]
    return lines(*out)


def unfinished(fact: tuple[str, ...]) -> Reading:
    return lines(*fact)


def loader(fact: Loader) -> Reading:
    return lines(
        *(f"library {library.name} {library.path} {library.file}" for library in fact.libraries),
        *(f"runfile {path}" for path in fact.runfile),
        *(f"path {file} {text}" for file, text in fact.paths),
    )


def mounts(fact: Mounts) -> Reading:
    places = (
        f"place {p.path} {p.size // 1024} {p.free // 1024} {p.inodes} {p.inodes_free} {p.mounted}"
        for p in fact.places.values()
    )
    return lines(
        *places,
        *(f"mount {m.path} {m.type} {','.join(m.options)}" for m in fact.mounts.values()),
        f"initramfs {fact.initramfs}",
    )


def machine(fact: Machine) -> Reading:
    memlock = "unlimited" if fact.memlock == -1 else None if fact.memlock is None else str(fact.memlock // 1024)
    texts = {
        "virtual": "yes" if fact.virtual else "no",
        "container": "yes" if fact.container else "no",
        "clocksource": fact.clocksource,
        "governors": " ".join(fact.governors),
        "frequency_driver": fact.frequency_driver,
        "memlock": memlock,
        "infiniband": " ".join(fact.infiniband),
        "files": f"{fact.files[0]} {fact.files[1]}",
        "tasks": f"{fact.tasks[0]} {fact.tasks[1]}",
        "ram": str(fact.ram // 1024),
    }
    banks = (f"memory {bank.name} {bank.uncorrected} {bank.corrected}" for bank in fact.memory)
    return lines(*(f"{key} {text}" for key, text in texts.items() if text), *banks)


def clock(fact: Clock) -> Reading:
    return lines(*(f"daemon {name}" for name in fact.daemons), *fact.says)


def tasks(fact: tuple[Task, ...]) -> Reading:
    return lines(*(f"{task.pid} {task.age} {task.wchan or '-'} {task.name}" for task in fact))


def boots(fact: Boots) -> Reading:
    required = [] if fact.required is None else [f"required {' '.join(fact.required)}"]
    return lines(
        *required,
        *(f"panic {time} {file}" for time, file in fact.panics),
        *(f"boot {_utc(boot.began)} {_utc(boot.ended)}" for boot in fact.boots),
    )


def _utc(time: int) -> str:
    return datetime.fromtimestamp(time, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def units(fact: tuple[Unit, ...] | None) -> Reading:
    return lines("none") if fact is None else lines(*(f"failed {unit.name} {unit.said}" for unit in fact))


def events(fact: tuple[Event, ...]) -> Reading:
    stamps = (datetime.fromtimestamp(each.time, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+0000") for each in fact)
    return lines(*(f"{e.source} {at} host {e.source}[1]: {e.text}" for e, at in zip(fact, stamps, strict=True)))


def changes(fact: tuple[Changed, ...]) -> Reading:
    return lines(*(f"{each.time} {each.path}" for each in fact))


def fabric(fact: Fabric) -> Reading:
    return lines(
        *(f"unit {key}={value}" for key, value in fact.unit.items()),
        *([f"version Fabric Manager version is : {fact.version}"] if fact.version else []),
        *(f"log {line}" for line in fact.log),
    )


def infiniband(fact: tuple[Port, ...]) -> Reading:
    return lines(*(f"port {p.device} {p.number} {p.state}: {p.physical}: {p.rate} {p.layer} {p.downed}" for p in fact))


def doctor_file(fact: DoctorFile) -> Reading:
    return lines(
        *(f"{why} {python.path} {python.version}" for why, python in fact.unusable),
        *([f"python {fact.python.path} {fact.python.version}"] if fact.python else []),
        *([f"ours {_ours(fact.ours)}"] if fact.ours else []),
        *([f"other {fact.other}"] if fact.other else []),
    )


def _ours(ours: Ours) -> str:
    found = ("a" if ours.whole else "b") * 64
    return f"{'yes' if ours.executable else 'no'} {found} {ours.fingerprint} {'a' * 64} {ours.interpreter}"


def isolation(fact: Isolation) -> Reading:
    mode = {"absent": "absent", "permissive": "0", "enforcing": "1"}[fact.selinux]
    return lines(
        f"selinux {mode}",
        *([] if fact.use_devices is None else [f"use_devices {int(fact.use_devices)}"]),
        *(f"iommu {address} {kind}" for address, kind in fact.iommu.items()),
        *(f"login {file}:{rule}" for file, rule in fact.logins),
    )


def environment(fact: Environment) -> Reading:
    return lines(f"read {fact.read}", *(f"set {file}:{line}" for file, line in fact.lines))


def storage(fact: Storage) -> Reading:
    arrays = (f"array {a.name} {a.state} {a.disks or '-'} {a.doing or '-'}" for a in fact.arrays)
    return lines(*arrays, *(f"nvme {name} {state}" for name, state in fact.nvme.items()))


def bonds(fact: tuple[BondLink, ...]) -> Reading:
    return lines(*(f"link {each.bond} {each.name} {int(each.up)} {each.speed or -1}" for each in fact))


def bmc(fact: Bmc) -> Reading:
    if fact.missing:
        return lines(f"none {fact.missing}")
    stamps = (datetime.fromtimestamp(e.time, tz=timezone.utc).strftime("%m/%d/%Y | %H:%M:%S") for e in fact.events)
    ends = ("Asserted" if event.asserted else "Deasserted" for event in fact.events)
    rows = zip(fact.events, stamps, ends, strict=True)
    return lines(*(f"event 1 | {stamp} | {event.sensor} | {event.text} | {end}" for event, stamp, end in rows))


def cuda_toolkit(fact: CudaToolkits) -> Reading:
    return lines(
        *(f"root {each.root} {each.version} {'extras' if each.cupti else 'none'}" for each in fact.toolkits),
        *(f"link {path} {target}" for path, target in fact.links),
        *([] if fact.text is None else [f"file {fact.sum}", *(f"| {line}" for line in fact.text.split("\n")), ""]),
        *([f"other {fact.other}"] if fact.other else []),
        *(f"line {file} {text}" for file, text in fact.lines),
    )


def cudnn(fact: Cudnn) -> Reading:
    return lines(
        *(f"header {root} {file} {version.replace('.', ' ')}" for root, (version, file) in fact.headers.items()),
        *(
            f"library {root} {'l' if each.target else 'f'} {each.size} {each.path} {each.target}"
            for root, found in fact.libraries.items()
            for each in found
        ),
        *(f"loader {path}" for path in fact.loader),
        *(f"tool {tool}" for tool in fact.tools),
    )
