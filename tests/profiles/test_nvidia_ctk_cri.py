"""Every row of what nvidia-ctk 1.20.0 was watched to do to containerd and CRI-O, and what a merge has to do instead.

The numbers are those of the watched cases, containerd-NN and crio-NN. The pairs are in containerd/cases.toml and
test_crio.py; here is what holds for each row. Real containerd 1.6 and 1.7 read the results of versions 1 and 2 back in
tests/onhosts/test_containerd.py; those for 2.x are compared with the recorded digests of 2.0.11 and 2.2.7, RECORDED.
"""

from __future__ import annotations

from typing import Any

import pytest

from checks.examine import examine
from checks.facts.cri import CONTAINERD, at
from checks.profiles import containerd_settings, crio_settings, wants
from checks.profiles.profile import BadProfile, having
from checks.profiles.toml_edit import value_of
from provision.components import containerd
from tests.hosts import DEBIAN
from tests.profiles import test_crio as crio
from tests.profiles.test_containerd import CASES, RUNTIME, afterwards, before, host, made, text, wanting

SECTION = '[plugins."io.containerd.grpc.v1.cri"'
DROP_IN = "/etc/containerd/conf.d/99-nvidia.toml"
SITE = "/etc/containerd/conf.d/10-site.toml"
OURS = {
    "runtime_type",
    "BinaryName",
    "SystemdCgroup",
    "default_runtime_name",
    "enable_cdi",
    "version",
    "disabled_plugins",
}

# Recorded: what containerd 2.0.11 and 2.2.7 dumped of nvidia-ctk's result for the same input (containerd-NN,
# check.N.effective), as far as both agree. Not read back from our result: no containerd 2.x was at hand.
RECORDED: dict[str, dict[str, Any]] = {
    "v3-add": {  # 26
        "default": "runc",
        "nvidia": {"options": {"BinaryName": RUNTIME, "SystemdCgroup": True}, "runtime_type": "io.containerd.runc.v2"},
        "cni": {"bin_dir": "/opt/cni/bin"},
        "sandbox": "registry.k8s.io/pause:3.10",
    },
    "v3-default-cdi": {  # 29, its first command
        "default": "nvidia",
        "nvidia": {"options": {"BinaryName": RUNTIME, "SystemdCgroup": True}, "runtime_type": "io.containerd.runc.v2"},
        "cni": {"bin_dir": "/opt/cni/bin"},
        "sandbox": "registry.k8s.io/pause:3.10",
    },
}


def keys_added(old: str, new: str) -> set[str]:
    """The names of the lines with a value that are new."""
    lines = set(new.splitlines()) - set(old.splitlines())
    return {line.partition("=")[0].strip().rpartition(".")[2] for line in lines if "=" in line}


@pytest.mark.parametrize("name", RECORDED)
def test_version_3_means_what_containerd_2_was_recorded_to_read(name: str) -> None:
    """Row: version 3 works on 2.x (26, 27, 30)."""
    table, want = value_of(made(name)[2]), RECORDED[name]
    plugin = at(table, "plugins", "io.containerd.cri.v1.runtime")
    images = at(table, "plugins", "io.containerd.cri.v1.images")
    assert plugin["containerd"]["runtimes"]["nvidia"] == want["nvidia"]
    assert plugin["containerd"]["default_runtime_name"] == want["default"]
    assert plugin["cni"] == want["cni"]
    assert images["pinned_images"]["sandbox"] == want["sandbox"]
    assert plugin.get("enable_cdi", True)  # on by itself, as recorded


@pytest.mark.parametrize("name", CASES)
def test_only_keys_of_ours_are_added_in_one_file_and_the_runtime_is_there(name: str) -> None:
    """Rows of 01 to 03, 07 to 10, 14 to 16, 18, 28, 31, 36, 37, 39, 41, 45, 59 to 62, 64 and 67.

    A drop-in of the whole section, one path written twice, the runtime lost, defaults of a dump kept, removed keys
    written, the former file left behind, comments and order lost, the CRI plugin without its runc.
    """
    facts, profile, after = made(name)
    path = containerd_settings.target(facts.cri)
    old = before(CASES[name]).get(path, "")
    assert keys_added(old, after) <= OURS
    assert value_of(after).get("imports") == value_of(old).get("imports")
    cri = afterwards(name).cri
    assert at(cri.section, "runtimes", "nvidia", "options")["BinaryName"] == RUNTIME
    default = cri.section.get("default_runtime_name", "runc")
    assert cri.release >= (2, 0) or default in cri.section["runtimes"]
    assert [each.title for each in containerd.plan(afterwards(name), profile)] == []


@pytest.mark.parametrize("name", ["v1-add", "v1-default", "docker-package", "no-version"])
def test_version_1_is_edited_where_it_stands(name: str) -> None:
    """Rows: a drop-in that nothing imports (19, 20, 21, 22, 25); docker's package (23, 24)."""
    facts, _, after = made(name)
    assert containerd_settings.target(facts.cri) == CONTAINERD
    assert not set(value_of(after).get("disabled_plugins", [])) & containerd_settings.DISABLED


