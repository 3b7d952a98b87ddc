"""How findings read: the cause first, with its evidence and its fix; what is well in one line."""

from __future__ import annotations

import json

from checks import report
from checks.examine import status
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, unknown, warn
from checks.report import Report

FINDINGS = (
    ok("a GPU").of("gpu_on_bus", "bus"),
    fail("nouveau holds it", why="two drivers", evidence="driver -> nouveau", remedy=provision("driver")).of(
        "nouveau", "driver"
    ),
    skipped("not examined", "nouveau").of("driver_loaded", "driver"),
    skipped("not asked for: add --container").of("container_gpu", "container"),
    warn("no headers", why="next kernel", remedy=by_hand("read this"), when="next boot").of("kernel_headers", "driver"),
)


def text(*, colour: bool = False, verbose: bool = False) -> str:
    return report.as_text(
        Report("gpu01", "debian", "2026-11-22T00:00:00Z", FINDINGS, "fab -H gpu01"), colour=colour, verbose=verbose
    )


def test_the_text_is_short_and_has_the_line_that_proves_it() -> None:
    assert text() == (
        "FAIL gpu01: 1 failed, 1 warnings, 1 ok (profile debian, 2026-11-22T00:00:00Z)\n"
        "\n"
        "FAIL    nouveau: nouveau holds it\n"
        "        why      two drivers\n"
        "        evidence driver -> nouveau\n"
        "        fix      fab -H gpu01 provision --only driver\n"
        "\n"
        "WARN    kernel_headers: no headers (at the next boot)\n"
        "        why      next kernel\n"
        "        fix      read this\n"
        "\n"
        "ok      gpu_on_bus\n"
        "skipped driver_loaded (rests on nouveau)\n"
        "skipped container_gpu (not asked for)\n"
    )


def test_colour_changes_nothing_but_colour() -> None:
    import re

    assert "\033[31m" in text(colour=True)
    assert re.sub("\033\\[[0-9]*m", "", text(colour=True)) == text()


def test_verbose_shows_what_is_well() -> None:
    assert "OK      gpu_on_bus: a GPU" in text(verbose=True)


def test_json_is_the_contract() -> None:
    document = json.loads(report.as_json(Report("gpu01", "debian", "", FINDINGS)))
    assert document["verdict"] == "fail"
    assert document["findings"][1]["remedy"] == {"text": "provision --only driver", "component": "driver"}
    assert json.loads(report.error_as_json("gpu02", "no route", 69)) == {
        "schema": 1,
        "host": "gpu02",
        "error": "no route",
        "status": 69,
    }


def test_a_failure_outranks_the_unknown_which_outranks_health() -> None:
    def of(*findings: Finding) -> int:
        return status(findings)

    assert of(ok("")) == of(warn("", why="", remedy=None)) == 0
    assert of(ok(""), unknown("")) == 2
    assert of(unknown(""), fail("", why="", remedy=None)) == 1
