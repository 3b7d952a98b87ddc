"""The driver: sources that the real DKMS builds, libraries, and programs that the lab's stand-ins take the place of."""

from __future__ import annotations

from tests.lab.mirror import binaries
from tests.lab.mirror.package import Entry, link, program, text
from tests.lab.mirror.payloads.made import Payload, shared

LIBRARIES = {
    "libcuda.so": "libcuda.so.1",
    "libnvidia-ml.so": "libnvidia-ml.so.1",
    "libnvidia-ptxjitcompiler.so": "libnvidia-ptxjitcompiler.so.1",
    "libnvidia-fatbinaryloader.so": "",
    "libnvidia-opencl.so": "libnvidia-opencl.so.1",
    "libnvidia-compiler.so": "",
    "libnvidia-encode.so": "libnvidia-encode.so.1",
    "libnvcuvid.so": "libnvcuvid.so.1",
}
MAKE_MODULES = f"""#!/bin/sh
# Stand-in of a compiler run: names the kernel in module files that were made for any.
set -e
magic=$(printf '%-{len(binaries.VERMAGIC)}s' "$1 SMP mod_unload modversions ")
for template in *.o.in; do
    LC_ALL=C sed "s/{binaries.VERMAGIC}/$magic/" "$template" >"${{template%.o.in}}.ko"
done
"""
PERSISTENCED = """[Unit]
Description=NVIDIA Persistence Daemon
Wants=syslog.target

[Service]
Type=forking
ExecStart={program} --user nvidia-persistenced
ExecStopPost=/bin/rm -rf /run/nvidia-persistenced

[Install]
WantedBy=multi-user.target
"""
PERSISTENCED_USER = (
    "getent passwd nvidia-persistenced >/dev/null || useradd -r -M -d / -s /usr/sbin/nologin nvidia-persistenced\n"
    "systemctl daemon-reload || :\n"
)


def libraries(version: str, folder: str) -> Payload:
    """`driver-libraries 384.81 /usr/lib64/nvidia`: libcuda, libnvidia-ml and others, known to the loader."""
    files = {f"/etc/ld.so.conf.d/nvidia{folder.replace('/', '-')}.conf": text(f"{folder}\n")}
    for name, soname in LIBRARIES.items():
        files |= shared(folder, name, soname or f"{name}.{version}", version)
    files[f"{folder}/libcuda.so"] = link("libcuda.so.1")
    return Payload(files, {"after-install": "ldconfig\n", "after-remove": "ldconfig\n"})


def programs(version: str, folder: str) -> Payload:
    """`driver-programs 384.81 /usr/bin`: nvidia-smi and its like, and nvidia-persistenced with its unit."""
    daemon = persistenced(version, folder)
    return Payload({**tools(version, folder).files, **daemon.files}, daemon.scripts)


def tools(version: str, folder: str) -> Payload:
    """`driver-tools 595.71.05 /usr/bin`: nvidia-smi and its like."""
    files = {
        f"{folder}/nvidia-smi": program(binaries.nvidia_smi()),
        f"{folder}/nvidia-debugdump": program(binaries.helper("nvidia-debugdump", version)),
        f"{folder}/nvidia-cuda-mps-control": program(binaries.helper("nvidia-cuda-mps-control", version)),
        f"{folder}/nvidia-cuda-mps-server": program(binaries.helper("nvidia-cuda-mps-server", version)),
    }
    if folder != "/usr/bin":
        files |= {f"/usr/bin/{name}": link(f"{folder}/{name}") for name in ("nvidia-smi", "nvidia-debugdump")}
    return Payload(files)


def persistenced(version: str, folder: str) -> Payload:
    """`driver-persistenced 595.71.05 /usr/bin`: nvidia-persistenced with its unit and its user."""
    files = {
        f"{folder}/nvidia-persistenced": program(binaries.helper("nvidia-persistenced", version)),
        "/usr/lib/systemd/system/nvidia-persistenced.service": text(
            PERSISTENCED.format(program=f"{folder}/nvidia-persistenced")
        ),
    }
    if folder != "/usr/bin":
        files["/usr/bin/nvidia-persistenced"] = link(f"{folder}/nvidia-persistenced")
    return Payload(files, {"after-install": PERSISTENCED_USER, "after-remove": "systemctl daemon-reload || :\n"})


