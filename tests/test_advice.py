"""What errors of package managers mean; the lines are what apt 2.6 and dnf 4.14 printed on lab hosts."""

from __future__ import annotations

import pytest

from provision.advice import advice

DEB = "http://archive.ubuntu.com/ubuntu xenial/main amd64 linux-headers-4.4.0-210-generic amd64 4.4.0-210.242"
RPM = "kernel-devel-3.10.0-1160.el7.x86_64"
GPG = "W: GPG error: https://a InRelease: "
SIZES = "Inconsistent server data, reported file Content-Length: 106, repository metadata states file length: 3268"
CASES = {
    "E: Failed to fetch http://a/b.deb  Hash Sum mismatch": "has another checksum than its repository names",
    f"[MIRROR] {RPM}.rpm: Downloading successful, but checksum doesn't match. Calculated: ab": "another checksum",
    "E: http://a/b.deb  File has unexpected size (106 != 1220).": "106 bytes came in place of the package's 1220",
    f"[MIRROR] {RPM}.rpm: Interrupted by header callback: {SIZES}": "106 bytes came in place of the package's 3268",
    "vault.centos.org answers with an HTML page": "vault.centos.org answers with an HTML page in place of a package",
    "  Error reading from server. Remote end closed connection [IP: 10.77.0.1 80]": "the download was cut off",
    f"[MIRROR] {RPM}.rpm: Curl error (18): Transferred a partial file for http://a/b.rpm": "the download was cut off",
    f"Err:1 {DEB}\nGet:1 {DEB.replace('archive.ubuntu.com', 'elsewhere.example')} [1220 B]": (
        "archive.ubuntu.com redirects to another host, elsewhere.example, which has not got it"
    ),
    "vault.centos.org redirects to another host, elsewhere.example: if": "to another host, elsewhere.example, which",
    f"{GPG}The following signatures were invalid: EXPKEYSIG 0123456789ABCDEF x": "a key that has expired",
    f"{GPG}because the public key is not available: NO_PUBKEY 0123456789ABCDEF": "nobody vouched for",
    "Error: GPG check FAILED": "nobody vouched for",
    "W: Failed to fetch https://a  Could not connect to a:443. - connect (111: Connection refused)": "does not answer",
    "E: Failed to fetch http://a/b.deb  404  Not Found [IP: 10.77.0.1 80]": "has it no longer",
}


@pytest.mark.parametrize("said", CASES)
def test_an_error_is_told_with_what_to_do_next(said: str) -> None:
    words = advice(said)
    assert CASES[said] in words
    assert any(then in words for then in ("[mirrors]", "Ask who keeps that repository")), words


def test_another_error_is_left_to_speak_for_itself() -> None:
    assert advice("dpkg: error processing package x (--configure)") == ""
    assert advice(f"Err:1 {DEB}\nGet:2 {DEB} [1220 B]") == ""
