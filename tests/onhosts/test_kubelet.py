"""The kubelet's gates on a host with systemd and the stand-in for the kubelet: set, left, taken out, put back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.examine import examine, name
from checks.facts import TOPICS, Facts, gather
from checks.kubernetes import kubelet_gates as gates
from checks.kubernetes import kubelet_running as running
from provision.components import kubelet_gates
from provision.errors import StepFailed
from provision.following import do
from provision.remote.access import Access
from provision.remote.detached import Script
from tests.faultbench.kubelet import ON
from tests.hosts import DEBIAN
from tests.kubelet.test_flags import DEFAULT, UNIT
from tests.lab.fixtures import unique
from tests.test_apply import FakeConsole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.profiles.profile import Profile
    from provision.remote import Remote
    from tests.lab.core import Lab
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

PROGRAM = Path(__file__).parent.parent / "lab" / "standin" / "kubelet" / "kubelet"
ASKED = ("host", "kubelet", "containers", "docker", "work")
DROP_IN = "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf"
SERVICE = "[Service]\nExecStart=/usr/bin/kubelet --v=2\nRestart=always\nRestartSec=10\n"
KUBEADM = f"""\
[Service]
EnvironmentFile=-{DEFAULT}
ExecStart=
ExecStart=/usr/bin/kubelet --kubeconfig=/etc/k $KUBELET_EXTRA_ARGS
"""


@pytest.fixture(scope="module")
def node(lab: Lab) -> Iterator[Host]:
    """A bare host with a kubelet."""
    (host,) = lab.up([unique()])
    host.settle()
    host.run("cat >/usr/bin/kubelet; chmod 755 /usr/bin/kubelet", text=PROGRAM.read_text(encoding="utf-8"))
    yield host
    lab.down([host.name])


def begin(node: Host, version: str, files: dict[str, str], lacks: str = "") -> None:
    """A kubelet of this version that runs with these files."""
    node.run(f"systemctl stop kubelet 2>/dev/null; rm -rf {UNIT} {UNIT}.d {DEFAULT}* /etc/kubelet-standin", check=False)
    node.run(
        f"mkdir -p {UNIT}.d /etc/kubelet-standin; cd /etc/kubelet-standin; echo {version} >version; echo {lacks} >lacks"
    )
    for path, text in files.items():
        node.run(f"cat >{path}", text=text)
    node.run("systemctl daemon-reload; systemctl restart kubelet; sleep 1")


def remote(node: Host) -> Remote:
    return Access(config=str(node.home.path / "ssh_config")).host(node.name, user="root")


def facts(node: Host) -> Facts:
    return Facts(gather(remote(node), {topic: TOPICS[topic] for topic in ASKED}))


def verdicts(found: Facts, profile: Profile) -> list[tuple[str, str]]:
    return [(finding.check, finding.verdict) for finding in examine(found, profile, (gates, running))]


def apply(node: Host, profile: Profile) -> str:
    """Do what is planned as provisioning does; then nothing is left to do. What takes it back."""
    before = facts(node)
    assert verdicts(before, profile) == [(name(gates), "fail"), (name(running), "skipped")]
    (step,) = kubelet_gates.plan(before, profile)
    run = do(remote(node), [Script(step.title, step.script, step.undo)], FakeConsole())
    after = facts(node)
    assert list(kubelet_gates.plan(after, profile)) == []
    assert verdicts(after, profile) == [(name(gates), "ok"), (name(running), "ok")]
    return f"RUN=/var/lib/gpuwright/runs/{run} STEP=01\n{step.undo}"


def listing(node: Host) -> str:
    return node.run("cd /etc && find systemd/system/kubelet* default -type f | sort | xargs sha256sum").stdout


def running_with(node: Host) -> str:
    return node.run("tr '\\0' ' ' </proc/$(systemctl show -p MainPID kubelet | cut -d= -f2)/cmdline").stdout


def test_the_gate_is_set_once_and_taken_back_byte_for_byte(node: Host) -> None:
    text = "# of this site\nKUBELET_EXTRA_ARGS='--feature-gates=PodPriority=true --v=4'"
    begin(node, "v1.10.13", {UNIT: SERVICE, DROP_IN: KUBEADM, DEFAULT: text})
    before = listing(node)
    undo = apply(node, ON)
    assert "--feature-gates=PodPriority=true,Accelerators=true --v=4" in running_with(node)
    do(remote(node), [Script("undo", undo)], FakeConsole())
    assert listing(node) == before
    assert "Accelerators" not in running_with(node)


def test_a_unit_made_by_hand_is_verified_and_reloaded(node: Host) -> None:
    both = "--feature-gates=Accelerators=true,DevicePlugins=true"
    begin(node, "v1.8.15", {UNIT: SERVICE.replace("--v=2", f"{both} \\\n  --v=2")})
    apply(node, ON)
    assert "--feature-gates=Accelerators=true --v=2" in running_with(node)


def test_a_gate_that_is_set_twice_is_set_once(node: Host) -> None:
    begin(
        node,
        "v1.10.13",
        {
            UNIT: SERVICE,
            DROP_IN: KUBEADM.replace("--kubeconfig", "--feature-gates=Accelerators=false --kubeconfig"),
            DEFAULT: "KUBELET_EXTRA_ARGS=--feature-gates=Accelerators=true\n",
        },
    )
    apply(node, ON)
    assert running_with(node).count("Accelerators") == 1


def test_a_gate_on_a_kubelet_that_has_dropped_it_goes(node: Host) -> None:
    flags = "KUBELET_EXTRA_ARGS=--feature-gates=Accelerators=true\n"
    begin(node, "v1.11.10", {UNIT: SERVICE, DROP_IN: KUBEADM, DEFAULT: flags})
    assert "unrecognized key: Accelerators" in node.run("journalctl -u kubelet -o cat").stdout
    apply(node, DEBIAN)


def test_a_kubelet_that_does_not_come_up_gets_its_old_files_back(node: Host) -> None:
    files = {UNIT: SERVICE, DROP_IN: KUBEADM, DEFAULT: "KUBELET_EXTRA_ARGS=--v=3\n"}
    begin(node, "v1.10.13", files, lacks="Accelerators")
    before = listing(node)
    (step,) = kubelet_gates.plan(facts(node), ON)
    with pytest.raises(StepFailed, match=r"(?s)unrecognized key: Accelerators.*It was undone"):
        do(remote(node), [Script(step.title, step.script, step.undo)], FakeConsole())
    assert listing(node) == before
    assert verdicts(facts(node), DEBIAN) == [(name(gates), "ok"), (name(running), "ok")]


def test_systemd_refuses_a_unit_before_anything_is_changed(node: Host) -> None:
    begin(node, "v1.10.13", {UNIT: SERVICE})
    before = listing(node)
    (step,) = kubelet_gates.plan(facts(node), ON)
    broken = step.script.replace("Restart=always", "Restart=sometimes")
    size = f"head -c {len(SERVICE.encode()) + len(' --feature-gates=Accelerators=true')}"
    assert size in broken
    broken = broken.replace(size, f"{size.rpartition(' ')[0]} {int(size.rpartition(' ')[2]) + 3}")
    with pytest.raises(StepFailed, match=r"(?s)restart specifier.*refuses the new"):
        do(remote(node), [Script(step.title, broken, step.undo)], FakeConsole())
    assert listing(node) == before


def test_a_kubelet_that_was_stopped_stays_so(node: Host) -> None:
    begin(node, "v1.10.13", {UNIT: SERVICE, DROP_IN: KUBEADM, DEFAULT: "KUBELET_EXTRA_ARGS=--v=3\n"})
    node.run("systemctl stop kubelet")
    (step,) = kubelet_gates.plan(facts(node), ON)
    do(remote(node), [Script(step.title, step.script, step.undo)], FakeConsole())
    assert node.run("systemctl is-active kubelet", check=False).stdout == "inactive\n"
    assert "Accelerators=true" in node.run(f"cat {DEFAULT}").stdout
