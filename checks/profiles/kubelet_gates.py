"""Which gates and labels the kubelet lacks of its profile, by its version, and what stands against writing them.

Accelerators (the kubelet gives out GPUs by itself) is known in 1.6 to 1.10 and works with docker alone; from 1.11 on a
kubelet that is told of it does not start. DevicePlugins is known in 1.8 to 1.27, on by itself since 1.10, and locked
since 1.26: one that is told to leave it off does not start (kubernetes v1.26, pkg/features/kube_features.go). With both
the old way interferes with the device plugin (k8s-device-plugin v1.9, README), so one goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checks.facts import Facts
from checks.facts.blank import BLANK
from checks.facts.kubelet import Kubelet
from checks.facts.reading import NotAsked, Unknown
from checks.profiles import interrupts
from checks.profiles.flag_list import Changes, pairs
from checks.profiles.json_edit import NotEditable
from checks.profiles.kubelet_flags import GATES, LABELS, found, is_so, merged
from checks.profiles.profile import Profile
from checks.profiles.unit_files import FOLDERS, unit_files

ACCELERATORS, PLUGINS = "Accelerators", "DevicePlugins"
KNOWN = {ACCELERATORS: (6, 10), PLUGINS: (8, 27)}
"""The first and the last minor version of Kubernetes 1 that knows the gate (kubernetes/website, feature-gates/)."""

PLUGINS_BY_ITSELF, PLUGINS_LOCKED = 10, 26
"""From which version on DevicePlugins is on by itself, and from which on it cannot be off."""

LABEL = "alpha.kubernetes.io/nvidia-gpu-name"
LABEL_BY_FLAG = 15
"""The last version whose kubelet may give itself a label of the kubernetes.io namespace."""

KEEP = "keep"

_ON = ("true", "t", "1")
"""How Go's strconv.ParseBool spells it, in small letters."""


@dataclass(frozen=True)
class Wanted:
    """What is to change of the gates; `restart`: the files say so, and the running kubelet does not know it."""

    gates: Changes
    restart: bool = False

    def __bool__(self) -> bool:
        return bool(self.gates or self.restart)


def knows(gate: str, minor: int) -> bool:
    """Whether a kubelet of this version knows the gate."""
    first, last = KNOWN[gate]
    return first <= minor <= last


def by_docker(kubelet: Kubelet) -> bool:
    """Whether it asks docker itself, without which Accelerators is switched off by the kubelet."""
    return kubelet.flag("container-runtime") in ("", "docker") and kubelet.endpoint.rpartition("/")[2] in (
        "",
        "dockershim.sock",
    )


def refused(kubelet: Kubelet) -> str:
    """Why Accelerators cannot be on here; empty when it can."""
    minor, (first, last) = kubelet.minor, KNOWN[ACCELERATORS]
    if minor > last:
        return f"kubelet 1.{minor} does not know the gate Accelerators, and would not start with it"
    if minor < first:
        return f"kubelet 1.{minor} does not know the gate Accelerators, which came with 1.{first}"
    if not by_docker(kubelet):
        runtime = kubelet.endpoint or kubelet.flag("container-runtime")
        return f"the gate Accelerators works with docker alone, and this kubelet asks {runtime}"
    return ""


def plugins_refused(kubelet: Kubelet) -> str:
    """Why no device plugin can register here; empty when one can."""
    first = KNOWN[PLUGINS][0]
    if 0 < kubelet.minor < first:
        return f"kubelet 1.{kubelet.minor} takes no device plugins, which came with 1.{first}"
    return ""


def plugin_by_docker(facts: Facts, profile: Profile) -> bool:
    """Whether a device plugin is to run on this node by docker, asked by the kubelet itself or through cri-dockerd."""
    try:
        kubelet = facts.kubelet
    except NotAsked:
        return False
    docker = not kubelet.endpoint or "docker" in kubelet.endpoint
    return profile.kubelet.device_plugins is True and kubelet.present and docker and not plugins_refused(kubelet)


