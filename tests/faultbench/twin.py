"""A second GPU for the healthy host."""

from __future__ import annotations

from checks.facts.reading import Reading
from tests.alter import Alter, edit

_KEPT = edit("smi", r"Persistence Mode: Disabled", "Persistence Mode: Enabled")
_BUS = edit("pci", r"^device 0000:3b:00.0 (.*)$", r"device 0000:3b:00.0 \1\ndevice 0000:af:00.0 \1")
_NODE = edit("nodes", r"^/dev/nvidia0 (.*)$", r"/dev/nvidia0 \1\n/dev/nvidia1 c3 1 666")


def twin(*alters: Alter) -> tuple[Alter, ...]:
    """A GPU of the same model at 0000:af:00.0, with what the alterations change of it; persistence is on for both."""

    def add(readings: dict[str, Reading]) -> None:
        _KEPT(readings)
        other = dict(readings)
        for alter in alters:
            alter(other)
        text = other["smi"].text
        block = text[text.index("GPU 0000") :].replace("3B:00.0", "AF:00.0")
        readings["smi"] = Reading(0, readings["smi"].text.replace("Attached GPUs: 1", "Attached GPUs: 2") + block)

    return (_BUS, _NODE, add)
