"""Each thing that nvidia-ctk 1.20.0 was watched to do, and the test that our own merge does better."""

from __future__ import annotations

from importlib import import_module

import pytest

_DOCKER, _CRI, _FILES = "profiles.test_nvidia_ctk_docker", "profiles.test_nvidia_ctk_cri", "remote.test_files"
_PAIRS, _REFUSED = f"{_DOCKER}:test_before_and_after", f"{_DOCKER}:test_what_is_refused_is_named_and_stays"
_OURS = f"{_CRI}:test_only_keys_of_ours_are_added_in_one_file_and_the_runtime_is_there"

# The row in short, its cases: where it is tested.
DOCKER = {
    "features replaced (08 09 29 56 10)": _PAIRS,
    "default never unset (11 12)": _PAIRS,
    "an existing runtime replaced whole (11 55 50)": (
        f"{_DOCKER}:test_the_replaced_path_is_named_and_each_change_is_shown_before_it_is_made"
    ),
    "other runtimes and keys survive (06 07 13 37 47 54)": _PAIRS,
    "keys sorted, line ends and tabs lost (06 14 15 17)": _PAIRS,
    "a file that needs nothing is rewritten (32)": _PAIRS,
    "a restart asked for without a change (32 12)": f"{_DOCKER}:test_it_is_told_whether_a_restart_is_needed",
    "an empty or blank file refused (03 05)": _PAIRS,
    "a byte order mark, UTF-16 (16 53 45)": _REFUSED,
    "text after the first value dropped (22 23)": _REFUSED,
    "duplicate keys (24 51)": _REFUSED,
    "comments, trailing comma, truncation without a place (18 19 20 44)": _REFUSED,
    "panics on null and on a list (25 27 28)": _PAIRS,
    "a list at the top (26)": _REFUSED,
    "integers and floats changed (30)": _PAIRS,
    "escapes changed, invalid UTF-8 (31 46)": _REFUSED,
    "a file that dockerd refuses is written (14 30 31 49)": (
        "onhosts.test_docker_config:test_dockerd_itself_reads_every_result_and_none_that_is_left_alone"
    ),
    "a default that nothing defines (52)": _REFUSED,
    "the bare name of the program (all)": _PAIRS,
    "directory, dangling link (21 35)": (
        f"{_DOCKER}:test_a_folder_and_a_link_to_nothing_are_refused_before_anything_is_opened"
    ),
    "a link to a file (34)": f"{_FILES}:test_a_link_stays_a_link_and_what_it_leads_to_is_edited",
    "mode and owner, written in place (33)": f"{_FILES}:test_a_file_is_edited_kept_beside_and_put_back_byte_for_byte",
    "a new file, missing folders (01 40)": f"{_FILES}:test_a_file_that_was_not_there_is_made_and_removed",
    "dry run without a diff (09 36)": (
        f"{_DOCKER}:test_the_replaced_path_is_named_and_each_change_is_shown_before_it_is_made"
    ),
    "drop-in refused, source ignored (38 39)": f"{_DOCKER}:test_another_file_of_docker_is_refused",
    "no engine named means docker (43 41 42)": f"{_DOCKER}:test_an_engine_is_asked_for_by_its_name",
}
CONTAINERD = {
    "the CRI plugin stops loading on 1.7 (01 02 10 15 18 36 59 61 62)": _OURS,
    "version 1 in a drop-in that nothing imports (19 20 21 22 25)": (
        f"{_CRI}:test_version_1_is_edited_where_it_stands"
    ),
    "docker's package keeps the plugin off (23 24)": f"{_CRI}:test_version_1_is_edited_where_it_stands",
    "2.x passes over version 1 (63 68)": f"{_CRI}:test_users_of_version_1_are_told_what_containerd_2_drops",
    "one path twice, the runtime lost (07 08 09 28)": _OURS,
    "dry run of two files joined (06)": f"{_CRI}:test_each_file_is_named_before_it_is_written",
    "a copied section goes stale (14)": f"{_CRI}:test_a_later_edit_of_the_main_file_has_effect",
    "an earlier drop-in overridden (18)": f"{_CRI}:test_a_drop_in_that_is_sorted_earlier_keeps_its_settings",
    "a runtime of an import not seen (15)": f"{_CRI}:test_imports_are_resolved_before_options_are_inferred",
    "defaults of a dump frozen (16 41 45 64)": _OURS,
    "versions mixed (43)": f"{_CRI}:test_no_file_gets_another_version",
    "the command's error not shown (42 47 46)": f"{_CRI}:test_each_file_is_named_before_it_is_written",
    "default on then off (12 29 45 13)": f"{_CRI}:test_a_default_is_unset_in_the_layer_that_counts",
    "an upgrade leaves old edits (65 66)": f"{_CRI}:test_a_default_is_unset_in_the_layer_that_counts",
    "another path leaves the old drop-in (67)": _OURS,
    "a drop-in by hand overwritten (53)": f"{_CRI}:test_what_is_written_by_hand_stays",
    "nvidia's own options dropped (56)": f"{_CRI}:test_what_is_written_by_hand_stays",
    "options of whichever default (57)": "test_container_toolkit:test_control_groups_are_made_as_the_kubelet_asks",
    "removed keys written (01 10 31)": _OURS,
    "comments and order lost (03 37 39 60)": _OURS,
    "an import listed twice (17)": f"{_CRI}:test_an_import_that_names_the_file_exactly_is_one",
    "imports a string (59)": f"{_CRI}:test_imports_that_are_no_list_are_refused",
    "written again (11)": f"{_CRI}:test_a_second_run_writes_nothing",
    "version 3 works (26 27 30)": f"{_CRI}:test_version_3_means_what_containerd_2_was_recorded_to_read",
    "the plugin's name of version 2 in version 3 (31)": (
        f"{_CRI}:test_the_plugins_name_of_another_version_is_warned_of"
    ),
    "version 4, version as text (32 33)": f"{_CRI}:test_only_known_versions_are_written",
    "a byte order mark (36)": f"{_CRI}:test_bad_toml_is_refused_with_its_place",
    "bad TOML (34 35)": f"{_CRI}:test_bad_toml_is_refused_with_its_place",
    "a directory (38)": f"{_FILES}:test_what_is_no_file_is_left_alone",
    "k3s's template (48 49)": "test_k3s:test_what_is_the_sites_own_is_left_alone_and_said",
    "k3s's missing template, its generated file (50 51 52)": (
        "test_k3s:test_one_that_was_started_before_the_toolkit_came_is_started_again"
    ),
    "enable_cdi by version (05 27 22 68)": f"{_CRI}:test_cdi_is_switched_on_where_the_version_has_it",
    "relative paths (54 55)": f"{_CRI}:test_a_relative_path_is_refused_by_name",
    "mode kept (58)": f"{_FILES}:test_a_file_is_edited_kept_beside_and_put_back_byte_for_byte",
}
OTHERS = {
    "CRI-O: the runtime alone (01-05 07 10 13), 08, 06": f"{_CRI}:test_of_crio_a_drop_in_has_the_runtime_alone",
    "CRI-O: 11 12 14 15 16 17": f"{_CRI}:test_of_crio_its_program_is_never_asked_and_cdi_not_told",
    "config: any text as a mode (11), bad TOML (13)": "faultbench.test_bench:test_the_cause_comes_first",
    "CDI: a failed refresh leaves a stale spec": (
        "test_refresh_cdi:test_where_it_cannot_be_made_the_step_fails_and_the_old_one_stays"
    ),
    "CDI: a list ends with 0 always": "test_refresh_cdi:test_a_list_is_read_and_its_status_is_not",
    "CDI: one device in two folders": "test_cdi:test_what_is_lacking",
    "/dev/char: a wrong link stays (07)": "test_char_links:test_a_link_that_leads_elsewhere_is_missing",
    "feature gates": "kubelet.test_gates",
}


@pytest.mark.parametrize("row", [*DOCKER, *CONTAINERD, *OTHERS])
def test_there_is_a_test_of_it(row: str) -> None:
    module, _, name = {**DOCKER, **CONTAINERD, **OTHERS}[row].partition(":")
    found = import_module(f"tests.{module}")
    assert not name or callable(getattr(found, name))
