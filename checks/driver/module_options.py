"""No option of the NVIDIA module switches off what this host needs.

They are set in /etc/modprobe.d or on the kernel's command line, outlive the problem that they were meant for, and are
forgotten. What each does is in the README of the Linux driver, appendix "Module parameters", and in its nv-reg.h.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus",)
_HARM = {
    ("NVreg_NvLinkDisable", "1"): "NVLink is off, and GPUs talk over PCI Express",
    ("NVreg_RegisterPCIDriver", "0"): "the module drives no GPU",
    ("NVreg_EnableMSI", "0"): "legacy interrupts, which are slow and shared",
    ("NVreg_EnablePCIeGen3", "0"): "the bus runs at generation 2",
    ("NVreg_ModifyDeviceFiles", "0"): "nobody makes or mends the device nodes",
    ("NVreg_EnablePCIERelaxedOrderingMode", "0"): "transfers between GPUs and network cards are slow",
    ("NVreg_DeviceFileMode", "0600"): "only root can use the GPUs",
    ("NVreg_DeviceFileMode", "384"): "only root can use the GPUs",
}
_ANY = {
    "NVreg_ExcludedGpus": "the driver leaves out the GPUs that it names",
    "NVreg_GpuBlacklist": "the driver leaves out the GPUs that it names",
    "NVreg_AssignGpus": "the driver drives only the GPUs that it names",
}


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    asked = profile.driver.options.get("nvidia", {})  # what a profile asks for is nobody's oversight
    found = [each for each in facts.modprobe.options if each[2] != str(asked.get(each[1]))]
    bad = [(line, name, value) for line, name, value in found if _harm(name, value)]
    for line, name, value in bad:
        yield warn(
            f"the module's option {name}={value} hurts: {_harm(name, value)}",
            why="it is set at each load of the module",
            evidence=f"{line.file}: {line.text}",
            remedy=by_hand(f"take {name} out of {line.file}, rebuild the initramfs, and load the module anew"),
        )
    if not bad:
        yield ok(f"{len(facts.modprobe.options)} option(s) of the module, none that hurts")


def _harm(name: str, value: str) -> str:
    return _HARM.get((name, value), "") or _ANY.get(name, "")
