"""The demo: a bare host becomes one that runs GPU containers. Every command is shown, and run as a person would.

Needs root on Linux for real hosts; elsewhere it says why not, and examines recorded hosts instead.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.lab.core import Lab
from tests.lab.supported import supported

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
HOST = "gpu01"


def show(text: str) -> None:
    """A line of the demo itself."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def run(*command: str, expected: tuple[int, ...] = (0,)) -> None:
    """Show a command, run it, and stop the demo if it ends otherwise than it should."""
    show("$ " + " ".join(command))
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False)
    if done.returncode not in expected:
        sys.exit(f"demo: this ended with status {done.returncode}, expected {expected}")


def replay() -> None:
    """What can be shown anywhere: recorded hosts."""
    for name in ("bare-debian12-a100", "healthy-debian12-a100"):
        run("invoke", "doctor", "--recording", f"tests/recordings/{name}.rec", "--profile", "debian", expected=(0, 1))


def main() -> None:
    """The main job, end to end."""
    began = time.monotonic()
    why_not = supported()
    if why_not:
        show(f"Real hosts cannot be made here: {why_not} These hosts were recorded:")
        replay()
        return
    show("A bare Debian 12 host with one A100, held by nouveau as after a fresh installation.")
    print("The first time, this installs its system. Only the card and the loading of modules are stood in for.")
    if HOST in (host.name for host in Lab().hosts()):
        run("invoke", "lab.down", "--name", HOST)
    run("invoke", "lab.up", HOST, "--os", "debian12", "--gpus", "a100:1")
    run("fab", "-H", HOST, "doctor", "--profile", "debian", expected=(1,))
    run("fab", "-H", HOST, "provision", "--profile", "debian", "--yes")
    show("Again: there is nothing left to do.")
    run("fab", "-H", HOST, "provision", "--yes")
    run("fab", "-H", HOST, "docker-args")
    run("fab", "-H", HOST, "doctor", "--container")
    show(f"Done in {time.monotonic() - began:.0f} s. {HOST} stays up: invoke lab.ssh --name {HOST}")
    print(f"Take everything back with: fab -H {HOST} unprovision; remove the host with: invoke lab.down --name {HOST}")


if __name__ == "__main__":
    main()
