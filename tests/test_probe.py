"""The probe, run for real under every shell that a host may call `sh`."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from checks.facts import TOPICS, tried
from checks.facts.probe import LIMIT, compose
from checks.facts.recording import CAP, parse
from checks.facts.root import as_root, as_root_with_password

SHELLS = {"dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """A shell, which is also what `sh` means on PATH to the probe's topics."""
    command = SHELLS[request.param]
    path = shutil.which(command[0])
    assert path, f"install {command[0]}: tests/lab/packages.txt lists it"
    sh = tmp_path / "sh"
    sh.write_text(f'#!/bin/dash\nexec {path} {" ".join(command[1:])} "$@"\n', encoding="utf-8")
    sh.chmod(0o755)
    return [*command, str(tmp_path)]


def ask(shell: list[str], topics: dict[str, str], deadline: float = 5) -> tuple[str, float]:
    began = time.monotonic()
    *command, folder = shell
    script = compose(topics, deadline).replace("PATH=/usr/local/sbin", f"PATH={folder}:/usr/local/sbin")
    done = subprocess.run(
        [*command, "-c", script], capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=True
    )
    return done.stdout.decode(errors="replace"), time.monotonic() - began


def test_the_whole_probe_answers_every_topic(shell: list[str]) -> None:
    recording = parse(ask(shell, dict(TOPICS), 20)[0])
    assert recording.complete
    assert list(recording.readings) == list(TOPICS)
    assert all(reading.status is not None for reading in recording.readings.values())


def test_a_topic_keeps_its_status_and_its_text(shell: list[str]) -> None:
    readings = parse(
        ask(shell, {"one": "echo hello; exit 3", "two": "true", "three": "echo é ü; printf tail"})[0]
    ).readings
    assert (readings["one"].status, readings["one"].text) == (3, "hello\n")
    assert (readings["two"].status, readings["two"].text) == (0, "")
    assert readings["three"].text == "é ü\ntail\n"


def test_nothing_printed_can_forge_a_header(shell: list[str]) -> None:
    recording = parse(ask(shell, {"a": "echo '@ b 0'; echo '@ end'", "b": "exit 1"})[0])
    assert recording.readings["a"].text == "@ b 0\n@ end\n"
    assert recording.readings["b"].status == 1


def test_a_topic_with_a_syntax_error_harms_only_itself(shell: list[str]) -> None:
    readings = parse(ask(shell, {"bad": "if then (", "good": "echo well"})[0]).readings
    assert readings["bad"].status not in (0, None)
    assert readings["good"].text == "well\n"


def test_a_late_topic_shows_what_it_has_and_leaves_no_process(shell: list[str]) -> None:
    text, took = ask(shell, {"slow": "echo begun; sleep 987 & sleep 987", "quick": "echo done"}, deadline=1)
    readings = parse(text).readings
    assert (readings["slow"].status, readings["slow"].text) == (None, "begun\n")
    assert readings["quick"].text == "done\n"
    assert took < 3
    assert b"sleep\x00987" not in b"".join(_command_lines())


def test_a_topic_that_uses_another_begins_after_it_and_is_late_with_it(shell: list[str]) -> None:
    first, second = "sleep 0.2; exit 3", 'cat "${topic%/*}/docker.rc"; echo begun'
    readings = parse(ask(shell, {"containers": second, "docker": first})[0]).readings
    assert (readings["docker"].status, readings["containers"].text) == (3, "3\nbegun\n")
    readings = parse(ask(shell, {"docker": "sleep 984", "containers": second, "a": "echo a"}, deadline=1)[0]).readings
    assert [(each.status, each.text) for each in readings.values()] == [(None, ""), (None, ""), (0, "a\n")]
    assert parse(ask(shell, {"containers": "echo alone"})[0]).readings["containers"].text == "alone\n"


def _command_lines() -> list[bytes]:
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(process.read_bytes())
        except OSError:
            continue
    return found


def test_the_alarm_leaves_no_process(shell: list[str]) -> None:
    ask(shell, {"a": "true"}, deadline=986)
    until = time.monotonic() + 5
    while b"sleep\x00986" in b"".join(_command_lines()) and time.monotonic() < until:
        time.sleep(0.01)
    assert b"sleep\x00986" not in b"".join(_command_lines())


