"""Faults of the CUDA environment and of cuDNN. No lab host has either: the lines are derived from the layout."""

from __future__ import annotations

from checks.facts import Facts
from checks.profiles import environment
from checks.profiles.profile import having
from tests.alter import Alter, altered, append, edit, put
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN, HEALTHY, read

TOOLKIT = """\
link /usr/local/cuda /usr/local/cuda-8.0
root /usr/local/cuda-8.0 8.0.61 extras
"""
"""A host with CUDA 8.0 and no cuda.sh."""

TWO = TOOLKIT + "root /usr/local/cuda-7.5 7.5.18 extras\n"
_LIB = "/usr/local/cuda-8.0/targets/x86_64-linux/lib"
HEALTHY_CUDNN = f"""\
header /usr/local/cuda-8.0 /usr/local/cuda-8.0/include/cudnn.h 6 0 21
library /usr/local/cuda-8.0 l 13 {_LIB}/libcudnn.so libcudnn.so.6
library /usr/local/cuda-8.0 l 18 {_LIB}/libcudnn.so.6 libcudnn.so.6.0.21
library /usr/local/cuda-8.0 f 154322864 {_LIB}/libcudnn.so.6.0.21{" "}
loader {_LIB}
tool curl
"""

ENVIRONMENT = having(DEBIAN, {"cuda": {"version": "8.0"}})
REPLACE = having(ENVIRONMENT, {"cuda": {"replace": True}})
CUDNN = having(
    DEBIAN,
    {
        "cuda": {"version": "8.0", "environment": False},
        "cudnn": {"version": "6.0.21", "source": "/srv/cudnn-8.0-linux-x64-v6.0.tgz", "sha256": "a" * 64},
    },
)


def script(text: str, toolkit: str = TWO, more: str = "") -> Alter:
    """cuda.sh with this text."""
    body = "".join(f"| {line}\n" for line in text.splitlines())
    return put("cuda_toolkit", f"{toolkit}file {'a' * 64}\n{body}\n{more}")


def right(toolkit: str = TWO) -> str:
    """The text that cuda.sh must have."""
    return environment.text(Facts(altered(read(HEALTHY), (put("cuda_toolkit", toolkit),))), ENVIRONMENT)


def cudnn(old: str, new: str) -> tuple[Alter, ...]:
    """A host with CUDA 8.0 and cuDNN 6.0.21, with one thing else in it."""
    changed = HEALTHY_CUDNN.replace(old, new)
    if changed == HEALTHY_CUDNN:
        raise ValueError(old)
    return put("cuda_toolkit", TOOLKIT), put("cudnn", changed)


PACKAGES = having(DEBIAN, {"cuda": {"version": "12.2", "install": True, "environment": False}})
LINK = having(DEBIAN, {"cuda": {"version": "8.0", "environment": False, "link": True}})
VOLTA = edit("pci", "20b5", "1db6")

_ELSEWHERE = "export PATH=/usr/local/cuda-7.5/bin:$PATH\nexport LD_LIBRARY_PATH=/usr/local/cuda-7.5/lib64\n"
_GUIDE = "docs.nvidia.com, CUDA installation guide for Linux: environment setup"
_LINKS = "ldconfig: libcudnn.so.6 is not a symbolic link"

