"""Patterns of host names."""

from __future__ import annotations

import pytest

from checks.profiles.patterns import bare, matches, mistake


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("gpu01", "gpu01 GPU01 ops@gpu01:22 gpu01.example.com", "gpu1 gpu011 gpu02 xgpu01 10.0.0.1"),
        ("gpu*", "gpu gpu1 gpu01.example.com", "agpu"),
        ("*", "anything 10.0.0.1 fe80::1", ""),
        ("gpu[01-16]", "gpu01 gpu09 gpu16 gpu16.lan", "gpu1 gpu00 gpu17 gpu001 gpu gpua"),
        ("gpu[1-16]", "gpu1 gpu9 gpu16", "gpu01 gpu0 gpu17 gpu016"),
        ("gpu[8-12]", "gpu8 gpu10 gpu12", "gpu7 gpu08 gpu13"),
        ("gpu[0-3]", "gpu0 gpu3", "gpu4 gpu03"),
        ("rack[1-3,7]-gpu[01-08]", "rack1-gpu01 rack7-gpu08", "rack4-gpu01 rack1-gpu09 rack1-gpu1"),
        ("gpu[abc]?", "gpua1 gpucz", "gpud1 gpua"),
        ("gpu[!x-z]", "gpua gpu1", "gpux gpuy"),
        ("gpu[01]", "gpu0 gpu1", "gpu01"),
        ("*.lan", "gpu1.lan", "gpu1 gpu1.lan.example"),
        ("10.0.0.[1-16]", "10.0.0.1 root@10.0.0.16:2222", "10.0.0.17"),
        ("[1-16]", "5", "10.0.0.1"),
        ("gpu.x", "gpu.x", "gpuax"),
        ("gpu(1|2)+", "gpu(1|2)+", "gpu1"),
    ],
)
def test_patterns(pattern: str, fitting: str, others: str) -> None:
    assert [host for host in fitting.split() if not matches(pattern, host)] == []
    assert [host for host in others.split() if matches(pattern, host)] == []
    assert mistake(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "an empty pattern fits no host"),
        ("gpu[16-01]", "the range 16-01 is empty"),
        ("gpu[01-016]", "the ends of 01-016 are not equally long"),
        ("gpu[01-16", "a [ without its ]"),
    ],
)
def test_mistakes(pattern: str, words: str) -> None:
    assert mistake(pattern) == words


@pytest.mark.parametrize(
    ("given", "name"),
    [("a", "a"), ("u@a", "a"), ("u@a:22", "a"), ("fe80::1", "fe80::1"), ("u@[fe80::1]:22", "fe80::1")],
)
def test_the_name_without_user_and_port(given: str, name: str) -> None:
    assert bare(given) == name
