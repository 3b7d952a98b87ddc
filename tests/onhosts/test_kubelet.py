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
    node.run(f"mkdir -p {UNIT}.d /etc/kubelet-standin; echo {version} >/etc/kubelet-standin/version")
    node.run(f"echo '{lacks}' >/etc/kubelet-standin/lacks")
    for path, text in files.items():
        node.run(f"cat >{path}", text=text)
    node.run("systemctl daemon-reload; systemctl restart kubelet; sleep 1")


def remote(node: Host) -> Remote:
    return Access(config=str(node.home.path / "ssh_config")).host(node.name, user="root")


def facts(node: Host) -> Facts:
    return Facts(gather(remote(node), {topic: TOPICS[topic] for topic in ASKED}))


def verdicts(node: Host, profile: Profile) -> list[tuple[str, str]]:
    found = examine(facts(node), profile, (gates, running))
    return [(finding.check, finding.verdict) for finding in found]


def apply(node: Host, profile: Profile) -> str:
    """Do what is planned as provisioning does; then nothing is left to do. What takes it back."""
    (step,) = kubelet_gates.plan(facts(node), profile)
    run = do(remote(node), [Script(step.title, step.script, step.undo)], FakeConsole())
    assert list(kubelet_gates.plan(facts(node), profile)) == []
    assert verdicts(node, profile) == [(name(gates), "ok"), (name(running), "ok")]
    return f"RUN=/var/lib/gpuwright/runs/{run} STEP=01\n{step.undo}"


def listing(node: Host) -> str:
    return node.run(
        f"cd /etc && find systemd/system/kubelet* default kubernetes -type f 2>/dev/null | sort | xargs sha256sum; cat {DEFAULT}",
        check=False,
    ).stdout  # noqa: E501 - one command


def running_with(node: Host) -> str:
    return node.run("tr '\\0' ' ' </proc/$(systemctl show -p MainPID kubelet | cut -d= -f2)/cmdline").stdout


def test_the_gate_is_set_once_and_taken_back_byte_for_byte(node: Host) -> None:
    text = "# of this site\nKUBELET_EXTRA_ARGS='--feature-gates=PodPriority=true --v=4'"
    begin(node, "v1.10.13", {UNIT: SERVICE, DROP_IN: KUBEADM, DEFAULT: text})
    before = listing(node)
    assert verdicts(node, ON) == [(name(gates), "fail"), (name(running), "skipped")]
    undo = apply(node, ON)
    assert "--feature-gates=PodPriority=true,Accelerators=true --v=4" in running_with(node)
    do(remote(node), [Script("undo", undo)], FakeConsole())
    assert listing(node) == before
    assert "Accelerators" not in running_with(node)


def test_a_unit_made_by_hand_is_verified_and_reloaded(node: Host) -> None:
    begin(
        node,
        "v1.8.15",
        {UNIT: SERVICE.replace("--v=2", "--feature-gates=Accelerators=true,DevicePlugins=true \\\n  --v=2")},
    )
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
    begin(
        node,
        "v1.11.10",
        {UNIT: SERVICE, DROP_IN: KUBEADM, DEFAULT: "KUBELET_EXTRA_ARGS=--feature-gates=Accelerators=true\n"},
    )
    assert "unrecognized key: Accelerators" in node.run("journalctl -u kubelet -o cat").stdout
    assert verdicts(node, DEBIAN) == [(name(gates), "fail"), (name(running), "skipped")]
    apply(node, DEBIAN)


def test_a_kubelet_that_does_not_come_up_gets_its_old_files_back(node: Host) -> None:
    begin(
        node, "v1.10.13", {UNIT: SERVICE, DROP_IN: KUBEADM, DEFAULT: "KUBELET_EXTRA_ARGS=--v=3\n"}, lacks="Accelerators"
    )
    before = listing(node)
    (step,) = kubelet_gates.plan(facts(node), ON)
    with pytest.raises(StepFailed, match=r"(?s)unrecognized key: Accelerators.*It was undone"):
        do(remote(node), [Script(step.title, step.script, step.undo)], FakeConsole())
    assert listing(node) == before
    assert verdicts(node, DEBIAN) == [(name(gates), "ok"), (name(running), "ok")]


def test_systemd_refuses_a_unit_before_anything_is_changed(node: Host) -> None:
    begin(node, "v1.10.13", {UNIT: SERVICE})
    before = listing(node)
    (step,) = kubelet_gates.plan(facts(node), ON)
    broken = step.script.replace("Restart=always", "Restart=sometimes")
    size = f"head -c {len(SERVICE.encode()) + len(' --feature-gates=Accelerators=true')}"
    assert size in broken
    broken = broken.replace(size, f"{size.rpartition(' ')[0]} {int(size.rpartition(' ')[2]) + 3}")
    with pytest.raises(StepFailed, match=r"(?s)Restart.*refuses the new"):
        do(remote(node), [Script(step.title, broken, step.undo)], FakeConsole())
    assert listing(node) == before


def test_a_kubelet_that_was_stopped_stays_so(node: Host) -> None:
    begin(node, "v1.10.13", {UNIT: SERVICE, DROP_IN: KUBEADM, DEFAULT: "KUBELET_EXTRA_ARGS=--v=3\n"})
    node.run("systemctl stop kubelet")
    (step,) = kubelet_gates.plan(facts(node), ON)
    do(remote(node), [Script(step.title, step.script, step.undo)], FakeConsole())
    assert node.run("systemctl is-active kubelet", check=False).stdout == "inactive\n"
    assert "Accelerators=true" in node.run(f"cat {DEFAULT}").stdout
