"""Faults that only a framework shows: nvidia-smi works in the container, and nothing computes on the GPU."""

from __future__ import annotations

from pathlib import Path

from tests.alter import Alter, put
from tests.faultbench.fault import Fault

_CASES = Path(__file__).parent.parent / "facts" / "framework"


def ran(name: str, status: int = 0, way: str = "docker", framework: str = "tensorflow") -> Alter:
    """What came of the program: a recorded or derived output."""
    output = (_CASES / f"{name}.txt").read_text(encoding="utf-8").partition("\n")[2]
    shown = "".join(f"| {line}\n" for line in output.splitlines())
    return put("framework", f"framework {framework}\nimage an/image:1\nway {way}\n{shown}status {status}\n")


FAULTS = (
    Fault(
        "an image of TensorFlow without GPU support",
        "TensorFlow 2.21.0, tensorflow-cpu: run and watched, 2026-11-24",
        "framework",
        (ran("tensorflow-2.21.0-without-gpu"),),
        says="the product was placed on the CPU",
    ),
    Fault(
        "the container has the driver's libraries and no device node",
        "failed call to cuInit: CUDA_ERROR_NO_DEVICE, in public logs of TensorFlow 1.4",
        "framework",
        (ran("tensorflow-1.4.0-no-device", way="runtime"),),
        says="CUDA_ERROR_NO_DEVICE",
    ),
    Fault(
        "TensorFlow with GPU support in a container without the driver's libraries",
        "tensorflow/tensorflow issue 4078: ImportError: libcuda.so.1",
        "framework",
        (ran("tensorflow-1.4.0-no-library", 1),),
        says="libcuda.so.1: cannot open shared object file",
    ),
    Fault(
        "a GPU that is newer than the image: kernels are compiled anew",
        "TensorFlow's own words: could take 30 minutes or longer",
        "framework",
        (ran("tensorflow-1.4.0-gpu", 124),),
        says="--deadline 30m",
    ),
    Fault(
        "a GPU that computes wrong",
        "Meta, Silent Data Corruptions at Scale (2021)",
        "framework",
        (ran("tensorflow-wrong"),),
        says="computes wrong",
    ),
    Fault(
        "PyTorch of another CUDA than the driver runs",
        "torch/cuda/__init__.py: Found no NVIDIA driver on your system",
        "framework",
        (ran("pytorch-no-driver", framework="pytorch", way="cdi"),),
        says="Found no NVIDIA driver",
    ),
)
