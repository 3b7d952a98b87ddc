"""The fault bench: faults injected into recordings, and whether the doctor names the cause first."""

from __future__ import annotations

from dataclasses import dataclass

from checks.examine import examine
from checks.facts import Facts
from checks.finding import Finding
from checks.report import loudest_first
from tests.faultbench import (
    bus,
    container,
    containerd,
    crio,
    cuda,
    docker_config,
    doctor_file,
    driver,
    driver_choice,
    framework,
    gpu,
    holds,
    host,
    kubelet,
    kubernetes,
    machine,
    mig,
    module_options,
    nvidia_docker1,
    nvlink,
    origins,
    packages,
    podman,
    signing,
    texts,
    two,
    xid,
)
from tests.faultbench.fault import Fault

SINGLE: tuple[Fault, ...] = (
    *driver.FAULTS,
    *driver_choice.FAULTS,
    *gpu.FAULTS,
    *bus.FAULTS,
    *xid.FAULTS,
    *nvlink.FAULTS,
    *packages.FAULTS,
    *host.FAULTS,
    *container.FAULTS,
    *nvidia_docker1.FAULTS,
    *framework.FAULTS,
    *docker_config.FAULTS,
    *containerd.FAULTS,
    *crio.FAULTS,
    *podman.FAULTS,
    *doctor_file.FAULTS,
    *cuda.FAULTS,
    *kubernetes.FAULTS,
    *machine.FAULTS,
    *mig.FAULTS,
    *module_options.FAULTS,
    *kubelet.FAULTS,
    *signing.FAULTS,
    *holds.FAULTS,
    *origins.FAULTS,
    *texts.FAULTS,
)

FAULTS: tuple[Fault, ...] = (*SINGLE, *two.pairs({fault.name: fault for fault in SINGLE}))
"""Every replayed fault, by stage; then two at once."""


@dataclass(frozen=True)
class Result:
    """What the doctor said first of a fault (None: nothing), and whether that is right."""

    fault: Fault
    first: Finding | None

    @property
    def right(self) -> bool:
        """The cause comes first, with the verdict and the words expected."""
        first, fault = self.first, self.fault
        return (
            first is not None
            and (first.check, first.verdict) == (fault.cause, fault.verdict)
            and fault.says in f"{first.summary}\n{first.evidence}\n{first.remedy.text if first.remedy else ''}"
        )


def replay(fault: Fault) -> Result:
    """Examine the recording with the fault in it."""
    loud = loudest_first(examine(Facts(fault.recording()), fault.profile))
    return Result(fault, loud[0] if loud else None)
