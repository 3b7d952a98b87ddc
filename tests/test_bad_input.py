"""Bad input: each mistake in a command line, a profile or a recording has its own words and status."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from provision.answers import NAGIOS, PLANNING, RESULTS
from provision.remote.program import main
from tests.hosts import FOLDER

RECORDING = str(FOLDER / "bare-debian12-a100.rec")
PROFILES: dict[str, tuple[str | bytes, str]] = {
    "key": ('name = "x"\nsurprise = 1\n', ":2: surprise: not a key here; known:"),
    "type": ('name = "x"\n[driver]\npackages = "nvidia"\n', ":3: driver.packages: wants a list of packages"),
    "number": ('name = "x"\n[expect]\ngpus = "eight"\n', ":3: expect.gpus: wants"),
    "negative": ('name = "x"\n[expect]\ngpus = -1\n', ":3: expect.gpus: wants"),
    "method": ('name = "x"\n[driver_volume]\nmethod = "move"\n', ":3: driver_volume.method: wants"),
    "section": ('name = "x"\ndriver = 5\n', ":2: driver: wants a table"),
    "syntax": ("name = \n", "not TOML: Invalid value (at line 1"),
    "unnamed": ("[driver]\n", "name: is missing"),
    "empty": ("", "name: is missing"),
    "loop": ('name = "x"\nextends = "nosuch"\n', "there is no profile 'nosuch'"),
    "latin": (b'name = "\xff"\n', "not UTF-8, as TOML has to be: byte 8 is 0xff"),
}
RECORDINGS = {
    "nothing": (b"", "not a recording (it is empty)"),
    "newer": (b"@ probe 9\n@ end\n", "recording of version '9'; this program reads version 1"),
    "binary": (bytes(range(256)) * 4, "no '@ probe' line: not a recording (it begins '\\x00"),
    "prose": (b"it does not work\n", "not a recording (it begins 'it does not work"),
    "squeezed": (b"\x1f\x8b" + bytes(90), "a compressed file that cannot be read"),
}


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    """`gpuwright ARGUMENTS` in this process: its status, and what it said on standard error."""
    for state in (RESULTS, PLANNING, NAGIOS):
        state.clear()
    monkeypatch.setattr(sys, "argv", ["gpuwright", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    for state in (RESULTS, PLANNING, NAGIOS):
        state.clear()
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    return int(ended.value.code or 0), said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("nosuch", "No idea what 'nosuch' is!\nThe verbs: gpuwright --list"),
        ("doctor --nosuch", "No idea what '--nosuch' is!\nThe verbs"),
        ("doctor --deadline", "deadline> needed value"),
        ("doctor --format nonsense", "--format nonsense: wants one of text, json"),
        ("doctor --deadline soon", "--deadline soon: wants 1 s to 60 m"),
        ("doctor --deadline -5s", "--deadline -5s: wants 1 s to 60 m"),
        ("doctor --deadline 2h", "--deadline 2h: wants 1 s to 60 m"),
        ("doctor --only nosuch --recording x", "--only: there is no check 'nosuch'; --list-checks names them all"),
        ("doctor --skip nosuch --recording x", "--skip: there is no check 'nosuch'"),
        ("doctor --fix", "doctor --fix which host?"),
        ("doctor --fix --recording x", "--fix needs a host; a recording cannot be mended"),
        ("-H gpu01 doctor --recording x", "--recording reads a file; leave -H out"),
        ("-H user@ doctor", "-H names no host"),
        ("-H gpu01:ssh doctor", "error: -H: "),
        ("-H gpu01:99999 doctor", "Bad port '99999'"),
        ("-H gpu01 plan --local", "--local and -H exclude each other"),
        ("-H gpu01 explain --text x", "explain needs no host; leave -H out"),
        ("-H gpu01 fleet.doctor", "fleet.doctor names its hosts itself: --hosts gpu01 after the verb, without -H"),
        ("-H gpu01 rollout", "error: rollout names its hosts itself: --hosts gpu01 after the verb, without -H"),
        ("fleet.doctor", "which hosts? --hosts"),
        ("explain", "explain what?"),
        ("plan --local --only drivr", "there is no component 'drivr'; known: old_sources"),
        ("provision --local --reboot always", "--reboot always: wants one of if-needed, never"),
        ("provision --local --lock-wait soon", "--lock-wait soon: wants 1 s to 60 m"),
        ("provision", "provision which host?"),
        ("unprovision", "unprovision which host?"),
        ("rollback --run x", "rollback which host?"),
        ("docker-args --format xml", "--format xml: wants one of text, json, compose"),
        ("manifest --kind job --image a", "--kind job: wants one of pod, deployment, rc"),
        ("manifest --kind pod --image a --replicas 2", "--replicas: a pod is one"),
        ("manifest --kind device-plugin --image a", "--image: a device-plugin has none"),
        ("manifest --kind labels --yes", "--context and --yes go with --apply"),
        ("manifest --kind helm-values --apply", "these are values for helm"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_64(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: str, words: str
) -> None:
    status, said = run(capsys, monkeypatch, *arguments.split())
    assert (status, words in said) == (64, True), said


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_that_cannot_be_used_is_65_and_names_file_line_and_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    content, words = PROFILES[name]
    file = tmp_path / f"{name}.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    status, said = run(capsys, monkeypatch, "doctor", "--recording", RECORDING, "--profile", str(file))
    assert (status, words in said) == (65, True), said
    assert str(file) in said


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_that_cannot_be_used_is_65_and_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    content, words = RECORDINGS[name]
    file = tmp_path / f"{name}.rec"
    file.write_bytes(content)
    status, said = run(capsys, monkeypatch, "doctor", "--recording", str(file))
    assert (status, words in said) == (65, True), said
    assert str(file) in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("doctor --recording NOWHERE", "NOWHERE: No such file or directory"),
        ("doctor --recording FOLDER", "FOLDER: Is a directory"),
        ("doctor --recording GOOD --profile NOWHERE", "there is no profile"),
        (
            "doctor --recording GOOD --profile FOLDER",
            "FOLDER: is no file; a profile is a name (as-found, current, debian",
        ),
        ("doctor --recording GOOD --profile debain", "there is no profile 'debain'; known: as-found, current, debian"),
        ("doctor --recording GOOD -o NOWHERE/report", "NOWHERE/report: No such file or directory"),
        ("explain --file NOWHERE", "NOWHERE: No such file or directory"),
        ("explain --file FOLDER", "FOLDER: Is a directory"),
        ("profile.show --profile nosuch", "there is no profile 'nosuch'"),
    ],
)
def test_a_file_that_cannot_be_read_is_65_and_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: str, words: str
) -> None:
    places = {"NOWHERE": str(tmp_path / "nowhere"), "FOLDER": str(tmp_path), "GOOD": RECORDING}
    for name, path in places.items():
        arguments, words = arguments.replace(name, path), words.replace(name, path)
    status, said = run(capsys, monkeypatch, *arguments.split())
    assert (status, words in said) == (65, True), said


def test_a_recording_that_was_cut_off_is_read_and_what_is_missing_is_unknown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "cut.rec"
    file.write_bytes(Path(RECORDING).read_bytes()[:600])
    status, _ = run(capsys, monkeypatch, "doctor", "--recording", str(file))
    assert status == 2
