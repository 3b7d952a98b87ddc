"""The few ELF files of stand-in packages: programs that fail as the real ones do without a card, and empty libraries.

A program must be ELF and dynamic, because the lab's libkernel.so starts the stand-in in its place; a library must be,
because ldconfig and loaders look inside. Module files carry what modinfo reads, with room for the kernel's name.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.home import Home, write_bytes

NO_DRIVER = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. "
    "Make sure that the latest NVIDIA driver is installed and running."
)
# What an old nvidia-smi knows to be asked for (`nvidia-smi --help-query-gpu`): the lab looks for the names in it.
FIELDS = (
    "timestamp driver_version count name serial uuid pci.bus_id index persistence_mode compute_mode pstate "
    "memory.total memory.used memory.free utilization.gpu temperature.gpu power.draw ecc.mode.current"
)
# Replaced by the kernel's name, filled up with blanks, when DKMS builds the module.
VERMAGIC = "@" * 100
GPUS = ("pci:v000010DEd*sv*sd*bc03sc02i00*", "pci:v000010DEd*sv*sd*bc03sc00i00*")
# A tree has hundreds, and most trees the same.
KEPT = Home.default().path / "mirror/compiled"
SUFFIXES = ("", "-uvm", "-modeset", "-drm")


@cache
def library(soname: str) -> bytes:
    """A shared library with nothing in it but its name."""
    return _compiled("", "-shared", f"-Wl,-soname,{soname}", "-nostdlib", "-s")


@cache
def nvidia_smi() -> bytes:
    """What the real one says without a driver; with one, the lab's stand-in answers."""
    known = f'const char fields[] __attribute__((used)) = "{FIELDS}";\n'
    return _compiled(f'#include <stdio.h>\n{known}int main(void) {{ puts("{NO_DRIVER}\\n"); return 9; }}\n', "-s")


@cache
def helper(name: str, version: str) -> bytes:
    """Say the version, whatever is asked: the lab's stand-in does the rest."""
    return _compiled(f'#include <stdio.h>\nint main(void) {{ puts("{name}:  version {version}"); return 0; }}\n', "-s")


@cache
def module(name: str, suffix: str, version: str, licence: str) -> bytes:
    """An object file that kmod reads as one of the driver's modules, for a kernel yet to be named."""
    internal = ("nouveau" if name == "nouveau" else f"nvidia{suffix}").replace("-", "_")
    needs = {"": "", "-drm": f"{name}-modeset,{name}"}.get(suffix, name)
    info = [
        *([f"version={version}"] if version else []),
        f"license={licence}",
        f"name={internal}",
        f"vermagic={VERMAGIC}",
        f"depends={needs.replace('-', '_')}",
        f"description=stand-in of the NVIDIA UNIX x86_64 Kernel Module  {version}  Wed Nov  1 00:00:00 UTC 2017",
        *([] if suffix else (f"alias={alias}" for alias in GPUS)),
    ]
    section = '__attribute__((section(".modinfo"), used, aligned(1)))'
    source = "".join(f'static const char t{i}[] {section} = "{text}";\n' for i, text in enumerate(info))
    return _compiled(source, "-c")


def _compiled(source: str, *options: str) -> bytes:
    kept = KEPT / hashlib.sha256(repr((source, options)).encode()).hexdigest()[:24]
    if kept.exists():
        return kept.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "made"
        words = ["gcc", "-O1", "-x", "c", *options, "-o", str(target), "-"]
        try:
            subprocess.run(words, input=source.encode(), capture_output=True, check=True)
        except FileNotFoundError:
            raise LabError("gcc is missing: apt-get install gcc libc6-dev") from None
        except subprocess.CalledProcessError as failed:
            raise LabError(f"a stand-in does not compile: {failed.stderr.decode(errors='replace')[-500:]}") from None
        made = target.read_bytes()
    write_bytes(kept, made)
    return made
