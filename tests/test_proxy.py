"""The proxies that a host goes out by, as our fetches get them: from /etc/environment, or what apt and dnf are told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from checks.facts import solver
from provision.remote.detached import PROXY

LOCAL = "localhost,127.0.0.1,::1,"
APT = 'Acquire::http::Proxy "http://cache:3142";'
SAID = """printf 'http=%s https=%s no=%s\\n' "${http_proxy-}" "${https_proxy-}" "${no_proxy-}"\n"""

CASES: dict[str, tuple[str, str, str, str]] = {
    "nothing": ("", "", "", "http= https= no="),
    "environment": (
        "https_proxy=http://p:1\nNO_PROXY=.example\n",
        APT,
        "",
        f"http= https=http://p:1 no={LOCAL}.example",
    ),
    "apt": ("", APT, "", f"http=http://cache:3142 https=http://cache:3142 no={LOCAL}"),
    "apt, https of its own": (
        "",
        f'{APT}\nAcquire::https::Proxy "http://tls:8080";',
        "",
        f"http=http://cache:3142 https=http://tls:8080 no={LOCAL}",
    ),
    "apt, https without one": (
        "",
        f'{APT}\nAcquire::https::Proxy "DIRECT";',
        "",
        f"http=http://cache:3142 https= no={LOCAL}",
    ),
    "apt, all but one host": (
        "",
        f'{APT}\nAcquire::https::Proxy::mirror.example "DIRECT";',
        "",
        f"http=http://cache:3142 https=http://cache:3142 no={LOCAL}mirror.example,",
    ),
    "dnf": ("", "none", "[main]\nproxy = http://p:3128\n", f"http=http://p:3128 https=http://p:3128 no={LOCAL}"),
    "dnf, switched off": ("", "none", "[main]\nproxy=_none_\n", "http= https= no="),
}


@pytest.mark.parametrize("case", CASES)
def test_the_hosts_own_proxies_count(tmp_path: Path, case: str) -> None:
    environment, apt, dnf, expected = CASES[case]
    text = PROXY.replace("/etc/environment", f"{tmp_path}/environment").replace("/etc/dnf", str(tmp_path))
    (tmp_path / "environment").write_text(environment)
    (tmp_path / "dnf.conf").write_text(dnf)
    (tmp_path / "apt.conf").write_text(apt)
    for name in ("sed", "cat", "tail", "tr", "grep", "sort"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    if apt != "none":
        (tmp_path / "apt-config").write_text(f"#!/bin/sh\ncat {tmp_path}/apt.conf\n")
        (tmp_path / "apt-config").chmod(0o755)
    ask = [shutil.which("sh") or "sh", "-eu", "-c", text + SAID]
    done = subprocess.run(ask, capture_output=True, text=True, check=True, env={"PATH": str(tmp_path)})
    assert done.stdout.strip() == expected


def test_the_solver_is_asked_through_them() -> None:
    script = solver.command(("x",), "apt", PROXY)
    assert script.index("use_proxies\n") < script.index("ask update")
