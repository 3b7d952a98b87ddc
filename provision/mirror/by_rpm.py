"""The directory of Enterprise Linux: a copy of each repository with what is needed of it alone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from checks.profiles import repositories
from checks.profiles.mirrors import mirrored
from checks.profiles.repositories import Wanted
from provision.components.repositories import KEYS
from provision.errors import Unreachable
from provision.mirror import index, yum
from provision.mirror.asked import REPOSITORY, Asked, host, offer, wanted
from provision.mirror.openpgp import Key, armor
from provision.mirror.rpm import Metadata, Package
from provision.mirror.yum import Source


def fill(asked: Asked, scratch: Path, key: Key, say: Callable[[str], None]) -> dict[str, Any]:
    """Fetch it; what the profile's [repositories] are then."""
    (scratch / "parts").mkdir()
    offer(asked, scratch)
    theirs = repositories.wanted(host(asked, "none"), asked.profile)
    machine = asked.system.machine
    sources = [
        Source(one.name, one.url.rstrip("/"), machine, scratch / f"{one.name}.bare" if one.index else None)
        for one in theirs
    ]
    sources += [
        Source(f"archive-{at}", mirrored(each.url, asked.profile)[0].rstrip("/"), machine)
        for at, each in enumerate(asked.system.archives)
    ]
    say("reading the repositories")
    packages: list[Package] = []
    core: frozenset[str] = frozenset()
    for source in sources:
        found, group = yum.read(source, scratch)
        packages += found
        core |= group
    there = Metadata(packages, [one.name for one in theirs if one.prefer])
    kernels = asked.kernels or (there.asked(asked.system.kernel).full.partition("-")[2],)
    names = wanted(asked, kernels)
    say(f"for kernel {', '.join(kernels)}: {' '.join(names)}")
    known = {one.name for one in packages}
    base = frozenset(one.name for one in there.closure(sorted(core & known))[0])
    needed, missing = there.closure(names, base)
    for required, by in missing:
        say(f"no repository has {required}, which {by} requires: the hosts have to have it")
    say(f"{len(needed)} packages, {sum(one.size for one in needed) // 1000000} MB")
    return _copies(asked, scratch, key, needed, sources, {one.name: one for one in theirs})


def _copies(
    asked: Asked, scratch: Path, key: Key, needed: list[Package], sources: list[Source], theirs: dict[str, Wanted]
) -> dict[str, Any]:
    """The repositories that something is needed of; each with the vendor's key, or with the directory's."""
    table: dict[str, Any] = {}
    for source in sources:
        mine = [one for one in needed if one.repository == source.name]
        if not mine:
            continue
        one = theirs.get(source.name)
        vendors = one is not None and not one.index
        yum.fetch(source, mine, asked.to / REPOSITORY / source.name, None if vendors else key)
        public = (scratch / f"{source.name}.bare").read_bytes() if vendors else key.public
        table[source.name] = {
            "release": asked.release,
            "url": f"{asked.url}/{REPOSITORY}/{source.name}",
            "fingerprint": fingerprint(scratch / f"{source.name}.bare") if vendors else key.fingerprint,
            "signed": "packages" if vendors else "index",
            "prefer": index.LABEL if one is None or one.prefer else "",
            "key": armor("PUBLIC KEY BLOCK", public),
        }
    return table


def fingerprint(file: Path) -> str:
    """The fingerprint of the one key in a file, by the sh that hosts use."""
    done = subprocess.run(
        ["sh", "-eu", "-c", f'{KEYS}key_fingerprints "$1"', "sh", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.strip():
        raise Unreachable(f"{file.name}: no key could be read from it: {done.stderr[-200:]}")
    return done.stdout.strip()
