"""containerd's configuration before and after: what is wanted is in it, and every other line is as it was written."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.facts import Facts
from checks.facts.cri import CONTAINERD, Cri
from checks.facts.recording import parse, render
from checks.profiles import containerd_settings, wants
from checks.profiles.json_edit import NotEditable
from checks.profiles.profile import Profile, having
from checks.profiles.toml_edit import edited, value_of
from provision.components import containerd
from tests.alter import altered, append, put
from tests.hosts import DEBIAN, read
from tests.test_recordings import law

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent / "containerd"
CASES: dict[str, dict[str, Any]] = tomllib.loads((HERE / "cases.toml").read_text())
RUNTIME = "/usr/bin/nvidia-container-runtime"
V2 = ("plugins", "io.containerd.grpc.v1.cri", "containerd")


def text(name: str) -> str:
    """A file of these cases, line ends and all."""
    return (HERE / f"{name}.toml").read_bytes().decode()


def wanting(default: str = "keep", *, cdi: bool = False) -> Profile:
    return having(DEBIAN, {"containerd": {"runtime": RUNTIME, "default": default, "cdi": cdi}})


def host(release: str, files: dict[str, str]) -> Facts:
    """A healthy host with NVIDIA's runtime and these files, as it comes out of a recording."""
    answer = f"containerd {release}\nup containerd\n"
    for path, content in files.items():
        lines = content.replace("\r\n", "\n").removesuffix("\n").split("\n") if content else []
        answer += f"file {path}\n" + "".join(f"| {line}\n" for line in lines)
        answer += f"sum {hashlib.sha256(content.encode()).hexdigest()} {path}\n"
    alters = (put("cri", answer), append("toolkit", f"have nvidia-container-runtime {RUNTIME}\n"))
    return Facts(parse(render(altered(read("healthy-debian12-a100"), alters))))


def before(case: dict[str, Any]) -> dict[str, str]:
    """The files of a case, by path."""
    here = {CONTAINERD: text(case["here"])} if "here" in case else {}
    return {**here, **{path: text(name) for path, name in case.get("more", {}).items()}}


def made(name: str) -> tuple[Facts, Profile, str]:
    """What a case's host is, what is wanted of it, and the edited file."""
    case = CASES[name]
    facts, profile = (
        host(case["release"], before(case)),
        wanting(case.get("default", "keep"), cdi=case.get("cdi", False)),
    )
    return facts, profile, containerd_settings.merged(facts, profile)


def afterwards(name: str) -> Facts:
    """The host with the edited file in place."""
    case = CASES[name]
    edits = case.get("edits", CONTAINERD)
    return host(case["release"], {**before(case), edits: made(name)[2]})


@pytest.mark.parametrize("name", CASES)
def test_before_and_after(name: str) -> None:
    facts, profile, after = made(name)
    case = CASES[name]
    assert containerd_settings.target(facts.cri) == case.get("edits", CONTAINERD)
    assert after == text(f"{name}.out")
    assert containerd_settings.lacking(afterwards(name), profile) == ()
    assert (after == before(case).get(CONTAINERD)) == case.get("same", False)
    assert _in_order(before(case).get(case.get("edits", CONTAINERD), ""), after)


def _in_order(old: str, new: str) -> bool:
    """Whether every comment and key is still there, in its order; values may have changed."""
    rest = iter([line.partition("=")[0] for line in new.splitlines()])
    return all(line.partition("=")[0] in rest for line in old.splitlines() if line.strip())


@pytest.mark.parametrize("name", CASES)
def test_the_runtime_is_there_afterwards_and_so_is_the_default_one(name: str) -> None:
    cri: Cri = afterwards(name).cri
    runtimes = cri.section["runtimes"]
    assert runtimes["nvidia"]["options"]["BinaryName"] == RUNTIME
    assert cri.release >= (2, 0) or cri.section.get("default_runtime_name", "runc") in runtimes
    assert not set(cri.table(CONTAINERD).get("disabled_plugins", [])) & containerd_settings.DISABLED
    systemd = {name: value.get("options", {}).get("SystemdCgroup") for name, value in runtimes.items()}
    default = cri.section.get("default_runtime_name", "runc")
    assert systemd["nvidia"] == systemd.get(default, systemd["nvidia"])


