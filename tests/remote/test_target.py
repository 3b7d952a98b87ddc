"""Hosts as people write them, in -H, in ProxyJump and in --hosts."""

from __future__ import annotations

import pytest

from provision.errors import Usage
from provision.remote.target import Target, split


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("gpu01", Target("gpu01")),
        ("joe@gpu01:2222", Target("gpu01", "joe", 2222)),
        ("[::1]:2222", Target("::1", "", 2222)),
        ("joe@[fe80::1%eth0]:22", Target("fe80::1%eth0", "joe", 22)),
        ("[2001:db8::7]", Target("2001:db8::7")),
        ("2001:db8::7", Target("2001:db8::7")),
        ("joe@2001:db8::7", Target("2001:db8::7", "joe")),
        ("ssh://joe@gpu01:23/", Target("gpu01", "joe", 23)),
        ("joe@example.com@gpu01", Target("gpu01", "joe@example.com")),
    ],
)
def test_the_parts_of_a_host(text: str, target: Target) -> None:
    assert split(text) == target
    assert split(str(target)) == target


@pytest.mark.parametrize("text", ["", "gpu 01", "gpu01:ssh", "[::1", "gpu01:99999", "joe@"])
def test_what_is_no_host_says_how_to_write_one(text: str) -> None:
    with pytest.raises(Usage, match="is no host: write HOST, USER@HOST:PORT"):
        split(text)
