"""The kubelet's gates and labels before and after: what is wanted is where it counts, every other byte is as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.profiles.json_edit import NotEditable
from checks.profiles.kubelet_flags import found, merged
from tests.kubelet.golden import NAMES, read

ON = {"Accelerators": "true"}
UNIT = "/etc/systemd/system/kubelet.service"
DEFAULT = "/etc/default/kubelet"
CONFIG = "/var/lib/kubelet/config.yaml"


@pytest.mark.parametrize("name", NAMES)
def test_before_and_after(name: str) -> None:
    pair = read(name)
    assert merged(pair.before, pair.changes, pair.flag) == pair.after
    now = {**pair.before, **pair.after}
    assert merged(now, pair.changes, pair.flag) == {}
    have = found(now, pair.flag)
    assert {key: [value for value, _ in have.get(key, [])] for key in pair.changes} == {
        key: [value] if value else [] for key, value in pair.changes.items()
    }


def test_there_are_enough_pairs() -> None:
    assert len(NAMES) >= 40


def unit(command: str, more: str = "") -> dict[str, str]:
    return {UNIT: f"[Service]\n{more}ExecStart={command}\n"}


def configured(text: str) -> dict[str, str]:
    return {**unit(f"/usr/bin/kubelet --config={CONFIG}"), CONFIG: text}


LEFT_ALONE = {
    "no unit": ({}, "no ExecStart in kubelet.service"),
    "two ExecStart": (unit("/usr/bin/kubelet\nExecStart=/usr/bin/kubelet"), "2 ExecStart"),
    "a shell": (unit("/bin/sh -c 'kubelet --v=2'"), "starts /bin/sh, which is not the kubelet"),
    "a container": (unit("/usr/bin/docker run kubelet"), "starts /usr/bin/docker"),
    "a configuration that was not read": (
        unit("/usr/bin/kubelet --config=/x.yaml"),
        "/x.yaml, which could not",
    ),
    "a key twice": (configured("featureGates:\n  A: true\nfeatureGates: {}\n"), "twice, again on line 3"),
    "several documents": (configured("a: 1\n---\nb: 2\n"), "several documents"),
    "an anchor": (configured("featureGates: *gates\n"), r"not understood: \*gates"),
    "braces over lines": (configured("featureGates: {A: true,\n  B: false}\n"), "over several lines"),
    "tabs": (configured("featureGates:\n\tA: true\n"), "by tabs"),
    "a nested gate": (configured("featureGates:\n  A:\n    b: 1\n"), "not understood, on line 2"),
    "a whole file in braces": (configured('{"featureGates": {"A": true}'), "is not JSON"),
    "an indented file": (configured("  kind: K\n  featureGates:\n    A: true\n"), "not understood"),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_is_not_understood_is_left_alone(name: str) -> None:
    texts, words = LEFT_ALONE[name]
    with pytest.raises(NotEditable, match=words):
        merged(texts, ON)


def test_a_gate_is_not_taken_out_of_json() -> None:
    with pytest.raises(NotEditable, match="is JSON, out of which no gate is taken"):
        merged(configured('{"featureGates": {"Accelerators": true}}'), {"Accelerators": None})


gates = st.lists(st.sampled_from(["A=true", "B=false", "PodPriority=true"]), max_size=3, unique=True)
words = st.lists(st.sampled_from(["--v=2", "--x='a b'", "--node-ip=10.0.0.5", "--y"]), max_size=3)
junk = st.lists(st.sampled_from(["# Accelerators=true", "", "OTHER=1", '; "', "X='y z'", "Z=a \\\n  b"]), max_size=3)


@given(gates=gates, before=words, behind=words, above=junk, below=junk, quote=st.sampled_from(["", '"']))
def test_every_other_byte_of_an_environment_file_is_kept(
    gates: list[str], before: list[str], behind: list[str], above: list[str], below: list[str], quote: str
) -> None:
    value = " ".join([*before, *([f"--feature-gates={','.join(gates)}"] if gates else []), *behind])
    text = "\n".join([*above, f"KUBELET_EXTRA_ARGS={quote}{value}{quote}", *below])
    texts = {**unit("/usr/bin/kubelet $KUBELET_EXTRA_ARGS", f"EnvironmentFile=-{DEFAULT}\n"), DEFAULT: text}
    (new,) = merged(texts, ON).values()
    added = ",Accelerators=true" if gates else "--feature-gates=Accelerators=true"
    spot = new.rindex(added)
    blank = not gates and new[spot - 1] == " "
    assert new[: spot - blank] + new[spot + len(added) :] == text
    assert merged({**texts, DEFAULT: new}, ON) == {}
    assert merged({**texts, DEFAULT: new}, {"Accelerators": None}) == {DEFAULT: text}


ends = st.sampled_from(["\n", "\r\n"])
lines = st.lists(st.sampled_from(["kind: K", "# c", "a:\n  Accelerators: no", "b: [1, 2]", ""]), max_size=3)


@given(gates=gates, above=lines, below=lines, indent=st.sampled_from(["  ", "    "]), end=ends)
def test_every_other_byte_of_a_configuration_file_is_kept(
    gates: list[str], above: list[str], below: list[str], indent: str, end: str
) -> None:
    block = [f"{indent}{gate.replace('=', ': ')}" for gate in gates]
    text = "\n".join([*above, *(["featureGates:", *block] if block else []), *below, ""]).replace("\n", end)
    (new,) = merged(configured(text), ON).values()
    end = end if "\n" in text else "\n"
    line = f"{indent if block else '  '}Accelerators: true{end}"
    added = line if block else f"featureGates:{end}{line}"
    spot = new.index(added)
    assert new[:spot] + new[spot + len(added) :] == text
    assert merged(configured(new), ON) == {}
    assert merged(configured(new), {"Accelerators": None}) == {CONFIG: text}


@given(st.text(alphabet="AB=,'\"\\ \n#[]{}:-$abc\t\r", max_size=60))
def test_whatever_stands_there_nothing_but_a_refusal_is_raised(text: str) -> None:
    for texts in (
        {UNIT: text},
        {UNIT: f"[Service]\nExecStart=/usr/bin/kubelet {text}\n"},
        {**unit("/usr/bin/kubelet $KUBELET_ARGS", f"EnvironmentFile={DEFAULT}\n"), DEFAULT: f"KUBELET_ARGS={text}"},
        configured(text),
        configured(f"featureGates: {text}"),
        configured(f"featureGates:\n  A: true\n  {text}"),
    ):
        try:
            new = merged(texts, ON)
            assert merged({**texts, **new}, ON) == {}
        except NotEditable:
            pass
