"""The stand-in of nvidia-docker 1.0.x as the files, packages and archives that a host installs it from.

`tree` is for whoever packs it; `deb` and `tarball` are packed here, under the names of the real release's assets.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

from tests.lab.standin import BuildError

HERE = Path(__file__).parent / "payload" / "nvidia-docker"
VERSION = "1.0.1"
SUMMARY = "stand-in of nvidia-docker for simulated hosts; no NVIDIA program"


def programs(folder: Path, version: str = VERSION) -> None:
    """Put the two programs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "nvidia-docker-plugin"
    options = ("-O2", "-static", "-Wall", "-Wextra", "-Wno-format-truncation", f'-DVERSION="{version}"')
    done = subprocess.run(
        ["gcc", *options, "-o", target, HERE / "plugin.c"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BuildError(f"plugin.c does not compile:\n{done.stderr}")
    client = (HERE / "client").read_text(encoding="utf-8").replace(f"VERSION={VERSION}", f"VERSION={version}")
    (folder / "nvidia-docker").write_text(client, encoding="utf-8")
    (folder / "nvidia-docker").chmod(0o755)


def tree(root: Path, version: str = VERSION) -> None:
    """Every file of the package below `root`; its postinst.sh and prerm.sh lie beside the sources."""
    programs(root / "usr/bin", version)
    unit = root / "lib/systemd/system/nvidia-docker.service"
    unit.parent.mkdir(parents=True)
    shutil.copyfile(HERE / "nvidia-docker.service", unit)
    (root / "var/lib/nvidia-docker").mkdir(parents=True)


def deb(folder: Path, version: str = VERSION) -> Path:
    """The package nvidia-docker_VERSION-1_amd64.deb, in `folder`."""
    root = folder / f"deb-{version}"
    tree(root, version)
    control = root / "DEBIAN"
    control.mkdir()
    fields = {
        "Package": "nvidia-docker",
        "Version": f"{version}-1",
        "Architecture": "amd64",
        "Maintainer": "the lab <lab@localhost>",
        "Depends": "libcap2-bin, passwd",
        "Description": SUMMARY,
    }
    (control / "control").write_text("".join(f"{key}: {value}\n" for key, value in fields.items()), encoding="utf-8")
    start = "systemctl daemon-reload\nsystemctl enable -q nvidia-docker\nsystemctl restart nvidia-docker || true\n"
    stop = "systemctl disable -q --now nvidia-docker || true\n"
    for name, text in {
        "postinst": (HERE / "postinst.sh").read_text(encoding="utf-8") + start,
        "prerm": (HERE / "prerm.sh").read_text(encoding="utf-8").replace("exit 0\n", f"{stop}exit 0\n"),
    }.items():
        (control / name).write_text(text, encoding="utf-8")
        (control / name).chmod(0o755)
    target = folder / f"nvidia-docker_{version}-1_amd64.deb"
    subprocess.run(["dpkg-deb", "-Zxz", "--root-owner-group", "-b", root, target], capture_output=True, check=True)
    shutil.rmtree(root)
    return target


def tarball(folder: Path, version: str = VERSION) -> Path:
    """The archive nvidia-docker_VERSION_amd64.tar.xz, in `folder`: two programs, and nothing that a package does."""
    root = folder / f"tar-{version}"
    programs(root / "nvidia-docker", version)
    target = folder / f"nvidia-docker_{version}_amd64.tar.xz"
    with tarfile.open(target, "w:xz") as archive:
        archive.add(root / "nvidia-docker", "nvidia-docker")
    shutil.rmtree(root)
    return target
