"""Every row of what nvidia-ctk 1.20.0 was watched to do to daemon.json, and what a merge has to do instead.

The inputs are those of the watched cases docker-NN (nvidia-ctk compiled from its release tag, read back by dockerd
26.1.5); each test names the row's cases. What dockerd says of each result: tests/onhosts/test_docker_config.py.
"""

from __future__ import annotations

import json

import pytest

from checks.facts import Facts
from checks.facts.recording import parse, render
from checks.profiles import docker_settings, wants
from checks.profiles.container_toolkit import RUNTIME
from provision.components import docker_config
from provision.errors import Usage
from provision.planning import known, plan
from tests.alter import Alter, altered, edit
from tests.container_toolkit import INSTALLED, PROGRAM, wanting
from tests.hosts import read
from tests.profiles.test_docker_settings import PATH, answer
from tests.test_recordings import law


def host(data: bytes | None, docker: str = "26.1.5", *more: Alter) -> Facts:
    """A healthy host with the toolkit, a docker of this version and this daemon.json, out of a recording."""
    version = edit("docker", r'"ServerVersion":"[^"]*"', f'"ServerVersion":"{docker}"')
    told = (answer(data), INSTALLED, PROGRAM, version, *more)
    return Facts(parse(render(altered(read("healthy-debian12-a100"), told))))


def reloaded(data: bytes, default: str) -> Facts:
    """The host whose docker has read the file since."""
    runtime = edit("docker", r'"Runtimes":\{', '"Runtimes":{"nvidia":{"path":"/usr/bin/nvidia-container-runtime"},')
    named = "nvidia" if default == "nvidia" else "runc"
    return host(data, "26.1.5", runtime, edit("docker", r'"DefaultRuntime":"[a-z]*"', f'"DefaultRuntime":"{named}"'))


_RUNTIME = '"runtimes": {"nvidia": {"path": "/usr/bin/nvidia-container-runtime"}}'
_LINES = '"runtimes": {\n        "nvidia": {\n            "path": "/usr/bin/nvidia-container-runtime"\n        }\n    }'
_FULL = """{
  "log-driver": "json-file",
  "log-opts": {"max-size": "100m", "max-file": "3"},
  "registry-mirrors": ["https://mirror.example.com"],
  "exec-opts": ["native.cgroupdriver=systemd"],
  "data-root": "/data/docker",
  "storage-driver": "overlay2",
  "features": {"buildkit": true, "containerd-snapshotter": true}
}
"""
_FULL_RUNTIME = """,
  "runtimes": {
    "nvidia": {
      "path": "/usr/bin/nvidia-container-runtime"
    }
  }
}
"""
_ORDER = (
    '{"zz-first":0,\n "storage-driver":"overlay2","debug":false,\n "bip":"10.0.0.1/24",   "live-restore":true,\n'
    ' "default-ulimits":{"nofile":{"Soft":64000,"Name":"nofile","Hard":64000}},"Log-Driver":"x"}'
)
_OTHER_PATH = """{
  "default-runtime": "nvidia",
  "runtimes": {
    "nvidia": {"path": "/opt/nvidia/toolkit/nvidia-container-runtime", "runtimeArgs": ["--debug"], "args": ["--x"]},
    "kata": {"path": "/usr/bin/kata-runtime"}
  }
}
"""
_NUMBERS = '{"max-concurrent-downloads": 9007199254740993, "f": 1.0, "e": 1e21}'
_TEXTS = '{"labels": ["a<b>&c", "zone=\\u00e9t\\u00e9", "\u00e9 ok", "\u2028"]}'

