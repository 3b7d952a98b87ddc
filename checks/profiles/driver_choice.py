"""Which driver a host gets, where the profile asks for one to be chosen: a pure function of its GPUs and its system.

The rules are NVIDIA's (docs/drivers.md names the pages). Every GPU must be driven by the branch, and by the one kernel
module that a host can have. What the tables do not know is refused, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checks.facts import Facts, cuda
from checks.facts.branches import FLAVOURS, Branch, Offer, branches, offers
from checks.facts.generation import of
from checks.facts.pci import Device
from checks.facts.reading import Unknown
from checks.profiles import driver_words, headers, signatures
from checks.profiles.driver_words import Choice, Known, Refused
from checks.profiles.profile import Profile

__all__ = ["Choice", "Refused", "choose", "chosen", "decide", "refusal", "wanted"]

KINDS = {
    "auto": ("production", "lts"),
    "lts": ("lts",),
    "production": ("production",),
    "new-feature": ("new-feature",),
}
"""The kinds of branches that each word of driver.version allows, the one that is preferred first."""


@dataclass(frozen=True)
class Have:
    """What of NVIDIA's packages a host has: a branch, and one of its kernel modules, with the names that brought it."""

    branch: int
    flavour: str
    packages: tuple[str, ...] = ()


def wanted(profile: Profile) -> bool:
    """Whether the profile asks for a driver to be chosen, rather than naming packages."""
    return bool(profile.driver.version)


def choose(facts: Facts, profile: Profile) -> Choice | Refused | None:
    """The driver for this host; None where the profile does not want one to be chosen."""
    if not wanted(profile):
        return None
    where = source(facts, profile)
    kernels = (*facts.kernel.wanted, *headers.flavours(facts)) if where == "ubuntu" else ()
    have = there(facts, where)
    return decide(facts.pci.gpus, facts.os.release, facts.host.machine, profile.driver.version, where, kernels, have)


def source(facts: Facts, profile: Profile) -> str:
    """Whose packages: the profile's word; `auto` is NVIDIA's, but Ubuntu's where only a signed module would load."""
    if profile.driver.source != "auto":
        return profile.driver.source
    return "ubuntu" if facts.os.id == "ubuntu" and signatures.refuses(facts) else "nvidia"


def precompiled(facts: Facts, profile: Profile) -> bool:
    """Whether the driver's modules come built and signed, so that nothing is built on the host."""
    if not wanted(profile) or facts.os.id != "ubuntu":
        return False
    found = chosen(facts, profile)
    return found is not None and found.precompiled


def chosen(facts: Facts, profile: Profile) -> Choice | None:
    """The driver for this host; None where the profile chooses none, or there is none for it."""
    found = choose(facts, profile)
    return found if isinstance(found, Choice) else None


def refusal(facts: Facts, profile: Profile) -> Refused | None:
    """Why there is no driver for this host; None where there is one, or the profile chooses none."""
    found = choose(facts, profile)
    return found if isinstance(found, Refused) else None


def decide(
    gpus: Sequence[Device],
    release: str,
    machine: str,
    wish: str,
    where: str = "nvidia",
    kernels: Sequence[str] = (),
    have: Have | None = None,
) -> Choice | Refused:
    """The driver for these GPUs; `wish` is driver.version of the profile, `where` whose packages are asked for.

    `kernels` are the releases and flavours that need a module, where those are packages of their own. `auto` keeps what
    the host has of these packages, as long as NVIDIA maintains that branch and it drives every GPU.
    """
    offered = [one for one in offers() if one.source == where and release in one.releases and machine in one.machines]
    if not offered:
        return driver_words.no_repository(release, machine, where)
    known: list[Known] = []
    for gpu in gpus:
        generation = of(gpu.id)
        if generation is None:
            return driver_words.no_model(gpu)
        known.append((gpu, generation))
    there = sorted(number for offer in offered for number in offer.branches)
    kept = branches().get(have.branch) if have and wish == "auto" else None
    if have and kept and kept.kind in KINDS["auto"] and have.branch in there and _fits(kept, have.flavour, known):
        offer = next(offer for offer in offered if have.branch in offer.branches)
        return _choice(kept, have.flavour, offer, known, "kept", kernels)
    for branch in _candidates(wish, there):
        flavour = _flavour(branch, known)
        if flavour:
            offer = next(offer for offer in offered if branch.number in offer.branches)
            return _choice(branch, flavour, offer, known, wish, kernels)
    auto = decide(gpus, release, machine, "auto", where, kernels) if wish != "auto" else None
    return driver_words.refused(wish, known, there, release, auto if isinstance(auto, Choice) else None)


