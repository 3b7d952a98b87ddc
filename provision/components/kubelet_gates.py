"""The kubelet's feature gates and the label of its GPUs, merged where this host keeps its flags.

The old files stay beside the new ones; a unit is verified by systemd before it is in place. A kubelet that does not
come up, or does not say that it is healthy, gets its old files back: the step fails, and its undo runs at once. systemd
is told to reload only where a unit changes: a reload can take the GPUs away from running containers.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.kubelet import OLD_GPU
from checks.profiles import kubelet_gates
from checks.profiles.flag_list import Changes
from checks.profiles.profile import Profile
from provision.step import GPUS_OF_CONTAINERS, Step, fed

RESTS_ON: tuple[str, ...] = ()


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not kubelet_gates.concerned(facts, profile):
        return
    want, labels = kubelet_gates.wanted(facts, profile), kubelet_gates.labels_wanted(facts, profile)
    if not want and not labels:
        return
    texts = kubelet_gates.new_texts(facts, profile)
    reload = any(map(kubelet_gates.is_unit, texts))
    changes = {**want.gates, **labels}
    later = _LATER if profile.kubelet.labels and "nvidia" not in facts.modules else ""
    yield Step(
        f"{_words(changes)}, in {', '.join(texts)}, and restart the kubelet" if texts else "restart the kubelet",
        why=_why(facts, profile, want.gates) + later if changes else "it runs with other flags than its files now say",
        script="".join(_write(facts, path, text) for path, text in texts.items()) + _restart(reload=reload),
        undo="".join(f"undo_file {path}\n" for path in texts)
        + _RESTORE.format(restart=_restart(reload=reload).strip()),
        disrupts=(*((GPUS_OF_CONTAINERS,) if reload else ()), *_pods(facts, want.gates)),
        key=_LABEL if later or (labels and not want.gates) else "",
    )


def _pods(facts: Facts, gates: Changes) -> Iterator[str]:
    """The pods that get their GPUs by the gate that goes."""
    if kubelet_gates.ACCELERATORS in gates and not gates[kubelet_gates.ACCELERATORS]:
        names = dict.fromkeys(name for name, resource in facts.kubelet.pods if resource == OLD_GPU)
        yield from (f"pod {name}, which asks for {OLD_GPU}" for name in names)


_LATER = "; the label of the GPUs' model follows in a step of its own, once the driver tells it"
_LABEL = "set the label of the GPUs' model"
"""What consent to that later step is remembered by."""


def _words(changes: Changes) -> str:
    given = ", ".join(f"{name}={value}" for name, value in changes.items() if value)
    gone = ", ".join(name for name, value in changes.items() if not value)
    return " and ".join([*([f"set {given}"] if given else []), *([f"take {gone} out"] if gone else [])])


_RESTORE = '{restart} || echo "the kubelet does not come up with what it had before, either"\n'


def _why(facts: Facts, profile: Profile, gates: Changes) -> str:
    minor = facts.kubelet.minor
    gone = [name for name in gates if not kubelet_gates.knows(name, minor)]
    if gone:
        return f"kubelet 1.{minor} does not know {', '.join(gone)}, and does not start with it"
    if kubelet_gates.PLUGINS in gates and kubelet_gates.locked_off(facts.kubelet):
        return f"kubelet 1.{minor} does not start with DevicePlugins off"
    if profile.kubelet.device_plugins is True and kubelet_gates.ACCELERATORS in gates:
        return "Accelerators and DevicePlugins exclude each other, and the profile asks for the device plugin"
    if profile.kubelet.device_plugins is True and gates:
        return "NVIDIA's device plugin registers only with the gate DevicePlugins"
    if kubelet_gates.PLUGINS in gates:
        return "Accelerators and DevicePlugins exclude each other, and the profile asks for Accelerators"
    return "the profile asks for it"


def _write(facts: Facts, path: str, text: str) -> str:
    seen = facts.kubelet.sums.get(path, "absent")
    validator = f" validate_kubelet_unit {path}" if kubelet_gates.is_unit(path) else ""
    return fed(text, f"edit_file {path} {seen}{validator}")


def _restart(*, reload: bool) -> str:
    return "systemctl daemon-reload\nrestart_kubelet\n" if reload else "restart_kubelet\n"
