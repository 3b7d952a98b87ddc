"""What a cluster needs once: golden, accepted by the API of each version, and applied only after consent.

After a change that is meant: `python -m tests.kubelet.test_cluster` writes the golden files anew; read the diff.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import yaml

from checks.facts import Facts
from checks.facts.reading import Unknown
from provision import documents
from provision.cluster import Cluster, manifests
from provision.console import Terminal
from provision.errors import NoConsent, StepFailed, Usage
from provision.kubectl import Kubectl
from tests.alter import edit
from tests.faultbench.kubernetes import NODE, OLD_NODE
from tests.faultbench.twin import twin
from tests.kubelet.test_gates import host, version
from tests.kubelet.test_manifest import node, validate

GOLDEN = Path(__file__).parent / "cluster"
STANDIN = Path(__file__).parents[1] / "fleet/standin"
DIVIDED = edit("smi", r"^(  Current: )Disabled(\n  Pending: )Disabled", r"\1Enabled\2Enabled", 1)


def wanting(kind: str, replicas: str = "", strategy: str = "", selector: str = "") -> Cluster:
    made = documents.asked(kind, "", replicas, "", selector, "", "", "", share=False, strategy=strategy)
    assert isinstance(made, Cluster)
    return made


def by_default(minor: int = 30) -> Facts:
    """A node whose containerd gives every pod the NVIDIA runtime."""
    return host(
        NODE, version(f"v1.{minor}.3"), edit("cri", r'default_runtime_name = "runc"', 'default_runtime_name = "nvidia"')
    )


CASES: dict[str, tuple[Facts, Cluster]] = {
    "device-plugin-1.10": (node(10), wanting("device-plugin")),
    "device-plugin-1.25": (node(25), wanting("device-plugin")),
    "device-plugin-1.30": (node(30), wanting("device-plugin")),
    "device-plugin-1.30-by-default": (by_default(), wanting("device-plugin", selector="pool=gpu")),
    "device-plugin-1.30-slices": (node(30), wanting("device-plugin", "4")),
    "device-plugin-1.30-mig": (host(NODE, DIVIDED), wanting("device-plugin", strategy="mixed")),
    "device-plugin-1.30-mig-slices": (host(NODE, DIVIDED), wanting("device-plugin", "2", "single")),
    "runtime-class-1.25": (node(25), wanting("runtime-class")),
    "runtime-class-1.30": (node(30), wanting("runtime-class")),
    "runtime-class-1.16": (host(NODE, version("v1.16.9")), wanting("runtime-class")),
    "time-slicing-1.30": (node(30), wanting("time-slicing", "4")),
    "helm-values-1.30": (node(30), wanting("helm-values", "4", "single")),
    "helm-values-1.30-by-default": (by_default(), wanting("helm-values")),
    "labels-1.10": (node(10), wanting("labels")),
    "labels-1.30": (node(30), wanting("labels")),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_golden_one_and_its_cluster_accepts_it(name: str) -> None:
    facts, what = CASES[name]
    text = documents.text(facts, what)
    assert text == (GOLDEN / f"{name}.yaml").read_text(encoding="utf-8")
    if what.kind != "helm-values":
        for document in yaml.safe_load_all(text):
            # The kept schemas of 1.7 to 1.10 have no DaemonSet and no Node, and 1.16 none at all.
            if facts.kubelet.minor >= 25:
                validate(document, facts.kubelet.minor)


def test_the_plugins_own_configuration_is_read_back_whole() -> None:
    text = documents.text(*CASES["device-plugin-1.30-mig-slices"])
    config = next(one for one in yaml.safe_load_all(text) if one["kind"] == "ConfigMap")["data"]["config.yaml"]
    assert yaml.safe_load(config) == {
        "version": "v1",
        "flags": {"migStrategy": "single"},
        "sharing": {"timeSlicing": {"resources": [{"name": "nvidia.com/gpu", "replicas": 2}]}},
    }


def test_the_pod_of_the_plugin_names_the_runtime_class_exactly_where_pods_must() -> None:
    named, plain = (documents.text(*CASES[f"device-plugin-1.30{end}"]) for end in ("", "-by-default"))
    assert "runtimeClassName: nvidia\n" in named
    assert "kind: RuntimeClass\n" in named
    assert "RuntimeClass" not in plain


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"kind": "time-slicing"}, "time-slicing wants how many pods share one GPU"),
        ({"kind": "device-plugin", "replicas": "0"}, "--replicas 0: wants a number"),
        ({"kind": "device-plugin", "strategy": "both"}, "--mig-strategy both: wants one of none, single, mixed"),
        ({"kind": "runtime-class", "replicas": "2"}, "a runtime-class has neither --replicas nor"),
        ({"kind": "device-plugin", "image": "a"}, "--image: a device-plugin has none"),
        ({"kind": "pod", "image": "a", "strategy": "single"}, "--mig-strategy is for --kind device-plugin"),
    ],
)
def test_flags_that_mean_nothing(flags: dict[str, str], words: str) -> None:
    given = dict.fromkeys(("kind", "image", "replicas", "gpus", "selector", "mounts", "ports", "cmd", "strategy"), "")
    with pytest.raises(Usage, match=re.escape(words)):
        documents.asked(**{**given, **flags}, share=False)


@pytest.mark.parametrize(
    ("facts", "what", "words"),
    [
        (host("healthy-debian12-a100"), wanting("device-plugin"), "no kubelet here whose version"),
        (host(OLD_NODE, version("v1.9.11")), wanting("device-plugin"), "wants Kubernetes 1.10 or later"),
        (node(10), wanting("runtime-class"), "knows no runtime classes"),
        (
            host(NODE, *twin(), edit("smi", r"NVIDIA A100 80GB PCIe", "Tesla K80", 1)),
            wanting("labels"),
            "2 models of GPUs",
        ),
        (host(NODE, DIVIDED), wanting("labels"), "gfd.enabled=true"),
    ],
)
def test_a_host_that_cannot_say_it_is_unknown(facts: Facts, what: Cluster, words: str) -> None:
    with pytest.raises(Unknown, match=words):
        manifests(facts, what)


def test_divided_gpus_want_a_strategy() -> None:
    with pytest.raises(Usage, match="--mig-strategy single, mixed or none says how pods ask"):
        manifests(host(NODE, DIVIDED), wanting("device-plugin"))


# Applying, with the fleets' stand-in for kubectl.


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in's folder of state; it is first on PATH."""
    monkeypatch.setenv("PATH", f"{STANDIN}:/usr/bin:/bin")
    monkeypatch.setenv("STANDIN_STATE", str(tmp_path))
    return tmp_path


