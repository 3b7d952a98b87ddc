"""Ubuntu's own signed modules: by a profile of their own, and where Secure Boot leaves no other way."""

from __future__ import annotations

from checks.facts import Facts
from checks.profiles import driver_choice, kernels, wants
from checks.profiles.profile import having, load
from provision.planning import plan
from tests.alter import Alter, altered, append, edit, put
from tests.faultbench.signing import BARE, LOCKED_DOWN
from tests.hosts import read
from tests.test_recordings import law

UBUNTU, CURRENT = load("ubuntu"), load("current")
MOK = "/var/lib/shim-signed/mok/MOK.der"
NOBLE: tuple[Alter, ...] = (
    put("os", 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\nPRETTY_NAME="Ubuntu 24.04"\n'),
    edit("kernel", r"6\.1\.0-\d+-amd64", "6.8.0-45-generic"),
    put("packages", "ii linux-image-6.8.0-45-generic 6.8.0-45.45\nii linux-image-generic 6.8.0-45.45\n"),
    put("sources", "# file /etc/apt/sources.list\ndeb http://archive.ubuntu.com/ubuntu noble main\n# lists 1\n"),
    put("archive", "timer no\n"),
)
MODULES = "linux-modules-nvidia-580-server-open-6.8.0-45-generic linux-modules-nvidia-580-server-open-generic"


def noble(*alters: Alter) -> Facts:
    return Facts(altered(read(BARE), (*NOBLE, *alters)))


def components(found: Facts, profile: object) -> list[str]:
    return [step.component for step in plan(found, profile).steps]  # type: ignore[arg-type]


def test_the_profile_ubuntu_needs_no_headers_no_key_and_no_repository_of_nvidia() -> None:
    found = noble(put("signing", f"{LOCKED_DOWN}mok {MOK} absent\n"))
    steps = {step.component: step for step in plan(found, UBUNTU).steps}
    assert not {"kernel_headers", "signing_key", "repositories"} & set(steps)
    assert MODULES in steps["driver"].title
    assert "restricted, multiverse" in steps["package_sources"].title
    assert "nouveau" not in steps, "its packages keep nouveau off"
    assert not plan(found, UBUNTU).unknown
    law(found, UBUNTU)


def test_secure_boot_makes_current_take_ubuntus_modules_unless_a_key_is_enrolled() -> None:
    enrolled = f"{LOCKED_DOWN}mok {MOK} {MOK} is already enrolled\n"
    for signing, source in (
        (f"{LOCKED_DOWN}mok {MOK} absent\n", "ubuntu"),
        (enrolled, "nvidia"),
        ("secure_boot 0\nlockdown none\nenforce N\n", "nvidia"),
    ):
        found = noble(put("signing", signing))
        assert driver_choice.source(found, CURRENT) == source
        assert driver_choice.precompiled(found, CURRENT) == (source == "ubuntu")
        assert ("kernel_headers" in components(found, CURRENT)) == (source == "nvidia")
        law(found, CURRENT)
    asked = having(CURRENT, {"driver": {"source": "nvidia"}})
    assert "signing_key" in components(noble(put("signing", f"{LOCKED_DOWN}mok {MOK} absent\n")), asked)


def test_the_next_kernel_gets_its_own_package_and_dkms_is_not_asked() -> None:
    """A kernel that came by an upgrade: its module is a package, which the plan names; nothing is built."""
    names = ("nvidia-utils-580-server", "nvidia-compute-utils-580-server", "libnvidia-compute-580-server")
    there = "".join(f"ii {name} 580.95.05-0ubuntu0.24.04.2\n" for name in names) + "ii nvidia-modprobe 535-0ubuntu1\n"
    there += "".join(f"ii {name} 6.8.0-45.45+1\n" for name in MODULES.split())
    found = noble(
        append("packages", there),
        append("kernel", "image 1795367436 6.8.0-50-generic\n"),
        append(
            "driver", "built 6.8.0-45-generic nvidia 580.95.05 Dual MIT/GPL\nlibrary /x/libnvidia-ml.so.580.95.05\n"
        ),
    )
    assert wants.modules(found, UBUNTU) == ("6.8.0-50-generic",)
    assert kernels.without_headers(found, UBUNTU) == ()
    step = next(step for step in plan(found, UBUNTU).steps if step.component == "driver")
    assert step.title == "install the driver: linux-modules-nvidia-580-server-open-6.8.0-50-generic"
    assert "dkms" not in step.script.partition("install_packages")[0]
    assert "dkms autoinstall" not in step.script
    law(found, UBUNTU)
