"""CUDA and cuDNN: the real paths, versions that can be read, empty libraries."""

from __future__ import annotations

import json

from tests.lab.mirror import binaries
from tests.lab.mirror.package import Entry, link, program, text
from tests.lab.mirror.payloads.made import Payload, shared

LIBRARIES = ("libcublas", "libcufft", "libcurand", "libcusolver", "libcusparse")
NVCC = """#!/bin/sh
# Stand-in of a gpuwright lab host for nvcc: it knows its version and compiles nothing.
case "$*" in *-V* | *--version*)
    echo "nvcc: NVIDIA (R) Cuda compiler driver"
    echo "Cuda compilation tools, release {short}, V{version}"
    exit 0 ;;
esac
echo "nvcc fatal   : this is a stand-in, nothing is compiled" >&2
exit 1
"""


def toolkit(version: str) -> Payload:
    """`cuda-toolkit 8.0.61`: the tree below /usr/local/cuda-X.Y with nvcc, headers, libraries and CUPTI."""
    short = ".".join(version.split(".")[:2])
    root, target = f"/usr/local/cuda-{short}", "targets/x86_64-linux"
    number = "".join(f"{int(part):02}" for part in short.split(".")).lstrip("0") + "0"
    files = {
        f"{root}/bin/nvcc": program(NVCC.format(short=short, version=version)),
        f"{root}/include": link(f"{target}/include"),
        f"{root}/lib64": link(f"{target}/lib"),
        f"{root}/{target}/include/cuda.h": text(f"/* stand-in */\n#define CUDA_VERSION {number}\n"),
        f"{root}/extras/CUPTI/lib64/libcupti.so.{version}": Entry(binaries.library(f"libcupti.so.{short}")),
        f"{root}/extras/CUPTI/lib64/libcupti.so.{short}": link(f"libcupti.so.{version}"),
        f"{root}/extras/CUPTI/lib64/libcupti.so": link(f"libcupti.so.{short}"),
        **_version(root, version),
    }
    made, gone = _link(short) if _major(version) < 11 else _alternative(root, short)
    scripts = {"after-install": made, "after-remove": f"[ -e {root}/bin/nvcc ] || {gone}"}
    return Payload(files, {moment: f"{script}\nldconfig\n" for moment, script in scripts.items()})


def _link(short: str) -> tuple[str, str]:
    """How CUDA up to 10 made /usr/local/cuda, and took it away: the first toolkit has it."""
    link = "/usr/local/cuda"
    return f"[ -e {link} ] || ln -s cuda-{short} {link}", f'[ "$(readlink {link})" != cuda-{short} ] || rm -f {link}'


def _alternative(root: str, short: str) -> tuple[str, str]:
    """How it is done since: by alternatives, the newest first."""
    made = f"update-alternatives --install /usr/local/cuda cuda {root} {short.replace('.', '')}"
    return made, f"update-alternatives --remove cuda {root} || true"


def _version(root: str, version: str) -> dict[str, Entry]:
    """version.txt up to CUDA 10, version.json from 11 on."""
    if _major(version) < 11:
        return {f"{root}/version.txt": text(f"CUDA Version {version}\n")}
    return {f"{root}/version.json": text(json.dumps({"cuda": {"name": "CUDA SDK", "version": version}}, indent=3))}


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def libraries(version: str) -> Payload:
    """`cuda-libraries 8.0.61`: the run-time libraries and the loader's file that names their folder."""
    short = ".".join(version.split(".")[:2])
    folder = f"/usr/local/cuda-{short}/targets/x86_64-linux/lib"
    major = short if _major(version) < 11 else str(_major(version))
    files = {f"/etc/ld.so.conf.d/cuda-{short.replace('.', '-')}.conf": text(f"{folder}\n")}
    for name in ("libcudart", *LIBRARIES):
        files |= shared(folder, f"{name}.so", f"{name}.so.{major}", version)
        files[f"{folder}/{name}.so"] = link(f"{name}.so.{major}")
    return Payload(files, {"after-install": "ldconfig\n", "after-remove": "ldconfig\n"})


def cudnn(version: str, cuda: str, where: str) -> Payload:
    """`cudnn 6.0.21 8.0 /usr/local/cuda-8.0`: header and libraries; the links are links."""
    major, minor, patch = version.split(".")[:3]
    header = "cudnn.h" if int(major) < 8 else "cudnn_version.h"
    defines = f"#define CUDNN_MAJOR {major}\n#define CUDNN_MINOR {minor}\n#define CUDNN_PATCHLEVEL {patch}\n"
    folder = f"{where}/lib64" if int(major) < 8 else f"{where}/lib"
    files = {f"{where}/include/{header}": text(f"/* stand-in, for CUDA {cuda} */\n{defines}")}
    files |= shared(folder, "libcudnn.so", f"libcudnn.so.{major}", version)
    files[f"{folder}/libcudnn.so"] = link(f"libcudnn.so.{major}")
    return Payload(files)
