"""Which gates and labels the kubelet is given: by its version, its runtime, its profile; the plans are golden files.

After a change of words that is meant: `python -m tests.kubelet.test_gates` writes the golden plans anew; read the diff.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.facts.recording import parse, render
from checks.profiles import kubelet_gates
from checks.profiles.kubelet_gates import LABEL, label_value
from checks.profiles.profile import BadProfile, Profile, having
from checks.profiles.profile import parse as parse_profile
from provision import show
from provision.planning import plan
from tests.alter import Alter, altered, append, edit, put
from tests.faultbench.kubelet import LABELS, OFF, ON, PLUGIN, flags
from tests.faultbench.kubernetes import NODE, OLD_NODE, gate, summed
from tests.faultbench.twin import twin
from tests.hosts import DEBIAN, read
from tests.test_recordings import law
from tests.topics import shown

PLANS = Path(__file__).parent / "plans"
DROP_IN = "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf"
BOTH = having(ON, {"kubelet": {"labels": True}})


def host(base: str, *alters: Alter) -> Facts:
    """A node, altered, as it comes out of a recording."""
    return Facts(parse(render(altered(read(base), alters))))


def version(text: str) -> Alter:
    return edit("kubelet", r"^version .*", f"version Kubernetes {text}")


def without_gate(*alters: Alter) -> tuple[Alter, ...]:
    return (*flags("PodPriority=true"), *alters)


TRAIN = append("containers", "container /train runc tf\ndevice /dev/nvidia0\n")
SITUATIONS: dict[str, tuple[Facts, Profile]] = {
    "1.10, gate lost": (host(OLD_NODE, *without_gate()), ON),
    "1.10, gate lost, containers with GPUs": (host(OLD_NODE, *without_gate(TRAIN)), ON),
    "1.9, both gates": (host(OLD_NODE, *flags("Accelerators=true,DevicePlugins=true"), version("v1.9.11")), ON),
    "1.10, device plugin there": (host(OLD_NODE, append("kubelet", "plugin nvidia.sock\n")), ON),
    "1.10, gate no longer wanted": (host(OLD_NODE), OFF),
    "1.10, gate and label lost": (host(OLD_NODE, *without_gate()), BOTH),
    "1.10, not restarted": (host(OLD_NODE, *flags("Accelerators=true", running="A=true")), ON),
    "1.11, gate left": (host(OLD_NODE, version("v1.11.10")), ON),
    "1.30, gate asked for": (host(NODE), ON),
    "1.30, gate left": (host("fails-kubelet_gates"), DEBIAN),
    "1.5": (host(OLD_NODE, *without_gate(version("v1.5.8"))), ON),
    "1.7, plugin asked for": (host(OLD_NODE, version("v1.7.16")), PLUGIN),
    "1.9, plugin asked for": (host(OLD_NODE, version("v1.9.11")), PLUGIN),
    "1.10, plugin asked for, containers with GPUs": (
        host(OLD_NODE, *flags("Accelerators=true,DevicePlugins=false"), TRAIN),
        PLUGIN,
    ),
    "1.26, plugin left off": (host(NODE, *gate("DevicePlugins: false", "v1.26.15")), DEBIAN),
    "version unknown": (host(OLD_NODE, version("unknown")), ON),
}


def golden(name: str) -> str:
    facts, profile = SITUATIONS[name]
    said = [f for f in examine(facts, profile) if f.check in ("kubelet_gates", "gpu_label") and f.verdict != "skipped"]
    lines = "".join(f"{f.verdict} {f.summary}\n     {f.remedy.text if f.remedy else ''}\n" for f in said)
    scripts = "".join(f"--- script\n{step.script}--- undo\n{step.undo}" for step in plan(facts, profile).steps)
    return lines + show.as_text(plan(facts, profile), "node", profile.name) + scripts


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_plan_is_the_golden_one(name: str) -> None:
    assert golden(name) == (PLANS / f"{name}.txt").read_text(encoding="utf-8")
    law(*SITUATIONS[name])


@pytest.mark.parametrize(
    ("minor", "gates"),
    [(6, True), (7, True), (8, True), (9, True), (10, True), (5, False), (11, False), (18, False), (30, False)],
)
def test_the_gate_is_set_from_1_6_to_1_10_alone(minor: int, gates: bool) -> None:
    facts = host(OLD_NODE, *without_gate(version(f"v1.{minor}.0")))
    assert kubelet_gates.wanted(facts, ON).gates == ({"Accelerators": "true"} if gates else {})
    assert bool(kubelet_gates.refused(facts.kubelet)) != gates


@pytest.mark.parametrize(("minor", "plugins"), [(8, None), (9, None), (10, "false")])
def test_the_two_gates_exclude_each_other(minor: int, plugins: str | None) -> None:
    facts = host(OLD_NODE, *flags("DevicePlugins=true"), version(f"v1.{minor}.0"))
    assert kubelet_gates.wanted(facts, ON).gates == {"Accelerators": "true", "DevicePlugins": plugins}


@pytest.mark.parametrize(
    ("minor", "given", "gates"),
    [
        (7, "Accelerators=true", {}),
        (8, "Accelerators=true", {"Accelerators": None, "DevicePlugins": "true"}),
        (9, "Accelerators=true,DevicePlugins=true", {"Accelerators": None}),
        (10, "Accelerators=true", {"Accelerators": None}),
        (10, "DevicePlugins=false", {"DevicePlugins": None}),
        (10, "DevicePlugins=true", {}),
        (11, "Accelerators=true", {"Accelerators": None}),
        (25, "DevicePlugins=False", {"DevicePlugins": None}),
        (27, "DevicePlugins=0", {"DevicePlugins": None}),
        (27, "DevicePlugins=true", {}),
        (28, "DevicePlugins=true", {"DevicePlugins": None}),
    ],
)
def test_the_device_plugin_gets_its_gate_by_version_and_the_old_way_goes(
    minor: int, given: str, gates: dict[str, str | None]
) -> None:
    facts = host(OLD_NODE, *flags(given), version(f"v1.{minor}.0"))
    assert kubelet_gates.wanted(facts, PLUGIN).gates == gates
    law(facts, PLUGIN)


@pytest.mark.parametrize(("minor", "locked"), [(25, False), (26, True), (27, True)])
def test_a_gate_that_is_locked_is_not_left_off_whatever_the_profile_asks(minor: int, locked: bool) -> None:
    facts = host(OLD_NODE, *flags("DevicePlugins=false"), version(f"v1.{minor}.0"))
    assert kubelet_gates.wanted(facts, DEBIAN).gates == ({"DevicePlugins": None} if locked else {})


def test_a_profile_cannot_ask_for_both_ways() -> None:
    text = 'name = "x"\n[kubelet]\naccelerators = true\ndevice_plugins = true\n'
    with pytest.raises(
        BadProfile, match=r"kubelet.accelerators \(x.toml:3\) and kubelet.device_plugins \(x.toml:4\) excl"
    ):
        parse_profile(text, "x.toml")


def test_only_a_step_that_reloads_systemd_names_containers() -> None:
    busy = TRAIN
    unit = plan(host(OLD_NODE, *without_gate(busy)), ON)
    assert [step.stops for step in unit.steps] == [("the GPUs of container train",)]
    lines = (
        "[Service]",
        "EnvironmentFile=-/etc/default/kubelet",
        "ExecStart=",
        "ExecStart=/usr/bin/kubelet $KUBELET_ARGS",
    )
    env = {DROP_IN: "".join(f"{line}\n" for line in lines)}
    files = append("kubelet", shown({**env, "/etc/default/kubelet": "KUBELET_ARGS=--v=2\n"}))
    quiet = plan(host(OLD_NODE, edit("kubelet", r"^arg --feature-gates.*\n", ""), files, busy), ON)
    assert [(step.stops, "daemon-reload" in step.script) for step in quiet.steps] == [((), False)]


def test_where_containers_cannot_be_read_no_unit_is_changed() -> None:
    facts = host(OLD_NODE, *without_gate(put("containers", "Cannot connect to the Docker daemon\n", 1)))
    assert "exit status 1" in dict(plan(facts, ON).unknown)["kubelet_gates"]
    law(facts, ON)


LEFT_ALONE = {
    "a file without a checksum": ((edit("kubelet", r"^sum .*\n", ""),), "is not known to the byte"),
    "a file that could not be read": ((append("kubelet", "unread /etc/default/kubelet\n"),), "could not be read"),
    "a blanked file": (
        (edit("kubelet", r"^\| Restart=always", "| Environment=TOKEN=[blanked]"), summed),
        "was blanked in this recording",
    ),
    "no unit": ((edit("kubelet", r"^(file|\||sum) .*\n", ""),), "has no kubelet.service"),
    "no systemd": ((edit("host", "init systemd", "init other"),), "has no systemd"),
    "a wrapper": ((edit("kubelet", r"/usr/local/bin/kubelet", "/bin/sh -c start"), summed), "starts /bin/sh"),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_cannot_be_written_is_reported_and_left_alone(name: str) -> None:
    alters, words = LEFT_ALONE[name]
    facts = host(OLD_NODE, *without_gate(), *alters)
    if name in ("no unit", "a wrapper"):  # then the running kubelet says what is set
        facts = host(OLD_NODE, edit("kubelet", r"^arg --feature-gates.*\n", ""), *alters)
    assert words in kubelet_gates.planned_for(facts, ON)
    assert not plan(facts, ON).steps
    (finding,) = [f for f in examine(facts, ON) if f.check == "kubelet_gates"]
    assert finding.verdict == "fail"
    assert finding.remedy
    assert words in finding.remedy.text
    law(facts, ON)


@pytest.mark.parametrize(
    ("model", "value"),
    [
        ("Tesla K80", "Tesla-K80"),
        ("NVIDIA A100 80GB PCIe", "NVIDIA-A100-80GB-PCIe"),
        ("Quadro RTX 6000/8000 (TM)", "Quadro-RTX-6000-8000-TM"),
        ("x" * 70, "x" * 63),
        ("-GeForce GTX 1080 Ti-", "GeForce-GTX-1080-Ti"),
    ],
)
def test_a_label_has_only_what_labels_allow(model: str, value: str) -> None:
    assert label_value(model) == value


def test_several_models_in_one_host_are_said_and_not_labelled() -> None:
    facts = host(OLD_NODE, *twin(), edit("smi", r"NVIDIA A100 80GB PCIe", "Tesla K80", 1))
    (finding,) = [f for f in examine(facts, LABELS) if f.check == "gpu_label"]
    assert finding.verdict == "warn"
    assert "2 models of GPUs in one host" in finding.summary
    assert finding.remedy
    assert "NV_GPU=0,2" in finding.remedy.text
    assert not plan(facts, LABELS).steps
    law(facts, LABELS)


@pytest.mark.parametrize(("minor", "by_flag"), [(6, True), (15, True), (16, False), (30, False)])
def test_the_label_is_a_flag_only_where_the_kubelet_may_give_it(minor: int, by_flag: bool) -> None:
    facts = host(NODE, version(f"v1.{minor}.0"))
    assert bool(kubelet_gates.labels_wanted(facts, LABELS)) == by_flag
    said = [f.remedy.text for f in examine(facts, LABELS) if f.check == "gpu_label" and f.remedy]
    by_hand = f"kubectl label node $(hostname) {LABEL}=NVIDIA-A100-80GB-PCIe --overwrite"
    assert said == ["provision --only kubelet_gates" if by_flag else by_hand]


def test_an_older_probe_that_did_not_ask_is_no_trouble() -> None:
    readings = {name: reading for name, reading in read(NODE).readings.items() if name != "kubelet"}
    facts = Facts(type(read(NODE))(readings))
    assert not plan(facts, DEBIAN).unknown
    assert "kubelet_gates" in dict(plan(facts, ON).unknown)


def test_a_version_that_is_not_known_is_unknown_to_a_profile_that_asks() -> None:
    facts, profile = SITUATIONS["version unknown"]
    with pytest.raises(Unknown, match="version could not be told"):
        kubelet_gates.wanted(facts, profile)
    assert not kubelet_gates.wanted(facts, DEBIAN)


if __name__ == "__main__":
    PLANS.mkdir(exist_ok=True)
    for each in SITUATIONS:
        (PLANS / f"{each}.txt").write_text(golden(each), encoding="utf-8")
