"""The packages of CUDA that the profile asks for: toolkits side by side, cuDNN, NCCL, DCGM; what stands against them.

A toolkit has nothing for a GPU whose generation it has dropped, and neither has cuDNN: generations.toml knows where
each ends. A package that brings a driver of its own choice is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts, cuda
from checks.facts.generation import Generation, of
from checks.profiles import pins
from checks.profiles.profile import Profile
from checks.profiles.sections.cuda import PackagesProfile

_BRINGS_A_DRIVER = re.compile(r"cuda(-\d+-\d+)?|cuda-(drivers|runtime|demo-suite)(-.*)?|nvidia-(open|driver)(-.*)?")
_FOR_CUDA = re.compile(r"\+cuda(\d+(?:\.\d+)?)|-cuda-?(\d+)(?:-(\d+))?(?==|$)")


def toolkits(profile: Profile) -> tuple[str, ...]:
    """The versions of CUDA whose toolkits are to be installed."""
    own = (profile.cuda.version,) if profile.cuda.install and profile.cuda.version else ()
    return tuple(dict.fromkeys((*own, *profile.cuda.beside)))


def package(version: str) -> str:
    """The package of a toolkit: cuda-toolkit-12-9 for 12.9 and 12.9.1."""
    return "cuda-toolkit-" + "-".join(version.split(".")[:2])


def wanted(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """All packages that this host should have, as pins."""
    options = (each for section in (profile.nccl, profile.dcgm) for each in (*section.packages, *_also(section, facts)))
    return (*map(package, toolkits(profile)), *profile.cudnn.packages, *options)


def _also(section: PackagesProfile, facts: Facts) -> tuple[str, ...]:
    return section.also.get(facts.os.release, ())


def asked(profile: Profile) -> bool:
    """Whether the profile asks for any, for some release."""
    others = (profile.cudnn.packages, *((each.packages or each.also) for each in (profile.nccl, profile.dcgm)))
    return bool(toolkits(profile)) or any(others)


def lacking(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """Those that are not installed, or not at their version."""
    return pins.missing(facts.packages, wanted(facts, profile))


def comes(profile: Profile) -> bool:
    """Whether the toolkit of cuda.version is one that provisioning installs."""
    return profile.cuda.version in toolkits(profile)


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why none of them is installed; empty where nothing stands against it."""
    bringing = [name for each in wanted(facts, profile) if _BRINGS_A_DRIVER.fullmatch(name := pins.name(each))]
    if bringing:
        return f"{bringing[0]} brings a driver of its own choice: name cuda-toolkit-X-Y, and the driver in [driver]"
    if not lacking(facts, profile):
        return ""
    return next(_dropped(facts, profile), "")


def cudnn_too_new(facts: Facts, version: str) -> str:
    """Why that version of cuDNN is none for the GPUs of this host; empty where it is."""
    for name, found in _generations(facts):
        if found.cudnn and (not version or _numbers(version)[:3] > _numbers(found.cudnn)):
            asked_for = f"cuDNN {version}" if version else "the newest cuDNN"
            return f"{asked_for} has nothing for {name} ({found.name}): {found.cudnn} is the last that has"
    return ""


def too_old_a_driver(facts: Facts, profile: Profile) -> str:
    """The words for a toolkit whose programs the loaded driver does not run; empty where it runs them all.

    From 11 on a driver runs every CUDA of the same major version (CUDA, minor version compatibility).
    """
    loaded = facts.modules.get("nvidia")
    driver = loaded.version if loaded else ""
    most = cuda.ceiling(driver)
    for version in toolkits(profile) if most else ():
        new, old = _numbers(version), _numbers(most)
        if new[0] > old[0] or (new[0] < 11 and new[:2] > old[:2]):
            return f"driver {driver} runs CUDA {most} at most, and a toolkit of {version} is asked for"
    return ""


def _dropped(facts: Facts, profile: Profile) -> Iterator[str]:
    """The packages that have nothing for a GPU here, in words."""
    for name, found in _generations(facts):
        for version, who in _for_cuda(facts, profile) if found.cuda else ():
            if _numbers(version) > _numbers(found.cuda)[: len(_numbers(version))]:
                yield f"{who} has nothing for {name} ({found.name}): CUDA {found.cuda} is the last that has"
    for each in profile.cudnn.packages:
        older = re.match(r"libcudnn[78]\b", each)  # their names keep them from following
        if why := "" if older else cudnn_too_new(facts, each.partition("=")[2]):
            yield why


def _for_cuda(facts: Facts, profile: Profile) -> Iterator[tuple[str, str]]:
    """The versions of CUDA that what is asked for is made for, with who says so."""
    yield from ((".".join(version.split(".")[:2]), f"CUDA {version}") for version in toolkits(profile))
    for each in wanted(facts, profile)[len(toolkits(profile)) :]:
        if match := _FOR_CUDA.search(each):
            yield match[1] or ".".join(filter(None, match.groups()[1:])), each


def _generations(facts: Facts) -> Iterator[tuple[str, Generation]]:
    for gpu in facts.pci.gpus:
        if found := of(gpu.id):
            yield f"GPU {gpu.address}", found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("-")[0]))
