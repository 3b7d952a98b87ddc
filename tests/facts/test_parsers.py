"""Each parser reads back what a host prints for a fact, and meets arbitrary text with nothing but `Unknown`."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.facts import (
    archive,
    bmc,
    bonds,
    boots,
    cdi,
    changes,
    char_links,
    clock,
    container,
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
    query,
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
from checks.facts.reading import NOT_ASKED, Reading, Unknown
from tests.facts import rendering

PARSERS: dict[str, Callable[[Reading], Any]] = {
    "bmc": bmc.parse,
    "bonds": bonds.parse,
    "cdi": cdi.parse,
    "environment": environment.parse,
    "isolation": isolation.parse,
    "storage": storage.parse,
    "char_links": char_links.parse,
    "rancher": rancher.parse,
    "podman": podman.parse,
    "container": container.parse,
    "framework": framework.parse,
    "containers": containers.parse,
    "cri": cri.parse,
    "cuda_toolkit": cuda_toolkit.parse,
    "cudnn": cudnn.parse,
    "disk": disk.parse,
    "docker": docker.parse,
    "docker_config": docker_config.parse,
    "doctor_file": doctor_file.parse,
    "driver": driver.parse,
    "fabric": fabric.parse,
    "host": host.parse,
    "infiniband": infiniband.parse,
    "inside": inside.parse,
    "kubelet": kubelet.parse,
    "kernel": kernel.parse,
    "kernel_log": kernel_log.parse,
    "modules": modules.parse,
    "nodes": nodes.parse,
    "nouveau": nouveau.parse,
    "nvidia_docker": nvidia_docker.parse,
    "mig": mig.parse,
    "nvlink": nvlink.parse,
    "os": os.parse,
    "package_lock": package_lock.parse,
    "packages": packages.parse,
    "pci": pci.parse,
    "pcie": pcie.parse,
    "platform": platform.parse,
    "runs": runs.parse,
    "smi": smi.parse,
    "solver": solver.parse,
    "sources": sources.parse,
    "toolkit": toolkit.parse,
    "archive": archive.parse,
    "boots": boots.parse,
    "clock": clock.parse,
    "dkms": dkms.parse,
    "history": history.parse,
    "holds": holds.parse,
    "keys": keys.parse,
    "loader": loader.parse,
    "unfinished": unfinished.parse,
    "machine": machine.parse,
    "modprobe": modprobe.parse,
    "mounts": mounts.parse,
    "signing": signing.parse,
    "tasks": tasks.parse,
    "units": units.parse,
    "volume": volume.parse,
    "work": work.parse,
    "events": events.parse,
    "changes": changes.parse,
}

word = st.text(string.ascii_letters + string.digits + "._+-", min_size=1, max_size=12)
phrase = st.lists(word, min_size=1, max_size=4).map(" ".join)
count = st.integers(0, 2**31)
version = st.lists(st.integers(0, 999).map(str), min_size=2, max_size=4).map(".".join)
release = word.map(lambda text: f"6.1.0-{text}")
address = st.builds("0000:{:02x}:00.0".format, st.integers(0, 255))
path = st.lists(word.filter(lambda text: text.strip(".")), min_size=1, max_size=3).map(
    lambda parts: "/" + "/".join(parts)
)


moment = st.integers(10**9, 2 * 10**9)
kib = st.integers(0, 2**40).map(lambda number: number * 1024)
archive_file = st.builds(
    "{}_dists_{}".format, word.filter(lambda text: text.strip(".") and "_" not in text), st.just("x")
)


def keyed(values: st.SearchStrategy[Any], key: Callable[[Any], Any]) -> st.SearchStrategy[dict[Any, Any]]:
    return st.lists(values, max_size=4, unique_by=key).map(lambda items: {key(item): item for item in items})


file = st.builds(volume.File, count, count, count, path)
files = keyed(file, lambda f: "lib64/" + f.path.rpartition("/")[2])


@st.composite
def docker_volume(draw: st.DrawFn) -> volume.Volume:
    root = draw(path)
    names = draw(st.lists(path, max_size=3, unique=True))
    held = {name.lstrip("/"): volume.File(draw(count), draw(count), draw(count), root + name) for name in names}
    made, users = draw(word), draw(st.lists(word, max_size=2))
    return volume.Volume(volume.PREFIX + draw(version), root, held, made, tuple(users))


bound = word.filter(lambda name: name != "none")  # the probe's own word for a device without a driver
device = st.builds(pci.Device, address, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.just("") | bound)
process = st.builds(query.Process, count.map(str), st.sampled_from(["C", "G", "C+G"]), path, count.map("{} MiB".format))
key = phrase.map(str.lower)
few = st.integers(0, 99)
speed = st.sampled_from([0.0, 2.5, 16.0, 25.781])
lane = st.builds(pcie.Link, speed, speed, few, few)
function = st.builds(
    pcie.Function,
    address,
    st.just("") | address,
    lane,
    lane,
    st.just("") | st.text("0123456789abcdef", min_size=32, max_size=32),
    st.lists(st.tuples(count, count), max_size=2).map(tuple),
)
kernel_line = st.builds(kernel_log.Line, st.none() | few.map(float), phrase.map("NVRM: {}".format))
gpu_links = st.builds(
    nvlink.GpuLinks,
    few.map("GPU {}: NVIDIA H200".format),
    st.lists(st.tuples(few, speed), max_size=3).map(tuple),
    st.just("") | phrase,
    st.lists(st.tuples(few, st.sampled_from(["Replay Errors", "CRC Errors"]), count), max_size=2).map(tuple),
)
said = st.dictionaries(key | st.builds("{}/{}".format, key, key), phrase, max_size=4)


@st.composite
def boards(draw: st.DrawFn) -> tuple[query.Gpu, ...]:
    """GPUs of one host: a section is printed once, so paths are in the order of their sections."""
    driver = draw(version)
    maps = draw(st.lists(said, min_size=1, max_size=3))
    return tuple(
        query.Gpu(
            index,
            draw(address),
            driver,
            {key: found[key] for key in sorted(found)},
            tuple(draw(st.lists(process, max_size=2))),
        )
        for index, found in enumerate(maps)
    )


libraries = st.lists(st.builds(cudnn.Library, path, count, st.just("") | word), min_size=1, max_size=3).map(
    lambda found: tuple(sorted(found, key=lambda each: each.path))
)
python = st.builds(doctor_file.Python, path, version)
repository = st.builds(
    sources.Repository,
    word.map("/etc/yum.repos.d/{}.repo".format),
    st.uuids().map(str),
    st.lists(word.map("https://{}".format), max_size=2).map(tuple),
    st.booleans(),
    st.none() | st.booleans(),
    st.lists(word.map("file:///{}".format), max_size=2).map(tuple),
)
change = st.builds(solver.Change, word, st.just("") | version, version) | st.builds(
    solver.Change, word, version, st.just("")
)
step = st.builds(
    runs.RunStep,
    st.integers(1, 99).map("{:02d}".format),
    st.sampled_from(["waiting", "begun", "done", "failed", "undone", "final"]),
    st.booleans(),
    phrase,
)
module = st.builds(modules.Module, word, st.just("") | version, count, st.lists(word, max_size=3).map(tuple))
suite = st.sampled_from(["bookworm", "bookworm-updates", "trixie-security"])
source = st.builds(
    sources.Source,
    path.map(lambda text: f"/etc/apt{text}.list"),
    st.sampled_from(["deb", "deb-src"]),
    word.map(lambda text: f"http://{text}/debian"),
    suite,
    st.lists(word.filter(lambda text: "#" not in text), max_size=3).map(tuple),
    st.just(()) | word.map(lambda text: (("signed-by", f"/{text}"),)),
)

words = st.lists(word, max_size=3).map(tuple)
paths = st.lists(path, max_size=3, unique=True).map(tuple)
shown = st.lists(st.text(string.printable.replace("\n", ""), max_size=20), max_size=4).map(
    lambda rows: "".join(f"{row.strip()}\n" for row in rows)
)
live = st.builds(docker.Live, st.dictionaries(word, path, max_size=3), word, word, st.booleans(), version, words, word)
running = st.builds(
    containers.Container, word, word, word, words, paths, words, st.lists(st.tuples(word, word), max_size=2).map(tuple)
)

FACTS: dict[str, st.SearchStrategy[Any]] = {
    "cdi": st.builds(
        cdi.Cdi,
        st.lists(st.builds(cdi.Spec, path, word, words, paths, paths), max_size=3).map(tuple),
        st.dictionaries(st.sampled_from(("path", "service")), st.sampled_from(("enabled", "disabled"))),
    ),
    "rancher": st.lists(
        st.builds(rancher.K3s, st.sampled_from(("k3s", "rke2")), word, word, path, word, path, paths, word), max_size=2
    ).map(tuple),
    "podman": st.just(podman.Podman()) | st.builds(podman.Podman, path, version, paths, paths, st.none() | paths),
    "char_links": st.builds(char_links.CharLinks, st.integers(1, 2), st.dictionaries(path, path, max_size=3)),
    "containers": st.builds(
        containers.Containers,
        st.none() | st.builds(containers.Root, path, word, count, count, count, count),
        st.lists(running, max_size=3).map(tuple),
        st.lists(st.builds(containers.Image, word, phrase), max_size=3).map(tuple),
    ),
    "cri": st.builds(
        cri.Cri,
        st.dictionaries(path, shown, max_size=3),
        st.just("") | version,
        paths,
        st.just(("containerd",)),
        st.dictionaries(path, word, max_size=2),
    ),
    "cuda_toolkit": st.builds(
        lambda toolkits, links, text, other, found: cuda_toolkit.CudaToolkits(
            toolkits, links, text, "" if text is None else "a" * 64, other, found
        ),
        st.lists(st.builds(cuda_toolkit.Toolkit, path, version, st.booleans()), max_size=3).map(tuple),
        st.lists(st.tuples(path, path), max_size=2).map(tuple),
        st.none() | st.lists(st.just("") | phrase, min_size=1, max_size=3).map("\n".join),
        st.just("") | phrase,
        st.lists(st.tuples(path, phrase), max_size=2).map(tuple),
    ),
    "cudnn": st.builds(
        cudnn.Cudnn,
        st.dictionaries(path, st.tuples(st.sampled_from(["6.0.21", "9.23.1"]), path), max_size=2),
        st.dictionaries(path, libraries, max_size=2),
        st.lists(path, max_size=2).map(tuple),
        st.sampled_from([(), ("curl",), ("curl", "wget")]),
    ),
    "doctor_file": st.builds(
        doctor_file.DoctorFile,
        st.none() | python,
        st.lists(st.tuples(st.sampled_from(["old", "partial"]), python), max_size=2).map(tuple),
        st.none() | st.builds(doctor_file.Ours, st.booleans(), st.booleans(), st.just("0123456789abcdef"), phrase),
        st.just("") | phrase,
    ),
    "docker_config": st.builds(
        docker_config.DockerConfig,
        st.none() | shown,
        st.just("") | phrase,
        words,
        words,
        st.lists(st.tuples(word, path), max_size=2).map(tuple),
    ),
    "nvidia_docker": st.just(nvidia_docker.NvidiaDocker())
    | st.builds(
        nvidia_docker.NvidiaDocker,
        present=st.just(True),
        plugin=st.just("") | path,
        release=st.just("") | version,
        account=st.booleans(),
        target=st.just("") | path,
        driver=st.just("") | version,
        extra=st.just("") | phrase,
        modprobe=st.booleans(),
        unit=st.dictionaries(word, word, max_size=3),
        owner=word,
        caps=st.none() | phrase,
        protected=st.booleans(),
        flags=st.just("") | phrase,
        device=count,
        volumes=path,
        versions=st.lists(st.builds(nvidia_docker.Version, version, count, count, word), max_size=2).map(tuple),
        local=st.lists(st.tuples(word, count), max_size=2).map(tuple),
        log=st.lists(phrase, max_size=2).map(tuple),
    ),
    "kubelet": st.just(kubelet.Kubelet())
    | st.builds(
        kubelet.Kubelet,
        present=st.just(True),
        version=phrase,
        unit=st.dictionaries(word, word, max_size=3),
        args=words,
        texts=st.dictionaries(path, shown, max_size=2),
        sockets=paths,
        healthz=phrase,
        plugins=words,
        registered=st.dictionaries(word, words, max_size=2),
        capacity=st.dictionaries(word, word, max_size=2),
        sums=st.dictionaries(path, word, max_size=2),
        unread=paths,
        labels=st.dictionaries(word, st.just("") | word, max_size=2),
        classes=st.none() | st.dictionaries(word, word, max_size=2),
        pods=st.lists(st.tuples(word, word), max_size=2).map(tuple),
    ),
    "inside": st.builds(inside.Inside, words, words, words),
    "toolkit": st.builds(toolkit.Toolkit, st.dictionaries(word, path, max_size=3), paths, shown),
    "container": st.builds(
        container.Container,
        st.integers(0, 98),
        st.lists(
            st.builds(container.Answer, st.sampled_from((container.RUNTIME, container.CDI, container.VOLUME)), phrase),
            min_size=1,
            max_size=3,
        ).map(tuple),
    ),
    "disk": keyed(
        st.builds(
            lambda p, d, f, m, n: disk.Place(p, d, f, m, n * 1024), path, count, word, path, st.integers(0, 2**40)
        ),
        lambda p: p.path,
    ).map(disk.Disk),
    "docker": st.builds(
        lambda daemon, ver, root, names, live: docker.Docker(
            daemon, daemon, "active", ver, root, "overlay2", tuple(names), "", live
        ),
        path,
        version,
        path,
        st.lists(word, max_size=3),
        live,
    )
    | st.builds(
        docker.Docker, path, path, st.sampled_from(["inactive", "failed"]), *[st.just("")] * 3, st.just(()), st.just("")
    ),
    "driver": st.builds(
        driver.Driver,
        st.lists(st.builds(driver.Built, release, word, version, phrase), max_size=3).map(tuple),
        st.just("") | version,
        st.lists(phrase, max_size=2).map(tuple),
        st.lists(phrase, max_size=2).map(tuple),
    ),
    "host": st.builds(
        host.Host, word, word, count, count, st.sampled_from(["systemd", "other"]), st.sampled_from(["", "sudo: no"])
    ),
    "fabric": st.builds(
        fabric.Fabric,
        st.dictionaries(st.sampled_from(["LoadState", "ActiveState"]), word),
        st.just("") | version,
        st.lists(phrase, max_size=2).map(tuple),
    ),
    "infiniband": st.lists(st.builds(infiniband.Port, word, few, few, few, few, word, few), max_size=3).map(tuple),
    "kernel": st.builds(
        kernel.Kernel,
        release,
        word,
        count,
        st.dictionaries(release, count, max_size=3),
        st.frozensets(release, max_size=3),
        st.just("") | release,
        st.booleans(),
    ),
    "modules": keyed(module, lambda m: m.name),
    "nodes": keyed(
        st.builds(nodes.Node, path, st.integers(0, 511), st.integers(0, 511), st.integers(0, 0o777)), lambda n: n.path
    ),
    "nouveau": st.lists(st.builds(nouveau.Line, count, path, phrase), max_size=3).map(
        lambda found: nouveau.Nouveau(tuple(found))
    ),
    "os": st.builds(os.Os, word.map(str.lower), version, word, phrase),
    "packages": keyed(
        st.builds(packages.Package, word, version, st.sampled_from(["ii", "rc", "iF", "iHR"])), lambda p: p.name
    ).map(packages.Packages),
    "package_lock": st.lists(st.builds(package_lock.Holder, count, count, path, st.just("") | phrase), max_size=2).map(
        tuple
    ),
    "kernel_log": st.builds(
        kernel_log.KernelLog, st.lists(kernel_line).map(tuple), st.lists(kernel_line).map(tuple), few.map(float)
    ),
    "mig": st.builds(
        mig.Mig,
        st.dictionaries(
            st.integers(0, 15),
            st.lists(st.sampled_from(["1g.10gb", "1g.10gb+me", "3g.40gb"]), min_size=1, max_size=3)
            .map(sorted)
            .map(tuple),
        ),
        st.lists(st.sampled_from(["gpu0/mig/gi2", "gpu0/mig/gi9"]), max_size=2).map(tuple),
        st.lists(phrase, max_size=2).map(tuple),
        st.booleans(),
    ),
    "nvlink": st.builds(
        nvlink.NvLinks,
        st.lists(gpu_links, min_size=1, max_size=2, unique_by=lambda g: g.name).map(tuple),
        st.booleans(),
        st.sampled_from([(), (("GPU0", "GPU1", "OK"), ("GPU1", "GPU0", "CNS"))]),
    ),
    "pcie": st.builds(
        pcie.Pcie,
        st.booleans(),
        keyed(function, lambda f: f.address),
        st.lists(st.builds(pcie.Error, address, word, word, count), max_size=2).map(tuple),
        st.none() | st.lists(address, max_size=2).map(tuple),
    ),
    "pci": st.builds(pci.Pci, st.lists(device, max_size=3).map(tuple), st.lists(phrase, max_size=2).map(tuple)),
    "platform": st.builds(
        platform.Platform,
        st.lists(path, max_size=2).map(tuple),
        st.just("") | phrase,
        st.lists(word.filter(lambda text: text != "none"), max_size=2, unique=True).map(tuple),
        *[st.lists(phrase, max_size=2).map(tuple)] * 2,
        st.lists(path, max_size=2).map(tuple),
    ),
    "runs": st.lists(
        st.builds(
            runs.Run,
            word,
            st.sampled_from(["running", "ended", "lost"]),
            st.just("") | phrase,
            st.lists(step, max_size=3).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    "smi": st.builds(lambda gpus: smi.Smi(0, "", gpus, (), ""), boards())
    | st.builds(lambda pids: smi.Smi(None, "", (), tuple(pids), ""), st.lists(count, max_size=2))
    | st.builds(lambda text: smi.Smi(None, "", (), (), text), phrase),
    "solver": st.builds(
        solver.Solution,
        st.lists(change, max_size=4).map(tuple),
        count,
        count,
        st.lists(st.builds("{} {}".format, word, version), max_size=2).map(tuple),
        st.booleans(),
    ),
    "sources": st.builds(sources.Sources, st.lists(source, max_size=3).map(tuple), st.integers(1, 2**31))
    | st.builds(
        sources.Sources,
        st.just(()),
        st.just(0),
        st.just(False),
        st.lists(repository, max_size=3).map(tuple),
        st.lists(word.map("/usr/share/keyrings/gpuwright-{}".format), max_size=2).map(tuple),
        st.lists(word.map("release l={}".format), max_size=2).map(tuple),
    ),
    "work": st.builds(
        work.Work,
        keyed(
            st.builds(
                work.Holder,
                count,
                word,
                phrase,
                st.frozensets(st.integers(0, 63), max_size=3).map(sorted).map(tuple),
                st.lists(path, max_size=2).map(tuple),
            ),
            lambda h: h.pid,
        ).map(lambda found: tuple(sorted(found.values(), key=lambda h: h.pid))),
        st.just("") | phrase.filter(lambda text: text not in ("read", "none")),
        *[st.lists(word.filter(lambda text: "_" not in text), max_size=2, unique=True).map(tuple)] * 2,
        st.lists(
            st.builds(work.Session, word, word, st.just("") | word.filter(lambda text: text != "-")),
            max_size=2,
            unique_by=lambda s: (s.user, s.terminal),
        ).map(tuple),
        st.just("") | word,
    ),
    "archive": st.none()
    | st.builds(
        archive.Archive,
        st.booleans(),
        st.dictionaries(word, st.lists(phrase, min_size=1, max_size=2).map(tuple), max_size=2),
        keyed(st.builds(archive.Release, archive_file, phrase, phrase, word, word), lambda r: r.file),
        keyed(
            st.builds(
                archive.Candidate,
                word,
                st.just("") | version,
                st.just("") | version,
                st.dictionaries(version, st.lists(archive_file, max_size=2).map(tuple), max_size=2),
            ),
            lambda p: p.package,
        ),
    ),
    "boots": st.builds(
        boots.Boots,
        st.none() | st.lists(word, max_size=3).map(tuple),
        st.lists(st.tuples(count, path), max_size=2).map(tuple),
        st.lists(st.builds(boots.Boot, moment, moment), max_size=3).map(tuple),
    ),
    "clock": st.builds(
        lambda names, says: clock.Clock(tuple(sorted(names)), tuple(f"chrony {text}" for text in says)),
        st.sets(st.sampled_from(clock.DAEMONS)),
        st.lists(phrase, max_size=2),
    ),
    "changes": st.lists(st.builds(changes.Changed, count, path), max_size=3).map(tuple),
    "events": st.lists(st.builds(events.Event, moment, st.sampled_from(["systemd", "kernel"]), phrase), max_size=3).map(
        tuple
    ),
    "dkms": st.lists(
        st.builds(
            dkms.Tree,
            st.builds("nvidia{}/{}".format, word, version),
            st.booleans(),
            st.lists(release, max_size=2).map(tuple),
            st.none() | st.builds(dkms.Failure, st.just("") | release, count, phrase),
        ),
        max_size=3,
    ).map(tuple),
    "holds": st.builds(
        holds.Holds,
        st.just("") | path,
        words,
        st.booleans(),
        st.dictionaries(
            path,
            words.map(" = \n".join).map(lambda text: holds.Conf(text, hashlib.sha256(text.encode()).hexdigest())),
            max_size=2,
        ),
    ),
    "history": st.lists(
        st.builds(
            history.Transaction,
            moment,
            st.just("apt"),
            st.just("") | phrase,
            st.just("") | phrase,
            st.lists(st.builds(history.Change, word, version, st.just("") | version), max_size=3).map(tuple),
            count,
        ),
        max_size=3,
    ).map(lambda found: tuple(sorted(found, key=lambda each: each.time))),
    "keys": st.just(keys.Keys(None))
    | st.lists(word, max_size=2).map(lambda ids: keys.Keys({}, tuple(ids)))
    | st.dictionaries(path, st.lists(st.builds(keys.Key, word, count), max_size=2).map(tuple), max_size=2).map(
        keys.Keys
    ),
    "loader": st.builds(
        loader.Loader,
        st.lists(st.builds(loader.Library, word, path, path), max_size=3).map(tuple),
        st.lists(path, max_size=2).map(tuple),
        st.lists(st.tuples(path, phrase), max_size=2).map(tuple),
    ),
    "unfinished": st.lists(path.map("/var/lib{}".format), max_size=3).map(tuple),
    "machine": st.builds(
        machine.Machine,
        st.booleans(),
        st.booleans(),
        st.just("") | word,
        st.lists(word, max_size=2).map(tuple),
        st.just("") | word,
        st.none() | st.just(-1) | kib,
        st.lists(word, max_size=2).map(tuple),
        st.tuples(count, count),
        st.tuples(count, count),
        st.lists(st.builds(machine.Bank, word, count, count), max_size=2).map(tuple),
        count.map(lambda pages: pages * 1024),
    ),
    "isolation": st.builds(
        isolation.Isolation,
        st.sampled_from(["absent", "permissive", "enforcing"]),
        st.none() | st.booleans(),
        st.dictionaries(address, st.sampled_from(["identity", "DMA", "DMA-FQ"]), max_size=2),
        st.lists(st.tuples(path, st.just("DeviceAllow=/dev/nvidiactl")), max_size=2).map(tuple),
    ),
    "environment": st.builds(
        environment.Environment, few, st.lists(st.tuples(path, word.map("{}=1".format)), max_size=2).map(tuple)
    ),
    "storage": st.builds(
        storage.Storage,
        st.lists(
            st.builds(
                storage.Array,
                word,
                st.sampled_from(["active", "inactive"]),
                st.sampled_from(["", "[UU]", "[U_]"]),
                st.sampled_from(["", "recovery"]),
            ),
            max_size=2,
        ).map(tuple),
        st.dictionaries(word, word, max_size=2),
    ),
    "bonds": st.lists(st.builds(bonds.Link, word, word, st.booleans(), few), max_size=3).map(tuple),
    "bmc": st.builds(
        bmc.Bmc,
        st.lists(st.builds(bmc.Event, moment, word, word, st.booleans()), max_size=3).map(tuple),
    )
    | st.builds(bmc.Bmc, st.just(()), phrase),
    "modprobe": st.builds(
        modprobe.Modprobe,
        st.lists(st.builds(modprobe.Line, path, phrase), max_size=3).map(tuple),
        st.just("") | phrase,
        st.dictionaries(
            st.sampled_from(["nvidia", "nvidia-drm", "nvidia-uvm"]),
            st.dictionaries(word, word, min_size=1, max_size=2),
            max_size=2,
        ),
    ),
    "mounts": st.builds(
        mounts.Mounts,
        keyed(st.builds(mounts.Place, path, kib, kib, count, count, path), lambda p: p.path),
        keyed(st.builds(mounts.Mount, path, word, st.lists(word, min_size=1, max_size=3).map(tuple)), lambda m: m.path),
    ),
    "signing": st.builds(
        signing.Signing,
        st.none() | st.booleans(),
        st.sampled_from(["absent", "none", "integrity", "confidentiality"]),
        st.booleans(),
        st.lists(phrase, max_size=2).map(tuple),
        st.dictionaries(release, st.just("") | phrase, max_size=2),
        st.none() | st.builds(signing.Own, path, phrase),
    ),
    "tasks": st.lists(
        st.builds(tasks.Task, count, count, st.just("") | word.map("x{}".format), phrase), max_size=3
    ).map(tuple),
    "units": st.none() | st.lists(st.builds(units.Unit, word, st.just("") | phrase), max_size=3).map(tuple),
    "volume": st.builds(volume.DriverVolume, files, st.none() | st.lists(docker_volume(), max_size=2).map(tuple)),
}


def comparable(topic: str, fact: Any) -> Any:
    """What of a fact is written down: smi's text of an answer is its table, which is its GPUs."""
    if topic != "smi":
        return fact
    gpus = [
        (g.index, g.address, g.driver, g.processes, {k: g.said[k] for k in g.said if "process" not in k})
        for g in fact.gpus
    ]
    return fact.status, gpus, fact.stuck, fact.not_asked


