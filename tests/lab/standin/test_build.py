"""What `build` makes runs on every host and in every container."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.lab.standin import PRELOAD, BuildError, build
from tests.lab.standin.room import cpio

HERE = Path(__file__).parent
SCRIPTS = [HERE / "boot", HERE / "kernel", HERE / "container-hook", *sorted((HERE / "bin").iterdir())]
CONFIG = {
    "etc/modprobe.d/gpu.conf": "-> ../nvidia/gpu.conf",
    "etc/nvidia/gpu.conf": "blacklist nouveau\n",
    "etc/passwd": "root\n",
    "usr/lib/modprobe.d/aliases.conf": "alias a b\n",
    "usr/lib/modules/1/kernel/a.ko": "x" * 5000,
    "usr/bin/sh": "y" * 777,
}
pytestmark = pytest.mark.skipif(not shutil.which("busybox"), reason="busybox-static is not installed")


def test_library_needs_no_recent_glibc(built: Path) -> None:
    """It is loaded into every program of Debian 12 and 13 and of containers with an older glibc."""
    table = subprocess.run(["objdump", "-T", built / "libkernel.so"], capture_output=True, text=True, check=True).stdout
    versions = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([\d.]+)", table)}
    assert max(versions) <= (2, 16)


def test_preload_names_the_library_where_hosts_see_it(built: Path) -> None:
    """The file that is bound on /etc/ld.so.preload."""
    assert (built / "ld.so.preload").read_text() == f"{PRELOAD}\n"


def test_every_tool_is_an_applet(built: Path) -> None:
    """A stand-in must not depend on what a container has."""
    applets = subprocess.run([built / "busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
    assert {path.name for path in (built / "tools").iterdir()} <= set(applets)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_shellcheck(script: Path) -> None:
    """And each says in its second line what it is."""
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", "--shell=dash", "-x", script], check=True)
    first, second, *_ = script.read_text(encoding="utf-8").splitlines()
    assert first == "#!/usr/lib/gpuwright-lab/busybox sh"
    assert second.startswith("# ")


def test_without_busybox_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for a newcomer."""
    monkeypatch.setattr("shutil.which", lambda *_args, **_words: None)
    with pytest.raises(BuildError, match="apt-get install busybox-static"):
        build(tmp_path / "lab")


@pytest.mark.parametrize("packer", [["cat"], ["gzip"], ["xz"], ["zstd", "-q"]], ids=lambda words: words[0])
def test_configuration_of_an_initramfs(packer: list[str], built: Path, tmp_path: Path) -> None:
    """Early microcode, padding, then the image: what is read is the configuration and nothing else, links included."""
    if not shutil.which(packer[0]):
        pytest.skip(f"{packer[0]} is not installed")
    early = cpio({"kernel/x86/microcode/a.bin": "m" * 1000})
    image = tmp_path / "initrd.img"
    packed = subprocess.run(packer, input=cpio(CONFIG), capture_output=True, check=True).stdout
    image.write_bytes(early + b"\0" * 512 + packed)
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run([built / "initrd-config", image, out], check=True)
    found = {str(path.relative_to(out)) for path in out.rglob("*") if not path.is_dir()}
    assert found == {name for name in CONFIG if name.startswith("etc/") or "modprobe.d" in name}
    assert (out / "etc/modprobe.d/gpu.conf").read_text() == "blacklist nouveau\n"


@pytest.mark.parametrize("text", [b"", b"no image", b"070701" + b"0" * 50, os.urandom(2000)])
def test_what_is_no_initramfs(text: bytes, built: Path, tmp_path: Path) -> None:
    """It says so, whatever it is."""
    image = tmp_path / "initrd.img"
    image.write_bytes(text)
    assert subprocess.run([built / "initrd-config", image, tmp_path], check=False).returncode == 1
