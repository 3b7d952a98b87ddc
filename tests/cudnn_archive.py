"""A small archive in the layout of NVIDIA's cuDNN. What lies in it is a stand-in: it computes nothing.

2017: cudnn-8.0-linux-x64-v6.0.tgz with cuda/include/cudnn.h and cuda/lib64/libcudnn.so{,.6,.6.0.21}, the first two of
them links. Today: cudnn-linux-x86_64-9.23.1.3_cuda13-archive.tar.xz with a folder of that name, include/cudnn_version.h
and lib/.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Where an archive has what."""

    top: str
    libraries: str
    header: str
    compression: str
    version: str
    pieces: tuple[str, ...] = ("libcudnn",)

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]


OLD = Layout("cuda", "lib64", "cudnn.h", "gz", "6.0.21")
NEW = Layout(
    "cudnn-linux-x86_64-9.23.1.3_cuda13-archive",
    "lib",
    "cudnn_version.h",
    "xz",
    "9.23.1.3",
    ("libcudnn", "libcudnn_ops"),
)


def defines(version: str) -> str:
    """The lines of a header that name a version, as NVIDIA's headers have them."""
    parts = zip(("MAJOR", "MINOR", "PATCHLEVEL"), version.split("."), strict=False)
    return "".join(f"#define CUDNN_{name} {number}\n" for name, number in parts) + (
        "\n#define CUDNN_VERSION    (CUDNN_MAJOR * 1000 + CUDNN_MINOR * 100 + CUDNN_PATCHLEVEL)\n"
    )


def made(layout: Layout, library: bytes = b"\x7fELF stand-in", *, without: str = "") -> bytes:
    """The archive; `without` leaves out the members whose name ends so."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode=f"w:{layout.compression}") as archive:  # type: ignore[call-overload]

        def add(name: str, data: bytes = b"", link: str = "") -> None:
            if without and name.endswith(without):
                return
            member = tarfile.TarInfo(f"{layout.top}/{name}")
            member.mode, member.uid, member.gid = 0o750, 1234, 1234
            if link:
                member.type, member.linkname = tarfile.SYMTYPE, link
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))

        add("include/cudnn.h", b"/* stand-in */\n" if layout.header != "cudnn.h" else defines(layout.version).encode())
        if layout.header != "cudnn.h":
            add(f"include/{layout.header}", defines(layout.version).encode())
        for piece in layout.pieces:
            number = ".".join(layout.version.split(".")[:3])
            add(f"{layout.libraries}/{piece}.so", link=f"{piece}.so.{layout.major}")
            add(f"{layout.libraries}/{piece}.so.{layout.major}", link=f"{piece}.so.{number}")
            add(f"{layout.libraries}/{piece}.so.{number}", library)
        add(f"{layout.libraries}/libcudnn_static.a", b"!<arch>\n")
        add("LICENSE", b"a stand-in\n")
    return memory.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
