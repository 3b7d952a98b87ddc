"""`invoke lab.up`, `lab.list`, `lab.ssh`, `lab.down`, `lab.purge`: the lab on the command line."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection
from invoke.exceptions import Exit
from invoke.tasks import task

from tests.lab.errors import LabError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.core import Lab

USAGE = 64
NOT_PERMITTED = 77
FAILED = 69


@contextmanager
def _answering(context: Any, verb: str) -> Iterator[Lab]:
    """Turn what goes wrong into one line and an exit status. The lab is loaded here: other verbs do not wait for it."""
    from tests.lab.core import Lab

    if hasattr(context, "host"):
        raise Exit(f"lab.{verb} names its hosts itself: no -H, but `invoke lab.{verb} --help`", USAGE)
    try:
        yield Lab()
    except UsageError as wrong:
        raise Exit(str(wrong), USAGE) from None
    except LabError as failure:
        raise Exit(str(failure), FAILED) from None
    except KeyboardInterrupt:
        raise Exit("interrupted", 130) from None


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UsageError("no host is named: `invoke lab.up gpu01,gpu02`")
    return names


def _milliseconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 10_000:
        raise UsageError(f"--latency {text!r} is no number of milliseconds from 0 to 10000")
    return value


@task(
    auto_shortflags=False,
    positional=["hosts"],
    help={
        "hosts": "names, with commas: gpu01,gpu02",
        "os": "debian12, debian13; package-manager simulations: centos7, el8, el9, el10, ubuntu1604, ubuntu2204, ...",
        "gpus": "none, or MODEL:COUNT, as a100:1",
        "fault": "what is wrong with the hosts, with commas",
        "latency": "round trip to the hosts in milliseconds",
        "layer": "a layer or snapshot to start from",
    },
)
def up(
    context: Any,
    hosts: str,
    os: str = "",
    gpus: str = "none",
    fault: str = "",
    latency: str = "0",
    layer: str = "",
) -> None:
    """Bring up hosts of the lab, real in all but the card."""
    with _answering(context, "up") as lab:
        faults = [name.strip() for name in fault.split(",") if name.strip()]
        names, milliseconds = _names(hosts), _milliseconds(latency)
        began = time.monotonic()
        made = lab.up(names, os=os or None, gpus=gpus, faults=faults, latency_ms=milliseconds, layer=layer or None)
        seconds = time.monotonic() - began
        for host in made:
            print(f"{host.name}  {host.address}  {host.spec.asked()}")
        print(f"up in {seconds:.1f} s; ssh -F {lab.home.ssh_config} {made[0].name}")


@task(auto_shortflags=False)
def list_(context: Any) -> None:
    """List the hosts of the lab."""
    with _answering(context, "list") as lab:
        for host in lab.hosts():
            state = "on" if host.running() else "off"
            print(f"{host.name}\t{host.address}\t{state}\t{host.spec.asked()}")


@task(
    name="ssh",
    auto_shortflags=False,
    help={"name": "which host", "command": "run this instead of a shell", "user": "ops, pw, nosudo or root"},
)
def ssh_(context: Any, name: str = "", command: str = "", user: str = "ops") -> None:
    """Log in to a host of the lab."""
    with _answering(context, "ssh") as lab:
        if not name:
            raise UsageError("no host is named: `invoke lab.ssh --name gpu01`")
        host = lab.host(name)
        if not host.running():
            raise LabError(f"{name} is switched off: `invoke lab.up {name}`")
        from tests.lab import ssh

        words = ssh.command(lab.home, host.spec, user, *([command] if command else []))
        sys.stdout.flush()
        raise SystemExit(subprocess.call(words))


@task(auto_shortflags=False, help={"name": "which host; all of them without it"})
def down(context: Any, name: str = "") -> None:
    """Take down hosts of the lab; after the last one the machine is as it was."""
    with _answering(context, "down") as lab:
        gone = [lab.host(name)] if name else lab.hosts()
        lab.down([host.name for host in gone])
        print(f"down: {', '.join(host.name for host in gone) or 'there was no host'}")


@task(auto_shortflags=False)
def purge(context: Any) -> None:
    """Remove bases, layers and packages that the lab keeps."""
    with _answering(context, "purge") as lab:
        lab.purge()
        print(f"removed {lab.home.path}")


namespace = Collection("lab")
for verb, name in ((up, "up"), (list_, "list"), (ssh_, "ssh"), (down, "down"), (purge, "purge")):
    namespace.add_task(verb, name=name)
