"""Which hosts are meant: sets, groups, files, inventories, and every way to get them wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.errors import BadInput, GpuwrightError, Unreachable, Usage
from provision.fleet.naming import folded, names
from provision.fleet.sources import Named, resolve


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is first on PATH: stand-ins for the tools that list hosts."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def tool(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def test_sets_are_written_as_the_field_writes_them() -> None:
    assert names("gpu[01-03],login1") == ("gpu01", "gpu02", "gpu03", "login1")
    assert names("gpu[1-4]!gpu[2-3]") == ("gpu1", "gpu4")
    assert names(" b, a,b ") == ("b", "a")
    assert folded(["gpu01", "gpu03", "gpu02"]) == "gpu[01-03]"


def test_groups_come_from_clustershells_own_sources(tmp_path: Path) -> None:
    from ClusterShell import NodeSet, NodeUtils

    (tmp_path / "groups.yaml").write_text("racks:\n  r1: 'gpu[01-02]'\n", encoding="utf-8")
    (tmp_path / "groups.conf").write_text("[Main]\ndefault: racks\nautodir: $CFGDIR\n", encoding="utf-8")
    resolver = NodeUtils.GroupResolverConfig([str(tmp_path / "groups.conf")])
    NodeSet.set_std_group_resolver(resolver)
    try:
        assert names("@racks:r1") == ("gpu01", "gpu02")
        with pytest.raises(Usage, match=r"--hosts @racks:r9 \(`nodeset -LL` lists the groups\): names no host"):
            names("@racks:r9")
    finally:
        NodeSet.set_std_group_resolver(None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no host"),
        (" , ", "names no host"),
        ("gpu[01-", "missing bracket"),
        ("gpu[3-1]", "gpu"),
        ("@nosuchsource:x", "nodeset -LL"),
        ("gpu[1-4]!gpu[1-4]", "names no host"),
        ("gpu 1", "'gpu 1' is not a host name"),
        ("gpu1;reboot", "'gpu1;reboot' is not a host name"),
        ("$(id)", "is not a host name"),
        ("ops@gpu[1-2]", "users and ports belong into ssh_config"),
        ("-oProxyCommand=x", "is not a host name"),
        ("gpu[1-100000]", "100000 hosts; at most 20000"),
    ],
)
def test_what_names_no_hosts_is_said(text: str, words: str) -> None:
    with pytest.raises(Usage) as caught:
        names(text)
    assert words in str(caught.value)


def test_a_file_has_a_set_on_each_line(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text("# the racks\ngpu[1-2]   # first\n\nlogin1\ngpu2\n", encoding="utf-8")
    assert resolve(Named(hosts_file=str(file))) == ("gpu1", "gpu2", "login1")
    file.write_text("gpu1\ngpu[2\n", encoding="utf-8")
    with pytest.raises(Usage, match=r"hosts:2: gpu\[2: missing bracket"):
        resolve(Named(hosts_file=str(file)))


def test_limit_and_exclude_narrow_what_was_named() -> None:
    assert resolve(Named(hosts="gpu[1-6]", limit="gpu[2-9]", exclude="gpu3")) == ("gpu2", "gpu4", "gpu5", "gpu6")
    with pytest.raises(Usage, match="after --limit and --exclude: names no host"):
        resolve(Named(hosts="gpu1", exclude="gpu[1-2]"))


LISTED = """cat <<'END'
{"_meta": {"hostvars": {}}, "all": {"children": ["gpus", "ungrouped"]}, "gpus": {"hosts": ["gpu1", "gpu2"]},
 "ungrouped": {"hosts": ["login1"]}}
END"""


def test_an_ansible_inventory_is_read_by_ansible(tools: Path, tmp_path: Path) -> None:
    tool(tools, "ansible-inventory", f'echo "$*" >{tmp_path}/asked\n{LISTED}')
    (tmp_path / "hosts.ini").touch()
    file = str(tmp_path / "hosts.ini")
    assert resolve(Named(inventory=file)) == ("gpu1", "gpu2", "login1")
    assert resolve(Named(inventory=f"{file}:gpus")) == ("gpu1", "gpu2")
    assert (tmp_path / "asked").read_text() == f"-i {file} --list\n"
    with pytest.raises(Usage, match="there is no group 'cpus'; known: gpus, ungrouped"):
        resolve(Named(inventory=f"{file}:cpus"))


def test_slurm_and_kubernetes_are_asked_with_their_own_tools(tools: Path, tmp_path: Path) -> None:
    tool(tools, "sinfo", f'echo "$*" >{tmp_path}/sinfo\necho gpu1; echo gpu2; echo gpu1')
    tool(tools, "kubectl", f'echo "$*" >{tmp_path}/kubectl\necho \'{{"items": [{{"metadata": {{"name": "k1"}}}}]}}\'')
    assert resolve(Named(slurm="gpu", kubernetes="nvidia.com/gpu.present=true")) == ("gpu1", "gpu2", "k1")
    assert (tmp_path / "sinfo").read_text() == "-h -N -o %N -p gpu\n"
    assert (tmp_path / "kubectl").read_text() == "get nodes -o json -l nvidia.com/gpu.present=true\n"


@pytest.mark.parametrize(
    ("named", "script", "error", "words"),
    [
        (Named(), "", Usage, "which hosts? --hosts gpu[01-64]"),
        (Named(hosts_file="/nonexistent"), "", BadInput, "/nonexistent: cannot be read: No such file"),
        (Named(inventory="/nonexistent"), "", BadInput, "there is no such file"),
        (Named(slurm="gpu"), "", Usage, "there is no sinfo on this machine (slurm-client)"),
        (Named(slurm="gpu"), "echo 'invalid partition' >&2; exit 1", Unreachable, "status 1: invalid partition"),
        (Named(slurm="gpu"), "exit 0", Usage, "names no host"),
        (Named(slurm="gpu"), "echo 'gpu 1; id'", Usage, "'1;' is not a host name"),
    ],
)
def test_what_a_source_cannot_tell_is_one_error(
    tools: Path, named: Named, script: str, error: type[GpuwrightError], words: str
) -> None:
    if script:
        tool(tools, "sinfo", script)
    with pytest.raises(error) as caught:
        resolve(named)
    assert words in str(caught.value)
