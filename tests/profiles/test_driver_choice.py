"""The choice of a driver: GPUs, system and wish in, branch, kernel module and packages out, or why there is none."""

from __future__ import annotations

import pytest

from checks.facts import Facts
from checks.facts.branches import FLAVOURS, branches, offers, releases
from checks.facts.generation import of
from checks.facts.pci import Device
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.profiles import wants
from checks.profiles.driver_choice import Choice, Have, Refused, chosen, decide
from checks.profiles.profile import load
from tests.hosts import read

FERMI, KEPLER, MAXWELL, PASCAL, VOLTA = 0x06D1, 0x102D, 0x17FD, 0x1B38, 0x1DB6
TURING, AMPERE, ADA, HOPPER, BLACKWELL = 0x1EB8, 0x20B5, 0x26B9, 0x2330, 0x2901
H200, UNKNOWN = 0x2335, 0x3FFF
CHANGED = ("nvidia-driver-cuda=595", "nvidia-persistenced=595", "kmod-nvidia-open-dkms=595")


def gpus(*ids: int) -> list[Device]:
    return [Device(f"0000:{slot + 1:02x}:00.0", number, 0x0302, "") for slot, number in enumerate(ids)]


def choice(*ids: int, release: str = "noble", machine: str = "x86_64", wish: str = "auto") -> Choice:
    found = decide(gpus(*ids), release, machine, wish)
    assert isinstance(found, Choice), found
    return found


def refused(*ids: int, release: str = "noble", machine: str = "x86_64", wish: str = "auto") -> Refused:
    found = decide(gpus(*ids), release, machine, wish)
    assert isinstance(found, Refused), found
    return found


@pytest.mark.parametrize(
    ("ids", "branch", "flavour", "cuda", "cudnn"),
    [
        ((MAXWELL,), 580, "proprietary", "12.9", "9.10.2"),
        ((PASCAL,), 580, "proprietary", "12.9", "9.10.2"),
        ((VOLTA, VOLTA), 580, "proprietary", "12.9", "9.10.2"),
        ((TURING,), 595, "open", "13.2", ""),
        ((AMPERE, ADA), 595, "open", "13.2", ""),
        ((HOPPER,), 595, "open", "13.2", ""),
        ((H200,), 595, "open", "13.2", ""),
        ((BLACKWELL,), 595, "open", "13.2", ""),
        ((AMPERE, BLACKWELL), 595, "open", "13.2", ""),
        ((AMPERE, VOLTA), 580, "proprietary", "12.9", "9.10.2"),
        ((HOPPER, PASCAL), 580, "proprietary", "12.9", "9.10.2"),
        ((), 595, "open", "13.2", ""),
    ],
)
@pytest.mark.parametrize("release", ["bookworm", "trixie", "jammy", "noble", "el8", "el9", "el10"])
def test_what_is_chosen(release: str, ids: tuple[int, ...], branch: int, flavour: str, cuda: str, cudnn: str) -> None:
    found = choice(*ids, release=release)
    assert (found.branch, found.flavour, found.cuda, found.cudnn) == (branch, flavour, cuda, cudnn)
    assert "\n" not in found.why
    assert f"branch {branch}" in found.why
    assert f"{flavour} kernel module" in found.why


@pytest.mark.parametrize(
    ("release", "ids", "packages", "first", "stream"),
    [
        ("bookworm", (AMPERE,), "nvidia-driver-cuda nvidia-persistenced nvidia-kernel-open-dkms", "595", ""),
        ("trixie", (VOLTA,), "nvidia-driver-cuda nvidia-persistenced nvidia-kernel-dkms", "580", ""),
        (
            "jammy",
            (AMPERE,),
            "libnvidia-compute nvidia-utils nvidia-persistenced nvidia-modprobe nvidia-dkms-open",
            "595",
            "",
        ),
        (
            "noble",
            (VOLTA,),
            "libnvidia-compute-580 nvidia-utils-580 nvidia-persistenced nvidia-modprobe nvidia-dkms-580",
            "580",
            "",
        ),
        (
            "el8",
            (VOLTA,),
            "nvidia-driver-cuda nvidia-persistenced kmod-nvidia-latest-dkms",
            "",
            "nvidia-driver:580-dkms",
        ),
        (
            "el9",
            (AMPERE,),
            "nvidia-driver-cuda nvidia-persistenced kmod-nvidia-open-dkms",
            "",
            "nvidia-driver:595-open",
        ),
        ("el10", (AMPERE,), "nvidia-driver-cuda nvidia-persistenced kmod-nvidia-open-dkms", "", ""),
    ],
)
def test_by_which_packages(release: str, ids: tuple[int, ...], packages: str, first: str, stream: str) -> None:
    found = choice(*ids, release=release)
    assert found.packages == tuple(f"{name}={found.branch}" for name in packages.split())
    assert found.first == ((f"nvidia-driver-pinning-{first}",) if first else ())
    assert found.stream == stream
    assert found.components == (("contrib",) if release in ("bookworm", "trixie") else ())


