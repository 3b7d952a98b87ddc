"""What the choice of a driver comes to, and its words: why this branch and this kernel module, or why none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checks.facts.branches import Branch, branches
from checks.facts.generation import Generation
from checks.facts.pci import Device

Known = tuple[Device, Generation]


@dataclass(frozen=True)
class Choice:
    """A driver: its branch, its kernel module (open or proprietary), and its packages as `name=version`.

    `version` is what they are pinned to: the branch, or the version that the profile names. `first` are packages that
    keep apt on the branch, and are installed before the others; `components` those of the distribution's archive that
    they take something from; `stream` is dnf's module; `precompiled`: nothing is built here. `cuda` and `cudnn` are the
    newest versions that every GPU here can use; an empty `cudnn`: no end is known. `why` is one line for a person.
    """

    branch: int
    version: str
    flavour: str
    packages: tuple[str, ...]
    first: tuple[str, ...]
    components: tuple[str, ...]
    stream: str
    cuda: str
    cudnn: str
    why: str
    precompiled: bool = False


@dataclass(frozen=True)
class Refused:
    """That there is no driver for this host: why, what to do instead, and the GPU that shows it where one does."""

    why: str
    instead: str
    gpu: Device | None = None


_BY_HAND = "Name the driver's packages in a profile of your own: [driver] packages and branch, without version."
_APART = "Give the two kinds of GPU a host each."


def why(branch: Branch, flavour: str, known: Sequence[Known], wish: str, ceiling: str, cudnn: str) -> str:
    """Why this branch and this kernel module, in one line; the ceilings only where the GPUs set them."""
    asked = f", as the profile asks ({wish})," if wish[:1].isdigit() else ""
    kept = " is here, is maintained, and" if wish == "kept" else ""
    drives = f" drives {_names(generation for _, generation in known)}" if known else " is the choice without a GPU"
    ending = [generation for _, generation in known if generation.last == branch.number]
    needing = [generation for _, generation in known if generation.modules == flavour]
    module = (
        f"which {_names(needing)} needs"
        if needing
        else "the only one that it has"
        if len(branch.flavours) == 1
        else "as it is here"
        if wish == "kept"
        else "as NVIDIA recommends from Turing on"
    )
    limits = [f"{name} {version}" for name, version in (("CUDA", ceiling), ("cuDNN", cudnn)) if version]
    return (
        f"branch {branch}{asked}{kept}{drives}"
        + _end(ending, known)
        + f"; {flavour} kernel module, {module}"
        + (f"; {' and '.join(limits)} at most" if limits else "")
    )


def _end(ending: Sequence[Generation], known: Sequence[Known]) -> str:
    if not ending:
        return ""
    return ", and no later one does" if len(ending) == len(known) else f", and no later one drives {_names(ending)}"


def no_repository(release: str, machine: str, where: str = "nvidia") -> Refused:
    """Nobody has a repository for this system, as far as the table knows."""
    system = release or "this system"
    whose = {"nvidia": "NVIDIA's repositories are", "ubuntu": "Ubuntu's archive is"}[where]
    return Refused(f"{whose} not known to have a driver for {system} on {machine}", _BY_HAND)


def no_model(gpu: Device) -> Refused:
    """The table does not know the GPU."""
    return Refused("a GPU is of a model not known here, so that no driver can be chosen for it", _BY_HAND, gpu)


def refused(wish: str, known: Sequence[Known], there: Sequence[int], release: str, auto: Choice | None) -> Refused:
    """Why no branch will do: the GPUs exclude each other, the repository lacks what they need, or the wish does."""
    return _exclude(known) or _not_offered(known, there, release) or _wish(wish, known, there, release, auto)


def _exclude(known: Sequence[Known]) -> Refused | None:
    for gpu, one in known:
        for _, other in known:
            if (one.modules, other.modules) == ("proprietary", "open"):
                return Refused(
                    f"{one.name} needs the proprietary kernel module ({one.ends}), {other.name} the open one "
                    f"({other.ends}), and a host has one of the two",
                    _APART,
                    gpu,
                )
            if one.last and other.first > one.last:
                return Refused(
                    f"no driver branch drives every GPU here: {one.name} needs {one.ends}, {other.name} {other.ends}",
                    _APART,
                    gpu,
                )
    return None


def _not_offered(known: Sequence[Known], there: Sequence[int], release: str) -> Refused | None:
    """A GPU too old or too new for what the repository offers."""
    for gpu, generation in known:
        if not any(generation.drives(number) for number in there):
            return Refused(
                f"a GPU ({generation.name}) needs {generation.ends}, and NVIDIA's repository for {release} offers "
                f"{_list(there)}",
                "Use a release, or a profile with packages, that has such a branch.",
                gpu,
            )
    return None


def _wish(wish: str, known: Sequence[Known], there: Sequence[int], release: str, auto: Choice | None) -> Refused:
    """The profile asks for a branch that is not there, or that does not drive every GPU."""
    instead = (
        f'driver.version = "auto" chooses branch {auto.branch} with the {auto.flavour} kernel module.'
        if auto
        else f"driver.version may be {_list(there)}, or empty with the packages named."
    )
    number = int(wish.partition(".")[0]) if wish[:1].isdigit() else 0
    if number and number not in there:
        return Refused(
            f"the profile asks for driver {wish}, and NVIDIA's repository for {release} offers {_list(there)}", instead
        )
    asked = [branches()[one] for one in there if one == number or branches()[one].kind == wish]
    for gpu, generation in known:
        if not any(generation.drives(branch.number) for branch in asked):
            return Refused(
                f"the profile asks for driver {wish} ({_list(branch.number for branch in asked)}), and a GPU "
                f"({generation.name}) needs {generation.ends}",
                instead,
                gpu,
            )
    names = _names(generation for _, generation in known if generation.modules != "either")
    return Refused(
        f"the profile asks for driver {wish} ({_list(branch.number for branch in asked)}), which has no kernel module "
        f"that drives {names or 'every GPU here'}",
        instead,
        known[0][0] if known else None,
    )


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def _names(generations: Iterable[Generation]) -> str:
    return " and ".join(dict.fromkeys(generation.name for generation in generations))
