"""Which hosts are meant: sets, groups, files, inventories, and every way to get them wrong."""

from __future__ import annotations

import json
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


MANY = ",".join(f"gpu{number}" for number in range(100_000))


def test_a_hundred_thousand_names_are_a_slip_however_they_are_given(tools: Path, tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(MANY, encoding="utf-8")
    counts = "seq -f gpu%.0f 100000"
    tool(tools, "sinfo", counts)
    tool(
        tools,
        "kubectl",
        f"""{counts} | sed 's/.*/{{"metadata": {{"name": "&"}}}},/' >{tmp_path}/names
(printf '{{"items": ['; cat {tmp_path}/names; printf '{{"metadata": {{"name": "x"}}}}]}}')""",
    )
    tool(
        tools,
        "ansible-inventory",
        f"""{counts} | sed 's/.*/"&",/' >{tmp_path}/names
(printf '{{"all": {{"hosts": ['; cat {tmp_path}/names; printf '"x"]}}}}')""",
    )
    ways = (
        Named(hosts=MANY),
        Named(hosts="gpu[1-100000]"),
        Named(hosts_file=str(tmp_path / "hosts")),
        Named(slurm="all"),
        Named(kubernetes="all"),
        Named(inventory=str(tmp_path / "hosts")),
        Named(hosts="gpu1", limit="gpu[1-100000]"),
    )
    for named in ways:
        with pytest.raises(Usage, match=r"10000\d hosts; at most 20000 at once"):
            resolve(named)


def test_a_host_that_is_named_twice_is_visited_once(tools: Path, tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("gpu[1-2]\ngpu1\n", encoding="utf-8")
    tool(tools, "sinfo", "echo gpu2; echo gpu3; echo gpu2")
    named = Named(hosts="gpu1,gpu1", hosts_file=str(tmp_path / "hosts"), slurm="all")
    assert resolve(named) == ("gpu1", "gpu2", "gpu3")


@pytest.mark.parametrize(
    "name", ["gpu 1", "gpu1;reboot", "$(id)", "`id`", "gpu1|x", "-oProxyCommand=x", "gpu1&", "gpü1"]
)
def test_what_is_no_name_is_refused_wherever_it_comes_from(tools: Path, tmp_path: Path, name: str) -> None:
    items = {"items": [{"metadata": {"name": name}}]}
    for program, text in (
        ("kubectl", json.dumps(items)),
        ("ansible-inventory", json.dumps({"all": {"hosts": [name]}})),
    ):
        (tmp_path / program).write_text(text, encoding="utf-8")
        tool(tools, program, f"cat {tmp_path / program}")
    (tmp_path / "sinfo").write_text(name, encoding="utf-8")
    tool(tools, "sinfo", f"cat {tmp_path}/sinfo")
    file = tmp_path / "hosts"
    file.write_text(name, encoding="utf-8")
    ways = (
        Named(hosts=name),
        Named(hosts=f"gpu[1-2],{name}"),
        Named(hosts_file=str(file)),
        Named(kubernetes="all"),
        Named(inventory=str(file)),
        Named(hosts="gpu1", exclude=name),
        *([Named(slurm="all")] if " " not in name else []),  # sinfo's names are words
    )
    for named in ways:
        with pytest.raises(Usage):
            resolve(named)


RECORDED = {
    "ini": """{"_meta": {"hostvars": {"gpu01": {"ansible_user": "ops"}}, "profile": "inventory_legacy"},
 "all": {"children": ["ungrouped", "cluster"]}, "cluster": {"children": ["gpus", "login"]},
 "gpus": {"hosts": ["gpu01", "gpu02", "gpu03"]}, "login": {"hosts": ["login1"]}}""",
    "yaml": """{"_meta": {"hostvars": {}, "profile": "inventory_legacy"}, "all": {"children": ["ungrouped", "gpus"]},
 "gpus": {"hosts": ["gpu01", "gpu02"]}}""",
    "executable": """{"_meta": {"hostvars": {}, "profile": "inventory_legacy"},
 "all": {"children": ["ungrouped", "gpus"]}, "gpus": {"hosts": ["gpu1", "gpu2"]}}""",
}
"""What ansible-inventory --list of ansible-core 2.19.14 printed for an INI file with a range and a group of groups, a
YAML file, and a script."""


@pytest.mark.parametrize(
    ("kind", "group", "hosts"),
    [
        ("ini", "", ("gpu01", "gpu02", "gpu03", "login1")),
        ("ini", ":cluster", ("gpu01", "gpu02", "gpu03", "login1")),
        ("ini", ":login", ("login1",)),
        ("yaml", "", ("gpu01", "gpu02")),
        ("executable", ":all", ("gpu1", "gpu2")),
    ],
)
def test_what_ansible_lists_for_each_kind_of_inventory(
    tools: Path, tmp_path: Path, kind: str, group: str, hosts: tuple[str, ...]
) -> None:
    (tmp_path / "listed").write_text(RECORDED[kind], encoding="utf-8")
    tool(tools, "ansible-inventory", f"cat {tmp_path}/listed")
    assert resolve(Named(inventory=f"{tmp_path}/listed{group}")) == hosts


FAILS = """[ "$ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED" = true ] || exit 0
echo "[ERROR]: Completely failed to parse inventory source $2" >&2; exit 1"""
NO_HOSTS = """echo '{"_meta": {"hostvars": {}, "profile": "inventory_legacy"}, "all": {"children": ["ungrouped"]}}'"""
HERE = Named(inventory=__file__)


@pytest.mark.parametrize(
    ("named", "script", "error", "words"),
    [
        (HERE, FAILS, Unreachable, f"status 1: [ERROR]: Completely failed to parse inventory source {__file__}"),
        (HERE, NO_HOSTS, Usage, "names no host"),
        (HERE, "echo oops", BadInput, "printed no JSON table: 'oops'"),
        (HERE, "", Usage, "there is no ansible-inventory on this machine (pip install ansible-core)"),
        (Named(kubernetes="x=y"), "echo '{\"items\": []}'", Usage, "--kubernetes x=y: names no host"),
        (Named(kubernetes="all"), "echo '{\"items\": null}'", Usage, "--kubernetes all: names no host"),
        (Named(kubernetes="all"), "echo '[]'", BadInput, "printed no JSON table: '[]'"),
        (Named(kubernetes="all"), "echo no config >&2; exit 1", Unreachable, "ended with status 1: no config"),
        (Named(kubernetes="all"), "", Usage, "there is no kubectl on this machine"),
        (Named(hosts="gpu1", limit="gpu[1-"), "", Usage, "--limit gpu[1-: missing bracket"),
        (Named(hosts="gpu1", exclude="@nosuch:x"), "", Usage, "--exclude @nosuch:x"),
        (Named(hosts="gpu1", limit="gpu2"), "", Usage, "after --limit and --exclude: names no host"),
    ],
)
def test_each_source_that_fails_or_is_empty_is_one_error(
    tools: Path, monkeypatch: pytest.MonkeyPatch, named: Named, script: str, error: type[GpuwrightError], words: str
) -> None:
    monkeypatch.setenv("PATH", f"{tools}:/bin" if script else str(tools))
    for name in ("kubectl", "ansible-inventory") if script else ():
        tool(tools, name, script)
    with pytest.raises(error) as caught:
        resolve(named)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


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