# row and cases: before, default, cdi, after
PAIRS: dict[str, tuple[bytes | None, str, str, str]] = {
    "features: one key is added, the rest stays (08, 09, 29, 56)": (
        _FULL.encode(),
        "keep",
        "auto",
        _FULL.replace('"containerd-snapshotter": true}\n}\n', '"containerd-snapshotter": true, "cdi": true}')
        + _FULL_RUNTIME,
    ),
    "features: null is none (29)": (
        b'{"features": null}',
        "keep",
        "auto",
        f'{{"features": {{"cdi": true}}, {_RUNTIME}}}',
    ),
    "features: cdi false becomes true, buildkit stays off (10)": (
        b'{"features":{"cdi":false,"buildkit":false}}',
        "keep",
        "auto",
        '{"features":{"cdi":true,"buildkit":false},"runtimes":{"nvidia":{"path":"/usr/bin/nvidia-container-runtime"}}}',
    ),
    "not the default: said explicitly, and taken back (11, 12)": (
        _OTHER_PATH.encode(),
        "runc",
        "none",
        _OTHER_PATH.replace('"default-runtime": "nvidia"', '"default-runtime": "runc"').replace(
            "/opt/nvidia/toolkit", "/usr/bin"
        ),
    ),
    "an nvidia runtime is merged by key: its arguments stay (11, 55, 50)": (
        _OTHER_PATH.encode(),
        "keep",
        "none",
        _OTHER_PATH.replace("/opt/nvidia/toolkit", "/usr/bin"),
    ),
    "an nvidia runtime that is null (50)": (
        b'{"runtimes": {"nvidia": null}}',
        "keep",
        "none",
        f"{{{_RUNTIME}}}",
    ),
    "other runtimes and keys stay, the default of theirs too (06, 07, 13, 37, 47, 54)": (
        b'{"default-runtime": "crun", "runtimes": {"crun": {"path": "/usr/bin/crun"}}}',
        "keep",
        "none",
        (
            '{"default-runtime": "crun", "runtimes": {"crun": {"path": "/usr/bin/crun"}, "nvidia": {"path": '
            '"/usr/bin/nvidia-container-runtime"}}}'
        ),
    ),
    "as default (07)": (
        _FULL.encode(),
        "nvidia",
        "none",
        _FULL[:-3] + _FULL_RUNTIME[:-3] + ',\n  "default-runtime": "nvidia"\n}\n',
    ),
    "order, blanks and no final newline stay (06, 14, 15)": (
        _ORDER.encode(),
        "keep",
        "none",
        _ORDER[:-1]
        + ',"runtimes":{\n     "nvidia":{\n         "path":"/usr/bin/nvidia-container-runtime"\n     }\n }}',
    ),
    "carriage returns and tabs stay (17)": (
        b'{\r\n\t"debug": true\r\n}\r\n',
        "keep",
        "none",
        (
            '{\r\n\t"debug": true,\r\n\t"runtimes": {\r\n\t\t"nvidia": {\r\n\t\t\t"path": '
            '"/usr/bin/nvidia-container-runtime"\r\n\t\t}\r\n\t}\r\n}\r\n'
        ),
    ),
    "no file (01)": (None, "keep", "none", f"{{\n    {_LINES}\n}}\n"),
    "empty is an empty object (03)": (b"", "keep", "none", f"{{\n    {_LINES}\n}}\n"),
    "blank is an empty object (05)": (b"\n  \n", "keep", "none", f"{{\n    {_LINES}\n}}\n"),
    "a byte order mark stays (16)": (
        b'\xef\xbb\xbf{"debug": true}',
        "keep",
        "none",
        f'\ufeff{{"debug": true, {_RUNTIME}}}',
    ),
    "null is an empty object (25)": (b"null\n", "keep", "none", f"{{\n    {_LINES}\n}}\n"),
    "runtimes that are null are none (27)": (b'{"runtimes": null}', "keep", "none", f"{{{_RUNTIME}}}"),
    "numbers as they were written (30)": (
        _NUMBERS.encode(),
        "keep",
        "none",
        f"{_NUMBERS[:-1]}, {_RUNTIME}}}",
    ),
    "texts as they were written (31)": (_TEXTS.encode(), "keep", "none", f"{_TEXTS[:-1]}, {_RUNTIME}}}"),
    "a second time nothing is written (32, 12)": (f"{{{_RUNTIME}}}".encode(), "keep", "none", f"{{{_RUNTIME}}}"),
    "the bare name of the program is right too (all)": (
        b'{"runtimes": {"nvidia": {"args": [], "path": "nvidia-container-runtime"}}}',
        "keep",
        "none",
        '{"runtimes": {"nvidia": {"args": [], "path": "nvidia-container-runtime"}}}',
    ),
}


@pytest.mark.parametrize("row", PAIRS)
def test_before_and_after(row: str) -> None:
    before, default, cdi, after = PAIRS[row]
    facts, profile = host(before), wanting(default, cdi)
    assert wants.unplannable("docker_config", facts, profile) == ""
    assert docker_settings.merged(facts, profile) == after
    # With the new file nothing is left to do: no second write, and no restart without a change (12, 32).
    done = reloaded(after.encode(), default)
    assert docker_settings.lacking(done, profile) == ()
    assert not list(docker_config.plan(done, profile))
    law(facts, profile)


