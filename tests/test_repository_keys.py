"""The sh that holds a repository's key against a fingerprint, on keys that gpg made (tests/keys)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from provision.components import repositories

KEYS = Path(__file__).parent / "keys"
SITE = "A0AD9FC979F09554D1630FF1BFF0019DF9961C89"
OTHER = "1CE09890BC6BAA84558BB8ECC876211EBA69F8ED"


def check(file: Path, fingerprint: str) -> subprocess.CompletedProcess[str]:
    script = f'{repositories.KEYS}check_key "$1" {fingerprint} https://mirror/key'
    return subprocess.run(["sh", "-eu", "-c", script, "sh", str(file)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "fingerprint", "says"),
    [
        ("site", SITE, ""),
        ("site", SITE[-8:], ""),
        ("site", SITE[-16:], ""),
        ("site", OTHER[-8:], f"holds the key {SITE}, and the profile asks for {OTHER[-8:]}"),
        ("site", SITE[:8], f"the profile asks for {SITE[:8]}"),
        ("both", OTHER[-8:], f"the profile asks for {OTHER[-8:]}"),
        ("other", OTHER, ""),
        ("other", SITE, f"https://mirror/key holds the key {OTHER}, and the profile asks for {SITE}"),
        ("both", SITE, f"the profile asks for {SITE}"),
    ],
)
def test_a_key_counts_when_it_alone_is_in_the_file(tmp_path: Path, name: str, fingerprint: str, says: str) -> None:
    file = tmp_path / "key"
    file.write_bytes((KEYS / f"{name}.asc").read_bytes())
    done = check(file, fingerprint)
    assert (done.returncode == 0) == (not says), done.stdout
    assert says in done.stdout


@pytest.mark.parametrize("cut", [b"<!DOCTYPE html><title>Sign in</title>", b"", None])
def test_what_is_no_whole_key_is_none(tmp_path: Path, cut: bytes | None) -> None:
    file = tmp_path / "key"
    file.write_bytes((KEYS / "other.asc").read_bytes()[:400] if cut is None else cut)
    done = check(file, OTHER)
    assert done.returncode == 1
    assert "is no OpenPGP key" in done.stdout
