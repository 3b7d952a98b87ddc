"""CRI-O's configuration before and after. The main file is never written; what is there of others stays."""

from __future__ import annotations

import hashlib

import pytest

from checks.facts import Facts
from checks.facts.recording import parse, render
from checks.profiles import crio_settings, wants
from checks.profiles.profile import Profile, having
from provision.components import crio
from tests.alter import altered, append, put
from tests.hosts import DEBIAN, read
from tests.test_recordings import law

RUNTIME = "/usr/bin/nvidia-container-runtime"
MAIN = "/etc/crio/crio.conf"
DROP_IN = "/etc/crio/crio.conf.d/99-nvidia.toml"
CRUN = "/etc/crio/crio.conf.d/10-crun.conf"

# The inputs of cases crio-01 to crio-13 of nvidia-ctk 1.20.0, watched.
_MAIN = """\
[crio]
# site storage
storage_driver = "overlay"
[crio.runtime]
default_runtime = "runc"
cgroup_manager = "systemd"
[crio.runtime.runtimes.runc]
runtime_path = "/usr/lib/cri-o-runc/sbin/runc"
runtime_type = "oci"
runtime_root = "/run/runc"
allowed_annotations = ["io.containers.trace-syscall"]
"""
_CRUN = """\
[crio.runtime]
default_runtime = "crun"
[crio.runtime.runtimes.crun]
runtime_path = "/usr/libexec/crio/crun"
runtime_root = "/run/crun"
monitor_path = "/usr/libexec/crio/conmon"
"""
_HEAD = f'[crio.runtime.runtimes.nvidia]\nruntime_type = "oci"\nruntime_path = "{RUNTIME}"\n'
_AS_RUNC = f'{_HEAD}runtime_root = "/run/runc"\nallowed_annotations = ["io.containers.trace-syscall"]\n'
_AS_CRUN = f'{_HEAD}monitor_path = "/usr/libexec/crio/conmon"\nruntime_root = "/run/crun"\n'
_DEFAULT = '[crio.runtime]\ndefault_runtime = "nvidia"\n'
_BY_HAND = (
    '# ours\n[crio.runtime]\nlog_level = "debug"  # keep\n[crio.runtime.runtimes.nvidia]\nruntime_path = "/opt/old"\n'
)

# name: files, default, the file that is edited, afterwards
PAIRS: dict[str, tuple[dict[str, str], str, str, str]] = {
    "an empty main file (13)": ({MAIN: ""}, "keep", DROP_IN, _HEAD),
    "beside runc (03)": ({MAIN: _MAIN}, "keep", DROP_IN, _AS_RUNC),
    "as default (04)": ({MAIN: _MAIN}, "nvidia", DROP_IN, f"{_AS_RUNC}{_DEFAULT}"),
    "beside a drop-in's crun, with its monitor and root (07)": ({MAIN: "", CRUN: _CRUN}, "keep", DROP_IN, _AS_CRUN),
    "a drop-in by hand keeps its other lines (06)": (
        {MAIN: _MAIN, DROP_IN: _BY_HAND},
        "keep",
        DROP_IN,
        _BY_HAND.replace("/opt/old", RUNTIME),
    ),
    "default taken back where it stands (05)": (
        {MAIN: _MAIN, DROP_IN: f"{_DEFAULT}{_AS_RUNC}"},
        "runc",
        DROP_IN,
        f"{_DEFAULT}{_AS_RUNC}".replace('default_runtime = "nvidia"', 'default_runtime = "runc"'),
    ),
    "the main file, where an older nvidia-ctk wrote it": (
        {MAIN: f"{_MAIN}{_HEAD}".replace(RUNTIME, "/opt/old")},
        "keep",
        MAIN,
        f"{_MAIN}{_HEAD}",
    ),
    "carriage returns stay": (
        {MAIN: _MAIN, DROP_IN: _BY_HAND.replace("\n", "\r\n")},
        "keep",
        DROP_IN,
        _BY_HAND.replace("/opt/old", RUNTIME).replace("\n", "\r\n"),
    ),
}


def wanting(default: str = "keep") -> Profile:
    return having(DEBIAN, {"crio": {"runtime": RUNTIME, "default": default}})


def host(files: dict[str, str]) -> Facts:
    """A healthy host with NVIDIA's runtime and a CRI-O told so, as it comes out of a recording."""
    answer = "up crio\n"
    for path, content in files.items():
        lines = content.replace("\r\n", "\n").splitlines()
        answer += f"file {path}\n" + "".join(f"| {line}\n" for line in lines)
        answer += f"sum {hashlib.sha256(content.encode()).hexdigest()} {path}\n"
    alters = (put("cri", answer), append("toolkit", f"have nvidia-container-runtime {RUNTIME}\n"))
    return Facts(parse(render(altered(read("healthy-debian12-a100"), alters))))


@pytest.mark.parametrize("name", PAIRS)
def test_before_and_after(name: str) -> None:
    files, default, edits, after = PAIRS[name]
    facts, profile = host(files), wanting(default)
    assert wants.unplannable("crio", facts, profile) == ""
    assert crio_settings.target(facts.cri) == edits
    assert crio_settings.merged(facts, profile) == after
    done = host({**files, edits: after})
    assert crio_settings.lacking(done, profile) == ()
    law(facts, profile)
    law(done, profile)
    (step,) = crio.plan(facts, profile)
    assert step.title.endswith(f" in {edits}, and restart CRI-O")


REFUSED: dict[str, tuple[dict[str, str], str, str]] = {
    "no TOML (12)": ({MAIN: "[crio\n"}, "keep", f"{MAIN} is not TOML"),
    "a later file has the last word": (
        {MAIN: _MAIN, "/etc/crio/crio.conf.d/99-site.conf": '[crio.runtime]\ndefault_runtime = "runc"\n'},
        "nvidia",
        "/etc/crio/crio.conf.d/99-site.conf, which is read later, sets default_runtime too",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_said_and_left_alone(name: str) -> None:
    files, default, words = REFUSED[name]
    assert wants.unplannable("crio", host(files), wanting(default)).startswith(words)
    law(host(files), wanting(default))


def test_no_crio_no_plan() -> None:
    bare = Facts(read("healthy-debian12-a100"))
    assert list(crio.plan(bare, wanting())) == []
    assert wants.unplannable("crio", bare, wanting()) == ""