def locked_off(kubelet: Kubelet) -> bool:
    """Whether it is told to leave DevicePlugins off in a version that does not start with that."""
    off = any(value.lower() not in _ON for value in _set_here(kubelet).get(PLUGINS, []))
    return off and PLUGINS_LOCKED <= kubelet.minor <= KNOWN[PLUGINS][1]


def unknown_gates(kubelet: Kubelet) -> tuple[str, ...]:
    """The GPU gates that it is told to set and does not know."""
    return tuple(name for name in _set_here(kubelet) if not knows(name, kubelet.minor)) if kubelet.minor else ()


def _set_here(kubelet: Kubelet) -> dict[str, list[str]]:
    """The GPU gates with their values: of the files that the next start reads, else of the running kubelet."""
    try:
        given = {name: [value for value, _ in values] for name, values in found(kubelet.texts).items()}
    except NotEditable:
        given = {name: [value] for name, (value, _) in kubelet.gates.items()}
    return {name: values for name, values in given.items() if name in KNOWN}


def wanted(facts: Facts, profile: Profile) -> Wanted:
    """The gates that the kubelet lacks of its profile; `Unknown` where its version is and the profile asks for some."""
    kubelet, asks = facts.kubelet, profile.kubelet
    if not kubelet.present:
        return Wanted({})
    if not kubelet.minor:
        if asks.accelerators == asks.device_plugins == KEEP:
            return Wanted({})
        raise Unknown(f"the kubelet's version could not be told: {kubelet.version or 'it printed nothing'}")
    gates: dict[str, str | None] = dict.fromkeys(unknown_gates(kubelet))
    if locked_off(kubelet):
        gates[PLUGINS] = None
    gates.update(_for_plugin(kubelet) if asks.device_plugins is True else _by_profile(kubelet, asks.accelerators))
    lacking = {name: value for name, value in gates.items() if not _is(kubelet, name, value)}
    stale = not lacking and any(_is_stale(kubelet, name, value) for name, value in gates.items())
    return Wanted(lacking, stale)


def _by_profile(kubelet: Kubelet, accelerators: bool | str) -> dict[str, str | None]:
    given = _set_here(kubelet)
    if accelerators is False and knows(ACCELERATORS, kubelet.minor):
        return {ACCELERATORS: None}
    if accelerators is not True or refused(kubelet):
        return {}
    gates: dict[str, str | None] = {ACCELERATORS: "true"}
    plugin = any("nvidia" in name for name in kubelet.plugins)
    if kubelet.minor == KNOWN[ACCELERATORS][1] and (plugin or PLUGINS in given):
        gates[PLUGINS] = "false"  # on by itself in this version
    elif PLUGINS in given and kubelet.minor >= KNOWN[PLUGINS][0]:
        gates[PLUGINS] = None
    return gates


def _for_plugin(kubelet: Kubelet) -> dict[str, str | None]:
    """What the device plugin needs: its own gate where it is not on by itself, and never the old way's beside it."""
    if plugins_refused(kubelet):
        return {}
    gates: dict[str, str | None] = {ACCELERATORS: None} if knows(ACCELERATORS, kubelet.minor) else {}
    off = any(value.lower() not in _ON for value in _set_here(kubelet).get(PLUGINS, []))
    if kubelet.minor < PLUGINS_BY_ITSELF:
        gates[PLUGINS] = "true"
    elif off and knows(PLUGINS, kubelet.minor):
        gates[PLUGINS] = None
    return gates


def _is(kubelet: Kubelet, name: str, want: str | None) -> bool:
    try:
        return is_so(kubelet.texts, {name: want})
    except NotEditable:
        return kubelet.gates.get(name, ("", ""))[0] == (want or "")


