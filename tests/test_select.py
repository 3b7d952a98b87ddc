"""Which checks are made: --only brings causes along, --skip leaves what rests on them in, wrong names get a hint."""

from __future__ import annotations

import pytest

from checks.examine import CHECKS, examine, name
from checks.select import UnknownCheck, listing, select
from tests.hosts import DEBIAN, facts


def names(only: str = "", skip: str = "") -> list[str]:
    return [name(check) for check in select(only, skip).checks or CHECKS]


def test_without_a_wish_every_check_is_made() -> None:
    assert names() == [name(check) for check in CHECKS]


def test_only_brings_its_causes_along_in_their_order() -> None:
    found = names("driver-mismatch")
    assert found[-1] == "driver_mismatch"
    assert {"gpu_on_bus", "driver_loaded"} <= set(found) < set(names())
    assert found == [check for check in names() if check in found]


def test_a_wrong_name_is_told_with_the_nearest_right_one() -> None:
    with pytest.raises(UnknownCheck, match=r"--skip: there is no check 'noveau'; did you mean nouveau\?"):
        select("", "noveau")
    with pytest.raises(UnknownCheck, match="--only: there is no check 'xyzzy'; --list-checks names them all"):
        select("xyzzy")


def verdicts(host: str, skip: str) -> dict[str, str]:
    chosen = select("", skip)
    return {f.check: f.verdict for f in examine(facts(host), DEBIAN, chosen.checks or CHECKS, chosen.left_out)}


def test_what_rests_on_a_check_that_is_left_out_is_examined() -> None:
    found = verdicts("fails-device_nodes", "device_nodes")
    assert (found["device_nodes"], found["nvidia_smi"]) == ("skipped", "unknown")  # it was not asked
    assert verdicts("fails-device_nodes", "")["nvidia_smi"] == "skipped"


@pytest.mark.parametrize("check", [name(check) for check in CHECKS])
def test_what_makes_no_sense_without_a_broken_cause_out_of_sight_is_never_well(check: str) -> None:
    found = verdicts("bare-debian12-a100", check)
    assert found[check] == "skipped"


def test_without_the_driver_what_needs_it_is_unknown() -> None:
    assert verdicts("fails-driver_loaded", "driver_loaded,gpu_bound")["driver_mismatch"] == "unknown"


def test_the_listing_names_each_check_with_its_stage_and_what_is_true() -> None:
    lines = listing().splitlines()
    assert len(lines) == len(CHECKS)
    assert next(line for line in lines if line.startswith("gpu_on_bus ")).split(None, 2)[1:] == [
        "bus",
        "The PCI bus shows at least one NVIDIA GPU.",
    ]
