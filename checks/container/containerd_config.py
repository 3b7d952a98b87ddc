"""containerd's configuration can be read by this containerd, and none of it is passed over.

A file of a newer version than it knows keeps containerd from starting; 2.x drops what a version 1 file says to the
Kubernetes plugin; a drop-in that the main file does not import counts for nothing (nvidia-ctk 1.20.0 writes one beside
a version 1 file).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.cri import CONTAINERD, DROP_IN, PLUGINS, Cri, at
from checks.finding import Finding, Remedy, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    cri = facts.cri
    if not cri.containerd or not any(path.startswith("/etc/containerd") for path in cri.texts):
        yield skipped("not applicable: containerd is not installed, or runs without a configuration")
        return
    found = False
    for said, evidence in _refused(cri):
        found = True
        why, remedy = (
            "containerd does not start, and with it no container",
            _mend(evidence),
        )
        if "containerd" in cri.up:
            yield warn(said, why=why, evidence=evidence, remedy=remedy, when="next restart of containerd")
        else:
            yield fail(said, why=why, evidence=evidence, remedy=remedy)
    for said, evidence, fix in () if found else _passed_over(cri):
        found = True
        yield warn(said, why="what it says has no effect", evidence=evidence, remedy=by_hand(fix))
    if not found:
        yield ok(f"containerd {cri.containerd} reads all of its configuration, version {cri.version(CONTAINERD)}")


def _mend(evidence: str) -> Remedy:
    return by_hand(f"mend {evidence.partition(':')[0]}; containerd config dump tells when it is right")


def _refused(cri: Cri) -> Iterator[tuple[str, str]]:
    for path, problem in cri.problems:
        if path.startswith("/etc/containerd"):
            yield f"{path} is no TOML", f"{path}: {problem}"
    newest = 3 if cri.release >= (2, 0) else 2
    for path in (CONTAINERD, *cri.imported):
        if cri.version(path) > newest:
            yield (
                f"{path} is of version {cri.version(path)}, and containerd {cri.containerd} knows up to {newest}",
                f"{path}: version = {cri.version(path)}",
            )


def _passed_over(cri: Cri) -> Iterator[tuple[str, str, str]]:
    table = cri.table(CONTAINERD)
    if cri.release >= (2, 0) and cri.version(CONTAINERD) == 1 and table.get("plugins"):
        yield (
            f"containerd {cri.containerd} does not read the plugins of a version 1 file",
            f"{CONTAINERD}: no version = 2 or 3",
            f"containerd config migrate prints {CONTAINERD} in the present version",
        )
    for path in (CONTAINERD, *cri.imported):
        old = at(cri.table(path), "plugins", PLUGINS[2])
        if cri.version(path) > 2 and {"containerd", "registry", "sandbox_image"} & old.keys():
            yield (
                f"{path} is of version {cri.version(path)}, which does not read runtimes below {PLUGINS[2]}",
                f'{path}: plugins."{PLUGINS[2]}": {", ".join(old)}',
                f"move them below {PLUGINS[3]}, and registries and images below io.containerd.cri.v1.images",
            )
    for path in cri.texts:
        if path.startswith(DROP_IN) and path not in cri.imported:
            yield (
                f"{CONTAINERD} does not import {path}",
                f"{CONTAINERD}: imports = {table.get('imports', [])}",
                f'add imports = ["{DROP_IN}*.toml"] at the top of {CONTAINERD}, restart containerd',
            )
