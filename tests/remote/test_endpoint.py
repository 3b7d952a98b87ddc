"""What `ssh -G` says is what counts: Include, Match and tokens are OpenSSH's own to resolve."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.errors import Usage
from provision.remote.endpoint import Endpoint, parse, resolve


def test_the_lines_of_ssh_g(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.touch()
    text = (
        "user ops\nhostname 10.0.0.7\nport 2222\nidentitiesonly yes\nstricthostkeychecking accept-new\n"
        f"identityfile {key}\nidentityfile /nonexistent\nuserknownhostsfile /a /b\nglobalknownhostsfile none\n"
        "proxyjump one,joe@two:23\nproxycommand none\nconnecttimeout 7\nhostkeyalias none\n"
    )
    assert parse("gpu01", text) == Endpoint(
        "gpu01",
        "10.0.0.7",
        "ops",
        2222,
        identities=(str(key),),
        known_hosts=("/a", "/b"),
        checking="accept-new",
        only_identities=True,
        jumps=("one", "joe@two:23"),
        connect_timeout=7.0,
    )


def test_an_included_file_counts(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("Host gpu*\n  HostName 10.9.9.%h\n  User root\n", encoding="utf-8")
    config = tmp_path / "config"
    config.write_text(f"Include {tmp_path}/more\n", encoding="utf-8")
    found = resolve("gpu1", config=str(config))
    assert (found.hostname, found.user, found.port) == ("10.9.9.gpu1", "root", 22)


def test_what_the_command_line_names_wins(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("Host gpu1\n  User root\n  Port 2200\n", encoding="utf-8")
    found = resolve("gpu1", config=str(config), user="joe", port=2022)
    assert (found.user, found.port) == ("joe", 2022)


def test_a_broken_configuration_is_one_clear_error(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("Hosst gpu1\n", encoding="utf-8")
    with pytest.raises(Usage, match=r"gpu1: ssh does not accept this: .*configuration option: hosst"):
        resolve("gpu1", config=str(config))