def test_users_of_version_1_are_told_what_containerd_2_drops() -> None:
    """Row: 2.x passes over plugins.cri (63, 68)."""
    facts = host("2.0.11", {CONTAINERD: text("v1")})
    (said,) = [f for f in examine(facts, wanting()) if f.check == "containerd_config"]
    assert "does not read the plugins of a version 1 file" in said.summary
    assert "`containerd config migrate`" in wants.unplannable("containerd", facts, wanting())


def test_each_file_is_named_before_it_is_written() -> None:
    """Row: a dry run that joins two files (06)."""
    (step,) = containerd.plan(host("1.7.24", {CONTAINERD: text("v2")}), wanting("nvidia"))
    assert f" in {CONTAINERD}, " in step.title
    assert 'default_runtime_name is "runc", the profile asks for "nvidia"' in step.why
    assert step.script.count("edit_file ") == 1
    assert "validate_containerd" in step.script  # which shows the engine's own error (42, 47, 46)


def test_a_later_edit_of_the_main_file_has_effect() -> None:
    """Row: a copied section goes stale (14)."""
    after = (
        made("v2-add")[2].replace("pause:3.9", "pause:3.10").replace("SystemdCgroup = true", "SystemdCgroup = false")
    )
    changed = host("1.7.24", {CONTAINERD: after})
    assert changed.cri.plugin["sandbox_image"] == "registry.k8s.io/pause:3.10"
    assert containerd_settings.lacking(changed, wanting()) == ()  # nvidia and runc follow together
    drifted = host(
        "1.7.24", {CONTAINERD: made("v2-add")[2].replace("SystemdCgroup = true", "SystemdCgroup = false", 1)}
    )
    assert [each.path[-1] for each in containerd_settings.lacking(drifted, wanting())] == ["SystemdCgroup"]


@pytest.mark.parametrize("release", ["1.7.24", "2.2.7"])
def test_a_drop_in_that_is_sorted_earlier_keeps_its_settings(release: str) -> None:
    """Row: another drop-in is overridden (18)."""
    site = f'version = 2\n{SECTION}]\n  sandbox_image = "site/pause:1"\n{SECTION}.containerd.runtimes.runc]\n'
    files = {CONTAINERD: text("v2-imports"), SITE: site + '  runtime_type = "io.containerd.runc.v2"\n'}
    facts = host(release, files)
    assert containerd_settings.target(facts.cri) == SITE
    done = host(release, {**files, SITE: containerd_settings.merged(facts, wanting())})
    assert done.cri.plugin["sandbox_image"] == "site/pause:1"
    assert "nvidia" in done.cri.section["runtimes"]


def test_imports_are_resolved_before_options_are_inferred() -> None:
    """Row: a runtime of an imported file is not seen (15)."""
    runtimes = afterwards("imports-elsewhere").cri.section["runtimes"]
    assert runtimes["nvidia"]["options"]["SystemdCgroup"] is True


@pytest.mark.parametrize("name", ["v2-on-2x", "by-hand-2x"])
def test_no_file_gets_another_version(name: str) -> None:
    """Row: a drop-in of version 3 beside a main file of version 2 (43)."""
    facts, _, after = made(name)
    old = before(CASES[name])[containerd_settings.target(facts.cri)]
    assert value_of(after)["version"] == value_of(old)["version"]


def test_containerd_2_merges_key_by_key_as_recorded() -> None:
    """Recorded: the main file's default counts on 2.0.11 and 2.2.7, runc on 1.7.24 (13, 65: check.1 to check.3)."""
    main = text("v2-nvidia-default").replace("version = 2", f'version = 2\nimports = ["{DROP_IN}"]', 1)
    drop_in = text("ctk-drop-in").replace('default_runtime_name = "nvidia"\n', "")
    for release, default in (("1.7.24", "runc"), ("2.0.11", "nvidia"), ("2.2.7", "nvidia")):
        section = host(release, {CONTAINERD: main, DROP_IN: drop_in}).cri.section
        assert section.get("default_runtime_name", "runc") == default


@pytest.mark.parametrize("release", ["1.7.24", "2.2.7"])
def test_a_default_is_unset_in_the_layer_that_counts(release: str) -> None:
    """Rows: default on then off (12, 29, 45; 13); an upgrade that leaves the old default in the main file (65, 66)."""
    main = text("v2-nvidia-default").replace("version = 2", f'version = 2\nimports = ["{DROP_IN}"]', 1)
    files = {CONTAINERD: main, DROP_IN: text("ctk-drop-in")}
    facts = host(release, files)
    done = host(release, {**files, DROP_IN: containerd_settings.merged(facts, wanting("runc"))})
    assert done.cri.section["default_runtime_name"] == "runc"
    assert containerd_settings.lacking(done, wanting("runc")) == ()


