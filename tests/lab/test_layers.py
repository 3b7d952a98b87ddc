"""What was done on one host can be where others start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab import layers
from tests.lab.errors import LabError, UsageError
from tests.lab.fixtures import unique

if TYPE_CHECKING:
    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost

pytestmark = pytest.mark.lab


def test_hosts_start_from_a_snapshot_of_another_and_are_themselves(lab: Lab, host: MakeHost) -> None:
    label = unique("snap")
    one = host()
    one.run("echo one >/root/file; rm /etc/issue; mv /usr/share/doc /usr/share/documents")
    key = one.run("cat /etc/ssh/ssh_host_ed25519_key.pub /etc/machine-id").stdout
    lab.snapshot(one, label)
    try:
        assert one.run("cat /root/file; hostname").stdout == f"one\n{one.name}\n"
        two = host(layer=label)
        two.run("echo two >/root/file")
        three = host(layer=label)
        assert three.run("cat /root/file; ls /etc/issue /usr/share/doc; hostname", check=False).stdout == (
            f"one\n{three.name}\n"
        )
        assert three.run("cat /etc/ssh/ssh_host_ed25519_key.pub /etc/machine-id").stdout != key
        assert three.exec_requests() == 2
        with pytest.raises(LabError, match="rests on layer"):
            lab.drop_layer(label)
        lab.down([one.name, two.name, three.name])
    finally:
        lab.drop_layer(label)
    assert layers.find(lab.home, label) is None


def test_a_layer_is_made_once_and_again_for_another_script(lab: Lab, host: MakeHost) -> None:
    name = unique("try")
    first = lab.layer("debian12", name, "echo 1 >/etc/layer")
    made = (lab.home.layers / first).stat().st_ctime_ns
    assert lab.layer("debian12", name, "echo 1 >/etc/layer") == first
    assert (lab.home.layers / first).stat().st_ctime_ns == made
    second = lab.layer("debian12", name, "echo 2 >/etc/layer")
    assert layers.find(lab.home, first) is None
    try:
        one = host(layer=second)
        assert one.run("cat /etc/layer").stdout == "2\n"
        lab.down([one.name])
    finally:
        lab.drop_layer(second)


def test_a_script_that_fails_makes_no_layer(lab: Lab) -> None:
    name = unique("try")
    with pytest.raises(LabError, match="'set -e"):
        lab.layer("debian12", name, "false\ntrue")
    assert not any(name in label for label in layers.labels(lab.home))


def test_an_unknown_layer_is_a_usage_error(lab: Lab) -> None:
    with pytest.raises(UsageError, match="no layer"):
        lab.up([unique()], layer="nonsense")


def test_services_that_packages_bring_run_in_a_layer_and_in_its_hosts(lab: Lab, host: MakeHost) -> None:
    install = "apt-get install -qq -y --no-install-recommends rsyslog >/dev/null"
    script = f"apt-get update -qq\n{install}\nsystemctl is-active rsyslog"
    label = lab.layer("debian12", unique("try"), script)
    try:
        one = host(layer=label)
        assert one.run("systemctl is-active rsyslog").stdout == "active\n"
        lab.down([one.name])
    finally:
        lab.drop_layer(label)
