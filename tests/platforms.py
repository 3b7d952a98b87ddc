"""Which system was tried with which GPU and which runtime, and how: docs/platforms.md, from the tests that there are.

`python -m tests.platforms` writes the page anew. A cell is what its test shows and nothing more; a cell that no test
stands for says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from checks.profiles.profile import load

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/platforms.md"
PLANS = ROOT / "tests/plans"

REAL, SIMULATION, PLAN, NOTHING = "real", "package-manager simulation", "golden plan only", "not at all"
SYSTEMS = {
    "debian12": "Debian 12",
    "debian13": "Debian 13",
    "ubuntu2204": "Ubuntu 22.04",
    "ubuntu2404": "Ubuntu 24.04",
    "ubuntu2404-sbsa": "Ubuntu 24.04, Arm",
    "ubuntu2604": "Ubuntu 26.04",
    "el8": "EL 8",
    "el9": "EL 9",
    "el10": "EL 10",
    "ubuntu1604": "Ubuntu 16.04",
    "centos7": "CentOS 7",
}
GPUS = {
    "k20": "K20",
    "v100": "V100",
    "t4": "T4",
    "a100": "A100",
    "h100-hgx": "H100 HGX",
    "h200": "H200",
    "b200-hgx": "B200 HGX",
    "gh200": "GH200",
    "gb200": "GB200",
    "a100-v100": "A100 + V100",
    "pascal-blackwell": "Pascal + Blackwell",
}
RUNTIMES = ("docker", "Podman", "containerd", "CRI-O")


@dataclass(frozen=True)
class Shown:
    """A test that shows a cell: on which systems, with which GPU, by which runtime."""

    test: str
    systems: tuple[str, ...]
    gpu: str
    runtime: str


_WALK = "test_a_bare_host_becomes_a_gpu_host_and_a_second_run_finds_nothing"
SHOWN = (
    Shown(
        f"tests/onhosts/test_today.py::{_WALK}",
        ("debian12", "debian13", "ubuntu2204", "ubuntu2404", "el8", "el9", "el10"),
        "a100",
        "docker",
    ),
    Shown(
        "tests/onhosts/test_debian12.py::test_the_second_run_goes_on_from_there_with_one_reboot_and_ends_well",
        ("debian12",),
        "a100",
        "docker",
    ),
    Shown(
        "tests/onhosts/test_debian13.py::test_eight_h200s_under_the_same_installation", ("debian13",), "h200", "docker"
    ),
    Shown(
        "tests/onhosts/test_2017.py::test_a_bare_host_runs_gpu_containers_three_ways_and_a_second_run_finds_nothing",
        ("centos7", "ubuntu1604"),
        "k20",
        "docker",
    ),
    Shown(
        "tests/onhosts/test_containerd.py::test_it_reads_back_what_was_merged_and_its_kubernetes_plugin_loads",
        ("debian12", "debian13"),
        "a100",
        "containerd",
    ),
    Shown(
        "tests/onhosts/test_podman.py::test_podman_comes_in_dockers_place_gives_containers_the_gpus_and_goes_again",
        ("debian12",),
        "a100",
        "Podman",
    ),
)


def cell(system: str, gpu: str, runtime: str) -> str:
    """What there is of it; a test on a host counts more than a plan."""
    if any(system in one.systems and (one.gpu, one.runtime) == (gpu, runtime) for one in SHOWN):
        return REAL if system.startswith("debian") else SIMULATION
    planned = runtime == "docker" and (PLANS / system / f"{gpu}.txt").exists()
    return PLAN if planned else NOTHING


def page() -> str:
    """docs/platforms.md."""
    head = "| system | runtime | " + " | ".join(GPUS.values()) + " |\n" + "|---" * (len(GPUS) + 2) + "|\n"
    rows = "".join(
        f"| {SYSTEMS[system]} | {runtime} | " + " | ".join(cell(system, gpu, runtime) for gpu in GPUS) + " |\n"
        for system in SYSTEMS
        for runtime in RUNTIMES
    )
    tests = "".join(f"| {_names(one)} | {GPUS[one.gpu]} | {one.runtime} | `{one.test}` |\n" for one in SHOWN)
    return (
        f"{_HEAD}\n{head}{rows}\n{_BETWEEN}\n| system | GPU | runtime | shown by |\n|---|---|---|---|\n{tests}\n{_TAIL}"
    )


def _names(one: Shown) -> str:
    return ", ".join(SYSTEMS[system] for system in one.systems)


def releases() -> set[str]:
    """The releases that the profile `current` has a driver repository for."""
    return {each.release for name, each in load("current").repositories.items() if name.startswith("cuda-")}


_HEAD = """\
# Platforms

Written from tests/platforms.py by `python -m tests.platforms`; a test holds it against the tests that there are.

| word | what was done |
|---|---|
| real | the system itself, its real apt, systemd, kernel packages, docker, Podman or containerd, on a host of the lab |
| package-manager simulation | Debian's programs under its names, its real package manager, repositories of its names |
| golden plan only | the plan is kept as a file that a specialist can read (tests/plans); nothing was installed |
| not at all | no test |

**No cell has seen a real GPU.** In all of them the card, nvidia-smi and the loading of the module are stood in for, and
where the driver comes from NVIDIA's repositories its files are, too (tests/lab/README.md). Only Debian's own driver was
built from its real sources.
"""

_BETWEEN = "What stands behind each cell that is no plan:\n"

_TAIL = """\
Pascal with Blackwell is a plan that is refused: no driver drives both. The plans of CRI-O's configuration are compared
file by file, whatever the system (tests/profiles/test_crio.py); no host had CRI-O. Servers of Arm (sbsa):
the plans of Ubuntu 24.04 above, and `mirror.fetch --arch sbsa` on metadata made for the tests (tests/mirror); no host.
Amazon Linux 2023, Oracle Linux' UEK and SUSE: not at all on hosts.
Ubuntu 22.04 is refused where its own Podman is asked for, which knows no CDI (tests/test_podman.py).
"""

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
