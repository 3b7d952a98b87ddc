"""The command line, as people type it: stock fab, invoke, and gpuwright. Nothing here touches a host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def run(program: str, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG")}
    return subprocess.run(
        [str(BIN / program), *arguments],
        cwd=cwd,
        env={**environment, "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # no terminal of the developer's
        check=False,
    )


@pytest.mark.parametrize("program", ["fab", "invoke", "gpuwright"])
def test_list_reads_well(program: str) -> None:
    done = run(program, "--list")
    assert done.returncode == 0
    for verb in (
        "doctor",
        "record",
        "bundle",
        "plan",
        "provision",
        "rollback",
        "unprovision",
        "docker-args",
        "manifest",
    ):
        assert f"  {verb} " in done.stdout
    assert "Say what is wrong with a GPU host" in done.stdout


def test_an_unknown_verb_says_where_the_verbs_are() -> None:
    done = run("gpuwright", "-H", "gpu01", "nosuchtask")
    assert (done.returncode, done.stdout) == (64, "")
    assert "nosuchtask" in done.stderr
    assert "gpuwright --list" in done.stderr


@pytest.mark.parametrize("program", ["fab", "invoke", "gpuwright"])
@pytest.mark.parametrize("verb", ["plan", "provision", "unprovision", "rollback"])
def test_touching_without_a_host_says_how_to_name_one(program: str, verb: str) -> None:
    done = run(program, verb)
    assert done.returncode == 64
    assert f"fab -H gpu01 {verb}" in done.stderr
    assert f"{verb} --local" in done.stderr
    assert "nothing was changed" in done.stderr


def test_mending_this_machine_needs_local() -> None:
    done = run("invoke", "doctor", "--fix")
    assert done.returncode == 64
    assert "doctor --fix --local for this machine; nothing was changed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("doctor", "--fix", "--recording", "x.rec"), "a recording cannot be mended"),
        (("doctor", "--format", "nonsense"), "--format nonsense: wants one of text, json"),
        (("doctor", "--deadline", "soon"), "--deadline soon: wants 1 s to 60 m, such as 20s or 2m"),
        (("doctor", "--deadline", "0"), "--deadline 0: wants"),
        (("doctor", "--framework", "jax", "--image", "x"), "--framework jax: wants one of tensorflow, pytorch"),
        (("doctor", "--framework", "pytorch"), "--framework and --image go together: there is no --image, such as"),
        (("doctor", "--since", "soon"), "--since: 'soon' is no time: write '2 days ago'"),
        (("provision", "--local", "--reboot", "always"), "--reboot always: wants one of if-needed, never"),
        (("plan", "--local", "--only", "drivr"), "there is no component 'drivr'; known: old_sources, packages"),
    ],
)
def test_bad_flags_are_one_line_and_64(arguments: tuple[str, ...], words: str) -> None:
    done = run("invoke", *arguments)
    assert done.returncode == 64
    assert done.stderr.startswith("error: ")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("doctor", "--profile", "curent"), "there is no profile 'curent'; known: as-found, current, debian"),
        (("doctor", "--recording", "/nonexistent.rec"), "/nonexistent.rec: No such file"),
        (("doctor", "--recording", "README.md"), "not a recording"),
    ],
)
def test_bad_input_is_65(arguments: tuple[str, ...], words: str) -> None:
    done = run("invoke", *arguments)
    assert done.returncode == 65, done.stderr
    assert words in done.stderr


def test_an_unknown_host_is_69_and_the_others_are_still_visited() -> None:
    done = run("fab", "-H", "nohost.invalid,alsonot.invalid", "doctor", "--format", "json")
    assert done.returncode == 69
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(d["host"], d["status"]) for d in documents] == [("nohost.invalid", 69), ("alsonot.invalid", 69)]
    assert "no connection" in documents[0]["error"]


def test_doctor_reads_a_recording_from_a_file_and_from_standard_input() -> None:
    recording = ROOT / "tests/recordings/bare-debian12-a100.rec"
    done = run("invoke", "doctor", "--recording", str(recording), "--format", "json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert (document["schema"], document["verdict"], document["profile"]) == (1, "fail", "as-found")
    assert {f["check"] for f in document["findings"] if f["verdict"] == "fail"} >= {"nouveau"}
    assert set(document["findings"][0]) == {
        *("check", "stage", "subject", "verdict", "summary", "why", "evidence", "remedy", "when", "because")
    }
    with recording.open("rb") as file:
        piped = subprocess.run(
            [str(BIN / "invoke"), "doctor", "--recording", "-"], cwd=ROOT, stdin=file, capture_output=True, check=False
        )
    assert piped.returncode == 1


def test_the_flags_of_the_doctor() -> None:
    listed = run("invoke", "doctor", "--list-checks")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "gpu_on_bus " in listed.stdout
    wrong = run("invoke", "doctor", "--skip", "gpu-on-bus,noveau")
    assert wrong.returncode == 64
    assert "did you mean nouveau?" in wrong.stderr
    recording = str(ROOT / "tests/recordings/bare-debian12-a100.rec")
    only = run("invoke", "doctor", "--recording", recording, "--only", "gpu_count", "--format", "json")
    assert only.returncode == 0
    assert {finding["check"] for finding in json.loads(only.stdout)["findings"]} == {"gpu_on_bus", "gpu_count"}
    nagios = run("invoke", "doctor", "--recording", recording, "--format", "nagios")
    assert nagios.returncode == 2
    assert nagios.stdout.startswith("GPU CRITICAL - ")


def test_nagios_gets_no_other_status_than_its_own(tmp_path: Path) -> None:
    gone = run("fab", "-H", "nohost.invalid", "doctor", "--format", "nagios", "-o", str(tmp_path / "out"))
    assert gone.returncode == 3
    assert (tmp_path / "out").read_text(encoding="utf-8").startswith("GPU UNKNOWN - nohost.invalid: ")
    assert run("invoke", "doctor", "--recording", "/nonexistent", "--format", "nagios").returncode == 3


def test_a_recording_and_a_host_exclude_each_other() -> None:
    done = run("fab", "-H", "gpu01", "doctor", "--recording", "x")
    assert done.returncode == 64
    assert "leave -H out" in done.stderr


def test_invoke_doctor_runs_here() -> None:
    done = run("invoke", "doctor", "--format", "json")
    assert done.returncode in (0, 1, 2)
    assert json.loads(done.stdout)["host"] == os.uname().nodename


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fleet.doctor",), "which hosts? --hosts gpu[01-64],login1"),
        (("fleet.doctor", "--hosts", "gpu[1-"), "--hosts gpu[1-: missing bracket"),
        (("fleet.plan", "--hosts", "gpu1", "--workers", "many"), "--workers many: wants a number from 1 to 1000"),
        (("fleet.record", "--hosts", "gpu1"), "wants -o FOLDER"),
        (("-H", "gpu1", "fleet.doctor"), "fleet.doctor names its hosts itself: --hosts gpu1 after the verb"),
    ],
)
def test_fleets_name_their_hosts_themselves(arguments: tuple[str, ...], words: str) -> None:
    done = run("fab", *arguments)
    assert (done.returncode, done.stdout) == (64, "")
    assert words in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str) -> None:
    done = run("gpuwright", "--print-completion-script", shell)
    assert done.returncode == 0
    assert "--complete" in done.stdout
    assert "gpuwright" in done.stdout


def test_verbs_and_their_flags_are_completed() -> None:
    assert {"doctor", "provision", "docker-args"} <= set(
        run("gpuwright", "--complete", "--", "gpuwright").stdout.split()
    )
    flags = run("gpuwright", "--complete", "--", "gpuwright provision --").stdout.split()
    assert {"--yes", "--dry-run", "--lock-wait"} <= set(flags)


def test_every_verb_that_connects_can_learn_host_keys() -> None:
    from tasks import namespace

    verbs = ("doctor", "record", "plan", "provision", "rollback", "unprovision", "docker-args")
    for name in (*verbs, "fleet.doctor", "fleet.plan", "fleet.record"):
        flags = {flag for argument in namespace[name].get_arguments() for flag in argument.names}
        assert "accept-new-host-keys" in flags, name


@pytest.mark.parametrize("flag", ["--prompt-for-sudo-password", "--prompt-for-passphrase"])
def test_no_terminal_to_ask_on_says_what_to_do_instead(flag: str) -> None:
    done = run("gpuwright", flag, "-H", "nohost.invalid", "doctor")
    assert (done.returncode, done.stdout) == (64, "")
    assert "there is no terminal to ask for it on" in done.stderr
    assert "FABRIC_SUDO_PASSWORD" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_ipv6_host_may_carry_a_port() -> None:
    done = run("fab", "-H", "joe@[::1]:1", "doctor")
    assert done.returncode == 69
    assert "[::1]:1: no connection to [::1]:1: " in done.stderr


def test_a_host_that_is_none_is_a_usage_error() -> None:
    done = run("fab", "-H", "[::1", "doctor")
    assert (done.returncode, done.stdout) == (64, "")
    assert "'[::1' is no host: write HOST, USER@HOST:PORT, or USER@[IPV6]:PORT" in done.stderr