@pytest.mark.parametrize(
    ("wish", "branch", "pin"),
    [
        ("lts", 620, "620"),
        ("production", 595, "595"),
        ("new-feature", 615, "615"),
        ("580", 580, "580"),
        ("580.95.05", 580, "580.95.05"),
    ],
)
def test_the_profile_may_ask_for_a_kind_of_branch_a_branch_or_a_version(wish: str, branch: int, pin: str) -> None:
    found = choice(AMPERE, wish=wish, release="bookworm")
    assert (found.branch, found.version) == (branch, pin)
    assert found.packages[0] == f"nvidia-driver-cuda={pin}"
    assert found.first == (f"nvidia-driver-pinning-{pin}",)
    assert (f"as the profile asks ({wish})" in found.why) == wish[0].isdigit()


def test_the_long_term_branch_is_the_newest_that_drives_every_gpu() -> None:
    assert choice(VOLTA, wish="lts").branch == 580
    assert choice(AMPERE, VOLTA, wish="lts").branch == 580


@pytest.mark.parametrize(
    ("ids", "wish", "why", "instead"),
    [
        (
            (KEPLER,),
            "auto",
            "a GPU (kepler) needs branch 470 at most, and NVIDIA's repository for noble",
            "",
        ),
        ((FERMI,), "auto", "a GPU (fermi) needs branch 390 at most", ""),
        ((FERMI, AMPERE), "auto", "fermi needs branch 390 at most, ampere branch 450 or later", "a host each"),
        (
            (PASCAL, BLACKWELL),
            "auto",
            "pascal needs the proprietary kernel module (branch 580 at most), blackwell the open one (branch 570 or",
            "a host each",
        ),
        (
            (AMPERE, VOLTA),
            "production",
            "the profile asks for driver production (595), and a GPU (volta) needs branch 580 at most",
            '"auto" chooses branch 580 with the proprietary kernel module',
        ),
        ((VOLTA,), "595.71.05", "the profile asks for driver 595.71.05 (595), and a GPU (volta)", "branch 580"),
        (
            (AMPERE,),
            "550",
            "the profile asks for driver 550, and NVIDIA's repository for noble",
            "branch 595",
        ),
        ((UNKNOWN,), "auto", "a model not known here", "profile of your own"),
        ((AMPERE, UNKNOWN), "580", "a model not known here", "profile of your own"),
    ],
)
def test_what_cannot_be_is_refused_with_the_branch_needed_and_the_way_out(
    ids: tuple[int, ...], wish: str, why: str, instead: str
) -> None:
    found = refused(*ids, wish=wish)
    assert why in found.why
    assert instead in found.instead
    assert found.instead.endswith(".")
    assert "\n" not in found.why


def test_the_gpu_that_shows_it_is_named() -> None:
    assert refused(AMPERE, KEPLER, wish="auto").gpu == gpus(AMPERE, KEPLER)[1]
    assert refused(AMPERE, UNKNOWN).gpu == gpus(AMPERE, UNKNOWN)[1]


def test_a_system_or_an_architecture_without_a_repository_is_refused() -> None:
    assert "for xenial on x86_64" in refused(AMPERE, release="xenial").why
    assert "for bookworm on aarch64" in refused(AMPERE, release="bookworm", machine="aarch64").why
    assert "for this system on x86_64" in refused(AMPERE, release="").why
    assert choice(HOPPER, machine="aarch64").branch == 595
    assert "needs branch 580 at most" in refused(VOLTA, release="resolute").why


def test_nothing_is_ever_chosen_that_does_not_drive_every_gpu() -> None:
    models = (FERMI, KEPLER, MAXWELL, PASCAL, VOLTA, TURING, AMPERE, ADA, HOPPER, BLACKWELL)
    for wish in ("auto", "lts", "production", "new-feature", *map(str, branches())):
        for one in models:
            for other in models:
                found = decide(gpus(one, other), "el9", "x86_64", wish)
                if isinstance(found, Refused):
                    continue
                for model in (one, other):
                    generation = of(model)
                    assert generation is not None
                    assert generation.drives(found.branch)
                    assert generation.modules in ("either", found.flavour)
                assert found.flavour in branches()[found.branch].flavours


HAVE_580 = Have(580, "proprietary")