FAULTS = (
    Fault(
        "no login finds CUDA",
        _GUIDE,
        "environment",
        (put("cuda_toolkit", TWO),),
        says="there is no /etc/profile.d/cuda.sh",
        profile=ENVIRONMENT,
    ),
    Fault(
        "cuda.sh of ours is for another version",
        "a profile that went from 7.5 to 8.0",
        "environment",
        (script(right().replace("8.0", "7.5")),),
        says="/etc/profile.d/cuda.sh points at /usr/local/cuda-7.5",
        profile=ENVIRONMENT,
    ),
    Fault(
        "cuda.sh of ours was edited",
        "a person who took CUPTI out",
        "environment",
        (script(right().replace(":$CUDA_HOME/extras/CUPTI/lib64", "")),),
        says="has been edited",
        profile=ENVIRONMENT,
    ),
    Fault(
        "another tool's cuda.sh points at another version",
        _GUIDE,
        "environment",
        (script(_ELSEWHERE),),
        says="points at /usr/local/cuda-7.5; another tool made it, and it is left alone",
        profile=ENVIRONMENT,
    ),
    Fault(
        "another tool's cuda.sh, which the profile lets go",
        _GUIDE,
        "environment",
        (script(_ELSEWHERE),),
        says="points at /usr/local/cuda-7.5",
        profile=REPLACE,
    ),
    Fault(
        "another tool's cuda.sh has no libraries in it",
        _GUIDE,
        "environment",
        (script("PATH=/usr/local/cuda-8.0/bin:$PATH\n"),),
        says="does not put /usr/local/cuda-8.0/lib64 on the path; another tool made it",
        profile=ENVIRONMENT,
    ),
    Fault(
        "cuda.sh is a link to nothing",
        "update-alternatives after the removal of a toolkit's package",
        "environment",
        (
            put(
                "cuda_toolkit",
                f"{TWO}other /etc/profile.d/cuda.sh is a link to /etc/alternatives/cuda.sh, which is not\n",
            ),
        ),
        says="is a link to /etc/alternatives/cuda.sh",
        profile=ENVIRONMENT,
    ),
    Fault(
        "the toolkit of the profile is not installed",
        "cuda-toolkit-8-0 was removed",
        "environment",
        (put("cuda_toolkit", "root /usr/local/cuda-7.5 7.5.18 extras\n"),),
        says="install cuda-toolkit-8-0",
        profile=ENVIRONMENT,
    ),
    Fault(
        "a second file puts another CUDA on the path",
        _GUIDE,
        "environment",
        (script(right(), more="line /etc/profile.d/nvidia.sh export PATH=/usr/local/cuda-7.5/bin:$PATH\n"),),
        says="/etc/profile.d/nvidia.sh puts another CUDA on everybody's path too",
        verdict="warn",
        profile=ENVIRONMENT,
    ),
    Fault(
        "/usr/local/cuda leads to another toolkit since the last upgrade",
        "update-alternatives(1): the highest priority wins in auto mode",
        "environment",
        (put("cuda_toolkit", TWO.replace("cuda /usr/local/cuda-8.0", "cuda /usr/local/cuda-7.5")),),
        says="/usr/local/cuda leads to /usr/local/cuda-7.5, not to /usr/local/cuda-8.0",
        profile=LINK,
    ),
    Fault(
        "the toolkit's package was removed",
        "apt autoremove after `cuda` was removed",
        "cuda_packages",
        (),
        says="not installed as the profile asks: cuda-toolkit-12-2",
        profile=PACKAGES,
    ),
    Fault(
        "NCCL was upgraded to one for another CUDA",
        "NCCL installation guide: libnccl2=VERSION+cudaX.Y",
        "cuda_packages",
        (append("packages", "ii libnccl2 2.28.3-1+cuda13.0\n"),),
        says="installed: libnccl2 2.28.3-1+cuda13.0",
        profile=having(DEBIAN, {"nccl": {"packages": ["libnccl2=2.27.5-1+cuda12.9"]}}),
    ),
    Fault(
        "CUDA 13 is asked for on a V100",
        "docs.nvidia.com, CUDA toolkit, driver, and architecture matrix: Volta ends with CUDA 12",
        "cuda_packages",
        (VOLTA,),
        says="CUDA 13.0 has nothing for GPU",
        profile=having(DEBIAN, {"cuda": {"version": "13.0", "install": True, "environment": False}}),
    ),
    Fault(
        "the newest cuDNN is asked for on a V100",
        "docs.nvidia.com, cuDNN 9.10.2 support matrix, footnote 5",
        "cuda_packages",
        (VOLTA,),
        says="9.10.2 is the last that has",
        profile=having(DEBIAN, {"cudnn": {"packages": ["cudnn9-cuda-12"]}}),
    ),
    Fault(
        "the profile names the package `cuda`",
        "NVIDIA, Driver Installation Guide: cuda brings a driver",
        "cuda_packages",
        (),
        says="cuda brings a driver of its own choice",
        profile=having(DEBIAN, {"dcgm": {"packages": ["cuda"]}}),
    ),
    Fault(
        "a toolkit that is newer than the driver",
        "CUDA driver version is insufficient for CUDA runtime version",
        "cuda_packages",
        (append("packages", "ii cuda-toolkit-13-0 13.0.2-1\n"),),
        says="driver 535.309.01 runs CUDA 12.2 at most",
        verdict="warn",
        profile=having(DEBIAN, {"cuda": {"version": "13.0", "install": True, "environment": False}}),
    ),
    Fault(
        "no cuDNN where the profile asks for one",
        "tensorflow/tensorflow issue 20271: libcudnn.so.6: cannot open shared object file",
        "cudnn",
        (put("cuda_toolkit", TOOLKIT), put("cudnn", "tool curl\n")),
        says="there is no cuDNN in /usr/local/cuda-8.0",
        profile=CUDNN,
    ),
    Fault(
        "cuDNN of another version",
        "Loaded runtime CuDNN library: A but source was compiled with: B",
        "cudnn",
        cudnn("cudnn.h 6 0 21", "cudnn.h 7 0 5"),
        says="cuDNN in /usr/local/cuda-8.0 is 7.0.5, the profile asks for 6.0.21",
        profile=CUDNN,
    ),
    Fault(
        "cuDNN copied with plain cp: three files in place of links",
        _LINKS,
        "cudnn",
        cudnn("l 18 " + _LIB + "/libcudnn.so.6 libcudnn.so.6.0.21", "f 154322864 " + _LIB + "/libcudnn.so.6 "),
        says="is not a symbolic link",
        profile=CUDNN,
    ),
    Fault(
        "the header is of one version, the library of another",
        "Loaded runtime CuDNN library: A but source was compiled with: B",
        "cudnn",
        cudnn("6.0.21", "6.0.20"),
        says="leads to libcudnn.so.6.0.20, not to 6.0.21",
        profile=CUDNN,
    ),
    Fault(
        "a link leads to a library that is gone",
        "libcudnn.so.6: cannot open shared object file: No such file or directory",
        "cudnn",
        cudnn(f"library /usr/local/cuda-8.0 f 154322864 {_LIB}/libcudnn.so.6.0.21 \n", ""),
        says="leads to nothing that can be loaded",
        profile=CUDNN,
    ),
    Fault(
        "the loader was not told",
        "libcudnn.so.6: cannot open shared object file: No such file or directory",
        "cudnn",
        cudnn(f"loader {_LIB}\n", "loader /usr/lib/x86_64-linux-gnu\n"),
        says="the loader does not know cuDNN in /usr/local/cuda-8.0",
        profile=CUDNN,
    ),
    Fault(
        "only the headers came",
        "a -dev package without its library",
        "cudnn",
        (put("cuda_toolkit", TOOLKIT), put("cudnn", HEALTHY_CUDNN.splitlines()[0] + "\ntool curl\n")),
        says="libcudnn.so.6 is missing",
        profile=CUDNN,
    ),
    Fault(
        "cuDNN is asked for without a checksum",
        "a profile copied from a page",
        "cudnn",
        (put("cuda_toolkit", TOOLKIT), put("cudnn", "tool curl\n")),
        says="the profile's cudnn.sha256 is missing",
        profile=having(CUDNN, {"cudnn": {"sha256": ""}}),
    ),
)
