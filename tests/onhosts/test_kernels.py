"""Kernels and their modules on hosts: Ubuntu's own signed ones, holds, and another branch with the module following.

Both hosts are package-manager simulations over real apt and dnf; what is stood in for: the payloads, and the card.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provision.remote import detached
from tests.onhosts import today
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def provisioned(name: str, profile: str) -> str:
    """What provisioning said; a second run found nothing to do, and the doctor is green."""
    done = fab(name, "provision", "--profile", profile, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    again = fab(name, "provision", "--profile", profile, "--yes")
    assert "nothing to do" in again.stdout.lower(), again.stdout + again.stderr
    seen = fab(name, "doctor", "--profile", profile)
    assert seen.returncode == 0, seen.stdout
    return done.stdout


def let_go(one: Host) -> None:
    """The lab's daemon counts as a user of the module, and has no file open by which /proc would name it.

    The lab counts anew when a module comes or goes.
    """
    one.run("systemctl stop nvidia-persistenced.service && modprobe -r nvidia_uvm && modprobe nvidia")


def test_ubuntus_own_signed_modules_holds_and_nvidias_driver_in_their_place(
    lab: Lab, host: MakeHost, tmp_path: Path
) -> None:
    one = host(os="ubuntu2404", gpus="a100:1").settle()
    profile = tmp_path / "signed.toml"
    profile.write_text('name = "signed"\nextends = "ubuntu"\n[driver]\nhold = true\n')
    said = provisioned(one.name, str(profile))
    assert "linux-modules-nvidia-580-server-open-6.8.0-45-generic" in said
    assert "linux-headers" not in said
    held = one.run("apt-mark showhold").stdout.split()
    assert {"nvidia-utils-580-server", "libnvidia-compute-580-server"} <= set(held)
    assert one.run("ls /var/lib/dkms 2>/dev/null || true").stdout == ""
    one.run("apt-mark unhold libnvidia-compute-580-server")
    seen = fab(one.name, "doctor", "--profile", str(profile))
    assert "driver_held" in seen.stdout
    mended = fab(one.name, "provision", "--profile", str(profile), "--yes")
    assert "hold libnvidia-compute-580-server" in mended.stdout, mended.stdout + mended.stderr

    # NVIDIA's driver in its place: left alone without the key, and with it what was here goes first.
    wanted = today.profile(lab, tmp_path)
    left = fab(one.name, "plan", "--profile", str(wanted))
    assert "it is left alone. driver.replace = true in the profile" in left.stdout
    wanted.write_text(wanted.read_text() + "[driver]\nreplace = true\n")
    let_go(one)
    said = provisioned(one.name, str(wanted))
    assert "remove the driver of another origin: " in said
    assert "load driver 595 in place of 580.95.05" in said
    assert "server" not in one.run("dpkg-query -W -f '${Package}\\n' '*nvidia*'").stdout


def test_another_branch_goes_over_the_locks_and_the_module_follows_without_a_reboot(
    lab: Lab, host: MakeHost, tmp_path: Path
) -> None:
    one = host(os="el9", gpus="a100:1").settle()
    profile = today.profile(lab, tmp_path)
    text = profile.read_text()
    wish = '[driver]\nhold = true\nversion = "{}"\n'
    profile.write_text(text + wish.format("580"))
    assert "kernel-devel-matched-" in provisioned(one.name, str(profile))
    locks = one.run("cat /etc/dnf/plugins/versionlock.list").stdout
    assert "nvidia-driver-cuda-3:580.95.05-1.*" in locks
    assert "kernel-0:5.14.0-570" in locks
    kept = one.run("dnf -q --assumeno upgrade 2>&1 || true").stdout
    assert "595.71.05" not in kept
    let_go(one)
    boot = one.run("cat /proc/sys/kernel/random/boot_id").stdout
    profile.write_text(text + wish.format("595"))
    said = provisioned(one.name, str(profile))
    assert "load driver 595 in place of 580.95.05" in said, said
    assert "nobody holds the loaded one" in said
    assert one.run("cat /sys/module/nvidia/version").stdout.strip() == "595.71.05"
    assert one.run("cat /proc/sys/kernel/random/boot_id").stdout == boot
    locks = one.run("cat /etc/dnf/plugins/versionlock.list").stdout
    assert "nvidia-driver-cuda-3:595.71.05-1.*" in locks
    assert "580.95.05" not in locks


def test_packages_of_another_origin_go_as_named_and_come_back_from_what_was_kept(host: MakeHost) -> None:
    one = host(os="ubuntu2404").settle()
    text = detached.start("r1", "joe@desk", []).partition("lib.sh <<'END_OF_FILE_' || return\n")[2]
    begin = (
        "set -eu\nmkdir -p /tmp/run\nRUN=/tmp/run\nexport RUN\n: >>/tmp/run/log\n"
        + text.partition("\nEND_OF_FILE_\n")[0]
    )
    names = ("libnvidia-compute-580-server", "nvidia-utils-580-server")
    one.run("sed -i 's/^Components:.*/Components: main restricted/' /etc/apt/sources.list.d/*.sources")
    one.run(f"{begin}\nSTEP=01\napt update\ninstall_packages {names[1]}\n")
    there = "dpkg-query -W -f '${Package} ${Version}\\n' '*nvidia*'"
    before = one.run(there).stdout
    assert all(name in before for name in names)
    refused = one.run(f"{begin}\nSTEP=02\nremove_packages {names[0]}\n", check=False)
    assert refused.returncode != 0
    assert one.run(there).stdout == before, "what another package needs stays"
    one.run(f"{begin}\nSTEP=03\nremove_packages {' '.join(names)}\n")
    assert one.run(there, check=False).stdout == ""
    one.run(f"{begin}\nSTEP=03\nundo_packages\n")
    assert one.run(there).stdout == before
