"""Every check on one host's facts, causes before symptoms: what rests on a broken cause is skipped, with its name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from types import ModuleType

from checks.bus import (
    gpu_count,
    gpu_mapped,
    gpu_models,
    gpu_off_bus,
    gpu_on_bus,
    gpu_supported,
    iommu,
    nvswitches,
    pcie_acs,
    pcie_errors,
    pcie_link,
)
from checks.container import (
    cdi_gpus,
    cdi_missing,
    cdi_spec,
    cdi_stale,
    cdi_twice,
    container_gpu,
    containerd_config,
    containerd_nvidia,
    containerd_runtimes,
    crio_config,
    crio_nvidia,
    daemon_flags,
    daemon_json,
    daemon_live,
    daemon_reload,
    data_root,
    docker_config,
    docker_engine,
    docker_running,
    docker_source,
    docker_users,
    driver_volume,
    framework,
    gpus_kept,
    image_cuda,
    k3s_runtime,
    nvidia_docker_capability,
    nvidia_docker_create,
    nvidia_docker_file_system,
    nvidia_docker_folder,
    nvidia_docker_local_volume,
    nvidia_docker_port,
    nvidia_docker_serves,
    nvidia_docker_spec,
    nvidia_docker_unit,
    nvidia_docker_version,
    nvidia_docker_volume,
    old_stack,
    podman_cdi,
    podman_folders,
    podman_installed,
    podman_version,
    registries,
    runtime_programs,
    selinux,
    storage_driver,
    toolkit_config,
    toolkit_versions,
    var_lib_partition,
)
from checks.driver import (
    cuda_packages,
    cudnn,
    device_nodes,
    dkms_trees,
    driver_built,
    driver_held,
    driver_loaded,
    driver_mismatch,
    driver_options,
    driver_origin,
    driver_version,
    environment,
    gpu_bound,
    gpu_holder,
    kernel_headers,
    library_path,
    module_allowed,
    module_flavour,
    module_options,
    next_kernel,
    nouveau,
    package_holds,
    package_origins,
    package_versions,
    secure_boot,
    signing_key,
    unattended_upgrades,
)
from checks.explain import explained
from checks.facts import Facts
from checks.facts.reading import NotAsked, Unknown
from checks.finding import BROKEN, Finding, Verdict, by_hand, skipped, status, unknown
from checks.gpu import (
    application_clocks,
    clocks_slowed,
    compute_mode,
    ecc_corrected,
    ecc_mode,
    ecc_uncorrected,
    gpu_answers,
    gpu_init,
    gpu_memory_held,
    gpu_recovery,
    gpu_temperature,
    gsp,
    inforom,
    library_crashes,
    login_devices,
    memory_repair,
    mig_layout,
    mig_mode,
    nvidia_smi,
    persistence,
    power_limit,
    remapped_rows,
    retired_pages,
    vbios_uniform,
    xid,
)
from checks.host import (
    bmc_events,
    bond_links,
    boot_space,
    clock,
    clocksource,
    cpu_governor,
    cuda_environment,
    disk_errors,
    disk_space,
    doctor_file,
    exhaustion,
    failed_units,
    inodes,
    kernel_installed,
    kernel_log,
    kernel_panics,
    lockups,
    machine_check,
    memlock,
    memory_errors,
    memory_size,
    nfs_answers,
    nvme_drives,
    oom,
    package_lock,
    packages_configured,
    raid,
    read_only,
    reboot_loop,
    reboot_pending,
    repositories,
    repository_keys,
    repository_twice,
    shared_memory,
    signed_by,
    stuck_tasks,
    transactions_finished,
)
from checks.kubernetes import (
    device_plugin,
    gpu_capacity,
    gpu_label,
    gpu_runtime,
    kubelet_cgroups,
    kubelet_gates,
    kubelet_running,
    kubelet_runtime,
    kubelet_swap,
    old_gpu_resource,
    runtime_class,
)
from checks.nvlink import (
    adapter_log,
    fabric_log,
    fabric_manager,
    fabric_state,
    fabric_version,
    gpu_peers,
    infiniband,
    nvlink_errors,
    nvlink_up,
    peermem,
    sxid,
)
from checks.profiles.profile import Profile
from checks.profiles.refusals import refusals
from checks.profiles.wants import unplannable

__all__ = ["CHECKS", "examine", "name", "stage", "status"]

CHECKS: tuple[ModuleType, ...] = (
    kernel_log,
    machine_check,
    nvme_drives,
    raid,
    disk_errors,
    kernel_installed,
    read_only,
    disk_space,
    inodes,
    packages_configured,
    package_lock,
    transactions_finished,
    signed_by,
    repository_keys,
    repository_twice,
    clock,
    nfs_answers,
    gpu_on_bus,
    gpu_off_bus,
    gpu_count,
    gpu_models,
    nvswitches,
    gpu_mapped,
    gpu_supported,
    repositories,
    pcie_errors,
    pcie_link,
    pcie_acs,
    iommu,
    gpu_holder,
    dkms_trees,
    signing_key,
    kernel_headers,
    nouveau,
    driver_origin,
    driver_built,
    module_flavour,
    module_allowed,
    secure_boot,
    driver_loaded,
    driver_mismatch,
    package_versions,
    driver_version,
    package_origins,
    driver_held,
    package_holds,
    unattended_upgrades,
    next_kernel,
    library_path,
    cuda_packages,
    environment,
    cudnn,
    module_options,
    driver_options,
    gpu_bound,
    device_nodes,
    gsp,
    gpu_init,
    xid,
    sxid,
    fabric_version,
    fabric_manager,
    fabric_log,
    login_devices,
    nvidia_smi,
    gpu_answers,
    remapped_rows,
    retired_pages,
    ecc_uncorrected,
    gpu_recovery,
    memory_repair,
    inforom,
    ecc_mode,
    ecc_corrected,
    gpu_temperature,
    clocks_slowed,
    power_limit,
    application_clocks,
    persistence,
    mig_mode,
    mig_layout,
    compute_mode,
    gpu_memory_held,
    vbios_uniform,
    fabric_state,
    nvlink_up,
    nvlink_errors,
    gpu_peers,
    infiniband,
    adapter_log,
    peermem,
    oom,
    library_crashes,
    daemon_json,
    daemon_flags,
    docker_source,
    docker_engine,
    docker_running,
    docker_users,
    podman_installed,
    podman_version,
    toolkit_versions,
    docker_config,
    daemon_live,
    registries,
    runtime_programs,
    toolkit_config,
    selinux,
    containerd_config,
    containerd_nvidia,
    containerd_runtimes,
    crio_config,
    crio_nvidia,
    k3s_runtime,
    storage_driver,
    data_root,
    cdi_spec,
    cdi_twice,
    cdi_missing,
    cdi_stale,
    cdi_gpus,
    podman_folders,
    podman_cdi,
    daemon_reload,
    image_cuda,
    old_stack,
    nvidia_docker_version,
    nvidia_docker_port,
    nvidia_docker_folder,
    nvidia_docker_capability,
    nvidia_docker_unit,
    nvidia_docker_serves,
    nvidia_docker_spec,
    nvidia_docker_file_system,
    nvidia_docker_local_volume,
    nvidia_docker_create,
    nvidia_docker_volume,
    var_lib_partition,
    driver_volume,
    gpus_kept,
    container_gpu,
    framework,
    kubelet_gates,
    kubelet_swap,
    kubelet_runtime,
    kubelet_cgroups,
    kubelet_running,
    gpu_runtime,
    runtime_class,
    device_plugin,
    gpu_capacity,
    gpu_label,
    old_gpu_resource,
    boot_space,
    bond_links,
    bmc_events,
    cuda_environment,
    shared_memory,
    memlock,
    memory_size,
    clocksource,
    cpu_governor,
    memory_errors,
    exhaustion,
    lockups,
    stuck_tasks,
    reboot_pending,
    failed_units,
    reboot_loop,
    kernel_panics,
    doctor_file,
)
"""In the order in which causes come before symptoms: each check rests only on checks above it."""


def name(check: ModuleType) -> str:
    """The check's name, which is its file's."""
    return check.__name__.rpartition(".")[2]


def stage(check: ModuleType) -> str:
    """The check's stage, which is its folder's name."""
    return check.__name__.split(".")[-2]


def examine(
    facts: Facts, profile: Profile, checks: Sequence[ModuleType] = CHECKS, left_out: Collection[str] = ()
) -> tuple[Finding, ...]:
    """All findings, in the order of the checks.

    A check that is `left_out` is skipped; what rests on it is examined all the same, and is unknown where it makes no
    sense without the cause that is out of sight. So is what rests on a check that did not apply or was not asked: it
    is skipped where it makes no sense. A check may say itself that a cause above it kept it from being examined.
    """
    causes: dict[str, str] = {}
    unseen: dict[str, Verdict] = {}
    findings: list[Finding] = []
    for check in checks:
        because = next((causes[cause] for cause in check.RESTS_ON if cause in causes), "")
        found = [skipped("not examined", because)] if because else list(_ask(check, facts, profile, unseen))
        because = because or next((each.because for each in found if each.verdict == "skipped"), "")
        broken = because or any(finding.verdict in BROKEN for finding in found)
        if name(check) in left_out:
            unseen |= {name(check): "unknown"} if broken else {}
            found = [skipped("left out: --skip")]
        elif broken:
            causes[name(check)] = because or name(check)
        elif all(finding.verdict == "skipped" for finding in found):
            unseen[name(check)] = "skipped"
        findings += [explained(finding.of(name(check), stage(check))) for finding in found]
    return tuple(findings)


def _ask(check: ModuleType, facts: Facts, profile: Profile, unseen: Mapping[str, Verdict]) -> Iterator[Finding]:
    without = {cause: unseen[cause] for cause in check.RESTS_ON if cause in unseen}
    try:
        for finding in check.check(facts, profile):
            yield _plannable(finding, facts, profile)
    except NotAsked as why:
        yield skipped(str(why))
    except Unknown as why:
        yield unknown(str(why), why="what could not be read counts neither as good nor as bad")
    except (LookupError, AttributeError):
        if not without:
            raise
        names = ", ".join(without)
        if "unknown" in without.values():
            yield unknown(f"it makes no sense while {names} is broken, which is left out")
        else:
            yield skipped(f"not examined: it makes no sense without {names}")


def _plannable(finding: Finding, facts: Facts, profile: Profile) -> Finding:
    """A remedy that rests on something unknown, or that this host is refused, names no component: none is planned."""
    if finding.remedy is None or not finding.remedy.component:
        return finding
    why = _refused(facts, profile) or unplannable(finding.remedy.component, facts, profile)
    return replace(finding, remedy=by_hand(f"nothing is planned for it: {why}")) if why else finding


def _refused(facts: Facts, profile: Profile) -> str:
    """Why provisioning would not touch this host; empty when it would."""
    try:
        refusal = next(refusals(facts, profile), None)
    except Unknown as why:
        return f"what this host is could not be read ({why})"
    return f"{refusal.why}. {refusal.instead}" if refusal else ""