@pytest.mark.parametrize(
    ("ids", "wish", "have", "branch", "flavour"),
    [
        ((AMPERE,), "auto", HAVE_580, 580, "proprietary"),
        ((AMPERE,), "auto", Have(580, "open"), 580, "open"),
        ((), "auto", HAVE_580, 580, "proprietary"),
        ((BLACKWELL,), "auto", HAVE_580, 595, "open"),  # it would not drive it
        ((VOLTA,), "auto", Have(595, "proprietary"), 580, "proprietary"),
        ((AMPERE,), "auto", Have(610, "open"), 595, "open"),  # nobody maintains it
        ((AMPERE,), "auto", Have(550, "open"), 595, "open"),
        ((AMPERE,), "production", HAVE_580, 595, "open"),  # the profile says so
        ((AMPERE,), "620", HAVE_580, 620, "open"),
    ],
)
def test_auto_keeps_what_the_host_has_while_it_is_maintained_and_drives_every_gpu(
    ids: tuple[int, ...], wish: str, have: Have, branch: int, flavour: str
) -> None:
    found = decide(gpus(*ids), "noble", "x86_64", wish, have=have)
    assert isinstance(found, Choice)
    assert (found.branch, found.flavour) == (branch, flavour)
    assert (" is here, is maintained, and" in found.why) == (wish == "auto" and found.branch == have.branch)


def _host(packages: str) -> Facts:
    readings = dict(read("healthy-el9").readings)
    return Facts(Recording({**readings, "packages": Reading(0, packages)}))


NVIDIAS = "".join(
    f"ii {name} 3:580.95.05-1\n" for name in ("kmod-nvidia-open-dkms", "nvidia-driver-cuda", "nvidia-persistenced")
)


@pytest.mark.parametrize(
    ("packages", "branch", "lacking"),
    [
        (NVIDIAS, 580, ()),
        (NVIDIAS.replace("580.95.05", "550.90.07"), 595, CHANGED),
        (NVIDIAS.replace("kmod-nvidia-open-dkms", "kmod-nvidia-latest-dkms"), 580, ()),
    ],
)
def test_a_host_with_a_maintained_driver_of_nvidias_lacks_nothing(
    packages: str, branch: int, lacking: tuple[str, ...]
) -> None:
    facts = _host(packages)
    found = chosen(facts, load("current"))
    assert found is not None
    assert found.branch == branch
    assert wants.driver_packages(facts, load("current")) == lacking


def test_what_keeps_apt_on_the_branch_is_wanted_only_with_something_to_install() -> None:
    names = ("nvidia-driver-cuda", "nvidia-persistenced", "nvidia-kernel-open-dkms")
    whole = "".join(f"ii {name} 595.71.05-1\n" for name in names)
    readings = dict(read("healthy-debian12-a100").readings)
    facts = Facts(Recording({**readings, "packages": Reading(0, whole)}))
    assert wants.driver_packages(facts, load("current")) == ()
    facts = Facts(Recording({**readings, "packages": Reading(0, whole.replace("ii nvidia-persistenced", "rc old"))}))
    assert wants.driver_packages(facts, load("current")) == ("nvidia-driver-pinning-595", "nvidia-persistenced=595")


def test_the_table_is_whole() -> None:
    for offer in offers():
        assert set(offer.branches) <= set(branches())
        assert all(offer.module(flavour) for flavour in FLAVOURS)
    assert set(releases()) == {"bookworm", "trixie", "jammy", "noble", "resolute", "el8", "el9", "el10"}


def test_ubuntus_own_modules_are_one_package_for_each_kernel_and_one_that_follows() -> None:
    kernels = ("6.8.0-45-generic", "6.8.0-50-generic", "generic")
    for id_, flavour in ((HOPPER, "-open"), (VOLTA, "")):
        found = decide(gpus(id_), "noble", "x86_64", "auto", "ubuntu", kernels)
        assert isinstance(found, Choice)
        assert found.precompiled
        assert found.packages == (
            "nvidia-utils-580-server=580",
            "nvidia-compute-utils-580-server=580",
            "nvidia-modprobe",
            *(f"linux-modules-nvidia-580-server{flavour}-{kernel}" for kernel in kernels),
        )
        assert found.components == ("restricted", "multiverse")
        assert "built and signed by Canonical" in found.why


def test_ubuntus_archive_knows_ubuntu_alone_and_its_branches() -> None:
    for release, wish, words in (("bookworm", "auto", "Ubuntu's archive is not known"), ("noble", "595", "595")):
        found = decide(gpus(HOPPER), release, "x86_64", wish, "ubuntu", ("generic",))
        assert isinstance(found, Refused)
        assert words in found.why
