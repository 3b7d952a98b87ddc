"""Which keys are offered, and in which order: each that is refused costs round trips."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from paramiko.agent import AgentKey

from provision.remote import keys
from provision.remote.endpoint import Endpoint
from provision.remote.offers import Secrets, offers


class Agent(keys.Agent):
    """An agent that holds the public halves of these files' keys."""

    def __init__(self, *files: Path) -> None:
        self._keys = tuple(
            AgentKey(self, base64.b64decode(file.with_suffix(".pub").read_text(encoding="utf-8").split()[1]), file.name)
            for file in files
        )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a key that ssh tries unasked, and others that somebody must name or hold."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    for name in (".ssh/id_ed25519", "named", "flag", "held", "other"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
    return tmp_path


def order(home: Path, *held: str, only: bool = False, flags: tuple[str, ...] = ()) -> list[str]:
    endpoint = Endpoint(
        "gpu01",
        "10.0.0.7",
        "ops",
        22,
        identities=(str(home / ".ssh/id_ed25519"), str(home / "named"), str(home / "none")),
        only_identities=only,
    )
    secrets = Secrets(files=tuple(str(home / flag) for flag in flags))
    problems: list[str] = []
    found = offers(endpoint, secrets, Agent(*(home / name for name in held)) if held else None, problems)
    labels = [label.replace(f"{home}/", "").replace(".ssh/", "") for label, _ in found]
    assert problems == []
    return labels


def test_named_files_come_before_those_that_ssh_tries_unasked(home: Path) -> None:
    assert order(home) == ["named", "id_ed25519"]


def test_the_agents_other_keys_come_between(home: Path) -> None:
    assert order(home, "held", "other") == ["named", "held (of the agent)", "other (of the agent)", "id_ed25519"]


def test_the_agent_signs_for_a_file_whose_key_it_holds_and_it_is_offered_once(home: Path) -> None:
    (home / "named").unlink()  # only the public half is here
    assert order(home, "other", "named") == ["named (by the agent)", "other (of the agent)", "id_ed25519"]


def test_identities_only_leaves_the_agents_other_keys_out(home: Path) -> None:
    assert order(home, "other", "named", only=True) == ["named (by the agent)", "id_ed25519"]


def test_what_the_command_line_names_comes_first(home: Path) -> None:
    assert order(home, "other", flags=("flag",)) == ["flag", "named", "other (of the agent)", "id_ed25519"]


def test_no_key_is_offered_where_ssh_config_says_so() -> None:
    endpoint = Endpoint("gpu01", "10.0.0.7", "ops", 22, identities=("/etc/passwd",), public_keys=False)
    assert list(offers(endpoint, Secrets(files=("/etc/passwd",)), None, [])) == []


def test_a_jump_host_gets_neither_the_named_key_nor_the_password() -> None:
    secrets = Secrets.of({"key_filename": ["k"], "password": "hunter2", "passphrase": "sesame", "allow_agent": False})
    assert secrets.for_a_jump() == Secrets(passphrase="sesame", agent=False)  # noqa: S106
    assert "hunter2" not in repr(secrets)
    assert "sesame" not in repr(secrets)
