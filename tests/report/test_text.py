"""How findings read: the cause first, with its evidence and its fix; what is well in one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from checks import report
from checks.examine import status
from checks.facts import Facts
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.finding import Finding, by_command, by_hand, fail, ok, provision, skipped, unknown, warn
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


def text(findings: Sequence[Finding] = FINDINGS, **look: Any) -> str:
    return report.as_text(Report("gpu01", "debian", "2026-11-22T00:00:00Z", findings, "fab -H gpu01"), **look)


def test_the_text_is_short_and_has_the_line_that_proves_it() -> None:
    assert text() == (
        "FAIL gpu01: 1 failed, 1 warning, 1 ok (profile debian, 2026-11-22T00:00:00Z)\n"
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
    assert "\033[31m" in text(colour=True)
    assert re.sub("\033\\[[0-9]*m", "", text(colour=True)) == text()


def test_verbose_shows_what_is_well() -> None:
    assert "OK      gpu_on_bus: a GPU" in text(verbose=True)


def test_a_failure_outranks_the_unknown_which_outranks_health() -> None:
    def of(*findings: Finding) -> int:
        return status(findings)

    assert of(ok("")) == of(warn("", why="", remedy=None)) == 0
    assert of(ok(""), unknown("")) == 2
    assert of(unknown(""), fail("", why="", remedy=None)) == 1


def on_gpus(count: int, summary: str = "no link") -> list[Finding]:
    found = [f"0000:{number:02x}:00.0" for number in range(count)]
    return [
        fail(
            summary.replace("{}", str(number)),
            why="slow",
            evidence=f"{address} is slow",
            remedy=by_command(f"reset {address}"),
            subject=address,
        ).of("link", "bus")
        for number, address in enumerate(found)
    ]


def test_one_finding_about_sixteen_gpus_is_one_block_with_one_proof_and_one_fix() -> None:
    block = text(on_gpus(16)).split("\n\n")[1].split("\n")
    assert block[0] == "FAIL    link: on 16 GPUs: no link"
    assert block[1].startswith("        on       0000:00:00.0, 0000:01:00.0, ")
    assert len(block) == 5
    assert block[4] == "        fix      reset 0000:00:00.0"


def test_gpus_with_numbers_of_their_own_keep_them() -> None:
    block = text(on_gpus(2, "{} errors")).split("\n\n")[1]
    assert "on       0000:00:00.0: 0 errors\n                 0000:01:00.0: 1 errors\n" in block


def test_what_has_another_reason_or_no_subject_is_not_grouped() -> None:
    one, other = on_gpus(2)
    assert text([one, replace(other, why="hot")]).count("FAIL    link [") == 2
    assert text([replace(one, subject=""), replace(other, subject="")]).count("FAIL    link:") == 2


def test_long_evidence_is_wrapped_on_a_terminal_and_a_command_never_is() -> None:
    long = fail("it", why="", evidence="word " * 40, remedy=by_hand("type " * 40)).of("x", "host")
    wrapped = text([long], width=60)
    rows = [line for line in wrapped.split("\n") if "type" not in line]
    assert max(len(row) for row in rows) <= 60
    assert "\n                 word word" in wrapped
    assert "fix      " + "type " * 40 in wrapped
    assert "evidence " + "word " * 40 in text([long])


def test_colour_takes_no_room_when_lines_are_wrapped() -> None:
    long = fail("word " * 40, why="", remedy=None).of("x", "host")
    assert re.sub("\033\\[[0-9]*m", "", text([long], width=60, colour=True)) == text([long], width=60)


def test_what_a_tool_printed_cannot_steer_the_terminal() -> None:
    assert "\033" not in text([fail("\033[2Jgone", why="", evidence="a\rb", remedy=None).of("x", "host")])


def test_many_checks_that_are_well_are_counted_by_stage() -> None:
    many = [ok("").of(f"check{number}", "gpu" if number else "bus") for number in range(40)]
    assert text(many).endswith("\nok      40 checks: bus 1, gpu 39\n")


def test_a_verb_for_this_machine_says_local() -> None:
    made = Report("gpu01", "debian", "", FINDINGS, "invoke {} --local")
    assert "fix      invoke provision --only driver --local\n" in report.as_text(made)


def test_one_line_says_which_facts_only_root_could_have_read() -> None:
    denied = Reading(0, 'info "permission denied while trying to connect to the Docker daemon"\n')
    host = Reading(0, "name h\nmachine x86_64\ntime 0\nuid 1000\nsudo sudo: a password is required\ninit systemd\n")
    facts = Facts(Recording({"host": host, "docker": denied}))
    lines = report.as_text(report.of(facts, "gpu01", "debian", FINDINGS)).splitlines()
    assert lines[1].startswith("no root not read, because only root may: docker; sudo asks for a password, or does not")
    whole = Facts(Recording({"host": host, "docker": Reading(0, "state active\n")}))
    assert "no root" not in report.as_text(report.of(whole, "gpu01", "debian", FINDINGS))
