"""Filling the directory: what a bare host would install by the profile, its archives, an index, checksums, a profile.

Whatever is there already and right is kept, so that a fetch that was interrupted goes on, and a second one is quick.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.facts import Facts
from checks.profiles.mirrors import mirrored
from checks.profiles.profile import Profile, as_table
from checks.profiles.writing import toml
from provision import planning
from provision.components import repositories
from provision.errors import Unreachable, Unsupported
from provision.mirror import apt, bare, index, openpgp
from provision.mirror.download import digest, download
from provision.mirror.systems import System

REPOSITORY, FILES, SUMS, PROFILE = "repository", "files", "SHA256SUMS", "profile.toml"


@dataclass(frozen=True)
class Asked:
    """What the directory is for: `kernels` empty: the newest one; `url` is where the hosts will find it."""

    system: System
    profile: Profile
    gpus: tuple[str, ...]
    kernels: tuple[str, ...]
    to: Path
    url: str


def fill(asked: Asked, say: Callable[[str], None]) -> None:
    """Fetch all of it; each error says what to do, and the same command goes on from there."""
    if asked.system.family != "apt":
        raise Unsupported("for Enterprise Linux copy with dnf reposync, and name the copies in the profile's [mirrors]")
    asked.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gpuwright-mirror-") as scratch:
        found = _apt(asked, Path(scratch), say)
    archives = dict(_archives(asked.profile))
    for (section, url), sha256 in archives.items():
        say(f"{section}: {url}")
        download(url, sha256, asked.to / FILES / url.rpartition("/")[2])
    key = openpgp.fresh("gpuwright mirror <mirror@gpuwright.invalid>", int(time.time()))
    index.write_apt(asked.to / REPOSITORY, found, key, int(time.time()))
    (asked.to / "key.asc").write_text(key.armored)
    (asked.to / PROFILE).write_text(profile(asked, key))
    (asked.to / SUMS).write_text("".join(sums(asked.to)))
    size = sum(file.stat().st_size for file in asked.to.rglob("*") if file.is_file())
    say(f"{len(found)} packages, {len(archives)} archives, {size // 1000000} MB in {asked.to}")


def _apt(asked: Asked, scratch: Path, say: Callable[[str], None]) -> list[apt.Package]:
    root = apt.Root(scratch, asked.to / REPOSITORY)
    root.offer(asked.system, {each.url: mirrored(each.url, asked.profile)[0] for each in asked.system.archives})
    _offer(asked, scratch)
    say("fetching the lists")
    root.update()
    kernels = asked.kernels or (_newest(root, asked.system),)
    names = wanted(asked, kernels)
    say(f"for kernel {', '.join(kernels)}: {' '.join(names)}")
    root.settle()
    found = root.lacking(names)
    say(f"{len(found)} packages, {sum(int(one.stanza['Size']) for one in found) // 1000000} MB")
    root.fetch(names, found)
    shutil.rmtree(asked.to / REPOSITORY / "partial", ignore_errors=True)
    (asked.to / REPOSITORY / "lock").unlink(missing_ok=True)
    return found


def _newest(root: apt.Root, system: System) -> str:
    if match := re.search(r"linux-image-(\d\S*)", root.depends(system.kernel)):
        return match[1].rstrip(",")
    raise Unreachable(f"{system.kernel} names no kernel: give one with --kernel (uname -r)")


def wanted(asked: Asked, kernels: Sequence[str]) -> list[str]:
    """The packages that provisioning installs on a bare host with one of these kernels."""
    names: dict[str, None] = {}
    for kernel in kernels:
        host = _host(asked, kernel)
        planning.refuse(host, asked.profile)
        plan = planning.plan(host, asked.profile)
        if plan.unknown and not plan:
            raise Unsupported(f"nothing can be planned for it: {plan.unknown[0][1]}")
        names |= dict.fromkeys(name for step in plan.steps for name in step.installs)
    if not names:
        raise Unsupported(f"profile {asked.profile.name} installs nothing on this system: it does not know its release")
    return list(names)


def _host(asked: Asked, kernel: str) -> Facts:
    components = " ".join(dict.fromkeys(word for each in asked.system.archives for word in each.components.split()))
    first = asked.system.archives[0]
    sources = f"# file /etc/apt/sources.list\ndeb {first.url} {first.suites[0]} {components}\n" if first.suites else ""
    return bare.host(asked.system, asked.gpus, kernel, sources)


def _offer(asked: Asked, scratch: Path) -> None:
    """The profile's repositories, each with its key, by the very sh that the solver on a host gets."""
    script = f"d={scratch}\n{repositories.planned(_host(asked, 'none'), asked.profile)}"
    done = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unreachable((done.stdout + done.stderr).strip().removeprefix("E: ")[:600])


def _archives(profile: Profile) -> Iterator[tuple[tuple[str, str], str]]:
    """The files that the profile has hosts fetch, with their sha256."""
    for section, one in (("cudnn", profile.cudnn), ("nvidia_docker", profile.nvidia_docker)):
        url = mirrored(one.source, profile)[0]
        if one.version and "://" in url and one.sha256:
            yield (section, url), one.sha256


def profile(asked: Asked, key: openpgp.Key) -> str:
    """The profile with this directory in place of every repository and address; all other sources of hosts are off."""
    table: dict[str, Any] = as_table(asked.profile)
    facts = _host(asked, "none")
    table["name"] = f"{asked.profile.name}-mirror"
    table["mirrors"] = {}
    table["sources"]["others"] = "off"
    table["repositories"] = {
        "mirror": {
            "release": facts.os.release,
            "url": f"{asked.url}/{REPOSITORY}",
            "suite": "/",
            "fingerprint": key.fingerprint,
            "prefer": index.LABEL,
            "key": key.armored,
        }
    }
    for (section, url), _ in _archives(asked.profile):
        table[section]["source"] = f"{asked.url}/{FILES}/{url.rpartition('/')[2]}"
    return toml(table)


def sums(folder: Path) -> Iterator[str]:
    """The sha256 of every file, as `sha256sum -c` reads them."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name != SUMS and not file.name.endswith(".part"):
            yield f"{digest(file)}  {file.relative_to(folder)}\n"