def test_nothing_is_started_to_wait_or_to_print(shell: list[str], tmp_path: Path) -> None:
    for name in ("cat", "head", "sed", "sleep", "awk"):
        stub = tmp_path / name
        stub.write_text(
            f'#!/bin/dash\necho {name} >>{tmp_path}/log\nexec {shutil.which(name)} "$@"\n', encoding="utf-8"
        )
        stub.chmod(0o755)
    text, _ = ask(shell, {"a": "/bin/sleep 0.3; echo a", "b": "echo b", "c": "echo c"})
    assert [reading.text for reading in parse(text).readings.values()] == ["a\n", "b\n", "c\n"]
    log = tmp_path / "log"
    started = sorted(log.read_text(encoding="utf-8").split()) if log.exists() else []
    assert started == ([] if shell[0] == "busybox" else ["awk", "sleep"])  # busybox is all of them itself


def test_a_host_without_awk_answers_the_same(shell: list[str], tmp_path: Path) -> None:
    topics = {"a": "printf 'one\\n\\ntwo'; exit 3", "b": "true", "late": "echo begun; sleep 985"}
    whole = parse(ask(shell, topics, 1)[0])
    for folder in ("/bin", "/usr/bin"):
        for tool in ("mktemp", "mkfifo", "rm", "cat", "head", "sed", "sleep", "kill"):
            if not (tmp_path / tool).exists() and Path(folder, tool).exists():
                (tmp_path / tool).symlink_to(Path(folder, tool))
    *command, _ = shell
    script = compose(topics, 1).replace(
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", f"PATH={tmp_path}"
    )
    done = subprocess.run([*command, "-c", script], capture_output=True, text=True, check=True)
    assert parse(done.stdout) == whole


def test_a_flood_is_cut_and_marked(shell: list[str]) -> None:
    reading = parse(ask(shell, {"flood": "head -c 1300000 /dev/zero | tr '\\0' x"})[0]).readings["flood"]
    assert reading.cut
    assert len(reading.text) == CAP


def test_topics_get_no_input_and_no_environment_file(shell: list[str]) -> None:
    readings = parse(ask(shell, {"input": "cat; echo end", "env": 'echo "[$ENV]"'})[0]).readings
    assert readings["input"].text == "end\n"
    assert readings["env"].text == "[]\n"


def test_it_leaves_no_scratch_behind(shell: list[str]) -> None:
    scratch = Path(parse(ask(shell, {"a": 'echo "$topic"'})[0]).readings["a"].text.strip()).parent
    assert scratch.name.startswith("gpuwright.")
    assert not scratch.exists()


def test_a_script_that_one_command_cannot_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="one command can carry"):
        compose({"big": "#" * LIMIT})


def test_the_composed_probe_is_well_within_its_limit() -> None:
    assert len(compose(TOPICS)) < LIMIT * 9 / 10


@pytest.mark.parametrize("wrap", [as_root, as_root_with_password], ids=["plain", "password"])
def test_a_wrapped_script_runs_where_no_sudo_is_needed(wrap: object, shell: list[str], tmp_path: Path) -> None:
    assert callable(wrap)
    fake = tmp_path / "sudo"  # one that never grants anything
    fake.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    fake.chmod(0o755)
    done = subprocess.run(
        [*shell[:-1], "-c", wrap("echo hello\n")],
        capture_output=True,
        text=True,
        input="",
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=False,
    )
    if os.getuid() == 0 or wrap is as_root:
        assert done.stdout == "hello\n"


def _shellcheck(script: str) -> str:
    done = subprocess.run(
        ["shellcheck", "--shell=sh", "--severity=warning", "-"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("topic", TOPICS)
def test_shellcheck_finds_nothing_in_a_topic(topic: str) -> None:
    assert _shellcheck(TOPICS[topic]) == ""


@pytest.mark.parametrize(
    "script",
    [
        compose(TOPICS),
        as_root("echo hello\n"),
        as_root_with_password("echo hello\n"),
        tried("tensorflow", "an/image:1")["framework"],
    ],
    ids=["probe", "as_root", "as_root_with_password", "framework"],
)
def test_shellcheck_finds_nothing_in_what_we_send(script: str) -> None:
    assert _shellcheck(script) == ""
