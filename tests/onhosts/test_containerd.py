"""containerd's configuration on hosts with a real containerd: read back, taken over by a running one, and put back.

NVIDIA's runtime is stood in for by runc under another name: containerd only looks whether it can be called.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from checks.facts.cri import CONTAINERD
from tests.lab.fixtures import unique
from tests.onhosts.fab import fab
from tests.profiles.test_containerd import CASES, RUNTIME, before, text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

INSTALL = (
    "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends containerd && "
    f"ln -s /usr/sbin/runc {RUNTIME} && systemctl enable containerd"
)
OLD = "io.containerd.grpc.v1.cri"


@pytest.fixture(scope="module", params=["debian12", "debian13"])
def one(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Host]:
    """Containerd 1.6 or 1.7, the distribution's own."""
    (host,) = lab.up([unique()], gpus="a100:1", layer=lab.layer(request.param, "containerd", INSTALL))
    yield host.settle()
    lab.down([host.name])


def put(host: Host, files: dict[str, str]) -> None:
    """Nothing but these files."""
    host.run("rm -rf /etc/containerd/*")
    for path, content in files.items():
        host.run(f"mkdir -p {path.rpartition('/')[0]}; cat >{path}", text=content)


def dumped(host: Host) -> dict[str, Any]:
    """What this containerd makes of its files."""
    return tomllib.loads(host.run(f"containerd --config {CONTAINERD} config dump").stdout)


def _reads(release: tuple[int, int], wanted: str) -> bool:
    """Whether a case for one containerd can be read by another: 1.6 knows no CDI, and 1.x no version 3."""
    major, minor, *_ = map(int, wanted.split("."))
    return major == 1 and (major, minor) <= release


def test_it_reads_back_what_was_merged_and_its_kubernetes_plugin_loads(one: Host) -> None:
    wrong = []
    release = (1, 7) if "1.7" in one.run("containerd --version").stdout else (1, 6)
    for name, case in CASES.items():
        if not _reads(release, case["release"]):
            continue
        put(one, {**before(case), case.get("edits", CONTAINERD): text(f"{name}.out")})
        told = dumped(one)["plugins"][OLD]
        runtimes, default = told["containerd"]["runtimes"], told["containerd"]["default_runtime_name"]
        one.run("systemctl reset-failed containerd; systemctl restart containerd")
        loads = re.search(r"io\.containerd\.grpc\.v1 +cri .* ok", one.run("ctr plugins ls").stdout)
        asked = case.get("default", "keep")
        right = (
            runtimes["nvidia"]["options"]["BinaryName"] == RUNTIME
            and default in runtimes
            and asked in ("keep", default)
            and (not case.get("cdi") or told.get("enable_cdi"))
            and loads
        )
        if not right:
            wrong.append((name, told["containerd"], one.run("journalctl -u containerd -n 30 -o cat").stdout))
    assert wrong == []


@pytest.fixture
def profile(tmp_path: Path) -> str:
    path = tmp_path / "nvidia.toml"
    path.write_text(f'name = "nvidia"\nextends = "debian"\n[containerd]\nruntime = "{RUNTIME}"\ndefault = "nvidia"\n')
    return str(path)


def test_it_is_merged_into_the_packages_own_file_and_only_once(one: Host, profile: str) -> None:
    put(one, {CONTAINERD: text("debian")})
    one.run(f"chmod 640 {CONTAINERD}; systemctl restart containerd")
    started = one.run("pgrep -x containerd").stdout
    result = fab(one.name, "provision", "--only", "containerd", "--profile", profile, "--yes")
    assert "and restart containerd" in result.stdout, result.stdout + result.stderr
    assert dumped(one)["plugins"][OLD]["containerd"]["default_runtime_name"] == "nvidia"
    assert one.run(f"stat -c %a {CONTAINERD}").stdout == "640\n"
    assert one.run("pgrep -x containerd").stdout != started
    again = fab(one.name, "plan", "--only", "containerd", "--profile", profile)
    assert again.returncode == 0, again.stdout


def test_what_containerd_does_not_come_up_with_is_put_back(one: Host, profile: str) -> None:
    broken = (
        text("debian") + '[plugins."io.containerd.grpc.v1.cri".registry]\nconfig_path = "/etc/containerd/certs.d"\n'
    )
    broken += '[plugins."io.containerd.grpc.v1.cri".registry.mirrors.x]\nendpoint = ["http://x"]\n'
    put(one, {CONTAINERD: broken})
    result = fab(one.name, "provision", "--only", "containerd", "--profile", profile, "--yes")
    assert result.returncode == 80, result.stdout + result.stderr
    assert one.run(f"cat {CONTAINERD}").stdout == broken
    assert "undone" in result.stdout + result.stderr
