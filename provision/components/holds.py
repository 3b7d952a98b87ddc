"""`driver.hold`: the driver's packages and those that follow new kernels stay as they are until provisioning says so.

The component comes last of what installs: what an earlier step changes is held at its new version. Its steps are
remembered by one key, because what a driver brings along is known only once it is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.profiles import holds
from checks.profiles.name_list import added
from checks.profiles.profile import Profile
from provision.step import Step, fed, words

RESTS_ON = ("packages",)
FILE = "/etc/apt/apt.conf.d/52gpuwright-hold"


def planned(facts: Facts, profile: Profile) -> str:  # noqa: ARG001 - as of the other components
    """The sh that lets the solver go over holds, as the steps do."""
    return "OVER_HOLDS=yes\n" if profile.driver.hold else ""


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if why := holds.obstacle(facts, profile):
        raise Unknown(why)
    if free := holds.lacking(facts, profile):
        how, script, undo = _hold(facts, free)
        yield Step(
            f"hold {' '.join(free)}",
            why=f"driver.hold: nothing upgrades the driver under its module, or the kernel under the driver; by {how}",
            script=script,
            undo=undo,
            key="hold the driver and the kernel",
        )
    if patterns := holds.blacklist(facts, profile):
        text = "".join(f'    "{pattern}";\n' for pattern in patterns)
        yield Step(
            f"keep unattended-upgrades off them, in {FILE}",
            why="also while a hold is lifted",
            script=f"put_file {FILE} 644 <<'END_OF_FILE'\nUnattended-Upgrade::Package-Blacklist {{\n{text}}};\n"
            "END_OF_FILE\n",
            undo=f"undo_file {FILE}\n",
        )
    if free := holds.automatic(facts, profile):
        yield Step(
            f"keep dnf-automatic off {' '.join(free)}",
            why=f"{holds.AUTOMATIC} counts over dnf.conf",
            script=_exclude(facts, holds.AUTOMATIC, "base", free),
            undo=f"undo_file {holds.AUTOMATIC}\n",
            key="keep dnf-automatic off the driver and the kernel",
        )


def _hold(facts: Facts, names: tuple[str, ...]) -> tuple[str, str, str]:
    """How it is done, in words; the script, and its undo."""
    if facts.os.family == "apt":
        return "apt-mark hold", f"hold_packages {words(names)}\n", "undo_hold\n"
    if path := holds.by_exclusion(facts):
        left = tuple(name for name in names if name not in holds.excludes(facts, path, "main"))
        return (
            f"excludepkgs in {path}, for want of the versionlock plugin",
            _exclude(facts, path, "main", left),
            f"undo_file {path}\n",
        )
    path = facts.holds.plugin
    return f"versionlock, in {path}", f"lock_packages {path} {words(names)}\n", f"undo_file {path}\n"


def _exclude(facts: Facts, path: str, section: str, names: tuple[str, ...]) -> str:
    conf = facts.holds.files.get(path)
    text = added(conf.text or "" if conf else "", section, _keys(path), names)
    return fed(text, f"edit_file {path} {conf.sum if conf else 'absent'}")


def _keys(path: str) -> tuple[str, ...]:
    """The older word is the only one that yum 3 knows."""
    return ("exclude", "excludepkgs") if path == "/etc/yum.conf" else holds.EXCLUDES