def _is_stale(kubelet: Kubelet, name: str, want: str | None) -> bool:
    """Whether the running kubelet was started with other flags than its files now say."""
    given = dict(pairs(",".join(_running_lists(kubelet.args))))
    try:
        in_flags = {place for _, place in found(kubelet.texts).get(name, []) if not place.endswith((".yaml", ".json"))}
    except NotEditable:
        return False
    return bool(kubelet.args) and (given.get(name) != want if in_flags else want is None and name in given)


def _running_lists(args: tuple[str, ...]) -> list[str]:
    joined = [argument.partition("=")[2] for argument in args if argument.startswith(f"--{GATES}=")]
    apart = [args[at + 1] for at, argument in enumerate(args[:-1]) if argument == f"--{GATES}"]
    return joined + apart


def label_value(model: str) -> str:
    """A GPU's name with the characters that a label may have: letters, digits, `-._`, at most 63, ends alphanumeric."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", model)[:63].strip("-._")


def models(facts: Facts) -> tuple[str, ...]:
    """The models of this host's GPUs, each once."""
    return tuple(dict.fromkeys(gpu.name for gpu in facts.smi.gpus))


def labels_wanted(facts: Facts, profile: Profile) -> Changes:
    """The label that the kubelet is not told to give its node, and may give it."""
    kubelet = facts.kubelet
    if not profile.kubelet.labels or not KNOWN[ACCELERATORS][0] <= kubelet.minor <= LABEL_BY_FLAG:
        return {}
    names = models(facts)
    if len(names) != 1:
        return {}
    want = {LABEL: label_value(names[0])}
    try:
        return {} if is_so(kubelet.texts, want, LABELS) else want
    except NotEditable:
        return want


def new_texts(facts: Facts, profile: Profile) -> Mapping[str, str]:
    """The files that change, with their new text; `NotEditable` or `Unknown` say why there are none."""
    gates, labels = wanted(facts, profile).gates, labels_wanted(facts, profile)
    if not gates and not labels:
        return {}
    texts = exact(facts.kubelet)
    changed = merged(texts, gates) if gates else {}
    if labels:
        changed.update(merged({**texts, **changed}, labels, LABELS))
    return changed


def exact(kubelet: Kubelet) -> dict[str, str]:
    """Its files to the byte; `Unknown` where one is not known so."""
    if kubelet.unread:
        raise Unknown(f"{kubelet.unread[0]} could not be read")
    texts = {}
    for path in kubelet.texts:
        text = kubelet.exact(path)
        if BLANK in kubelet.texts[path]:
            raise Unknown(f"{path} was blanked in this recording")
        if text is None:
            raise Unknown(f"{path} is not known to the byte: not UTF-8 with one kind of line ends, or an older probe")
        texts[path] = text
    return texts


def planned_for(facts: Facts, profile: Profile) -> str:
    """Why nothing is planned; empty where something can be. What could not be read is a reason too."""
    try:
        return obstacle(facts, profile)
    except Unknown as why:
        return str(why)


def is_unit(path: str) -> bool:
    """Whether systemd reads it only when it is told to reload."""
    return path.startswith(FOLDERS)


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why nothing is written; empty when it can be. `Unknown` where something could not be read."""
    if not concerned(facts, profile) or not (wanted(facts, profile) or labels_wanted(facts, profile)):
        return ""
    if facts.host.init != "systemd":
        return "this host has no systemd to start the kubelet with"
    if not unit_files(facts.kubelet.texts):
        return "this host has no kubelet.service, so where its kubelet gets its flags is not known"
    try:
        changed = new_texts(facts, profile)
    except NotEditable as why:
        return f"the kubelet's flags are left alone: {why}"
    if any(map(is_unit, changed)):
        interrupts.with_gpus(facts)
    return ""


def concerned(facts: Facts, profile: Profile) -> bool:
    """Whether there is a kubelet to look at; where an older probe did not ask, whether the profile asks for one."""
    try:
        return facts.kubelet.present
    except NotAsked:
        asks = profile.kubelet
        return asks.accelerators != KEEP or asks.device_plugins != KEEP or asks.labels
    except Unknown:
        return True
