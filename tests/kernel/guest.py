"""A machine under QEMU, emulated in software: slow, but it needs neither KVM nor any privilege.

No -no-reboot: a reboot is one, and boots the kernel and the initrd that the image came with.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.command import ENVIRONMENT, last_lines
from tests.lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kernel.image import Image

BOOT_SECONDS = 300.0
SSH_CONFIG = """\
Host {name}
    HostName 127.0.0.1
    Port {port}
    User ops
    IdentityFile {key}
    IdentitiesOnly yes
    UserKnownHostsFile {known_hosts}
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    ConnectTimeout 30
    LogLevel ERROR
"""


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Guest:
    """One machine; it runs as long as the block of `with guest.running():`."""

    name: str
    folder: Path
    image: Image
    key: Path
    memory: int = 2048
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def ssh_config(self) -> Path:
        """For `ssh -F` and `fab -S`."""
        return self.folder / "ssh_config"

    @property
    def console(self) -> Path:
        """What its kernel and systemd print."""
        return self.folder / "console.log"

    def command(self) -> list[str]:
        """Write QEMU's command line."""
        image = self.image
        words = ["-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", str(self.memory)]
        words += ["-nodefaults", "-display", "none", "-vga", "none", "-serial", f"file:{self.console}"]
        words += ["-kernel", str(image.kernel), "-initrd", str(image.initrd)]
        words += ["-append", "root=/dev/vda rw console=ttyS0 net.ifnames=0"]
        words += ["-drive", f"file={image.disk},if=virtio,format=raw,cache=unsafe", "-device", "virtio-rng-pci"]
        words += ["-netdev", f"user,id=n,hostfwd=tcp:127.0.0.1:{self.port}-:22"]
        return ["qemu-system-x86_64", *words, "-device", "virtio-net-pci,netdev=n"]

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Switch it on, and pull the plug at the end."""
        known_hosts = self.folder / "known_hosts"
        known_hosts.write_text(f"[127.0.0.1]:{self.port} {self.image.host_key}\n")
        self.ssh_config.write_text(
            SSH_CONFIG.format(name=self.name, port=self.port, key=self.key, known_hosts=known_hosts)
        )
        with (self.folder / "qemu.log").open("wb") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT
            )
        try:
            yield
        finally:
            self.process.kill()
            self.process.wait()

    def wait_until_up(self, timeout: float = BOOT_SECONDS) -> float:
        """Wait until one can log in; returns the seconds it took."""
        began = time.monotonic()
        said = ""
        while (passed := time.monotonic() - began) < timeout:
            if self.process is None or self.process.poll() is not None:
                raise LabError(f"QEMU ended: {self._end('qemu.log')}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                done = self.run("true", timeout=40)
                if done.returncode == 0:
                    return passed
                said = last_lines(done, 1)
            time.sleep(1)
        raise LabError(f"{self.name} did not come up in {timeout:g} s ({said}): {self._end('console.log')}")

    def run(self, command: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command over ssh as `ops`."""
        return subprocess.run(
            ["ssh", "-F", str(self.ssh_config), self.name, command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )

    def _end(self, name: str) -> str:
        return "; ".join((self.folder / name).read_text(errors="replace").splitlines()[-5:])
