"""Keys of a profile that exclude each other, whichever of its layers they come from."""

from __future__ import annotations

from collections.abc import Iterator

from checks.profiles.keys import Settings
from checks.profiles.lines import Path


def contradictions(profile: Settings) -> Iterator[tuple[tuple[Path, ...], str]]:
    """The keys that exclude each other, with the words for it."""
    if profile.kubelet.accelerators is True and profile.kubelet.device_plugins is True:
        yield (
            (("kubelet", "accelerators"), ("kubelet", "device_plugins")),
            "either the kubelet gives out GPUs by itself or the device plugin does; set the other to false or keep",
        )
