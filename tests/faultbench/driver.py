"""Faults of the driver: built, loaded, one version."""

from __future__ import annotations

from tests.alter import edit
from tests.faultbench.fault import Fault

FAULTS = (
    Fault(
        "library upgraded under the loaded module",
        "NVIDIA/ubuntu-packaging-nvidia-driver issue 3",
        "driver_mismatch",
        (edit("driver", r"^library .*$", "library /usr/lib/libnvidia-ml.so.535.288.01"),),
        says="535.288.01",
    ),
)