def applied(*, yes: bool = False, dry_run: bool = False, context: str = "") -> str:
    out = io.StringIO()
    facts, what = CASES["device-plugin-1.30-slices"]
    text, undo = documents.text(facts, what), documents.taken_back(facts, what)
    Kubectl(context).apply(text, "gpu01", undo, Terminal(out, live=False), yes=yes, dry_run=dry_run)
    return out.getvalue()


def test_it_is_tried_on_the_server_shown_and_applied_to_the_cluster_that_has_the_node(state: Path) -> None:
    said = applied(yes=True, context="lab")
    for name in (
        "runtimeclass.node.k8s.io/nvidia",
        "configmap/nvidia-device-plugin-config",
        "daemonset.apps/nvidia-device-plugin",
    ):
        assert name in said
    calls = (state / "calls").read_text(encoding="utf-8").splitlines()
    assert calls == [
        "kubectl --context=lab get node gpu01 -o name",
        "kubectl --context=lab apply --dry-run=server -f -",
        "kubectl --context=lab apply -f -",
    ]
    assert yaml.safe_load_all((state / "applied").read_text(encoding="utf-8"))


@pytest.mark.parametrize("way", ["dry", "no consent", "refused", "another cluster", "no context"])
def test_nothing_is_applied_without_consent_or_to_another_cluster(
    state: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    if way == "refused":
        (state / "apply.refuses").write_text('daemonsets.apps is forbidden: User "ops" cannot patch resource')
    if way == "another cluster":
        (state / "gpu01.unknown").touch()
    if way == "no context":
        (state / "no-context").touch()
    expected = {"no consent": NoConsent, "refused": StepFailed, "another cluster": Usage, "no context": StepFailed}
    if way == "dry":
        assert "created (server dry run)" in applied(dry_run=True)
    else:
        with pytest.raises(expected[way], match=r"nothing was changed|is forbidden|is not set|no terminal"):
            applied(yes=way != "no consent")
    assert not (state / "applied").exists()


def test_labels_are_taken_back_as_labels_and_never_by_deleting_the_node() -> None:
    facts, what = CASES["labels-1.30"]
    undo = documents.taken_back(facts, what)
    assert undo.startswith("kubectl label node gpu01 nvidia.com/gpu.present- nvidia.com/gpu.product- ")
    assert "Never give it to kubectl delete" in documents.text(facts, what)
    assert "kubectl delete -f -" in documents.taken_back(*CASES["device-plugin-1.30"])


def test_values_for_helm_are_nothing_for_kubectl() -> None:
    with pytest.raises(Usage, match="values for helm"):
        documents.appliable(wanting("helm-values"), "")
    with pytest.raises(Usage, match="exclude each other"):
        documents.appliable(wanting("labels"), "out.yaml")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each, case in CASES.items():
        (GOLDEN / f"{each}.yaml").write_text(documents.text(*case), encoding="utf-8")
