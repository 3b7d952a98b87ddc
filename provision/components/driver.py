"""The NVIDIA driver: installed, built for the kernels that the profile covers, loaded at its library's version."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import kernels, pins, wants
from checks.profiles.profile import Profile
from provision.step import GPU_PROGRAMS, Step, words

RESTS_ON = ("package_sources", "repositories", "kernel_headers", "signing_key")

_LOAD = "load_driver\n"
_UNLOAD = "unload_driver || echo 'the driver is in use: it stays loaded until the next reboot'\n"


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    packages, lacking = wants.driver_packages(facts, profile), wants.modules(facts, profile)
    held = bool(wants.held_by_nouveau(facts))
    loaded = facts.modules.get("nvidia")
    if packages:
        asked = pins.asked(packages, facts.os.family)
        yield Step(
            f"install the driver: {' '.join(packages)}",
            why="its module is built by DKMS"
            + ("; its packages keep nouveau off and rebuild the initramfs" if facts.os.id == "debian" else ""),
            script=f"install_packages {words(asked)}\n{_build(kernels.others(facts, profile))}"
            + _must_exist(facts.kernel.wanted),
            undo=f"{_UNLOAD}undo_packages\n",
            reboot="nouveau holds the GPU until then" if held else "",
            installs=asked,
        )
    elif lacking:
        yield Step(
            f"build the driver for {' and '.join(lacking)}",
            why="DKMS has built no module for it",
            script=_build(lacking) + _must_exist(lacking),
        )
    elif not facts.driver.library:
        names = () if wants.foreign_driver(facts, profile) else wants.drivers(facts, profile)
        reinstall = f"reinstall_packages {' '.join(map(pins.name, names))}\n" if names else ""
        yield Step(
            "put the driver's libraries back",
            why="the loader finds no libnvidia-ml.so.1",
            script=f"{reinstall}ldconfig\n",
        )
    if loaded is None and not held:
        yield Step("load the driver", why="nothing has loaded it", script=_LOAD, undo=_UNLOAD)
    elif loaded and facts.driver.library and loaded.version != facts.driver.library:
        yield _change(loaded.version, facts.driver.library, in_use=loaded.users > len(loaded.holders))


def _change(old: str, new: str, *, in_use: bool) -> Step:
    why = f"module {old} is loaded, the library is {new}"
    if in_use:
        return Step(f"boot into driver {new}", why=why, script=":\n", reboot=f"driver {old} is in use")
    return Step(
        f"load driver {new} in place of {old}", why=why, script=f"unload_driver\n{_LOAD}", disrupts=(GPU_PROGRAMS,)
    )


def _build(releases: tuple[str, ...]) -> str:
    return "".join(f"dkms autoinstall -k {release}\n" for release in releases)


def _must_exist(releases: tuple[str, ...]) -> str:
    """DKMS reports a failed build and the packages still count as installed: look for the module itself."""
    return "".join(
        f"find /lib/modules/{release} -name 'nvidia*.ko*' | grep -q . || {{\n"
        f"    echo 'DKMS built no module for {release}:'\n"
        "    tail -n 20 /var/lib/dkms/nvidia*/*/build/make.log 2>/dev/null\n    exit 1\n}\n"
        for release in releases
    )
