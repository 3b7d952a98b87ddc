"""The parts of a lab host that no machine without the card can have, and how they are installed.

`build(destination)` fills the directory that every lab host sees as /usr/lib/gpuwright-lab: the library that its
/etc/ld.so.preload names, the simulated kernel, and the stand-ins. README.md lists what is real and what is not.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
MOUNT = "/usr/lib/gpuwright-lab"
PRELOAD = f"{MOUNT}/libkernel.so"

# What the stand-ins use: names that exist nowhere else on their PATH, so that they run in any container too.
APPLETS = [
    "awk",
    "basename",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "cp",
    "cut",
    "date",
    "dd",
    "dirname",
    "find",
    "grep",
    "head",
    "id",
    "ln",
    "logger",
    "ls",
    "mkdir",
    "mknod",
    "mount",
    "mv",
    "od",
    "printf",
    "readlink",
    "rm",
    "sed",
    "seq",
    "setsid",
    "sleep",
    "sort",
    "start-stop-daemon",
    "stat",
    "tail",
    "touch",
    "tr",
    "umount",
    "usleep",
    "wc",
    "xz",
]


class BuildError(Exception):
    """Something that the stand-ins are made of is missing on this machine; says what to install."""


def build(destination: Path) -> None:
    """Compile and copy everything into `destination`; what was there is replaced."""
    if destination.exists():
        shutil.rmtree(destination)
    (destination / "tools").mkdir(parents=True)
    _compile(HERE / "libkernel.c", destination / "libkernel.so", "-shared", "-fPIC")
    _compile(HERE / "initrd-config.c", destination / "initrd-config", "-static")
    _busybox(destination)
    for name in ("boot", "kernel", "container-hook", "bin", "smi", "templates"):
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, destination / name)
        else:
            shutil.copy2(source, destination / name)
    for script in (destination / "boot", destination / "container-hook", *(destination / "bin").iterdir()):
        script.chmod(0o755)
    (destination / "ld.so.preload").write_text(f"{PRELOAD}\n")


def _compile(source: Path, target: Path, *options: str) -> None:
    command = ["gcc", "-O2", "-Wall", "-Wextra", *options, "-o", str(target), str(source)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BuildError("gcc is missing: apt-get install gcc libc6-dev") from None
    if done.returncode != 0:
        raise BuildError(f"{source.name} does not compile:\n{done.stderr}")


def _busybox(destination: Path) -> None:
    """One static busybox is the interpreter and the tools of every stand-in, whatever the host or container holds."""
    found = shutil.which("busybox", path="/bin:/usr/bin:/usr/local/bin")
    if not found or b"/ld-linux" in Path(found).read_bytes()[:4096]:  # its ELF interpreter
        raise BuildError("a static busybox is missing: apt-get install busybox-static")
    shutil.copy2(found, destination / "busybox")
    for applet in APPLETS:
        (destination / "tools" / applet).symlink_to("../busybox")