def _candidates(wish: str, there: Sequence[int]) -> Iterator[Branch]:
    """The branches that the wish allows and the repositories have, the best first: of one kind the newest."""
    for kind in KINDS.get(wish, ()):
        yield from (branches()[number] for number in reversed(there) if branches()[number].kind == kind)
    yield from (branches()[number] for number in there if str(number) == wish.partition(".")[0])


def there(facts: Facts, where: str) -> Have | None:
    """The branch and the kernel module that packages of this origin brought here already.

    None also where the packages could not be read: what rests on them is not planned then, and GPUs are judged all the
    same.
    """
    try:
        packages = facts.packages
    except Unknown:
        return None
    for offer in offers():
        if offer.precompiled or offer.source != where or facts.os.release not in offer.releases:
            continue
        for branch, flavour in ((branch, flavour) for branch in offer.branches for flavour in FLAVOURS):
            names = [name.format(branch=branch) for name in offer.module(flavour)]
            found = [packages.installed(name) for name in names]
            if all(package and package.driver.startswith(f"{branch}.") for package in found):
                return Have(branch, flavour, tuple(names))
    return None


def _fits(branch: Branch, flavour: str, known: Sequence[Known]) -> bool:
    """Whether this kernel module of the branch drives every GPU."""
    return flavour in branch.flavours and all(
        generation.drives(branch.number) and generation.modules in ("either", flavour) for _, generation in known
    )


def _flavour(branch: Branch, known: Sequence[Known]) -> str:
    """The kernel module of the branch that drives every GPU, the open one where both do; empty where none does."""
    return next((flavour for flavour in branch.flavours if _fits(branch, flavour, known)), "")


def _choice(
    branch: Branch, flavour: str, offer: Offer, known: Sequence[Known], wish: str, kernels: Sequence[str]
) -> Choice:
    pin = wish if "." in wish else str(branch.number)

    def named(*names: str) -> tuple[str, ...]:
        each = ((name, kernel) for name in names for kernel in (kernels if "{kernel}" in name else ("",)))
        return tuple(name.format(branch=branch.number, pin=pin, kernel=kernel) for name, kernel in each)

    modules = offer.module(flavour)
    newest = cuda.ceiling(str(branch.number)) or str(branch.cuda)
    ends = [generation.cuda for _, generation in known if generation.cuda]
    ceiling = min((newest, *ends), key=_numbers)
    cudnn = min((generation.cudnn for _, generation in known if generation.cudnn), key=_numbers, default="")
    return Choice(
        branch=branch.number,
        version=pin,
        flavour=flavour,
        packages=tuple(f"{name}={pin}" for name in named(*offer.packages, *(() if offer.precompiled else modules)))
        + named(*offer.unpinned, *(modules if offer.precompiled else ())),
        first=named(*offer.first),
        components=offer.components,
        stream="".join(named(offer.streams.get(flavour, ""))),
        cuda=ceiling,
        cudnn=cudnn,
        why=driver_words.why(branch, flavour, known, wish, ceiling if ceiling in ends else "", cudnn)
        + ("; built and signed by Canonical" if offer.precompiled else ""),
        precompiled=offer.precompiled,
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
