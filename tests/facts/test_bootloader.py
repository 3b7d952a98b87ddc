"""Which kernel the boot loader takes: the configuration that grub2-mkconfig writes on Debian, CentOS 7 and EL 9."""

from __future__ import annotations

import pytest

from checks.facts.bootloader import default_kernel

DEBIAN = """\
set default="${next_entry}"
set default="DEFAULT"
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-u' {
linux /boot/vmlinuz-6.1.0-56-amd64 root=UUID=u ro quiet
}
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced-u' {
menuentry 'Debian GNU/Linux, with Linux 6.1.0-56-amd64' $menuentry_id_option 'gnulinux-6.1.0-56-amd64-advanced-u' {
linux /boot/vmlinuz-6.1.0-56-amd64 root=UUID=u ro quiet
}
menuentry 'Debian GNU/Linux, with Linux 6.1.0-49-amd64' $menuentry_id_option 'gnulinux-6.1.0-49-amd64-advanced-u' {
linux /boot/vmlinuz-6.1.0-49-amd64 root=UUID=u ro quiet
}
}
menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {
}"""
CENTOS7 = """\
set default="${saved_entry}"
menuentry 'CentOS Linux (3.10.0-1160.el7.x86_64) 7 (Core)' --class centos $menuentry_id_option 'gnulinux-a' {
linux16 /vmlinuz-3.10.0-1160.el7.x86_64 root=/dev/mapper/centos-root ro
}
menuentry 'CentOS Linux (3.10.0-957.el7.x86_64) 7 (Core)' --class centos $menuentry_id_option 'gnulinux-b' {
linux16 /vmlinuz-3.10.0-957.el7.x86_64 root=/dev/mapper/centos-root ro
}"""
SNIPPETS = {
    "4f1-5.14.0-70.el9.x86_64.conf": "5.14.0-70.el9.x86_64",
    "4f1-5.14.0-427.el9.x86_64.conf": "5.14.0-427.el9.x86_64",
    "4f1-0-rescue.conf": "0-rescue-4f1",
}


@pytest.mark.parametrize(
    ("default", "env", "release"),
    [
        ("0", {}, "6.1.0-56-amd64"),
        ("1>1", {}, "6.1.0-49-amd64"),
        ("1", {}, "6.1.0-56-amd64"),
        ("gnulinux-advanced-u>gnulinux-6.1.0-49-amd64-advanced-u", {}, "6.1.0-49-amd64"),
        (
            "Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux 6.1.0-49-amd64",
            {},
            "6.1.0-49-amd64",
        ),
        ("no such entry", {}, "6.1.0-56-amd64"),
        ("0", {"next_entry": "1>1"}, "6.1.0-49-amd64"),
        ("${saved_entry}", {"saved_entry": "1>1"}, "6.1.0-49-amd64"),
    ],
)
def test_grub_on_debian(default: str, env: dict[str, str], release: str) -> None:
    assert default_kernel(DEBIAN.replace("DEFAULT", default).splitlines(), env, {}) == release


def test_the_title_that_centos_7_saves() -> None:
    env = {"saved_entry": "CentOS Linux (3.10.0-957.el7.x86_64) 7 (Core)"}
    assert default_kernel(CENTOS7.splitlines(), env, {}) == "3.10.0-957.el7.x86_64"
    assert default_kernel(CENTOS7.splitlines(), {}, {}) == "3.10.0-1160.el7.x86_64"


def test_boot_loader_entries_of_el_9() -> None:
    chosen = {"saved_entry": "4f1-5.14.0-70.el9.x86_64"}
    grub = ['set default="${saved_entry}"']
    assert default_kernel(grub, chosen, SNIPPETS) == "5.14.0-70.el9.x86_64"
    assert default_kernel(grub, {}, SNIPPETS) == "5.14.0-427.el9.x86_64"


def test_where_nothing_is_known_nothing_is_said() -> None:
    assert default_kernel([], {}, {}) == ""
    assert default_kernel(["menuentry 'x' {", "linux /boot/bzImage", "}"], {}, {}) == ""
