"""What containerd lacks of the profile's [containerd], and what stands against writing it.

One file is edited, in place: the last that says anything to the Kubernetes plugin. Before 2.0 that file alone counts,
as a drop-in replaces the whole section (containerd issue 5837); later ones merge, and the last one wins. A drop-in of
our own would, before 2.0, have to copy the section, and go stale with the next edit of the main file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from checks.facts import Facts
from checks.facts.blank import BLANK
from checks.facts.cri import CONTAINERD, PLUGINS, Cri, at
from checks.facts.reading import NotAsked, Unknown
from checks.profiles import container_toolkit, cri_settings, docker_settings
from checks.profiles.json_edit import Difference, NotEditable, differences
from checks.profiles.profile import Profile
from checks.profiles.toml_edit import leaves, value_of

NAME = "nvidia"
RUNC = "io.containerd.runc.v2"
DISABLED = frozenset({"cri", "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime"})
"""The Kubernetes plugin by its names in `disabled_plugins`; docker's containerd.io package ships it switched off."""


def asked(facts: Facts, profile: Profile) -> bool:
    """Whether the profile wants a runtime in a containerd that is here."""
    if not runtime(facts, profile):
        return False
    try:
        return bool(facts.cri.containerd)
    except NotAsked:
        return False


def runtime(facts: Facts, profile: Profile) -> str:
    """The program that containerd should get: the profile's, or the toolkit's where a kubelet asks containerd.

    Docker's containers do not need it there, and docker's package switches the Kubernetes plugin off.
    """
    if profile.containerd.runtime or not container_toolkit.asked(profile):
        return profile.containerd.runtime
    try:
        kubelet = facts.kubelet
    except NotAsked:
        return ""
    return container_toolkit.RUNTIME if kubelet.present and "containerd" in kubelet.endpoint else ""


def target(cri: Cri) -> str:
    """The file to edit."""
    return cri.speaking[-1] if cri.speaking else CONTAINERD


def lacking(facts: Facts, profile: Profile) -> tuple[Difference, ...]:
    """What is not as the profile wants it, by its path in the file that is edited."""
    cri = facts.cri
    path = target(cri)
    version = _version(cri, path)
    found = list(_of_file(cri, path, version))
    plugin = ("plugins", PLUGINS.get(version, ""))
    for each in differences(cri.plugin, _wanted(facts, profile)):
        found += [replace(leaf, path=(*plugin, *leaf.path)) for leaf in leaves(each)]
    return tuple(found)


def said(difference: Difference) -> str:
    """A difference in words, without the plugin's long name."""
    path = difference.path[2:] if difference.path[0] == "plugins" else difference.path
    return docker_settings.said(replace(difference, path=path))


def _version(cri: Cri, path: str) -> int:
    """A file's version; the newest that this containerd knows for one that has no say yet."""
    table = cri.table(path)
    if "version" in table or table.get("plugins"):
        return cri.version(path)
    return 3 if cri.release >= (2, 0) else 2


def _of_file(cri: Cri, path: str, version: int) -> Iterator[Difference]:
    if version != cri.version(path):
        yield Difference(("version",), version, there=False)
    listed = cri.table(path).get("disabled_plugins")
    if isinstance(listed, list) and DISABLED & {str(name) for name in listed}:
        rest = [name for name in listed if str(name) not in DISABLED]
        yield Difference(("disabled_plugins",), rest, listed)


