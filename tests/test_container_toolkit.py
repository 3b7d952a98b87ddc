"""NVIDIA's container toolkit: four packages of one version on apt and dnf, and the engines that are told of it."""

from __future__ import annotations

import json

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.profiles import containerd_settings, crio_settings, wants
from checks.profiles.container_toolkit import RUNTIME
from checks.profiles.profile import Profile, having, parse
from provision.components import container_toolkit
from provision.planning import plan
from tests.alter import Alter, altered, append, edit, put
from tests.container_toolkit import INSTALLED, PACKAGES, wanting
from tests.hosts import DEBIAN, facts, read
from tests.test_recordings import law

_EL = parse(
    'name = "el"\n[driver.branch]\nel9 = 580\n[container_toolkit]\nversion = "1.20.0"\n'
    f"packages = {json.dumps(PACKAGES)}\n",
    "el.toml",
)
_HALF = append(
    "packages",
    "ii nvidia-container-toolkit 1.18.0-1\nii nvidia-container-toolkit-base 1.18.0-1\n"
    "ii libnvidia-container-tools 1.17.8-1\nii libnvidia-container1:amd64 1.18.0-1\n",
)


def host(*alters: Alter, name: str = "healthy-debian12-a100") -> Facts:
    return Facts(altered(read(name), alters))


def test_all_four_are_asked_for_at_the_version_of_the_profile() -> None:
    (step,) = container_toolkit.plan(host(), wanting())
    assert step.title == "install NVIDIA's container toolkit 1.20.0"
    assert step.why == "it is not installed"
    assert step.installs == tuple(f"{name}=1.20.0*" for name in PACKAGES)
    assert step.script.endswith(
        "install_packages 'nvidia-container-toolkit=1.20.0*' 'nvidia-container-toolkit-base=1.20.0*' "
        "'libnvidia-container-tools=1.20.0*' 'libnvidia-container1=1.20.0*'\n"
    )
    assert step.undo.startswith("undo_packages\n")
    assert 'no-config"\ninstall_packages' in step.script  # its configuration is no package's, and goes with the undo
    assert 'mv /etc/nvidia-container-runtime/config.toml "$RUN' in step.undo
    (step,) = container_toolkit.plan(facts("healthy-el9"), _EL)
    assert step.installs == tuple(f"{name}-1.20.0*" for name in PACKAGES)


@pytest.mark.parametrize("name", ["healthy-debian12-a100", "healthy-el9"])
def test_a_set_of_two_versions_is_brought_to_one(name: str) -> None:
    found = host(_HALF, name=name)
    profile = _EL if name == "healthy-el9" else wanting()
    (step,) = container_toolkit.plan(found, profile)
    assert len(step.installs) == len(PACKAGES)
    assert "libnvidia-container-tools 1.17.8-1" in step.why
    (finding,) = [f for f in examine(found, profile) if f.check == "toolkit_versions"]
    assert finding.summary == "the toolkit's packages are of 2 versions, and the profile asks for 1.20.0"
    assert finding.remedy
    assert finding.remedy.component == "container_toolkit"


def test_without_a_version_in_the_profile_a_broken_set_is_told_with_the_command_of_this_system() -> None:
    for name, words in (("healthy-debian12-a100", "apt-get install"), ("healthy-el9", "dnf install")):
        (finding,) = [f for f in examine(host(_HALF, name=name), DEBIAN) if f.check == "toolkit_versions"]
        assert finding.remedy
        assert finding.remedy.text.startswith(words)


def test_an_older_or_newer_whole_set_is_changed_too_and_the_right_one_is_left() -> None:
    for version in ("1.19.0-1", "1.21.0-1"):
        others = append("packages", "".join(f"ii {name} {version}\n" for name in PACKAGES))
        assert list(container_toolkit.plan(host(others), wanting()))
        law(host(others), wanting())
    assert not list(container_toolkit.plan(host(INSTALLED), wanting()))


