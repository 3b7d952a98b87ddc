"""The dictionary of messages: each entry finds its own example, no healthy host's text, and nothing is guessed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import explain
from checks.finding import by_command, by_hand, fail, ok, provision
from checks.texts import LONGEST, Text, dictionary, meanings
from tests.hosts import NAMES, read

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("entry", dictionary(), ids=lambda entry: entry.name)
def test_each_message_is_found_in_its_own_example(entry: Text) -> None:
    assert [found.text.name for found in meanings(f"noise before\n{entry.example}\nnoise after\n")] == [entry.name]


def test_messages_have_names_of_their_own_and_say_all_that_a_person_needs() -> None:
    assert len(dictionary()) >= 60
    names = [entry.name for entry in dictionary()]
    assert len(names) == len(set(names))
    for entry in dictionary():
        assert re.fullmatch(r"[a-z0-9-]+", entry.name)
        assert all((entry.seen, entry.cause, entry.sure, entry.fix, entry.source)), entry.name


@pytest.mark.parametrize("host", [host for host in NAMES if host.startswith(("healthy", "bare"))])
def test_nothing_that_a_healthy_or_a_bare_host_prints_is_taken_for_a_message(host: str) -> None:
    readings = dict(read(host).readings)
    readings.pop(
        "nvlink", None
    )  # a card without a bridge is told of in the words that are bad news for a board of eight
    assert not [m for topic in readings.values() for m in meanings(topic.text)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all is well",
        "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.309.01",
        "nvidia: module verification failed: signature and/or required key missing - tainting kernel",
        "P| Serving plugin API at /var/lib/nvidia-docker",
        'level=info msg="Loading containers: done."',
        "Error response from daemon: a message that nobody has met",
    ],
)
def test_what_is_not_known_is_not_guessed(text: str) -> None:
    assert meanings(text) == ()
    assert "nothing in this text is known" in explain.as_text(meanings(text))
    assert json.loads(explain.as_json(meanings(text))) == {"schema": 1, "known": []}


def test_the_same_message_is_told_once_with_its_first_line_and_how_often() -> None:
    line = "NVRM: GPU 0000:18:00.0: GPU has fallen off the bus."
    found = meanings(f"one\n\x1b[31m{line}\x1b[0m\r\ntwo\n{line}\n{line}\n")
    assert [(m.text.name, m.number, m.times, m.line) for m in found] == [("fallen-off-the-bus", 2, 3, line)]
    assert explain.as_text(found).startswith(f"line 2, 3 times: {line}\n        seen in ")


def test_the_order_is_that_of_the_text_and_the_specific_message_wins_over_the_general() -> None:
    found = meanings("write /var/x: no space left on device\ncpio: write error: No space left on device\n")
    assert [m.text.name for m in found] == ["no-space", "boot-full"]


def test_a_sentence_that_the_kernel_module_breaks_over_lines_is_one() -> None:
    broken = "[   3.1] NVRM: installed in this system is not supported by open\n[   3.1] NVRM: nvidia.ko because it\n"
    assert [m.text.name for m in meanings(broken)] == ["module-is-open-gpu-is-not"]
    assert meanings("x is not supported by open\nnvidia.ko\n") == ()


def test_an_xid_is_explained_from_the_catalogue() -> None:
    line = "[  99.1] NVRM: Xid (PCI:0000:3b:00): 43, pid=4711, name=python, Ch 00000008"
    (found,) = meanings(f"{line}\n{line}\n")
    assert (found.text.name, found.times) == ("xid-43", 2)
    assert "it points to the application" in found.text.cause
    assert "0000:3b:00.0" in found.text.sure
    (strange,) = meanings("NVRM: Xid (PCI:0000:3b:00): 999, something new")
    assert "not in the catalogue" in strange.text.cause


def test_docker_has_one_text_for_five_causes_and_the_journal_tells_them_apart() -> None:
    ends = {
        "link /a /v/nvidia_driver/1/b: invalid cross-device link": "volume-across-file-systems",
        "link /a /v/nvidia_driver/1/b: operation not permitted": "volume-capability-lost",
        "link /a /v/nvidia_driver/1/b: file exists": "volume-library-twice",
        "mkdir /v/nvidia_driver/375.66: permission denied": "volume-not-writable",
        "/usr/bin/nvidia-smi: bad magic number '[35 33 47 98]' in record at byte 0x0": "volume-smi-is-a-script",
    }
    docker = "create nvidia_driver_375.66: VolumeDriver.Create: internal error, check logs for details"
    assert [m.text.name for m in meanings(docker)] == ["volume-internal-error"]
    assert {line: m.text.name for line in ends for m in meanings(f"Error: {line}")} == ends


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    assert isinstance(explain.as_text(meanings(text)), str)


def test_a_line_without_end_takes_no_time() -> None:
    assert meanings("could not select device driver " * 100_000) == ()
    assert meanings("x" * LONGEST + "fallen off the bus") == ()


def test_a_failed_finding_whose_evidence_is_known_gets_cause_and_fix() -> None:
    found = fail(
        "it fails", why="nothing works", evidence="no CUDA-capable device is detected", remedy=by_hand("dmesg")
    )
    made = explain.explained(found)
    entry = meanings(found.evidence)[0].text
    assert (made.why, made.remedy) == (f"nothing works; {entry.cause}", by_hand(entry.fix))
    assert explain.explained(made) == made


@pytest.mark.parametrize("remedy", [provision("driver"), by_command("modprobe nvidia", "modprobe -r nvidia")])
def test_a_remedy_that_the_program_carries_out_stays(remedy: object) -> None:
    found = fail("x", why="y", evidence="GPU is lost", remedy=remedy)  # type: ignore[arg-type]
    assert explain.explained(found).remedy == remedy


def test_a_check_that_tells_a_person_what_to_do_keeps_its_own_words() -> None:
    found = fail(
        "Xid 79, again after a reboot", why="it points to the hardware", evidence="fallen off the bus", remedy=None
    )
    told = replace(found, remedy=by_hand("take the host out of service"))
    assert explain.explained(told) == told
    assert explain.explained(found).remedy != found.remedy


def test_what_did_not_fail_or_is_not_known_stays_as_it_is() -> None:
    well = ok("fine", "GPU is lost")
    strange = fail("x", why="y", evidence="nobody has met this", remedy=None)
    assert (explain.explained(well), explain.explained(strange)) == (well, strange)


def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).parent / arguments[0])
    return subprocess.run([program, *arguments[1:]], cwd=ROOT, input=text, capture_output=True, text=True, check=False)


def test_explain_reads_a_text_a_file_and_standard_input(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("NO_PUBKEY A4B469963BF863CC\n", encoding="utf-8")
    found = [
        run("invoke", "explain", "--text", "NO_PUBKEY A4B469963BF863CC"),
        run("invoke", "explain", "--file", str(log)),
        run("invoke", "explain", "--file", "-", "--format", "json", text=log.read_text(encoding="utf-8")),
    ]
    assert [done.returncode for done in found] == [0, 0, 0]
    assert "NVIDIA changed the key of its CUDA repository" in found[0].stdout
    assert found[0].stdout == found[1].stdout
    assert [known["name"] for known in json.loads(found[2].stdout)["known"]] == ["cuda-key-rotated"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("invoke", "explain", "--text", "nobody has met this"), 2, "nothing in this text is known"),
        (("invoke", "explain"), 64, "explain what?"),
        (("invoke", "explain", "--text", "x", "--file", "y"), 64, "explain what?"),
        (("invoke", "explain", "--file", "/nonexistent.log"), 65, "/nonexistent.log: No such file"),
        (("fab", "-H", "gpu01", "explain", "--text", "x"), 64, "leave -H out"),
    ],
)
def test_explain_ends_by_the_contract(arguments: tuple[str, ...], status: int, words: str) -> None:
    done = run(*arguments)
    assert done.returncode == status, done.stderr
    assert words in done.stdout + done.stderr