# row and cases: before, the words with which it is left alone
REFUSED = {
    "UTF-16 (53)": ('{"debug": true}'.encode("utf-16"), "is not UTF-8"),
    "text behind the object (22)": (b'{"live-restore": true}\n{"debug": true}\n', "line 2 column 1"),
    "a mark of a merge conflict (23)": (b'{"live-restore": true}\n<<<<<<< HEAD\n', "line 2 column 1"),
    "runtimes twice (24)": (b'{"runtimes": {"a": {}}, "runtimes": {"b": {}}}', 'holds the key "runtimes" twice'),
    "runtimes twice, and a default of the lost one (51)": (
        b'{"default-runtime": "crun", "runtimes": {"crun": {}},\n "runtimes": {"x": {}}}',
        'holds the key "runtimes" twice, again on line 2',
    ),
    "a comment (18)": (b'{\n  // why\n  "debug": true\n}\n', "line 2 column 3"),
    "a hash (19)": (b"# by hand\n{}\n", "line 1 column 1"),
    "a trailing comma (20)": (b'{"debug": true,\n}\n', "line"),
    "cut off (44)": (b'{"debug": tr', "line 1 column"),
    "a list (26)": (b"[]", "holds no object in braces"),
    "runtimes a list (28)": (b'{"runtimes": ["nvidia"], "debug": true}', '"runtimes" is not an object'),
    "Latin-1 (46)": (b'{"labels": ["caf\xe9"]}', "is not UTF-8"),
    "a default that is a number (49)": (b'{"default-runtime": 5}', "the default runtime is not a string: 5"),
    "a default that nothing defines (52)": (b'{"default-runtime": "crun"}', '"crun" is not among the runtimes'),
    "features a string": (b'{"features": "cdi"}', '"features" is not an object'),
}


@pytest.mark.parametrize("row", REFUSED)
def test_what_is_refused_is_named_and_stays(row: str) -> None:
    before, words = REFUSED[row]
    facts, profile = host(before), wanting(cdi="auto")
    assert words in wants.unplannable("docker_config", facts, profile)
    assert not [step for step in plan(facts, profile).steps if step.component == "docker_config"]
    law(facts, profile)


def test_a_folder_and_a_link_to_nothing_are_refused_before_anything_is_opened() -> None:
    """Row: a directory, a dangling link, a link to a file (21, 34, 35); that a link stays one: tests/remote."""
    for more, words in (
        (f"other {PATH} is a folder\n", "is a folder"),
        ("dangling nowhere\n", "is a link to nowhere, which does not exist"),
    ):
        facts = Facts(altered(read("healthy-debian12-a100"), (answer(None, more), INSTALLED, PROGRAM)))
        assert words in wants.unplannable("docker_config", facts, wanting())


def test_the_replaced_path_is_named_and_each_change_is_shown_before_it_is_made() -> None:
    """Rows: an existing runtime (11); a dry run shows what changes (09, 36); owner and mode stay, atomically (33)."""
    (step,) = docker_config.plan(host(_OTHER_PATH.encode()), wanting("runc"))
    assert 'runtimes.nvidia.path is "/opt/nvidia/toolkit/nvidia-container-runtime"' in step.why
    assert f'the profile asks for "{RUNTIME}"' in step.why
    assert 'default-runtime is "nvidia", the profile asks for "runc"' in step.why
    # edit_file renames a complete file into place with the owner and mode of the old one, once the engine took it.
    assert f"edit_file {PATH} {host(_OTHER_PATH.encode()).docker_config.sum} validate_docker" in step.script
    assert f"undo_file {PATH}" in step.undo


def test_it_is_told_whether_a_restart_is_needed() -> None:
    """Row: says "Wrote updated config ... restarted" with no change too (32, 12)."""
    (step,) = docker_config.plan(host(b"{}"), wanting("nvidia"))
    assert step.title == f"set runtimes, default-runtime in {PATH}, and reload docker"
    (step,) = docker_config.plan(host(b"{}"), wanting(cdi="auto"))
    assert step.title == f"set runtimes, features in {PATH}, and restart docker"  # CDI is looked at when it starts
    held = host(json.dumps({"features": {"x": True}}).encode())
    (step,) = docker_config.plan(held, wanting(cdi="auto"))
    assert step.title == f"set runtimes, features.cdi in {PATH}, and restart docker"


@pytest.mark.parametrize(
    ("version", "told"), [("20.10.24", False), ("25.0.0", True), ("28.1.1", True), ("28.2.0", False), ("", True)]
)
def test_cdi_is_asked_of_a_docker_that_has_it_and_leaves_it_off(version: str, told: bool) -> None:
    assert ("features" in docker_settings.wanted(host(b"{}", version), wanting(cdi="auto"))) is told
    assert "features" not in docker_settings.wanted(host(b"{}", version), wanting())


def test_an_engine_is_asked_for_by_its_name() -> None:
    """Row: no --runtime means docker, an unknown one is an error (43, 41, 42)."""
    assert known(("docker_config", "containerd", "crio")) == ("docker_config", "containerd", "crio")
    with pytest.raises(Usage, match="there is no component 'lxc'"):
        known(("lxc",))


def test_another_file_of_docker_is_refused() -> None:
    """Row: --drop-in-config refused, --config-source ignored (40, 38, 39)."""
    facts = Facts(altered(read("healthy-debian12-a100"), (answer(b"{}", "flag --config-file=/x.json\n"), INSTALLED)))
    assert "docker reads another file" in wants.unplannable("docker_config", facts, wanting())
