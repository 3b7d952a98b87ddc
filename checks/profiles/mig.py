"""How the GPUs lack the division (MIG) that the profile asks for; expected minus actual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.facts import Facts
from checks.facts.mig import UNIT
from checks.facts.mig_model import Model, of
from checks.facts.pci import Device
from checks.facts.query import Gpu
from checks.profiles import interrupts
from checks.profiles.profile import Profile

__all__ = ["UNIT", "Wanted", "asked", "differing", "in_use", "obstacle", "present", "said", "unit_lacks", "unmeant"]


@dataclass(frozen=True)
class Wanted:
    """How one GPU is to be: `profiles` None is undivided, () is MIG mode without instances."""

    index: int
    device: Device
    model: Model | None
    profiles: tuple[str, ...] | None

    @property
    def line(self) -> str:
        """The line of the file that the unit reads."""
        return said(self.device.address, self.profiles)


def said(address: str, profiles: tuple[str, ...] | None) -> str:
    """How a GPU is divided, as a line of the file that the unit reads."""
    return f"{address} off" if profiles is None else " ".join((address, "on", *profiles))


def asked(profile: Profile) -> bool:
    """Whether the profile says anything of MIG."""
    return bool(profile.mig.all or profile.mig.models or profile.mig.gpus)


def wanted(facts: Facts, profile: Profile) -> tuple[Wanted, ...]:
    """How each GPU is to be that the profile says something of; `all` means those that can be divided."""
    found = []
    for index, device in enumerate(facts.pci.gpus):
        model = of(device.id)
        named = profile.mig.gpus.get(str(index)) or _by_id(profile.mig.models, device.id)
        layout = named or (profile.mig.all if model else ())
        if layout:
            found.append(Wanted(index, device, model, _meant(layout, model)))
    return tuple(found)


def _by_id(models: Mapping[str, tuple[str, ...]], device_id: int) -> tuple[str, ...]:
    return next((layout for name, layout in models.items() if name.lower() == f"{device_id:04x}"), ())


def _meant(layout: tuple[str, ...], model: Model | None) -> tuple[str, ...] | None:
    names: list[str] = []
    for item in layout:
        name, _, times = item.partition(" x")
        if name == "off":
            return None
        names += [] if name == "on" else [name] * int(times or 1)
    known = model is not None and all(name in model.profiles for name in names)
    return model.in_order(names) if model and known else tuple(names)


def unmeant(facts: Facts, profile: Profile) -> str:
    """What of the profile this host's GPUs cannot be; empty when they can."""
    count = len(facts.pci.gpus)
    for name in profile.mig.gpus:
        if not (name.isdecimal() and int(name) < count):
            return f"mig.gpus names GPU {name}; this host has {count}, the first of them 0"
    for want in wanted(facts, profile):
        place = f"GPU {want.index} ({want.device.address}, 10de:{want.device.id:04x})"
        loaded = facts.modules.get("nvidia")
        branch = int(loaded.version.partition(".")[0] or 0) if loaded else 0
        if want.profiles is None:
            continue
        if want.model is None:
            return f"{place} is no model that is known here to be divisible"
        if why := want.model.problem(want.profiles):
            return f"{place}: {why}"
        if branch and branch < want.model.driver:
            return f"{place}: driver {branch} does not divide it, {want.model.driver} and later do"
    return ""


def differing(facts: Facts, profile: Profile) -> tuple[tuple[Wanted, str], ...]:
    """The GPUs that are divided otherwise, with what they are now; before the driver is loaded all of them."""
    if "nvidia" not in facts.modules:
        return tuple((want, "the driver is still to be loaded") for want in wanted(facts, profile))
    by_address = {gpu.address: gpu for gpu in facts.smi.answering}
    pairs = ((want, _now(facts, want, by_address.get(want.device.address))) for want in wanted(facts, profile))
    return tuple((want, why) for want, why in pairs if why)


def _now(facts: Facts, want: Wanted, gpu: Gpu | None) -> str:
    """What the GPU is instead of what it is to be; empty when it is so."""
    if gpu is None:
        return "nvidia-smi does not list it"
    if not gpu.mig:
        return "" if want.profiles is None else "it is not divided"
    if want.profiles is None:
        return "it is in MIG mode"
    devices = facts.mig.devices.get(gpu.index, ())
    if facts.mig.bare:
        return f"{facts.mig.bare} GPU instance(s) have no compute instance"
    if devices != tuple(sorted(want.profiles)):
        return f"it is divided into {', '.join(devices)}" if devices else "it has no MIG devices"
    return ""


def present(facts: Facts, device: Device) -> tuple[str, ...] | None:
    """How a GPU is divided now, for the way back: as `Wanted.profiles`."""
    if "nvidia" not in facts.modules:
        return None
    gpu = next((gpu for gpu in facts.smi.answering if gpu.address == device.address), None)
    devices = facts.mig.devices.get(gpu.index, ()) if gpu else ()
    model = of(device.id)
    ordered = model.in_order(devices) if model and all(name in model.profiles for name in devices) else devices
    return ordered if gpu and gpu.mig else None


def unit_lacks(facts: Facts, profile: Profile) -> str:
    """Why the next boot would not divide the GPUs so: instances last until then, and from Hopper on the mode too."""
    lines = tuple(want.line for want in wanted(facts, profile))
    needed = facts.mig.enabled or any(want.profiles is not None for want in wanted(facts, profile))
    if not lines or not needed:
        return ""
    if not facts.mig.enabled:
        return "nothing divides the GPUs at the next boot"
    return "" if facts.mig.layout == lines else "the next boot would divide the GPUs otherwise"


def in_use(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The programs that hold a GPU which is to be divided otherwise, so that only a reboot gets it free."""
    numbers = {want.index for want, _ in differing(facts, profile)}
    found = (holder for holder in interrupts.work(facts).known().holders if not holder.is_service)
    return tuple(f"{each.command} (pid {each.pid})" for each in found if numbers & set(each.gpus))


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why nothing is divided; empty when it can be. `Unknown` where it could not be read."""
    if why := unmeant(facts, profile):
        return why
    if not wanted(facts, profile):
        return ""
    if facts.host.init != "systemd":
        return "this host has no systemd, and nothing would divide the GPUs at the next boot"
    if differing(facts, profile):
        in_use(facts, profile)
    unit_lacks(facts, profile)
    return ""
