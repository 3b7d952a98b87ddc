"""The plan for a host: every component asked, in order, on the same facts. Dry run, drift and verification are this."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.profiles import interrupts, wants
from checks.profiles.leftovers import left_alone
from checks.profiles.profile import Profile
from checks.profiles.refusals import refusals
from provision.components import (
    cdi,
    container_toolkit,
    containerd,
    crio,
    cuda_packages,
    cudnn,
    device_nodes,
    docker,
    docker_config,
    docker_users,
    doctor_file,
    driver,
    driver_volume,
    environment,
    fabric_manager,
    holds,
    k3s,
    kernel_headers,
    kubelet_gates,
    leftovers,
    mig,
    module_options,
    nouveau,
    nvidia_docker,
    old_sources,
    old_stack,
    package_sources,
    packages,
    podman,
    repositories,
    signing_key,
)
from provision.disruption import stopped
from provision.errors import Unsupported, Usage
from provision.step import HOST, Plan, Step, phases

COMPONENTS: tuple[ModuleType, ...] = (
    old_sources,
    packages,
    package_sources,
    repositories,
    signing_key,
    kernel_headers,
    nouveau,
    old_stack,
    leftovers,
    module_options,
    driver,
    fabric_manager,
    holds,
    container_toolkit,
    docker,
    docker_users,
    docker_config,
    podman,
    containerd,
    crio,
    k3s,
    device_nodes,
    mig,
    cdi,
    nvidia_docker,
    driver_volume,
    cuda_packages,
    environment,
    cudnn,
    kubelet_gates,
    doctor_file,
)
"""In provisioning order: each component rests only on components above it."""


def name(component: ModuleType) -> str:
    """The component's name, which is its file's."""
    return component.__name__.rpartition(".")[2]


def plan(facts: Facts, profile: Profile, only: tuple[str, ...] = ()) -> Plan:
    """What is to be done; with `only`, for these components and what they rest on.

    A component that cannot tell is not planned, nor is what rests on it: what is unknown is never changed.
    """
    wanted = _closure(only)
    unknown: dict[str, str] = {}
    steps: list[Step] = []
    for component in COMPONENTS:
        if name(component) not in wanted:
            continue
        why = wants.unplannable(name(component), facts, profile)
        if why:
            unknown[name(component)] = why
            continue
        try:
            steps += [
                replace(step, component=name(component), stops=stopped(step.disrupts, facts))
                for step in component.plan(facts, profile)
            ]
        except Unknown as unread:
            unknown[name(component)] = str(unread)
    cut = (replace(phase, stops=stopped((HOST,), facts)) if phase.reboot else phase for phase in phases(steps))
    return Plan(tuple(cut), tuple(unknown.items()), (*left_alone(facts, profile), *(_warnings(facts) if steps else ())))


def _warnings(facts: Facts) -> tuple[str, ...]:
    try:
        scheduled = interrupts.work(facts).shutdown
    except Unknown:
        return ()
    return (f"a shutdown is scheduled on the host ({scheduled}); shutdown -c cancels it",) if scheduled else ()


def known(names: tuple[str, ...]) -> tuple[str, ...]:
    """The same names; `Usage` when one is not a component's."""
    components = [name(component) for component in COMPONENTS]
    for wrong in (text for text in names if text not in components):
        raise Usage(f"there is no component {wrong!r}; known: {', '.join(components)}")
    return names


def _closure(only: tuple[str, ...]) -> frozenset[str]:
    """The named components, or all, with what they rest on."""
    wanted = set(known(only) or (name(component) for component in COMPONENTS))
    for component in reversed(COMPONENTS):
        if name(component) in wanted:
            wanted.update(component.RESTS_ON)
    return frozenset(wanted)


def refuse(facts: Facts, profile: Profile, *, force: bool = False) -> None:
    """`Unsupported` for a host that must not be touched, with the reason and what to do instead."""
    for reason in refusals(facts, profile, force=force):
        raise Unsupported(str(reason))