def test_what_would_name_its_program_waits_for_it() -> None:
    """Docker, containerd and CRI-O are told of a program only where it is or comes."""
    nowhere = having(wanting(), {"repositories": {"toolkit": {"release": "bookworm", "url": "https://x/deb"}}})
    for component in ("container_toolkit", "docker_config"):
        assert "repository toolkit has no key" in wants.unplannable(component, host(), nowhere)
    unnamed = having(DEBIAN, {"container_toolkit": {"version": "1.20.0"}})
    assert "none of its packages" in wants.unplannable("docker_config", host(), unnamed)
    law(host(), nowhere)
    law(host(), unnamed)


def test_a_bare_host_is_planned_whole_and_in_order() -> None:
    components = [step.component for step in plan(facts("bare-debian12-a100"), wanting("nvidia")).steps]
    assert components.index("container_toolkit") < components.index("docker") < components.index("docker_config")


def test_containers_that_a_reload_of_systemd_takes_the_gpus_from_are_named() -> None:
    busy = append("containers", "container /train runc cuda:12.2\nrequest  [[gpu]] [] \n")
    (step,) = plan(host(busy), wanting(), only=("container_toolkit",)).steps
    assert step.stops == ("the GPUs of container train",)
    lost = put("containers", "nonsense\n")
    assert "unexpected line" in wants.unplannable("container_toolkit", host(lost), wanting())
    law(host(lost), wanting())


_KUBELET = "present\nversion Kubernetes v1.30.1\nunit ActiveState=active\n"


def kubernetes(driver: str = "systemd", version: str = "v1.30.1") -> tuple[Alter, ...]:
    """A node whose kubelet asks containerd."""
    shown = f"file /var/lib/kubelet/config.yaml\n| cgroupDriver: {driver}\n"
    said = _KUBELET.replace("v1.30.1", version)
    return (put("kubelet", said + shown), put("cri", "containerd 1.7.24\nup containerd\n"))


def test_containerd_gets_the_runtime_where_a_kubelet_asks_it() -> None:
    node = host(*kubernetes(), INSTALLED)
    assert containerd_settings.runtime(node, wanting()) == RUNTIME
    assert wants.unplannable("containerd", node, wanting()) == ""
    assert f'BinaryName = "{RUNTIME}"' in containerd_settings.merged(node, wanting())
    law(node, wanting())
    alone = host(put("cri", "containerd 1.7.24\nup containerd\n"), INSTALLED)
    assert containerd_settings.runtime(alone, wanting()) == ""


@pytest.mark.parametrize(
    ("driver", "version", "told"),
    [("systemd", "v1.30.1", True), ("cgroupfs", "v1.30.1", False), ("cgroupfs", "v1.34.0", None)],
)
def test_control_groups_are_made_as_the_kubelet_asks(driver: str, version: str, told: bool | None) -> None:
    """Row: options are cloned from the default runtime, whatever it is (57). Kubelet 1.31 asks the runtime itself."""
    merged = containerd_settings.merged(host(*kubernetes(driver, version)), wanting())
    assert merged.count(f"SystemdCgroup = {str(told).lower()}") == (0 if told is None else 2), merged


def test_crio_gets_the_runtime_of_the_toolkit() -> None:
    found = host(put("cri", "up crio\n"), INSTALLED)
    assert crio_settings.runtime(wanting()) == RUNTIME
    assert f'runtime_path = "{RUNTIME}"' in crio_settings.merged(found, wanting())
    law(found, wanting())
    bare = put(
        "cri",
        "file /etc/crio/crio.conf.d/99-nvidia.toml\n| [crio.runtime.runtimes.nvidia]\n"
        '| runtime_path = "nvidia-container-runtime"\nup crio\n',
    )
    assert crio_settings.lacking(host(bare, INSTALLED), wanting()) == ()


def test_profiles_of_sites_keep_their_own_programs() -> None:
    own: Profile = having(wanting(), {"containerd": {"runtime": "/opt/own"}, "crio": {"runtime": "/opt/own"}})
    assert containerd_settings.runtime(host(*kubernetes()), own) == "/opt/own"
    assert crio_settings.runtime(own) == "/opt/own"
    assert "there is no /opt/own here" in wants.unplannable(
        "containerd", host(*kubernetes(), append("toolkit", "absent /opt/own\n")), own
    )


def test_an_old_package_list_is_fetched_first() -> None:
    old = edit("sources", r"^# lists .*", "# lists 1")
    assert "apt update\n" in "".join(step.script for step in plan(host(old), wanting()).steps)
