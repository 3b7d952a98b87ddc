"""known_hosts as OpenSSH reads it, and what is made of the key that a host shows."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from provision.errors import UnknownHostKey
from provision.remote import host_key, known_hosts
from provision.remote.endpoint import Endpoint

KEY, OTHER = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
HOST = Endpoint("gpu01", "10.0.0.7", "ops", 22)
TEXT = f"{KEY.get_name()} {KEY.get_base64()}"
ELSE = f"{OTHER.get_name()} {OTHER.get_base64()}"


def judge(tmp_path: Path, text: str, endpoint: Endpoint = HOST) -> bool:
    file = tmp_path / "known"
    file.write_text(text, encoding="utf-8")
    endpoint = replace(endpoint, known_hosts=(str(file),))
    return host_key.judge(endpoint, host_key.known_of(endpoint), KEY)


@pytest.mark.parametrize(
    ("hosts", "name", "found"),
    [
        ("10.0.0.7", "10.0.0.7", True),
        ("gpu01,10.0.0.7", "10.0.0.7", True),
        ("10.0.0.?", "10.0.0.7", True),
        ("10.0.*,!10.0.0.7", "10.0.0.7", False),
        ("!10.0.0.8,10.0.*", "10.0.0.7", True),
        ("[10.0.0.7]:2222", "[10.0.0.7]:2222", True),
        ("[10.0.0.7]:2222", "10.0.0.7", False),
        ("10.0.0.70", "10.0.0.7", False),
        ("GPU01", "gpu01", True),
        ("|1|not base64|x", "gpu01", False),
    ],
)
def test_the_patterns_of_a_line(hosts: str, name: str, found: bool) -> None:
    assert known_hosts.matches(hosts, name) is found


def test_a_line_hashed_by_ssh_keygen_itself_is_found(tmp_path: Path) -> None:
    file = tmp_path / "known"
    file.write_text(f"10.0.0.7 {TEXT}\n", encoding="utf-8")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("|1|")
    assert judge(tmp_path, text)
    assert judge(tmp_path, text, replace(HOST, port=2222)), "a key recorded without a port counts for each"
    assert not judge(tmp_path, text, replace(HOST, hostname="10.0.0.8", checking="accept-new"))


@pytest.mark.parametrize(
    ("endpoint", "hosts"),
    [
        (HOST, "10.0.0.7"),
        (replace(HOST, port=2222), "[10.0.0.7]:2222"),
        (replace(HOST, hostname="GPU01.Example.com"), "gpu01.example.com"),
        (replace(HOST, host_key_alias="fleet", port=2222), "fleet"),
    ],
)
def test_the_name_under_which_a_host_is_known(tmp_path: Path, endpoint: Endpoint, hosts: str) -> None:
    assert judge(tmp_path, f"# a comment\n\n{hosts} {TEXT} a comment\n", endpoint)


def test_an_unknown_host_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        UnknownHostKey, match=r"gpu01: .*not in known_hosts; nothing was sent.*--accept-new-host-keys, or: ssh-keyscan"
    ):
        judge(tmp_path, "")


@pytest.mark.parametrize("checking", ["yes", "ask", "accept-new", "no", "off"])
def test_a_changed_key_is_always_refused_and_the_line_is_named(tmp_path: Path, checking: str) -> None:
    with pytest.raises(
        UnknownHostKey, match=r"CHANGED: .*known:2 knows .*SHA256:.*ssh-keygen -R '10.0.0.7' -f .*known"
    ):
        judge(tmp_path, f"gpu99 {TEXT}\n10.0.0.7 {ELSE}\n", replace(HOST, checking=checking))


def test_a_key_of_another_type_than_the_known_one_is_a_changed_key(tmp_path: Path) -> None:
    line = "10.0.0.7 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqHCCrVbSc6pkJ6yMDPHlCDbAfJt2yBYvqNmCOz4nHe\n"
    with pytest.raises(UnknownHostKey, match="CHANGED"):
        judge(tmp_path, line, replace(HOST, checking="accept-new"))


@pytest.mark.parametrize("hosts", ["*", "10.0.0.7"])
def test_a_revoked_key_is_refused_even_where_it_is_known(tmp_path: Path, hosts: str) -> None:
    with pytest.raises(UnknownHostKey, match=r"is revoked by .*known:2; nothing was sent"):
        judge(tmp_path, f"10.0.0.7 {TEXT}\n@revoked {hosts} {TEXT}\n", replace(HOST, checking="no"))


def test_another_revoked_key_of_the_host_does_no_harm(tmp_path: Path) -> None:
    assert judge(tmp_path, f"@revoked 10.0.0.7 {ELSE}\n10.0.0.7 {TEXT}\n")


@pytest.mark.parametrize("krl", [False, True])
def test_revoked_host_keys_of_ssh_config_count(tmp_path: Path, krl: bool) -> None:
    endpoint = replace(HOST, revoked_keys=str(tmp_path / "revoked"))

    def revoke(line: str) -> None:
        (tmp_path / "key.pub").write_text(f"{line}\n", encoding="utf-8")
        if krl:
            command = ["ssh-keygen", "-q", "-k", "-f", endpoint.revoked_keys, str(tmp_path / "key.pub")]
            subprocess.run(command, check=True, capture_output=True)
        else:
            (tmp_path / "key.pub").replace(endpoint.revoked_keys)

    revoke(TEXT)
    with pytest.raises(UnknownHostKey, match=r"is revoked by .*/revoked; nothing"):
        judge(tmp_path, f"10.0.0.7 {TEXT}\n", endpoint)
    revoke(ELSE)
    assert judge(tmp_path, f"10.0.0.7 {TEXT}\n", endpoint)


def test_a_list_of_revoked_keys_that_cannot_be_read_revokes_all(tmp_path: Path) -> None:
    with pytest.raises(UnknownHostKey, match="revoked"):
        judge(tmp_path, f"10.0.0.7 {TEXT}\n", replace(HOST, revoked_keys=str(tmp_path / "none")))


def test_a_certificate_authority_is_a_clear_error_that_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(
        UnknownHostKey,
        match=r"known:1 trusts hosts by certificate \(@cert-authority\).*nothing was sent.*ssh gpu01 cat",
    ):
        judge(tmp_path, f"@cert-authority 10.* {ELSE}\n", replace(HOST, checking="accept-new"))
    assert judge(tmp_path, f"@cert-authority 10.* {ELSE}\n10.0.0.7 {TEXT}\n"), "its own key is known as well"


@pytest.mark.parametrize("hashes", [False, True])
def test_a_learnt_key_is_one_that_ssh_finds(tmp_path: Path, hashes: bool) -> None:
    file = tmp_path / "folder/known"
    file.parent.mkdir()
    file.write_text("other ssh-ed25519 AAAA", encoding="utf-8")  # no newline at its end
    known_hosts.learn(str(file), "[10.0.0.7]:2222", KEY.get_name(), KEY.get_base64(), hashes=hashes)
    done = subprocess.run(
        ["ssh-keygen", "-F", "[10.0.0.7]:2222", "-f", str(file)], capture_output=True, text=True, check=True
    )
    assert KEY.get_base64() in done.stdout
    assert ("10.0.0.7" in file.read_text(encoding="utf-8")) is not hashes
    assert host_key.judge(
        replace(HOST, port=2222), known_hosts.about(known_hosts.read([str(file)]), ["[10.0.0.7]:2222"]), KEY
    )


def test_known_hosts_is_made_for_us_alone(tmp_path: Path) -> None:
    file = tmp_path / ".ssh/known_hosts"
    known_hosts.learn(str(file), "gpu01", KEY.get_name(), KEY.get_base64(), hashes=False)
    assert (file.parent.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


def test_known_types_are_asked_for_first() -> None:
    ours = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256")
    known = known_hosts.about(known_hosts.parse("f", "h ssh-rsa AAAA\nh ecdsa-sha2-nistp256 AAAA\n"), ["h"])
    assert host_key.algorithms(known, (), ours) == [*ours[2:], "ecdsa-sha2-nistp256", "ssh-ed25519"]
    assert host_key.algorithms(known, ("ssh-ed25519", "rsa-sha2-512"), ours) == ["rsa-sha2-512", "ssh-ed25519"]
