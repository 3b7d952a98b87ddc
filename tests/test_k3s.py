"""k3s and rke2: what they are seen to run with, and what is done so that they find NVIDIA's runtime."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.examine import examine
from checks.facts import Facts, rancher
from checks.facts.reading import Reading
from checks.profiles import k3s_settings, wants
from checks.profiles.profile import Profile, having
from provision.components import k3s as component
from tests.alter import altered, put
from tests.container_toolkit import INSTALLED, wanting
from tests.hosts import DEBIAN, read
from tests.test_recordings import law

GENERATED = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml"
UP = f"is k3s v1.30.4+k3s1\nunit k3s.service\ngenerated {GENERATED}\n"
FOUND = f"{UP}default runc\nnvidia /usr/bin/nvidia-container-runtime\n"

# As k3s generates them (docs.k3s.io, Advanced options), cut to what matters.
V2 = """\
version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "nvidia"
[plugins."io.containerd.grpc.v1.cri".registry.configs."x".auth]
  password = "secret"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes."nvidia"]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes."nvidia".options]
  BinaryName = "/usr/bin/nvidia-container-runtime"
  SystemdCgroup = true
"""
V3 = """\
version = 3
imports = ["/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.d/*.toml"]
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'nvidia'.options]
  BinaryName = "/usr/bin/nvidia-container-runtime"
"""


def host(answer: str) -> Facts:
    return Facts(altered(read("healthy-debian12-a100"), (INSTALLED, put("rancher", answer))))


def as_default(default: str = "nvidia") -> Profile:
    return having(wanting(), {"containerd": {"default": default}})


def asked(folder: Path, files: dict[str, str]) -> tuple[rancher.K3s, ...]:
    """What the command says on a folder that looks like a host's."""
    for path, content in files.items():
        target = folder / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    script = rancher.COMMAND.replace("/var/lib/rancher", f"{folder}/var/lib/rancher").replace(
        "/etc/rancher", f"{folder}/etc/rancher"
    )
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    return rancher.parse(Reading(done.returncode, done.stdout.replace(str(folder), "")))


def test_runtimes_are_read_from_both_versions_and_no_password(tmp_path: Path) -> None:
    (one,) = asked(tmp_path / "2", {GENERATED: V2, "/etc/rancher/k3s/config.yaml": 'default-runtime: "nvidia"\n'})
    assert (one.default, one.nvidia, one.told) == ("nvidia", "/usr/bin/nvidia-container-runtime", "nvidia")
    (three,) = asked(
        tmp_path / "3", {GENERATED: V3, "/etc/rancher/k3s/config.yaml.d/99-gpuwright.yaml": "default-runtime: x\n"}
    )
    assert (three.default, three.nvidia, three.told) == ("", "/usr/bin/nvidia-container-runtime", "")
    assert "secret" not in repr(one)


def test_a_template_counts_as_whole_unless_it_takes_in_their_own(tmp_path: Path) -> None:
    folder = GENERATED.rpartition("/")[0]
    files = {
        f"{folder}/config.toml.tmpl": '{{ template "base" . }}\n',
        f"{folder}/config-v3.toml.tmpl": "version = 3\n",
    }
    (one,) = asked(tmp_path, files)
    assert one.whole == (f"{folder}/config-v3.toml.tmpl",)


def test_one_that_was_started_before_the_toolkit_came_is_started_again() -> None:
    """Rows: k3s's generated config.toml is edited though k3s writes it anew (52); a missing template made (50, 51)."""
    (step,) = component.plan(host(UP), wanting())
    assert step.title == "restart k3s.service, which then finds NVIDIA's runtime"
    assert "edit_file" not in step.script
    assert "put_file" not in step.script
    assert step.script.endswith(f"grep -q /usr/bin/nvidia-container-runtime {GENERATED}\n")
    (said,) = [f for f in examine(host(UP), wanting()) if f.check == "k3s_runtime"]
    assert said.remedy
    assert said.remedy.component == "k3s"
    assert not list(component.plan(host(FOUND), wanting()))


def test_a_default_is_told_by_their_own_key() -> None:
    (step,) = component.plan(host(FOUND), as_default())
    assert "put_file /etc/rancher/k3s/config.yaml.d/99-gpuwright.yaml 600" in step.script
    assert "default-runtime: nvidia\n" in step.script
    back = host(FOUND.replace("default runc", "default nvidia"))
    assert not list(component.plan(back, as_default()))
    assert "default-runtime: runc\n" in next(iter(component.plan(back, as_default("runc")))).script


REFUSED = {
    "a whole template (48, 49)": (f"{UP}whole /x/config.toml.tmpl\n", "is the whole configuration of k3s's containerd"),
    "another toolkit": (f"{UP}nvidia /opt/nvidia/nvidia-container-runtime\n", "finds another nvidia-container-runtime"),
    "too old for the key": (FOUND.replace("v1.30.4", "v1.27.1"), "may not know default-runtime"),
    "told by the site": (f"{FOUND}told crun\n", "default-runtime is crun in k3s's own configuration"),
    "not running": (UP.replace("unit k3s.service\n", ""), "is not running"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_the_sites_own_is_left_alone_and_said(name: str) -> None:
    answer, words = REFUSED[name]
    assert words in wants.unplannable("k3s", host(answer), as_default())
    (said,) = [f for f in examine(host(answer), as_default()) if f.check == "k3s_runtime"]
    assert said.remedy
    assert words in said.remedy.text
    law(host(answer), as_default())


def test_elsewhere_it_is_nobodys_business() -> None:
    assert k3s_settings.lacking(host(""), wanting()) == ()
    assert k3s_settings.lacking(host(UP), DEBIAN) == ()
    law(host(UP), wanting())
