"""An upgrade to a driver whose module does not load: the host comes back by itself, to the byte, as green as before.

Package-manager simulations, over real dnf and apt with the lab's mirror. The mirror has branches 580 and 595; the card
is told to be driven by nothing newer than 590, as a kernel that refuses the module of 595.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from checks.profiles.profile import load
from tests.lab.mirror import life
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

VENDORS = {"cuda": "nvidia", "docker": "docker", "epel": "distribution", "toolkit": "toolkit"}
REFUSES = "sed -i 's/^lab.maximum=.*/lab.maximum=590/' /run/gpuwright-lab/gpus/*"
FREE = "systemctl stop nvidia-persistenced; ls /sys/module/nvidia/holders | wc -l >/sys/module/nvidia/refcnt"
IN_USE = "echo 9 >/sys/module/nvidia/refcnt"
MARKS = "apt-mark auto nvidia-utils-580; apt-mark hold dkms"

STATE = r"""
if command -v dpkg-query >/dev/null; then
    dpkg-query -W -f '${binary:Package} ${Version} ${db:Status-Abbrev}\n'
    apt-mark showauto
    apt-mark showhold | sed 's/^/held /'
else
    rpm -qa | sort
    dnf -q -C repoquery --installed --qf '%{name} %{reason}'
fi
cd /etc
find . -printf '%p %y %m %U:%G %l\n' | sort
find . -type f ! -name ld.so.cache -print0 | sort -z | xargs -0 sha256sum
cat /sys/module/nvidia/version
systemctl list-units --type=service --state=running --no-legend --plain | cut -d' ' -f1 | grep -v -e user@
"""
"""Packages, marks and holds, /etc but for the loader's cache (the same files in another order), services."""


def profile(lab: Lab, folder: Path, branch: int) -> str:
    """Write the profile current down with the keys of the lab's mirror and a branch of the driver: its path."""
    keys = life.fingerprints(lab.home)
    names = load("current").repositories
    path = folder / f"driver-{branch}.toml"
    path.write_text(
        f'name = "driver-{branch}"\nextends = "current"\n[driver]\nversion = "{branch}"\nreplace = true\n'
        + "".join(
            f'[repositories.{name}]\nfingerprint = "{keys[VENDORS[name.partition("-")[0]]]}"\n'
            for name in sorted(names)
        )
    )
    return str(path)


def state(one: Host) -> list[str]:
    """The state of a host, as lines."""
    return one.run(STATE).stdout.splitlines()


def green(host: str, wanted: str) -> dict[str, str]:
    """What the doctor says of a host: each check with its verdict."""
    found = json.loads(fab(host, "doctor", "--profile", wanted, "--format", "json").stdout)
    verdicts = {finding["check"]: finding["verdict"] for finding in found["findings"]}
    del verdicts["reboot_loop"]  # it counts the boots
    return verdicts


@pytest.mark.parametrize(
    ("os", "parts", "alter", "way"),
    [
        ("el9", (), f"{REFUSES}\n{FREE}", "load driver 595"),
        ("ubuntu2404", ("--only", "device-nodes"), f"{REFUSES}\n{MARKS}\n{IN_USE}", "boot into driver"),
    ],
    ids=["dnf, without a reboot", "apt, through two reboots"],
)
def test_a_driver_that_does_not_load_is_taken_back_by_itself(
    lab: Lab, host: MakeHost, tmp_path: Path, os: str, parts: tuple[str, ...], alter: str, way: str
) -> None:
    one = host(os=os, gpus="a100:1").settle()
    old, new = profile(lab, tmp_path, 580), profile(lab, tmp_path, 595)
    made = fab(one.name, "provision", "--profile", old, "--yes", *parts)
    assert made.returncode in (0, 1 if parts else 2), made.stdout + made.stderr
    well = green(one.name, old)
    one.run(alter)
    before, boot = state(one), one.boot_id()

    done = fab(one.name, "provision", "--profile", new, "--yes", *parts)
    said = done.stdout + done.stderr
    assert done.returncode == 80, said
    assert way in said, said
    assert "is less well than it was: driver_loaded: the NVIDIA module is not loaded" in said, said
    assert re.search(r"It went back to what it was \(taken back: \S+\)\. It is as well as before", said), said
    one.settle()
    assert (one.boot_id() != boot) == way.startswith("boot")
    assert set(before) ^ set(state(one)) == set(), said
    assert green(one.name, old) == well