def test_what_is_written_by_hand_stays() -> None:
    """Rows: an existing 99-nvidia.toml overwritten whole (53); options of nvidia's own entry dropped (56)."""
    assert '[debug]\n  level = "debug"' in made("by-hand-1x")[2]
    assert "# hand written" in made("by-hand-2x")[2]
    assert 'pod_annotations = ["x.example.com/*"]' in made("nvidia-elsewhere")[2]


def test_an_import_that_names_the_file_exactly_is_one() -> None:
    """Row: listed twice (17)."""
    main = text("v2").replace("version = 2", f'imports = ["{DROP_IN}"]\nversion = 2', 1)
    facts = host("1.7.24", {CONTAINERD: main, DROP_IN: text("by-hand")})
    assert facts.cri.imported == (DROP_IN,)
    assert containerd_settings.target(facts.cri) == DROP_IN


def test_imports_that_are_no_list_are_refused() -> None:
    """Row: a string is replaced by a list (59)."""
    facts = host("1.7.24", {CONTAINERD: 'version = 2\nimports = "/etc/x"\n'})
    assert "has imports that are no list" in wants.unplannable("containerd", facts, wanting())


def test_a_second_run_writes_nothing() -> None:
    """Row: "Wrote updated config" again (11)."""
    assert list(containerd.plan(afterwards("v2-add"), wanting())) == []


def test_the_plugins_name_of_another_version_is_warned_of() -> None:
    """Row: a version 3 file under the plugin's old name is accepted, and its options are not read (31)."""
    facts = host("2.2.7", {CONTAINERD: text("v3-old-name")})
    (said,) = [f for f in examine(facts, wanting()) if f.check == "containerd_config"]
    assert said.verdict == "warn"
    assert "io.containerd.grpc.v1.cri" in said.summary


@pytest.mark.parametrize(("version", "words"), [("4", "has version = 4"), ('"2"', "has version = '2'")])
def test_only_known_versions_are_written(version: str, words: str) -> None:
    """Row: version 4 written, and refused by every containerd (32, 33)."""
    facts = host("2.2.7", {CONTAINERD: f"version = {version}\n"})
    assert words in wants.unplannable("containerd", facts, wanting())


@pytest.mark.parametrize("content", ["version = 2\n[plugins\n", "[a]\nb = 1\n[a]\n", "\ufeffversion = 2\n"])
def test_bad_toml_is_refused_with_its_place(content: str) -> None:
    """Rows: bad TOML, a table twice (34, 35); a byte order mark (36)."""
    said = wants.unplannable("containerd", host("1.7.24", {CONTAINERD: content}), wanting())
    assert said.startswith(f"{CONTAINERD} is not TOML")
    assert "line" in said


@pytest.mark.parametrize("name", ["v1-explicit-cdi", "v2-cdi", "v3-default-cdi"])
def test_cdi_is_switched_on_where_the_version_has_it(name: str) -> None:
    """Row: enable_cdi by version (05, 27, 22, 68)."""
    assert afterwards(name).cri.plugin.get("enable_cdi", afterwards(name).cri.release >= (2, 0)) is True


def test_a_relative_path_is_refused_by_name() -> None:
    """Row: relative drop-in or runtime path (54, 55, 58)."""
    with pytest.raises(BadProfile, match="wants the path of a program"):
        having(DEBIAN, {"containerd": {"runtime": "nvidia-container-runtime"}})


def test_of_crio_a_drop_in_has_the_runtime_alone() -> None:
    """Rows: crio 01 to 05, 07, 10, 13; 08 and 09: crio.conf replaced by the nvidia block; 06: a drop-in overwritten."""
    for files, _, edits, after in crio.PAIRS.values():
        assert (edits != crio.MAIN) or files[crio.MAIN].partition("[crio.runtime.runtimes.nvidia]")[0] in after
    shared = "beside a drop-in's crun, with its monitor and root (07)"
    assert "monitor_path" in crio.PAIRS[shared][3]
    assert "# ours" in crio.PAIRS["a drop-in by hand keeps its other lines (06)"][3]


def test_of_crio_its_program_is_never_asked_and_cdi_not_told() -> None:
    """Rows: 14 and 15, the command source; 11, --cdi.enabled; 12, bad TOML; 16, 17."""
    facts = crio.host({crio.MAIN: ""})
    assert "cdi" not in crio_settings.merged(facts, crio.wanting())
    assert "is not TOML" in wants.unplannable("crio", crio.host({crio.MAIN: "[crio\n"}), crio.wanting())


def test_there_are_pairs_enough_for_each_version() -> None:
    """Versions 1, 2, 3, imports and CRI-O: at least 25 in all."""
    files = [before(case) for case in CASES.values()]
    versions = {value_of(each[CONTAINERD]).get("version", 1) for each in files if CONTAINERD in each}
    assert versions >= {1, 2, 3}
    assert sum(len(each) > 1 for each in files) >= 3  # imports
    assert len(CASES) + len(crio.PAIRS) >= 25
