"""Becoming root: what sudo says is said again as what it means, and a password never meets anything but sudo."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from checks.facts.root import NOT_ROOT, as_root, as_root_with_password, reason, refusal
from checks.facts.shell import Local, NotRoot
from provision.host import LocalHost

SUDO = """\
#!/bin/sh
echo "$*" >>"$LOG"
case $1 in -n) echo 'sudo: a password is required' >&2; exit 1 ;; esac
shift 4 # -k -S -p ''
if [ "$ASKS" = yes ]; then
    IFS= read -r given
    [ "$given" = "open sesame" ] || { IFS= read -r again || again=nothing
        echo "tried again with $again" >>"$LOG"
        echo 'sudo: 1 incorrect password attempt' >&2; exit 1; }
fi
exec "$@"
"""
"""A sudo that asks, or that has stopped asking by the time it is called for."""


class Played:
    """A login shell on a host with that sudo, for a user who is not root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        for name, text in {"sudo": SUDO, "id": "#!/bin/sh\necho 1000\n"}.items():
            (folder / name).write_text(text, encoding="utf-8")
            (folder / name).chmod(0o755)

    def run(self, text: str, given: str = "", asks: str = "yes", shell: str = "sh") -> subprocess.CompletedProcess[str]:
        self.log.write_text("", encoding="utf-8")
        env = {"PATH": f"{self.folder}:{os.defpath}", "LOG": str(self.log), "ASKS": asks}
        return subprocess.run(
            [shell, "-c", text], input=given, env=env, capture_output=True, text=True, check=False, timeout=20
        )


@pytest.fixture
def host(tmp_path: Path) -> Played:
    return Played(tmp_path)


SCRIPT = 'echo hello; cat; echo "end ${GPUWRIGHT_SUDO:-}"\n'


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_right_password_runs_the_script_and_is_no_line_of_it(host: Played, shell: str) -> None:
    done = host.run(as_root_with_password(SCRIPT), "open sesame\n", shell=shell)
    assert (done.returncode, done.stdout) == (0, "hello\nend \n")
    assert "sesame" not in host.log.read_text(encoding="utf-8") + done.stderr


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_wrong_password_is_tried_once_and_the_script_is_not_begun(host: Played, shell: str) -> None:
    done = host.run(as_root_with_password(SCRIPT), "wrong\n", shell=shell)
    assert (done.returncode, done.stdout) == (NOT_ROOT, "")
    assert refusal(done.stderr) == "sudo did not take the password"
    log = host.log.read_text(encoding="utf-8")
    assert log.count("tried again with nothing") == 1, "a second try would have got a line of the script"
    assert log.count("-k -S") == 1


def test_a_password_that_nobody_asks_for_is_never_run_as_a_command(host: Played) -> None:
    (host.folder / "open").write_text(f"#!/bin/sh\necho ran >>{host.log}\n", encoding="utf-8")
    (host.folder / "open").chmod(0o755)
    done = host.run(as_root_with_password(SCRIPT), "open sesame\n", asks="no")
    assert (done.returncode, done.stdout) == (0, "hello\nend \n")
    assert "ran" not in host.log.read_text(encoding="utf-8")


def test_without_a_password_the_script_runs_as_who_we_are_and_knows_why(host: Played) -> None:
    done = host.run(as_root(SCRIPT))
    assert done.stdout == "hello\nend sudo: a password is required\n"


@pytest.mark.parametrize("kind", [Local, LocalHost])
def test_the_password_serves_on_this_machine_too(
    host: Played, monkeypatch: pytest.MonkeyPatch, kind: type[Local]
) -> None:
    for name, value in {"PATH": f"{host.folder}:{os.defpath}", "LOG": str(host.log), "ASKS": "yes"}.items():
        monkeypatch.setenv(name, value)
    assert kind("open sesame").run(SCRIPT, 10) == "hello\nend \n"
    with pytest.raises(NotRoot, match="localhost: sudo did not take the password; nothing was changed"):
        kind("wrong").run(SCRIPT, 10)


def test_steps_on_this_machine_are_given_the_password(host: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PATH": f"{host.folder}:{os.defpath}", "LOG": str(host.log), "ASKS": "yes"}.items():
        monkeypatch.setenv(name, value)
    lines: list[str] = []
    assert LocalHost("open sesame").stream("echo one; echo two; exit 3\n", lines.append, 10) == 3
    assert lines == ["one\n", "two\n"]
    with pytest.raises(NotRoot, match="did not take the password"):
        LocalHost("wrong").stream("true\n", lines.append, 10)


def test_no_sudo_at_all(host: Played) -> None:
    (host.folder / "sudo").unlink()
    (host.folder / "cat").symlink_to("/bin/cat")
    (host.folder / "sh").symlink_to("/bin/sh")
    env = {"PATH": str(host.folder)}
    done = subprocess.run(["/bin/sh", "-c", as_root(SCRIPT)], env=env, capture_output=True, text=True, check=False)
    said = done.stdout.partition("end ")[2]
    assert reason(said) == "there is no sudo on the host: log in as root (fab -H root@HOST)"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("sudo: a password is required", "--prompt-for-sudo-password, or FABRIC_SUDO_PASSWORD"),
        ("", "--prompt-for-sudo-password"),
        ("sudo: sorry, you must have a tty to run sudo", "Defaults:USER !requiretty"),
        ("bash: line 4: sudo: command not found", "log in as root"),
        ("sh: 4: sudo: not found", "log in as root"),
        ("sudo: no password was provided\nsudo: 1 incorrect password attempt", "did not take the password"),
        ("joe is not in the sudoers file.", "does not let this account run sh (joe is not in the sudoers file.)"),
        ("Sorry, user joe is not allowed to execute '/usr/bin/sh' as root on h.", "does not let this account run sh"),
        ("Sorry, user joe may not run sudo on h.", "does not let this account run sh"),
        ("sudo: /etc/sudo.conf is owned by uid 1000", "sudo says: sudo: /etc/sudo.conf is owned by uid 1000"),
    ],
)
def test_what_sudo_says_is_said_as_what_it_means(said: str, words: str) -> None:
    assert words in reason(said)


def test_nothing_is_refused_where_nothing_was_said() -> None:
    assert refusal("some warning\n") == ""