def modprobe_program(version: str) -> Payload:
    """`modprobe-program 384.81`: nvidia-modprobe, with its rights."""
    return Payload({"/usr/bin/nvidia-modprobe": program(binaries.helper("nvidia-modprobe", version), 0o4755)})


def module(version: str, name: str = "nvidia", licence: str = "NVIDIA", dkms: str = "nvidia") -> Payload:
    """`driver-module 384.81 [nvidia-current] [Dual_MIT/GPL] [nvidia-384]`: sources that the real DKMS builds."""
    source = f"/usr/src/{dkms}-{version}"
    modules = {
        f"{name}{suffix}": binaries.module(name, suffix, version, licence.replace("_", " "))
        for suffix in _suffixes(version)
    }
    numbered = "".join(
        f'BUILT_MODULE_NAME[{i}]="{module}"\nDEST_MODULE_LOCATION[{i}]="/kernel/drivers/video"\nSTRIP[{i}]="no"\n'
        for i, module in enumerate(modules)
    )
    files = {
        f"{source}/dkms.conf": text(
            f'PACKAGE_NAME="{dkms}"\nPACKAGE_VERSION="{version}"\nAUTOINSTALL="yes"\n'
            f'MAKE[0]="sh ./make-modules $kernelver"\nCLEAN="true"\n{numbered}'
        ),
        f"{source}/make-modules": program(MAKE_MODULES),
        **{f"{source}/{module}.o.in": Entry(content) for module, content in modules.items()},
    }
    add = f"dkms add -m {dkms} -v {version} || :\n"
    built = f'dkms build -m {dkms} -v {version} -k "$kernel"'
    installed = f'dkms install --force -m {dkms} -v {version} -k "$kernel"'
    each = (
        'for kernel in $(ls /lib/modules); do\n    [ -e "/lib/modules/$kernel/build/Makefile" ] || continue\n'
        f"    {built} && {installed}\ndone\n"
    )
    gone = f"dkms remove -m {dkms} -v {version} --all || :\n"
    return Payload(files, {"after-install": add + each, "before-remove": gone})


def prebuilt(version: str, release: str, licence: str, folder: str) -> Payload:
    """`driver-prebuilt 580.95.05 6.8.0-45-generic Dual_MIT/GPL nvidia-580srv-open`: modules for one kernel, built."""
    magic = f"{release} SMP mod_unload modversions ".ljust(len(binaries.VERMAGIC)).encode()
    files = {
        f"/usr/lib/modules/{release}/kernel/{folder}/nvidia{suffix}.ko": Entry(
            binaries.module("nvidia", suffix, version, licence.replace("_", " ")).replace(
                binaries.VERMAGIC.encode(), magic
            )
        )
        for suffix in _suffixes(version)
    }
    known = f"[ ! -d /lib/modules/{release} ] || depmod {release}\n"
    return Payload(files, {"after-install": known, "after-remove": known})


def nouveau_off(*aliases: str) -> Payload:
    """`nouveau-off [nvidia-384]`: the modprobe configuration that a driver brings, in the initramfs too."""
    lines = ["blacklist nouveau", "options nouveau modeset=0"]
    for name in aliases:
        lines += [f"alias nvidia{suffix} {name}{suffix}" for suffix in binaries.SUFFIXES]
    rebuild = (
        "if command -v update-initramfs >/dev/null; then update-initramfs -u || :\n"
        "elif command -v dracut >/dev/null; then dracut -f || :; fi\n"
    )
    return Payload(
        {"/usr/lib/modprobe.d/nvidia-graphics-drivers.conf": text("\n".join(lines) + "\n")},
        {"after-install": rebuild, "after-remove": rebuild},
    )


def _suffixes(version: str) -> tuple[str, ...]:
    return binaries.SUFFIXES if int(version.partition(".")[0]) >= 367 else binaries.SUFFIXES[:2]
