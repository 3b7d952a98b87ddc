"""`make test-kernel`: python -m tests.kernel [--cgroup2] [--layer LABEL]; what it shows goes to docs/results/."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from provision.errors import GpuwrightError
from tests.kernel import driver, stock, tools
from tests.kernel.transcript import Transcript, Untrue
from tests.lab import mounts
from tests.lab.core import Lab
from tests.lab.errors import LabError
from tests.lab.supported import supported

# Large, and on a disk.
SCRATCH = Path("/var/tmp/gpuwright-kernel")
RESULTS = Path(__file__).parent.parent.parent / "docs/results"


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(prog="python -m tests.kernel", description=__doc__)
    parser.add_argument("--cgroup2", action="store_true", help="the lab on a stock machine under systemd, cgroup v2")
    parser.add_argument("--layer", default="", help="the lab layer of a provisioned host to boot")
    given = parser.parse_args()
    try:
        _run(given.layer, cgroup2=given.cgroup2)
    except (LabError, GpuwrightError) as failure:
        sys.exit(str(failure))
    except Untrue as sentence:
        sys.exit(f"does not hold: {sentence}")


def _run(layer: str, *, cgroup2: bool) -> None:
    why_not = supported()
    if why_not:
        raise LabError(why_not)
    tools.install_missing(lambda text: sys.stdout.write(f"{text}\n"))
    lab, today = Lab(), time.strftime("%Y-%m-%d")
    with _scratch() as folder:
        if cgroup2:
            told = Transcript("The lab on a stock machine: systemd, cgroup v2", "python -m tests.kernel --cgroup2")
            stock.show(lab, folder, told)
            told.save(RESULTS / f"lab-cgroup2-{today}.md")
        else:
            told = Transcript("The real driver in a real kernel, without a GPU", "make test-kernel")
            driver.show(lab, folder, layer, told)
            told.save(RESULTS / f"kernel-{today}.md")


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A directory whose mounts no lab host inherits, gone afterwards."""
    SCRATCH.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=SCRATCH))
    mounts.keep_private(folder)
    try:
        yield folder
    finally:
        mounts.unmount_below(folder)
        mounts.remove(folder)
        with contextlib.suppress(OSError):
            SCRATCH.rmdir()


if __name__ == "__main__":
    main()