def _wanted(facts: Facts, profile: Profile) -> Mapping[str, Any]:
    """What the plugin should be told, as far as the profile has a word in it."""
    cri, path = facts.cri, runtime(facts, profile)
    runtimes = at(cri.section, "runtimes")
    default = str(cri.section.get("default_runtime_name", "runc"))
    systemd = _cgroups(facts, default if default != NAME else "runc")
    wanted: dict[str, Any] = {}
    # Before 2.0 the table of runtimes replaces the built-in one: without the default in it the plugin does not load.
    if cri.release < (2, 0) and default in ("runc", NAME) and "runc" not in runtimes:
        wanted["runc"] = {"runtime_type": RUNC, **({"options": systemd} if systemd else {})}
    program = at(at(runtimes, NAME), "options").get("BinaryName")
    named = {} if program in container_toolkit.spellings(path) else {"BinaryName": path}
    options = {**named, **systemd}
    wanted[NAME] = {"runtime_type": RUNC, **({"options": options} if options else {})}
    section: dict[str, Any] = {"runtimes": wanted}
    if profile.containerd.default not in ("keep", default):
        section["default_runtime_name"] = profile.containerd.default
    # 2.0 switched it on by default (containerd's docs/cri/config.md).
    cdi = profile.containerd.cdi and not cri.plugin.get("enable_cdi", cri.release >= (2, 0))
    return {**({"enable_cdi": True} if cdi else {}), "containerd": section}


def _cgroups(facts: Facts, engine: str) -> dict[str, Any]:
    """SystemdCgroup as the kubelet's driver asks for it; without one as the default runtime has it.

    Where a drop-in took that away, as another file says it.
    """
    if (driver := _driver_of_kubelet(facts)) is not None:
        return {"SystemdCgroup": driver == "systemd"}
    cri = facts.cri
    files = [at(at(cri.told(path), "containerd"), "runtimes") for path in reversed(cri.speaking)]
    for runtimes in (at(cri.section, "runtimes"), *files):
        if at(runtimes, engine):
            options = at(at(runtimes, engine), "options")
            return {key: value for key, value in options.items() if key == "SystemdCgroup"}
    return {}


def _driver_of_kubelet(facts: Facts) -> str | None:
    """How a kubelet that asks containerd makes control groups; None where there is none, or it asks containerd itself.

    From 1.31 on it takes the runtime's, unless a flag says otherwise (KubeletCgroupDriverFromCRI).
    """
    try:
        kubelet = facts.kubelet
    except NotAsked:
        return None
    asks = kubelet.present and "containerd" in kubelet.endpoint
    told = kubelet.flag("cgroup-driver") or (kubelet.setting("cgroupDriver") if kubelet.minor < 31 else "")
    return told or None if asks else None


def merged(facts: Facts, profile: Profile) -> str:
    """The edited file's text; `NotEditable` says why there is none."""
    return cri_settings.merged(facts.cri, target(facts.cri), lacking(facts, profile))


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why containerd's configuration is left alone; empty when it can be written."""
    if not asked(facts, profile):
        return ""
    cri = facts.cri
    path = target(cri)
    if any(BLANK in text for name, text in cri.texts.items() if name in (CONTAINERD, *cri.imported)):
        raise Unknown(f"{path} was blanked in this recording")
    if facts.host.init != "systemd":
        return "this host has no systemd to restart containerd with"
    for name in (CONTAINERD, *cri.imported):
        if why := _refused(cri, name):
            return f"{name} {why}"
    if why := cri_settings.lacks_runtime(facts, profile, runtime(facts, profile)):
        return why
    if profile.containerd.cdi and cri.release < (1, 7):
        return f"the profile asks for CDI, which came with containerd 1.7; here is {cri.containerd}"
    try:
        merged(facts, profile)
    except NotEditable as why:
        return f"{path} {why}"
    return ""


def _refused(cri: Cri, path: str) -> str:
    if path not in cri.texts:
        return ""
    try:
        table = value_of(cri.texts[path])
    except NotEditable as why:
        return str(why)
    version = table.get("version", 1)
    newest = 3 if cri.release >= (2, 0) else 2
    if type(version) is not int or not 1 <= version <= newest:
        return f"has version = {version!r}, and containerd {cri.containerd} knows 1 to {newest}"
    if version == 1 and cri.release >= (2, 0) and table.get("plugins"):
        return "is of version 1, whose plugins containerd 2 does not read: `containerd config migrate` prints it anew"
    if not isinstance(table.get("imports", []), list):
        return "has imports that are no list"
    return ""
