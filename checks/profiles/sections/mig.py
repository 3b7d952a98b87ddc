"""The section [mig]: how GPUs that can be divided are to be divided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.profiles.described import key
from checks.profiles.kinds import list_of, table_of, text

_ITEM = text(
    r"off|on|\d+g\.\d+gb([+-][a-z.]+)?( x[1-9]\d?)?", 'off, on, or a profile with how many, such as "1g.10gb x7"'
)
_LAYOUT = list_of(_ITEM, 'a list such as ["3g.40gb", "1g.10gb x4"], or ["off"]')


@dataclass(frozen=True)
class MigProfile:
    """[mig]."""

    all: tuple[str, ...] = field(
        default=(),
        metadata=key(
            _LAYOUT,
            "how every GPU that can be divided (MIG) is divided; off: not at all; on: in MIG mode, without instances; "
            "empty: as it is",
        ),
    )
    models: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=key(
            table_of(_LAYOUT, "a table of PCI device id = layout"),
            "the same by PCI device id, such as 20b5; before all",
        ),
    )
    gpus: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=key(
            table_of(_LAYOUT, "a table of GPU = layout"), "the same by the GPU's number in bus order; before models"
        ),
    )
