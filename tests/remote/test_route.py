"""The way through jump hosts, as ssh would go it; every hop is looked up in the same configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.errors import Usage
from provision.remote.endpoint import resolve
from provision.remote.route import route


def way(tmp_path: Path, text: str, name: str = "gpu") -> list[str]:
    config = tmp_path / "config"
    config.write_text(text, encoding="utf-8")
    hops = route(resolve(name, config=str(config)), str(config))
    return [f"{hop.user}@{hop.where}" for hop in hops]


def test_the_hop_that_is_named_first_is_dialled_first(tmp_path: Path) -> None:
    text = (
        "Host gpu\n  HostName 10.0.0.7\n  ProxyJump one,joe@two:23,ann@[2001:db8::3]:24\n"
        "Host one\n  HostName 192.0.2.1\n  User ops\nHost two\n  HostName 192.0.2.2\n  User nobody\n  Port 99\n"
        "Host *\n  User root\n"
    )
    assert way(tmp_path, text) == [
        "ops@192.0.2.1:22",
        "joe@192.0.2.2:23",
        "ann@[2001:db8::3]:24",
        "root@10.0.0.7:22",
    ]


def test_the_first_hop_may_have_a_way_of_its_own_and_the_others_not(tmp_path: Path) -> None:
    text = (
        "Host gpu\n  ProxyJump inner,last\nHost inner\n  ProxyJump middle\nHost middle\n  ProxyJump outer\n"
        "Host last\n  ProxyJump elsewhere\nHost *\n  User u\n"
    )
    assert way(tmp_path, text) == ["u@outer:22", "u@middle:22", "u@inner:22", "u@last:22", "u@gpu:22"]


def test_tokens_in_a_jump_are_put_in(tmp_path: Path) -> None:
    assert way(tmp_path, "Host gpu\n  ProxyJump %n-gate:2222\nHost *\n  User u\n") == ["u@gpu-gate:2222", "u@gpu:22"]


def test_a_circle_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(Usage, match=r"gpu: its ProxyJump goes in a circle \(through (one|two)\)"):
        way(tmp_path, "Host gpu\n  ProxyJump one\nHost one\n  ProxyJump two\nHost two\n  ProxyJump one\n")
