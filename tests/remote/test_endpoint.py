"""What `ssh -G` says is what counts: Include, Match and tokens are OpenSSH's own to resolve."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.errors import Usage
from provision.remote.endpoint import Endpoint, parse, resolve
from provision.remote.target import Target


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
        identities=(str(key), "/nonexistent"),
        known_hosts=("/a", "/b"),
        checking="accept-new",
        only_identities=True,
        jumps=(Target("one"), Target("two", "joe", 23)),
        connect_timeout=7.0,
        handshake_timeout=7.0,
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


def test_tokens_home_and_variables_that_ssh_g_leaves_are_put_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KEYS", "/keys")
    config = tmp_path / "config"
    config.write_text(
        "Host gpu1\n  HostName 10.0.0.7\n  User joe\n  Port 23\n  HostKeyAlias one\n"
        "  IdentityFile ~/.ssh/%r_%n\n  IdentityFile ${KEYS}/%h%%\n  IdentityFile ${UNSET_ONE}/x\n"
        "  CertificateFile ~/%k-cert.pub\n  ProxyCommand nc -X %n %h %p %r %%\n  RevokedHostKeys ~/revoked\n"
        "  UserKnownHostsFile /kh_%p\n  ServerAliveInterval 7\n  ServerAliveCountMax 2\n  ConnectTimeout 4\n"
    )
    found = resolve("gpu1", config=str(config))
    assert found.identities == (f"{tmp_path}/.ssh/joe_gpu1", "/keys/10.0.0.7%")
    assert found.certificates == (f"{tmp_path}/one-cert.pub",)
    assert found.proxy_command == "nc -X gpu1 10.0.0.7 23 joe %"
    assert found.known_hosts[0] == "/kh_23"
    assert found.revoked_keys == f"{tmp_path}/revoked"
    assert (found.alive_interval, found.alive_count) == (7.0, 2)
    assert (found.connect_timeout, found.handshake_timeout) == (4.0, 4.0)


def test_match_counts_and_a_token_unknown_here_is_said(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("Match host gpu1 user joe\n  Port 99\nMatch host gpu2\n  IdentityFile /%C\n")
    assert resolve("joe@gpu1", config=str(config)).port == 99
    assert resolve("ann@gpu1", config=str(config)).port == 22
    with pytest.raises(Usage, match="the token %C in '/%C' is not supported"):
        resolve("gpu2", config=str(config))


@pytest.mark.parametrize(
    ("line", "agent"),
    [
        ("identityagent none", ""),
        ("identityagent SSH_AUTH_SOCK", "/env/agent"),
        ("identityagent $OTHER", "/other"),
        ("identityagent /run/%u", "/run/"),
        ("", "/env/agent"),
    ],
)
def test_the_agent_that_ssh_would_ask(line: str, agent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import getpass

    monkeypatch.setenv("SSH_AUTH_SOCK", "/env/agent")
    monkeypatch.setenv("OTHER", "/other")
    wanted = agent + getpass.getuser() if line.endswith("%u") else agent
    assert parse("gpu1", f"hostname gpu1\nuser joe\n{line}\n").agent == wanted


@pytest.mark.parametrize(("name", "hostname", "port"), [("[::1]:2222", "::1", 2222), ("::1", "::1", 22)])
def test_an_ipv6_address_may_carry_a_port(name: str, hostname: str, port: int) -> None:
    found = resolve(name, config="none")
    assert (found.hostname, found.port) == (hostname, port)
    assert found.known_as[0] == (hostname if port == 22 else f"[{hostname}]:{port}")


def test_a_proxy_that_passes_a_descriptor_is_refused_politely() -> None:
    with pytest.raises(Usage, match="gpu1: ProxyUseFdpass is not supported"):
        parse("gpu1", "hostname gpu1\nproxyusefdpass yes\n")
