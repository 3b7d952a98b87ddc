"""A kernel that the lab's boot chooses, and the headers that DKMS looks for."""

from __future__ import annotations

from tests.lab.mirror import binaries
from tests.lab.mirror.package import Entry, link, text
from tests.lab.mirror.payloads.made import Payload


def kernel(release: str, image: str, initramfs: str) -> Payload:
    """`kernel RELEASE /boot/vmlinuz-RELEASE dracut`: a kernel that the lab's boot chooses, with nouveau."""
    modules = f"/usr/lib/modules/{release}"
    nouveau = binaries.module("nouveau", "", "", "GPL").replace(
        binaries.VERMAGIC.encode(), f"{release} SMP mod_unload modversions ".ljust(len(binaries.VERMAGIC)).encode()
    )
    files = {
        image: Entry(boot_image(release)),
        f"/boot/config-{release}": text("CONFIG_MODULES=y\nCONFIG_RD_GZIP=y\n"),
        f"{modules}/modules.builtin": text(""),
        f"{modules}/modules.order": text("kernel/drivers/gpu/drm/nouveau/nouveau.ko\n"),
        f"{modules}/kernel/drivers/gpu/drm/nouveau/nouveau.ko": Entry(nouveau),
    }
    made = {
        "dracut": f"dracut -f /boot/initramfs-{release}.img {release}\n",
        "initramfs-tools": f"update-initramfs -c -k {release}\n",
    }
    gone = f"rm -f /boot/initr*{release}*\n"
    return Payload(files, {"after-install": f"depmod {release}\n{made[initramfs]}", "after-remove": gone})


def headers(release: str, folder: str) -> Payload:
    """`kernel-headers RELEASE /usr/src/kernels/RELEASE`: what DKMS looks for before it builds."""
    build = f"/lib/modules/{release}/build"
    files = {
        f"{folder}/Makefile": text("# stand-in: modules of the lab are made without it\n"),
        f"{folder}/.config": text("CONFIG_MODULES=y\n"),
        f"{folder}/include/generated/utsrelease.h": text(f'#define UTS_RELEASE "{release}"\n'),
        f"{folder}/include/config/kernel.release": text(f"{release}\n"),
        f"/usr{build}": link(folder),
    }
    auto = f"[ ! -x /usr/sbin/dkms ] || dkms autoinstall -k {release} || :\n"
    return Payload(files, {"after-install": auto})


def boot_image(release: str) -> bytes:
    """No kernel, but a file that names its release where an image has it (Documentation/arch/x86/boot.rst)."""
    said = f"{release} (lab) #1 SMP\0".encode()
    return b"\0" * 526 + (528 - 512).to_bytes(2, "little") + said
