"""Where a check begins to speak: the last value that is well, and the first that is not.

The fault bench shows that faults are named; these are the edges between, which mutation testing found untried.
"""

from __future__ import annotations

import importlib

import pytest

from checks.facts import Facts
from checks.profiles.profile import Profile, having
from tests.alter import Alter, altered, append, edit, put
from tests.faultbench.bus import busy, gpus, link
from tests.faultbench.nvlink import UP, fabric, links
from tests.hosts import DEBIAN, HEALTHY, read

GPU4 = having(DEBIAN, {"expect": {"gpus": 4}})
MODELS = having(DEBIAN, {"expect": {"models": {"20b5": 2}}})


def mounted(path: str, kind: str, options: str) -> tuple[Alter, ...]:
    return (append("mounts", f"mount {path} {kind} {options}\n"),)


def locked(seconds: int) -> tuple[Alter, ...]:
    return (append("package_lock", f"912 {seconds} /var/lib/dpkg/lock-frontend apt-get install x\n"),)


def fan(health: str, value: str) -> tuple[Alter, ...]:
    """One part of the fabric's health; the GPU itself is in the fabric."""
    return (fabric("Completed", "Success"), edit("smi", rf"^   {health}: N/A", f"   {health}: {value}"))


def retired(single: int, double: int, pending: str = "No") -> tuple[Alter, ...]:
    block = f"\\1\n  Single Bit ECC: {single}\n  Double Bit ECC: {double}\n  Pending Page Blacklist: {pending}\n"
    return (edit("smi", r"^( Retired Pages)\n(  .*\n)*", block),)


def used(mib: int) -> tuple[Alter, ...]:
    """Memory in use on a board of 81,920 MiB, with no process to it."""
    return (edit("smi", r"^( FB Memory Usage\n(  .*\n)*?)  Used: 0 MiB", rf"\1  Used: {mib} MiB"),)


def clocks(now: int, usual: int) -> tuple[Alter, ...]:
    """The clocks of jobs in MHz: what is set, and the default."""
    return (
        edit("smi", r"^( Applications Clocks)\n(  .*\n)*", f"\\1\n  Graphics: {now} MHz\n  Memory: 1593 MHz\n"),
        edit("smi", r"^( Default Applications Clocks)\n(  .*\n)*", f"\\1\n  Graphics: {usual} MHz\n"),
    )


def space(size: int, free: int) -> tuple[Alter, ...]:
    """The root file system's size and what is free, in MiB; the other paths lie on it too."""
    return (edit("mounts", r"^(place \S+) \d+ \d+ (\d+ \d+ /)", rf"\1 {size * 1024} {free * 1024} \2"),)


def inodes(have: int, free: int) -> tuple[Alter, ...]:
    return (edit("mounts", r"^(place / \d+ \d+) \d+ \d+", rf"\1 {have} {free}"),)


def files(used: int, most: int) -> tuple[Alter, ...]:
    return (edit("machine", r"^files .*$", f"files {used} {most}"),)


def lockable(limit: str) -> tuple[Alter, ...]:
    """What programs may lock on a host with InfiniBand, in KiB as the shell says it."""
    return (append("machine", "infiniband mlx5_0\n"), edit("machine", r"^memlock .*$", f"memlock {limit}"))


