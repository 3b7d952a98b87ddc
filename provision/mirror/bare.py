"""A bare host of a system with some GPUs, as facts: what a profile installs on it is what a directory must hold."""

from __future__ import annotations

import re
from pathlib import Path

from checks.facts import Facts
from checks.facts.recording import parse
from provision.errors import Usage
from provision.mirror.systems import System

_FORM = (Path(__file__).parent / "bare.rec").read_text(encoding="utf-8")

GPUS = {
    "k80": "102d",
    "p100": "15f8",
    "v100": "1db6",
    "t4": "1eb8",
    "a100": "20b5",
    "l40s": "26b9",
    "h100": "2330",
    "h200": "2335",
    "gh200": "2342",
    "b200": "2901",
    "gb200": "2941",
}
"""Boards by the names that people have for them; any other by its PCI device id (pci.ids)."""

_BOARDS = {"20b2": (8, 6, "1af1"), "2330": (8, 4, "22a3"), "2335": (8, 4, "22a3")}
"""Of the SXM boards: their GPUs, their NVSwitches and those' device id (checks/facts/nvlink.py)."""


def gpus(text: str) -> tuple[str, ...]:
    """The device ids that `--gpu` names: a comma list of names or ids; `Usage` for anything else."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for wrong in (name for name in names if name not in GPUS and not re.fullmatch(r"[0-9a-f]{4}", name)):
        raise Usage(f"--gpu {wrong}: wants {', '.join(GPUS)}, or a PCI device id such as 20b5 (lspci -nn -d 10de:)")
    return tuple(GPUS.get(name, name) for name in names)


def host(system: System, ids: tuple[str, ...], kernel: str, sources: str) -> Facts:
    """A bare host: nothing of NVIDIA's, nothing of docker's; its sources are the text of a file."""
    devices = [(id_, "0x030200") for id_ in ids for _ in range(_BOARDS.get(id_, (1,))[0])]
    devices += [(board[2], "0x068000") for id_ in ids if (board := _BOARDS.get(id_)) for _ in range(board[1])]
    lines = [f"device 0000:{at + 1:02x}:00.0 0x{id_} {kind} none" for at, (id_, kind) in enumerate(devices)]
    image = f"linux-image-{kernel}" if system.family == "apt" else "kernel"
    follows = _follows(kernel) if system.family == "apt" else ""
    return Facts(
        parse(
            _FORM.replace("{os}", _body(system.os_release))
            .replace("{machine}", system.machine)
            .replace("{release}", kernel)
            .replace("{gpus}", _body(lines))
            .replace("{sources}", _body(sources.splitlines()))
            .replace("{packages}", _body([f"ii {image} 0", f"ii {follows or system.kernel} 0"]))
        )
    )


def _follows(kernel: str) -> str:
    """The package of apt's that follows kernels of this flavour: linux-image-nvidia-64k of 6.8.0-1020-nvidia-64k."""
    named = re.fullmatch(r"[\d.]+-\d+-(.+)", kernel)
    return f"linux-image-{named[1]}" if named else ""


def _body(lines: tuple[str, ...] | list[str]) -> str:
    return "\n".join(f" {line}" for line in lines)
