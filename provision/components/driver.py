"""The NVIDIA driver: installed, built for the kernels that the profile covers, loaded at its library's version."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import driver_choice, kernels, pins, switching, wants
from checks.profiles.driver_choice import Choice
from checks.profiles.profile import Profile
from provision.step import GPU_PROGRAMS, Step, words

RESTS_ON = ("package_sources", "repositories", "kernel_headers", "signing_key")

_KEEP_NOUVEAU_OFF = "keep_nouveau_off /etc/modprobe.d/gpuwright-nouveau.conf\n"
_UNDO_NOUVEAU = "undo_file /etc/modprobe.d/gpuwright-nouveau.conf\n"
_LOAD = "load_driver\n"
_UNLOAD = "unload_driver || echo 'the driver is in use: it stays loaded until the next reboot'\n"


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    packages, lacking = wants.driver_packages(facts, profile), wants.modules(facts, profile)
    held = bool(wants.held_by_nouveau(facts))
    loaded = facts.modules.get("nvidia")
    change = wants.driver_change(facts, profile)
    compiler = _compiler(kernels.covered(facts, profile))
    if packages:
        choice = driver_choice.chosen(facts, profile)
        asked = pins.asked(packages, facts.os.family)
        yield Step(
            f"install the driver: {' '.join(packages)}",
            why=(choice.why if choice else _OWN_PACKAGES[facts.os.id == "debian"]) + (_WITH if compiler else ""),
            script=("OVER_HOLDS=yes\n" if profile.driver.hold else "")
            + ("ERASING=yes\n" if change else "")
            + compiler
            + _install(packages, choice, facts.os.family)
            + _build(kernels.others(facts, profile))
            + _must_exist(facts.kernel.wanted)
            + (_ENABLE + _KEEP_NOUVEAU_OFF if choice else ""),
            undo=f"{_UNLOAD}{_DISABLE + _UNDO_NOUVEAU if choice else ''}undo_packages\n"
            + (_UNDO_STREAM if choice and choice.stream else "")
            + (_UNDO_COMPILER if compiler else ""),
            reboot="nouveau holds the GPU until then" if held else "",
            installs=asked,
        )
    elif lacking:
        yield Step(
            f"build the driver for {' and '.join(lacking)}",
            why="DKMS has built no module for it" + (_WITH if compiler else ""),
            script=compiler + _build(lacking) + _must_exist(lacking),
            undo=_UNDO_COMPILER if compiler else "",
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
        script = _LOAD + (_PERSIST if driver_choice.wanted(profile) else "")
        yield Step("load the driver", why="nothing has loaded it", script=script, undo=_UNLOAD)
    elif loaded and change:
        yield _change(loaded.version, change, f"the packages bring driver {change}", switching.users(facts))
    elif loaded and facts.driver.library and loaded.version != facts.driver.library:
        why = f"module {loaded.version} is loaded, the library is {facts.driver.library}"
        change = f"{facts.driver.library} in place of {loaded.version}"
        yield _change(loaded.version, change, why, switching.users(facts))


# Some makers' packages leave it to the host; where a rule of udev starts it, there is nothing to enable.
_ENABLE = "systemctl enable -q nvidia-persistenced.service\n"
_DISABLE = "systemctl disable -q nvidia-persistenced.service || true\n"
_PERSIST = "systemctl start nvidia-persistenced.service || echo 'nvidia-persistenced did not start'\n"
_WITH = "; DKMS builds for UEK with the gcc that UEK was built with"
_UNDO_COMPILER = "undo_their_gcc\n"
_UNDO_STREAM = "undo_stream nvidia-driver\n"
_OWN_PACKAGES = {
    True: "its module is built by DKMS; its packages keep nouveau off and rebuild the initramfs",
    False: "its module is built by DKMS",
}


def planned(facts: Facts, profile: Profile) -> str:
    """The sh that keeps the solver, in its own directory, on the branch that is chosen."""
    choice = driver_choice.chosen(facts, profile)
    erasing = "ERASING=yes\n" if wants.driver_change(facts, profile) else ""
    if not choice or not wants.driver_packages(facts, profile):
        return erasing
    if facts.os.family == "rpm":  # whichever module stream is enabled, the versions say what is wanted
        return (
            erasing
            + 'sed -i "s/^enabled=1$/&\\nmodule_hotfixes=1/" "$d"/parts/gpuwright-cuda*.repo 2>/dev/null || true\n'
        )
    return (
        f"cat >\"$d/preferences/gpuwright-planned\" <<'END_OF_PIN'\nPackage: {_DRIVERS}\nPin: version "
        f"/^{choice.version}[-.]/\nPin-Priority: 1001\nEND_OF_PIN\n"
    )


_DRIVERS = "*nvidia* libcuda* cuda-drivers* libnv* libxnvctrl*"
"""The packages of NVIDIA's repositories that are of the driver's version, as apt_preferences(5) wants names."""


def _install(packages: tuple[str, ...], choice: Choice | None, family: str) -> str:
    """What keeps the package manager on the branch comes first, in a transaction of its own."""
    first = tuple(name for name in packages if choice and name in choice.first)
    rest = tuple(name for name in packages if name not in first)
    stream = f"use_stream {choice.stream}\n" if choice and choice.stream else ""
    return stream + "".join(
        f"install_packages {words(pins.asked(names, family))}\n" for names in (first, rest) if names
    )


def _change(old: str, change: str, why: str, users: tuple[str, ...]) -> Step:
    """The new module takes the old one's place: at once where nobody holds that, else by a reboot."""
    if users:
        named = ", ".join(users[:3]) + (", ..." if len(users) > 3 else "")
        reason = f"driver {old} is in use by {named}"
        return Step(f"boot into driver {change}", why=why, script=":\n", reboot=reason, key=f"{_CHANGE}, booting")
    return Step(
        f"load driver {change}",
        why=f"{why}; nobody holds the loaded one, so that no reboot is needed",
        script=f"unload_driver\n{_LOAD}",
        undo=_UNLOAD,
        disrupts=(GPU_PROGRAMS,),
        key=_CHANGE,
    )


_CHANGE = "load the driver that fits the libraries"


def _build(releases: tuple[str, ...]) -> str:
    return "".join(f"build_driver {release}\n" for release in releases)


def _compiler(releases: tuple[str, ...]) -> str:
    """What tells DKMS of the gcc of Oracle's UEK (NVIDIA's Driver Installation Guide, Oracle Linux)."""
    uek = tuple(release for release in releases if "uek" in release)
    return f"build_with_their_gcc {words(uek)}\n" if uek else ""


def _must_exist(releases: tuple[str, ...]) -> str:
    """DKMS reports a failed build and the packages still count as installed: look for the module itself."""
    return "".join(
        f"find /lib/modules/{release} -name 'nvidia*.ko*' | grep -q . || {{\n"
        f"    echo 'DKMS built no module for {release}:'\n"
        "    tail -n 20 /var/lib/dkms/nvidia*/*/build/make.log 2>/dev/null\n    exit 1\n}\n"
        for release in releases
    )
