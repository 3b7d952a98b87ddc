"""On which line each key of a TOML text stands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.profiles.layer import leaves, read
from checks.profiles.lines import lines
from checks.profiles.writing import toml

AWKWARD = """\
# a = 1
top = "a # b = \\" c"   # comment = 1

[one]   # [two]
"quoted.key" = 'it is'
'literal key'.below = '''
not = a key
[nor] '' a table''''
list = [ # x = 1
  "]", '[', {inner = 2},
  [1, 2],
]
inline = {a = 1, b.c = {d = "}"}, e = []}
when = 1979-05-27 07:32:00Z
[[many]]
x = 1
[[many]]
x = 2
[one.two]
after = true"""


def test_an_awkward_text() -> None:
    assert lines(AWKWARD) == {
        ("top",): 2,
        ("one",): 4,
        ("one", "quoted.key"): 5,
        ("one", "literal key"): 6,
        ("one", "literal key", "below"): 6,
        ("one", "list"): 9,
        ("one", "list", "[]", "inner"): 10,
        ("one", "inline"): 13,
        ("one", "inline", "a"): 13,
        ("one", "inline", "b"): 13,
        ("one", "inline", "b", "c"): 13,
        ("one", "inline", "b", "c", "d"): 13,
        ("one", "inline", "e"): 13,
        ("one", "when"): 14,
        ("many",): 15,
        ("many", "x"): 16,
        ("one", "two"): 19,
        ("one", "two", "after"): 20,
    }


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "a=1", "\r\na = 1\r\n", "a = '''\n'''''\nb = 1"])
def test_small_texts(text: str) -> None:
    found = read(text, "x")
    assert {path[:1] for path in found.lines} == {(name,) for name in found.table}


values = st.recursive(
    st.integers() | st.booleans() | st.text(max_size=8) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=6), values, max_size=4))
def test_every_value_that_is_written_is_found_on_its_line(table: dict[str, Any]) -> None:
    text = toml(table)
    found = read(text, "x")
    assert found.table == table
    for path in leaves(table):
        line = text.split("\n")[found.lines[path] - 1]
        assert " = " in line