CASES: tuple[tuple[str, tuple[Alter, ...], str, str], ...] = (
    *(
        ("host.read_only", mounted(path, "ext4", "ro,relatime"), "fail", f"{path} is mounted read-only")
        for path in ("/var", "/var/lib", "/var/log", "/var/lib/docker", "/var/lib/kubelet", "/var/lib/containerd")
    ),
    ("host.read_only", mounted("/usr", "ext4", "ro,relatime"), "ok", "/ and /var can be written"),
    *(
        ("host.read_only", mounted("/var/lib/docker", kind, "ro"), "ok", "can be written")
        for kind in ("squashfs", "erofs", "iso9660", "cramfs")
    ),
    ("host.read_only", mounted("/var", "xfs", "rw,errors=remount-ro"), "ok", "can be written"),
    ("host.package_lock", locked(119), "warn", "for 119 s"),
    ("host.package_lock", locked(120), "warn", "for 2 min"),
    ("host.package_lock", locked(3600), "warn", "let it end"),
    ("host.package_lock", locked(3601), "warn", "ps -fp 912"),
    ("host.package_lock", locked(7199), "warn", "for 119 min"),
    ("host.package_lock", locked(7200), "warn", "for 2 h"),
    ("host.package_lock", (*locked(50), append("package_lock", "7 99 /var/lib/dpkg/lock\n")), "warn", "a process has"),
    ("host.package_lock", (), "ok", "nobody holds"),
    ("bus.pcie_link", (*link("2.5 16.0 16 16"), busy(49)), "ok", "have all their lanes"),
    ("bus.pcie_link", (*link("2.5 16.0 16 16"), busy(50)), "warn", "2.5 of 16 GT/s under load"),
    ("bus.pcie_link", (*link("2.5 16.0 16 16"), put("smi", "nothing\n", 255)), "ok", "have all their lanes"),
    ("bus.pcie_link", (*link("2.5 16.0 16 16", virtual="yes"), busy(97)), "ok", "have all their lanes"),
    ("bus.pcie_link", (*link("16.0 16.0 16 16"), busy(97)), "ok", "1 GPU(s) have all their lanes"),
    ("bus.pcie_link", (*link("8.0 16.0 16 16", slot="8.0 8.0 16 16"), busy(97)), "ok", "have all their lanes"),
    ("bus.pcie_link", (*link("8.0 16.0 16 16", slot="8.0 0 16 16"), busy(97)), "warn", "8 of 16 GT/s"),
    ("bus.pcie_link", link("16.0 16.0 1 16", slot="16.0 16.0 1 1"), "warn", "a slot of 1 lanes, 16 would fit"),
    ("bus.pcie_link", link("16.0 16.0 8 16", slot="16.0 16.0 8 8", virtual="yes"), "warn", "8 of 16 PCIe lanes"),
    ("bus.pcie_link", (edit("pcie", r"^function .*\n", ""),), "skipped", "/sys shows no PCIe link"),
    ("bus.gpu_models", gpus("20b5", "20b5", "26b9"), "ok", ""),
    ("bus.gpu_models", gpus("20b5", "20b5", "20b5", "26b9"), "ok", ""),
    ("nvlink.nvlink_errors", (links(UP),), "ok", "no NVLink has counted an error"),
    ("nvlink.nvlink_errors", (links(UP, "e \t Link 3: Tx packets: 41\n"),), "ok", "no NVLink has counted an error"),
    ("nvlink.nvlink_errors", (links({}),), "skipped", "no NVLink in use"),
    ("nvlink.nvlink_errors", (put("nvlink", "status 0\ns GPU 0: A (UUID: 0)\ns  Link 0: 25 GB/s\nerrors 2\n"),),
     "skipped", "not counted"),
    *(
        ("nvlink.nvlink_errors", (links(UP, f"e \t Link 3: {name}: 1\n"),), "warn", f"Link 3: {name}: 1")
        for name in ("Replay Errors", "Recovery Errors", "CRC Errors", "Effective Errors", "Malformed packet Errors",
                     "Buffer overrun Errors", "Rx remote Errors", "Local link integrity Errors")
    ),
    ("nvlink.nvlink_errors",
     (links(UP, "e \t Link 9: CRC Errors: 3\ne \t Link 4: Replay Errors: 7\ne \t Link 4: CRC Errors: 1\n"),),
     "warn", "on NVLink 4, 9"),
    ("nvlink.nvlink_errors",
     (links(UP, "e \t Link 9: CRC Errors: 3\ne \t Link 4: Replay Errors: 7\n"),), "warn", "Link 4: Replay Errors: 7"),
    ("nvlink.fabric_state", (fabric("Completed", "Success"),), "ok", "1 GPU(s) are in the fabric"),
    ("nvlink.fabric_state", (fabric("Completed", "N/A"),), "ok", "are in the fabric"),
    ("nvlink.fabric_state", (), "skipped", "in no fabric"),
    ("nvlink.fabric_state", fan("Summary", "Healthy"), "ok", "are in the fabric"),
    ("nvlink.fabric_state", fan("Summary", "Limited Capacity"), "fail", "Summary Limited Capacity"),
    ("nvlink.fabric_state", fan("Summary", "Unhealthy"), "fail", "Summary Unhealthy"),
    ("nvlink.fabric_state", fan("Route Unhealthy", "True"), "fail", "Route Unhealthy True"),
    ("nvlink.fabric_state", fan("Access Timeout Recovery", "Yes"), "fail", "Access Timeout Recovery Yes"),
    ("nvlink.fabric_state", fan("Incorrect Configuration", "Incorrect"), "fail", "Incorrect Configuration Incorrect"),
    ("gpu.retired_pages", retired(57, 2), "ok", "few pages are retired"),
    ("gpu.retired_pages", retired(57, 3), "fail", "60 retired memory pages"),
    ("gpu.retired_pages", retired(0, 1, "Yes"), "warn", "waits to be retired"),
    ("gpu.gpu_memory_held", used(4096), "ok", "has a process to it on 1 GPU(s)"),
    ("gpu.gpu_memory_held", used(4097), "warn", "4097 MiB of memory are in use without a process"),
    ("gpu.application_clocks", clocks(1410, 1410), "ok", "1 GPU(s) have their default application clocks"),
    ("gpu.application_clocks", clocks(1409, 1410), "warn", "-i 0000:3b:00.0 -rac"),
    ("host.disk_space", space(4000, 200), "ok", "space on every file system"),
    ("host.disk_space", space(4000, 199), "warn", "199 MiB of 4000"),
    ("host.disk_space", space(4000, 99), "fail", "99 MiB of 4000"),
    ("host.disk_space", space(50000, 500), "warn", "500 MiB of 50000"),
    ("host.disk_space", space(50000, 499), "fail", "499 MiB of 50000"),
    ("host.disk_space", space(1000000, 10240), "ok", "space on every file system"),
    ("host.disk_space", space(1000000, 10239), "warn", "10239 MiB of 1000000"),
    ("host.inodes", inodes(100000, 3000), "ok", "there are inodes"),
    ("host.inodes", inodes(100000, 2999), "warn", "2999 of 100000"),
    ("host.inodes", inodes(20000, 999), "fail", "no inodes left"),
    ("host.inodes", inodes(0, 0), "ok", "there are inodes"),
    ("host.exhaustion", files(799, 1000), "ok", "far from their limits"),
    ("host.exhaustion", files(800, 1000), "warn", "800 of 1000"),
    ("host.exhaustion", files(950, 1000), "fail", "950 of 1000"),
    ("host.memlock", lockable("unlimited"), "ok", "as RDMA needs it"),
    ("host.memlock", lockable(str(16 * 1024**2)), "ok", "as RDMA needs it"),
    ("host.memlock", lockable(str(16 * 1024**2 - 1)), "warn", "memlock"),
    ("host.bond_links", (put("bonds", "link bond0 a 1 -1\nlink bond0 b 1 10000\n"),), "ok", "2 links of bonds are up"),
    ("host.stuck_tasks", (put("tasks", "7 19 nv_lock python3\n"),), "ok", "no task is stuck"),
    ("host.stuck_tasks", (put("tasks", "7 20 nv_lock python3\n"),), "warn", "state D in nv_lock, 20 s old"),
    ("container.crio_config", (put("cri", "file /etc/crio/crio.conf\n| [crio\nup crio\n"),), "fail",
     "mend /etc/crio/crio.conf, systemctl restart crio"),
    ("container.daemon_live", (put("docker_config", 'file /etc/docker/daemon.json\n| {"graph": "/data/"}\nsum x\n'),),
     "warn", "data-root to /data, and the running docker has /var/lib/docker"),
)  # fmt: skip