REFUSED: dict[str, tuple[str, str, str]] = {
    "no TOML (34)": ("1.7.24", "version = 2\n[plugins\n", "is not TOML: Expected"),
    "a table twice (35)": ("1.7.24", "[a]\nb = 1\n[a]\n", "is not TOML: Cannot declare"),
    "a version that nobody knows (32)": (
        "2.2.7",
        "version = 4\n",
        "has version = 4, and containerd 2.2.7 knows",
    ),
    "a version too new": ("1.7.24", "version = 3\n", "has version = 3, and containerd 1.7.24 knows 1 to 2"),
    "a version that is no number (33)": ("1.7.24", 'version = "2"\n', "has version = '2'"),
    "imports that are no list (59)": ("1.7.24", 'version = 2\nimports = "/etc/x"\n', "has imports that are no list"),
    "version 1 under containerd 2 (19, 63)": ("2.0.11", text("v1"), "`containerd config migrate`"),
    "an inline table": ("1.7.24", text("inline-whole"), "cannot be changed line by line"),
    "a template's braces (49)": ("1.7.24", '{{ template "base" . }}\n', "is not TOML"),
    "a byte order mark (36)": ("1.7.24", "\ufeffversion = 2\n", "is not TOML"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_said_and_left_alone(name: str) -> None:
    release, content, words = REFUSED[name]
    facts = host(release, {CONTAINERD: content})
    said = wants.unplannable("containerd", facts, wanting("nvidia"))
    assert said.startswith(f"{CONTAINERD} ")
    assert words in said
    law(facts, wanting("nvidia"))


def test_no_runtime_no_entry() -> None:
    bare = Facts(altered(read("healthy-debian12-a100"), (put("cri", "containerd 1.7.24\n"),)))
    said = wants.unplannable("containerd", bare, wanting())
    assert said == f"there is no {RUNTIME} here: NVIDIA's container toolkit first"


def test_cdi_needs_a_containerd_that_knows_it() -> None:
    assert "came with containerd 1.7" in wants.unplannable("containerd", host("1.6.20", {}), wanting(cdi=True))


def test_the_bare_name_of_the_program_means_the_same() -> None:
    named = text("v2-add.out").replace(RUNTIME, "nvidia-container-runtime")
    assert containerd_settings.lacking(host("1.7.24", {CONTAINERD: named}), wanting()) == ()


def test_the_step_names_what_it_sets_and_the_law_holds() -> None:
    facts = host("1.7.24", {CONTAINERD: text("v2")})
    (step,) = containerd.plan(facts, wanting("nvidia"))
    assert step.title == (
        "set runtime_type, BinaryName, SystemdCgroup, default_runtime_name in /etc/containerd/config.toml, "
        "and restart containerd"
    )
    law(facts, wanting("nvidia"))
    law(afterwards("v2-default"), wanting("nvidia"))


def test_without_the_section_nothing_is_asked_of_containerd() -> None:
    facts = host("1.7.24", {CONTAINERD: "no TOML"})
    assert list(containerd.plan(facts, DEBIAN)) == []
    assert wants.unplannable("containerd", facts, DEBIAN) == ""


_names = st.text(
    st.characters(codec="ascii", categories=("L", "N"), include_characters="._-\" '"), min_size=1, max_size=8
)
_values = (
    st.booleans()
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)
    | st.integers(0, 9)
)


@given(st.lists(st.tuples(st.tuples(_names, _names, _names), _values), max_size=4), st.sampled_from(sorted(CASES)))
def test_values_at_any_path_are_put_there_or_refused(changes: list[tuple[tuple[str, ...], Any]], name: str) -> None:
    start = text(f"{name}.out")
    try:
        result = edited(start, changes)
    except NotEditable:
        return
    have = value_of(result)
    for path, value in dict(changes).items():
        found: Any = have
        for part in path:
            found = found[part]
        assert found == value


if __name__ == "__main__":
    for each in CASES:
        (HERE / f"{each}.out.toml").write_bytes(made(each)[2].encode())
