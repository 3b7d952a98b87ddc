"""An image with the real TensorFlow, built for CPUs alone, made on a lab host without a registry.

The wheels come from PyPI, once for all hosts (some 300 MB, kept below the lab's home); Python and the libraries below
it are the host's own. Headers are left out: nothing is compiled.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.command import run

if TYPE_CHECKING:
    from tests.lab.home import Home
    from tests.lab.host import Host

NAME = "lab/tensorflow-cpu:2.21.0"
VERSION = "2.21.0"
WHEELS = (
    *("tensorflow-cpu==2.21.0", "numpy==2.4.6", "ml-dtypes==0.6.0", "absl-py==2.5.1", "protobuf==7.36.2"),
    *("six==1.17.0", "wrapt==2.5.2", "typing-extensions==4.16.0", "termcolor==3.3.0", "opt-einsum==3.4.0"),
    *("gast==0.7.0", "flatbuffers==25.12.19", "google-pasta==0.2.0", "astunparse==1.6.3", "packaging==26.3"),
    *("requests==2.34.2", "urllib3==2.8.0", "idna==3.20", "certifi==2026.10.19.post1", "charset-normalizer==3.5.2"),
)
"""What `import tensorflow` needs and no more; for the Python of Debian 12."""

_FOLDER = "opt/tensorflow-image"
_LEFT_OUT = ("tensorflow/include/",)

_IMAGE = rf"""
set -e
command -v python3 >/dev/null || {{
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3
}} >/dev/null
cd /{_FOLDER}
mkdir -p usr/bin usr/lib usr/lib64 tmp
for name in bin lib lib64; do ln -sfn usr/$name $name; done
for file in /usr/bin/python3 /usr/bin/python3.11 /usr/lib/python3.11; do cp -a --parents "$file" .; done
cp -L /bin/sh usr/bin/sh
libraries=/lib/x86_64-linux-gnu
for name in libstdc++.so.6 libgcc_s.so.1 libdl.so.2 librt.so.1 libpthread.so.0 libutil.so.1; do
    echo "$libraries/$name"
done >/tmp/l
ldd usr/bin/sh usr/bin/python3.11 usr/lib/python3.11/lib-dynload/*.so $(cat /tmp/l) | grep -o '/[^ :()]*' >>/tmp/l
grep '^/lib' /tmp/l | sort -u | while read -r file; do
    mkdir -p "usr${{file%/*}}"
    cp -L "$file" "usr$file"
done
mv site usr/lib/python3.11/dist-packages
tar -c . | docker import - {NAME}
cd /
rm -rf /{_FOLDER}
"""


def site(home: Home) -> Path:
    """The unpacked wheels, fetched at the first use."""
    digest = hashlib.sha256(repr((WHEELS, _LEFT_OUT)).encode()).hexdigest()[:12]
    folder = home.path / "wheels" / f"tensorflow-{digest}"
    with home.locked("wheels"):
        if not folder.exists():
            aside = folder.with_suffix(".part")
            shutil.rmtree(aside, ignore_errors=True)
            _fetch(aside / "wheels")
            _unpack(aside / "wheels", aside / "site")
            (aside / "site").rename(folder)
            shutil.rmtree(aside)
    return folder


def _fetch(folder: Path) -> None:
    asked = ("--no-deps", "--only-binary=:all:", "--python-version=3.11", "--implementation=cp")
    places = [f"--platform=manylinux_{minor}_x86_64" for minor in ("2_28", "2_27", "2_17")]
    places += ["--platform=manylinux2014_x86_64", "--platform=manylinux1_x86_64"]
    pip = (sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-cache-dir")
    run(*pip, *asked, *places, f"--dest={folder}", *WHEELS, timeout=600)


def _unpack(wheels: Path, folder: Path) -> None:
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if not name.startswith(_LEFT_OUT)])


def build(host: Host) -> str:
    """Make the image in the host's docker; returns its name."""
    there = host.root / _FOLDER
    there.mkdir(parents=True)
    run("cp", "-a", "--reflink=auto", site(host.home), there / "site", timeout=300)
    host.run(_IMAGE, timeout=600)
    return NAME