def said(check: str, alters: tuple[Alter, ...], profile: Profile) -> tuple[str, str]:
    """The verdicts and the words of one check alone."""
    found = list(importlib.import_module(f"checks.{check}").check(Facts(altered(read(HEALTHY), alters)), profile))
    texts = (f"{f.summary}\n{f.why}\n{f.evidence}\n{f.remedy.text if f.remedy else ''}" for f in found)
    return " ".join(sorted({f.verdict for f in found})), "\n".join(texts)


@pytest.mark.parametrize(("check", "alters", "verdict", "words"), CASES, ids=[f"{c[0]}-{c[3][:40]}" for c in CASES])
def test_on_this_side_of_the_edge_it_says(check: str, alters: tuple[Alter, ...], verdict: str, words: str) -> None:
    verdicts, text = said(check, alters, DEBIAN)
    assert verdicts == verdict, text
    assert words in text


@pytest.mark.parametrize(
    ("check", "models", "profile", "verdict", "words"),
    [
        ("bus.gpu_count", ["20b5"] * 3, GPU4, "fail", "3 of 4 GPUs on the PCI bus"),
        ("bus.gpu_count", ["20b5"] * 4, GPU4, "ok", "4 GPU(s), as expected (4)"),
        ("bus.gpu_count", ["20b5"] * 5, GPU4, "ok", "5 GPU(s), as expected (4)"),
        ("bus.gpu_models", ["20b5", "26b9"], MODELS, "fail", "1 of 2 GPUs of model 10de:20b5"),
        ("bus.gpu_models", ["20b5", "20b5", "26b9"], MODELS, "ok", ""),
    ],
)
def test_what_a_profile_expects(check: str, models: list[str], profile: Profile, verdict: str, words: str) -> None:
    verdicts, text = said(check, gpus(*models), profile)
    assert verdicts == verdict, text
    assert words in text
    if verdict == "fail":
        assert "look for the missing one in the kernel log (Xid 79, AER)" in text
        assert "jobs that ask for" in text