@pytest.mark.parametrize("topic", FACTS)
@given(data=st.data())
def test_a_fact_that_is_printed_is_read_back(topic: str, data: st.DataObject) -> None:
    fact = data.draw(FACTS[topic])
    reading = getattr(rendering, topic)(fact)
    assert comparable(topic, PARSERS[topic](reading)) == comparable(topic, fact)


def statuses() -> st.SearchStrategy[int | None]:
    return st.none() | st.sampled_from([0, 1, 2, 9, 127, NOT_ASKED, 255])


MARKS = (
    *("| {", "flag", "engine", "spec", "kind", "name", "missing", "cgroup 2", "up", "on 1 2 3 4 5 ext4", "env A=b"),
    *("running", "boot", "up", "image", "headers", "device", "lspci", "built", "source", "log", "library", "file"),
    *(
        "lib64",
        "asked",
        "volume",
        "held",
        "info",
        "daemon",
        "state",
        "container",
        "run",
        "step",
        "fetch",
        "Inst",
        "Remv",
        "tree",
        "failed",
        "line",
        "cmdline",
        "zone",
        "apt\t",
        "dnf",
        "policy",
        "release",
        "place",
        "mount",
        "daemon",
        "boot",
        "key",
        "lock",
    ),
    *(
        "pid",
        "stuck",
        "mark",
        "vgpu host",
        "holders read",
        "holder",
        "session",
        "reason",
        "# file",
        "Types:",
        "0x10de",
        "0",
        "1",
        "99999999999",
        "-1",
        "\u00b2",
        "\0",
        "@ end",
        "{}",
    ),
)
PIECES = st.sampled_from([*MARKS, " ", "\n", "\n ", "["]) | st.text(max_size=3)


@pytest.mark.parametrize("topic", PARSERS)
@given(
    status=statuses(),
    text=st.text() | st.lists(PIECES, max_size=20).map(" ".join),
    cut=st.booleans(),
)
def test_arbitrary_text_raises_nothing_but_unknown(topic: str, status: int | None, text: str, cut: bool) -> None:
    try:
        PARSERS[topic](Reading(status, text.encode(errors="replace").decode(), cut))
    except Unknown as why:
        assert str(why)


@pytest.mark.parametrize("topic", sorted(set(PARSERS) - {"smi", "container"}))
def test_a_late_answer_is_unknown(topic: str) -> None:
    with pytest.raises(Unknown, match="deadline"):
        PARSERS[topic](Reading(None, "anything"))
