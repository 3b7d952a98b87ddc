"""The formats that programs read: each as its own specification says, also where texts hold what could break it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from checks import report
from checks.doctor import exit_status
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, unknown, warn
from checks.report import FORMATS, Report, atomically, render
from checks.report.nagios import nagios_status

NASTY = 'a "quoted" \\ back\\slash | bar\nnew line \x1b[31m <tag> & é'
FINDINGS = (
    ok("a GPU").of("gpu_on_bus", "bus"),
    fail(NASTY, why=NASTY, evidence=NASTY, remedy=provision("driver"), subject=NASTY).of("nouveau", "driver"),
    ok("again", "").of("nouveau", "driver"),
    unknown("cut").of("smi", "gpu"),
    skipped("not examined", "nouveau").of("driver_loaded", "driver"),
    warn("soon", why="it breaks", remedy=by_hand("look"), when="next boot").of("headers", "driver"),
)
WELL = Report("gpu02", "debian", "2026-11-22T00:00:00Z", (ok("").of("gpu_on_bus", "bus"),))
BROKEN = Report("gpu01", "debian", "2026-11-22T00:00:00Z", FINDINGS, without_root="not read: docker")
GONE = Report("gpu03", "", "", (), error="no route\nto | host", status=69)
ALL = [BROKEN, WELL, GONE]


def test_json_is_one_document_for_each_host_and_line() -> None:
    documents = [json.loads(line) for line in render("json", ALL).splitlines()]
    assert [document["host"] for document in documents] == ["gpu01", "gpu02", "gpu03"]
    assert documents[0]["verdict"] == "fail"
    assert [document["without_root"] for document in documents[:2]] == ["not read: docker", ""]
    assert documents[0]["findings"][1]["remedy"] == {"text": "provision --only driver", "component": "driver"}
    assert documents[2] == {"schema": 1, "host": "gpu03", "error": "no route\nto | host", "status": 69}
    assert json.loads(report.error_as_json("gpu02", "no route", 69))["status"] == 69


SUITE = {"name", "hostname", "timestamp", "time", "tests", "failures", "errors", "skipped"}


def test_junit_has_the_shape_that_ci_systems_read() -> None:
    document = ET.fromstring(render("junit", ALL).encode())  # noqa: S314 - our own text
    assert document.tag == "testsuites"
    assert [suite.get("name") for suite in document] == ["gpu01", "gpu02", "gpu03"]
    for suite in document:
        assert (suite.tag, set(suite.attrib)) == ("testsuite", SUITE)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        cases = suite.findall("testcase")
        assert [child.tag for child in suite] == ["properties"] + ["testcase"] * len(cases)
        assert all({"name", "classname", "time"} == set(case.attrib) for case in cases)
        counted = {tag: len(suite.findall(f"testcase/{tag}")) for tag in ("failure", "error", "skipped")}
        said = {"failure": "failures", "error": "errors", "skipped": "skipped"}
        assert {tag: int(suite.attrib[said[tag]]) for tag in counted} == counted
        assert int(suite.attrib["tests"]) == len(cases)
        for inner in (inner for case in cases for inner in case):
            assert inner.tag in ("failure", "error", "skipped", "system-out")
            assert inner.tag == "system-out" or "message" in inner.attrib


SAMPLE = re.compile(r'([a-z_]+)\{((?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\} (-?[0-9.e+]+)$')


def test_prometheus_names_each_metric_once_and_each_sample_once() -> None:
    text = render("prometheus", ALL)
    assert text.endswith("\n")
    help_: list[str] = []
    type_: list[str] = []
    seen: set[tuple[str, str]] = set()
    for line in text.rstrip("\n").split("\n"):
        if line.startswith("# "):
            (help_ if line.startswith("# HELP ") else type_).append(line.split()[2])
            continue
        match = SAMPLE.match(line)
        assert match, line
        assert match[1] == type_[-1]
        assert (match[1], match[2]) not in seen
        seen.add((match[1], match[2]))
    assert help_ == type_ == sorted(set(help_), key=help_.index)
    assert 'gpuwright_doctor_verdict{host="gpu01",profile="debian"} 1\n' in text
    assert 'gpuwright_doctor_error{host="gpu03"} 69\n' in text
    assert 'verdict{host="gpu03"' not in text  # no verdict about a host that did not answer
    assert 'check="smi",subject=""} 3\n' in text
    assert 'gpuwright_doctor_taken_at_seconds{host="gpu02"} 1795305600\n' in text


@pytest.mark.parametrize(
    ("findings", "status", "word"),
    [
        ((ok("").of("a", "bus"),), 0, "OK"),
        ((warn("w", why="", remedy=None).of("a", "bus"),), 1, "WARNING"),
        ((fail("f", why="", remedy=None).of("a", "bus"), unknown("u").of("b", "bus")), 2, "CRITICAL"),
        ((unknown("u").of("a", "bus"),), 3, "UNKNOWN"),
        ((skipped("not asked").of("a", "bus"),), 3, "UNKNOWN"),
    ],
)
def test_nagios_is_one_line_and_one_of_four_statuses(findings: tuple[Finding, ...], status: int, word: str) -> None:
    made = Report("gpu01", "debian", "", findings)
    assert nagios_status(made) == exit_status(made, "nagios") == status
    assert render("nagios", [made]).startswith(f"GPU {word} - gpu01: ")


def test_nagios_text_cannot_end_early_or_forge_numbers() -> None:
    line = render("nagios", [BROKEN])
    assert line.count("\n") == line.count("|") == 1
    assert line.endswith("| failed=1 unknown=1 warnings=1 ok=2\n")
    assert "(and 2 more)" in line
    assert render("nagios", [GONE]) == "GPU UNKNOWN - gpu03: no route to / host\n"


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_ends_with_a_newline_and_names_a_host_in_error(form: str) -> None:
    text = render(form, [GONE])
    assert text.endswith("\n")
    assert "gpu03" in text


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "gpu.prom"
    atomically(file, b"one\n")
    atomically(file, b"two\n")
    assert file.read_bytes() == b"two\n"
    assert file.stat().st_mode & 0o777 == 0o644  # node_exporter reads it as another user
    assert os.listdir(tmp_path) == ["gpu.prom"]  # noqa: PTH208 - names are what is asked
    with pytest.raises(OSError, match=r"gone/gpu.prom"):
        atomically(tmp_path / "gone/gpu.prom", b"")
