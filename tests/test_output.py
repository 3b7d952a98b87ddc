"""Where reports go: one host to a file, several to a folder; formats of one document wait for all hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.finding import ok
from checks.report import Report
from provision.answers import NAGIOS, RESULTS, answering, worst
from provision.errors import Unreachable, Usage
from provision.output import Output, flush, place


def made(host: str) -> Report:
    return Report(host, "debian", "", (ok("").of("gpu_on_bus", "bus"),))


def test_one_host_goes_to_the_file_and_not_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Output("gpu01", "text", f"{tmp_path}/out").take(made("gpu01"))
    flush()
    assert (tmp_path / "out").read_text(encoding="utf-8").startswith("OK gpu01")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("given", ["out", "out/"])
def test_several_hosts_go_to_a_folder(tmp_path: Path, given: str) -> None:
    for host in ("gpu01", "gpu02"):
        Output(host, "prometheus", f"{tmp_path}/{given}").take(made(host))
    flush()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["gpu01.prom", "gpu02.prom"]
    assert 'host="gpu02"' in (tmp_path / "out/gpu02.prom").read_text(encoding="utf-8")


def test_a_folder_that_is_there_gets_one_host_too(tmp_path: Path) -> None:
    Output("gpu01", "json", str(tmp_path)).take(made("gpu01"))
    flush()
    assert (tmp_path / "gpu01.json").is_file()


def test_a_format_of_one_document_waits_for_all_hosts(capsys: pytest.CaptureFixture[str]) -> None:
    for host in ("gpu01", "gpu02"):
        Output(host, "junit").take(made(host))
    assert capsys.readouterr().out == ""
    flush()
    assert capsys.readouterr().out.count("<testsuites ") == 1
    flush()
    assert capsys.readouterr().out == ""


def test_a_host_in_error_is_in_the_document(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provision.answers.RESULTS", [])
    out = Output("gpu01", "prometheus")
    with answering("gpu01", "prometheus", out.error):
        raise Unreachable("no route")
    flush()
    captured = capsys.readouterr()
    assert captured.out.endswith('gpuwright_doctor_error{host="gpu01"} 69\n')
    assert captured.err == "error: no route\n"


def test_critical_outranks_unknown_where_nagios_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provision.answers.NAGIOS", [True])
    assert worst([3, 2, 1, 0]) == 2
    assert worst([3, 1]) == 3
    assert (NAGIOS, RESULTS) == ([], [])


def test_a_file_is_one_hosts_and_a_folder_is_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provision.output._PLACES", set())
    assert place(f"{tmp_path}/new/", "a/b.rec") == tmp_path / "new/a_b.rec"
    assert place(str(tmp_path), "b.rec") == tmp_path / "b.rec"
    assert place(f"{tmp_path}/one", "a.rec") == tmp_path / "one"
    with pytest.raises(Usage, match=r"several hosts need a folder: .*/one/"):
        place(f"{tmp_path}/one", "b.rec")
