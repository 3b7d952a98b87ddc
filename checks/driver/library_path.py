"""The dynamic loader finds one driver's libraries: of one version, no stubs, nothing that a runfile left.

A runfile installed beside packages, or a toolkit's stub on the path, gives programs a library that does not fit the
module, while nvidia-smi works or the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.cuda_toolkit import FILE
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles import environment
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured",)
_NAMES = ("libcuda.so.1", "libnvidia-ml.so.1")
_ONE = (
    "remove the one that is not the packages' own (nvidia-uninstall, or its folder in /etc/ld.so.conf.d); run: ldconfig"
)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    loader = facts.loader
    # What the profile asks for is not held against the host; the check environment judges it.
    paths = [found for found in loader.paths if not (found[0] == FILE and environment.asked(profile))]
    first = {name: next((each for each in loader.libraries if each.name == name), None) for name in _NAMES}
    cuda, ml = first["libcuda.so.1"], first["libnvidia-ml.so.1"]
    shadowed = [each for each in loader.libraries if ml and each.version not in ("", ml.version)]
    if cuda and cuda.is_stub:
        yield fail(
            "the loader finds the CUDA toolkit's stub in place of the driver's libcuda",
            why='every CUDA program fails: "CUDA driver is a stub library"',
            evidence=f"libcuda.so.1 => {cuda.path} -> {cuda.file}",
            remedy=by_hand("take the stubs folder out of /etc/ld.so.conf.d, then run: ldconfig"),
        )
    elif cuda and ml and cuda.version and ml.version and cuda.version != ml.version:
        yield fail(
            f"the loader finds libcuda {cuda.version} and libnvidia-ml {ml.version}",
            why="one of the two does not fit the kernel module",
            evidence=f"libcuda.so.1 -> {cuda.file}; libnvidia-ml.so.1 -> {ml.file}",
            remedy=by_hand(_ONE),
        )
    elif shadowed:
        yield warn(
            f"libraries of a second driver, {shadowed[0].version}, lie on the loader's path",
            why="a program that looks in that folder first gets a library that does not fit the kernel module",
            evidence=f"{shadowed[0].name} => {shadowed[0].path} -> {shadowed[0].file}",
            remedy=by_hand(_ONE),
        )
    elif loader.runfile and facts.packages.driver:
        yield warn(
            "a driver was installed by NVIDIA's runfile beside the one from packages",
            why="the two overwrite one another's files at each upgrade",
            evidence=f"{loader.runfile[0]} exists, and so does the package {facts.packages.driver[0].name}",
            remedy=by_hand("run nvidia-uninstall, then reinstall the driver's packages"),
        )
    elif paths:
        yield warn(
            "a file bends the loader's path for every program",
            why="libraries there come before the driver's own",
            evidence=f"{paths[0][0]}: {paths[0][1]}",
            remedy=by_hand(f"take it out of {paths[0][0]}; a program that needs it can set it for itself"),
        )
    else:
        yield ok(f"the loader finds one driver's libraries{f', {ml.version}' if ml else ''}")
