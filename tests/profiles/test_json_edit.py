"""daemon.json before and after: what is wanted is in it, and everything else is as it was written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.profiles.json_edit import NotEditable, differences, edited, same, value_of
from checks.profiles.layer import over

SIZE = {"log-opts": {"max-size": "10m"}}
DEBUG = {"debug": True}
NVIDIA = {"runtimes": {"nvidia": {"path": "nvidia-container-runtime", "args": []}}, "default-runtime": "nvidia"}

# name: before, what is wanted, after
PAIRS: dict[str, tuple[str, dict[str, Any], str]] = {
    "an empty file": ("", DEBUG, '{\n    "debug": true\n}\n'),
    "only blanks": (" \n\t\r\n", DEBUG, '{\n    "debug": true\n}\n'),
    "null": ("null\n", DEBUG, '{\n    "debug": true\n}\n'),
    "an empty object": ("{}", DEBUG, '{\n    "debug": true\n}'),
    "an empty object over lines": ("{\n\n}\n", DEBUG, '{\n    "debug": true\n}\n'),
    "unknown keys and their order": (
        '{\n  "zebra": 1,\n  "alpha": [ 2,3 ],\n  "x-nobody-knows": null\n}\n',
        DEBUG,
        '{\n  "zebra": 1,\n  "alpha": [ 2,3 ],\n  "x-nobody-knows": null,\n  "debug": true\n}\n',
    ),
    "a value in place": (
        '{\n  "debug": false,\n  "ipv6": false\n}\n',
        DEBUG,
        '{\n  "debug": true,\n  "ipv6": false\n}\n',
    ),
    "nothing to change": ('{ "debug" :true }', DEBUG, '{ "debug" :true }'),
    "a key in a table that is there": (
        '{\n    "log-opts": {\n        "max-file": "3"\n    },\n    "mtu": 1400\n}\n',
        SIZE,
        '{\n    "log-opts": {\n        "max-file": "3",\n        "max-size": "10m"\n    },\n    "mtu": 1400\n}\n',
    ),
    "a key in an empty table": (
        '{\n  "log-opts": {},\n  "mtu": 1400\n}\n',
        SIZE,
        '{\n  "log-opts": {\n    "max-size": "10m"\n  },\n  "mtu": 1400\n}\n',
    ),
    "a table in place of a string": ('{"log-opts": "none"}', SIZE, '{"log-opts": {"max-size": "10m"}}'),
    "a string in place of a table": ('{"debug": {"a": 1}, "b": 2}', DEBUG, '{"debug": true, "b": 2}'),
    "a runtime, nested": (
        '{\n  "runtimes": {\n    "kata": {\n      "path": "kata"\n    }\n  }\n}\n',
        NVIDIA,
        (
            '{\n  "runtimes": {\n    "kata": {\n      "path": "kata"\n    },\n    "nvidia": {\n'
            '      "path": "nvidia-container-runtime",\n      "args": []\n    }\n  },\n'
            '  "default-runtime": "nvidia"\n}\n'
        ),
    ),
    "a list is wanted as it stands": (
        '{\n  "registry-mirrors": [\n    "https://old"\n  ]\n}',
        {"registry-mirrors": ["https://a", "https://b"]},
        '{\n  "registry-mirrors": ["https://a", "https://b"]\n}',
    ),
    "a list of tables": (
        "{\n\t\n}",
        {"default-address-pools": [{"base": "10.0.0.0/8", "size": 24}]},
        (
            '{\n    "default-address-pools": [\n        {\n            "base": "10.0.0.0/8",\n            "size": 24\n'
            "        }\n    ]\n}"
        ),
    ),
    "tabs": ('{\n\t"a": 1\n}\n', SIZE, '{\n\t"a": 1,\n\t"log-opts": {\n\t\t"max-size": "10m"\n\t}\n}\n'),
    "three blanks": ('{\n   "a": 1\n}', SIZE, '{\n   "a": 1,\n   "log-opts": {\n      "max-size": "10m"\n   }\n}'),
    "one line with blanks": ('{ "a": 1, "b": 2 }\n', SIZE, '{ "a": 1, "b": 2, "log-opts": {"max-size": "10m"} }\n'),
    "one line, one key": ('{"a": 1}', DEBUG, '{"a": 1, "debug": true}'),
    "one line without blanks": ('{"a":1}', SIZE, '{"a":1,"log-opts":{"max-size":"10m"}}'),
    "one line inside many": (
        '{\n  "log-opts": {"max-file": "3"},\n  "a": 1\n}\n',
        SIZE,
        '{\n  "log-opts": {"max-file": "3", "max-size": "10m"},\n  "a": 1\n}\n',
    ),
    "a brace on a line of its own": (
        '{\n  "log-opts":\n  {\n    "max-file": "3"\n  }\n}\n',
        {**SIZE, **DEBUG},
        '{\n  "log-opts":\n  {\n    "max-file": "3",\n    "max-size": "10m"\n  },\n  "debug": true\n}\n',
    ),
    "commas first": ('{ "a": 1\n, "b": 2\n}\n', DEBUG, '{ "a": 1\n, "b": 2, "debug": true\n}\n'),
    "CRLF": (
        '{\r\n  "a": 1\r\n}\r\n',
        SIZE,
        '{\r\n  "a": 1,\r\n  "log-opts": {\r\n    "max-size": "10m"\r\n  }\r\n}\r\n',
    ),
    "no final newline": ('{\n  "a": 1\n}', DEBUG, '{\n  "a": 1,\n  "debug": true\n}'),
    "blank lines between keys": (
        '{\n  "a": 1,\n\n  "b": 2\n\n}\n\n\n',
        DEBUG,
        '{\n  "a": 1,\n\n  "b": 2,\n  "debug": true\n\n}\n\n\n',
    ),
    "a byte order mark": ('\ufeff{"a": 1}', DEBUG, '\ufeff{"a": 1, "debug": true}'),
    "blanks before the brace": ('\n  {"a": 1}  \n', DEBUG, '\n  {"a": 1, "debug": true}  \n'),
    "big numbers and floats as written": (
        '{"big": 123456789012345678901234567890, "f": 1.50, "e": 1E400, "z": -0.0}',
        DEBUG,
        '{"big": 123456789012345678901234567890, "f": 1.50, "e": 1E400, "z": -0.0, "debug": true}',
    ),
    "escapes and unicode as written": (
        '{"l\\u00e4bel": "\\/a\\u0000\\ud83d\\ude00 \u00e4\U0001f600", "k{,}": "}\\"{"}',
        DEBUG,
        '{"l\\u00e4bel": "\\/a\\u0000\\ud83d\\ude00 \u00e4\U0001f600", "k{,}": "}\\"{", "debug": true}',
    ),
    "a key written with escapes": ('{"de\\u0062ug": false}', DEBUG, '{"de\\u0062ug": true}'),
    "unicode that is wanted": ('{"a": 1}', {"labels": ["\u00fc\n"]}, '{"a": 1, "labels": ["\u00fc\\n"]}'),
    "a doubled key that nobody wants": ('{"a": 1, "a": 2}', DEBUG, '{"a": 1, "a": 2, "debug": true}'),
    "a doubled key that is right as it counts": (
        '{"debug": false, "debug": true}',
        DEBUG,
        '{"debug": false, "debug": true}',
    ),
    "1 is not 1.0, nor true": ('{"n": 1.0, "t": 1}', {"n": 1, "t": True}, '{"n": 1, "t": true}'),
    "deep nesting": (
        '{"d": ' + "[" * 200 + "]" * 200 + "}",
        DEBUG,
        '{"d": ' + "[" * 200 + "]" * 200 + ', "debug": true}',
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_before_and_after(name: str) -> None:
    before, want, after = PAIRS[name]
    assert edited(before, want) == after
    assert edited(after, want) == after
    assert list(differences(value_of(after), want)) == []


LEFT_ALONE = {
    "a trailing comma": ('{\n  "a": 1,\n}\n', r"is not JSON: .*line [23] column"),
    "a line comment": ('{\n  // why\n  "a": 1\n}\n', r"is not JSON: .*line 2 column 3"),
    "a block comment": ('{"a": 1 /* why */}', r"is not JSON: .*line 1 column 9"),
    "a hash comment": ('# why\n{"a": 1}', r"is not JSON: .*line 1 column 1"),
    "single quotes": ("{'a': 1}", r"is not JSON: .*line 1 column 2"),
    "a list": ("[]", "holds no object"),
    "a number": ("3", "holds no object"),
    "two objects": ('{"a": 1}{"b": 2}', r"is not JSON: .*line 1 column 9"),
    "cut off": ('{"a": {"b": 1', "is not JSON"),
    "NaN": ('{"a": NaN}', "NaN is not JSON"),
    "a raw newline in a string": ('{"a": "b\nc"}', "is not JSON"),
    "nested too deeply": ('{"a":' * 200_000, "is nested too deeply|is not JSON"),
    "a number too long to read": ('{"a": ' + "1" * 5000 + "}", "is not JSON"),
    "a wanted key twice": ('{"debug": true,\n"debug": false}', 'holds the key "debug" twice, again on line 2'),
    "a wanted key twice, below": ('{"log-opts": {"max-size": "1", "max-size": "2"}}', 'the key "max-size" twice'),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_cannot_be_edited_is_left_alone_with_the_reason_and_the_line(name: str) -> None:
    text, words = LEFT_ALONE[name]
    with pytest.raises(NotEditable, match=words):
        edited(text, {**DEBUG, **SIZE})


def test_differences_say_what_is_there() -> None:
    have = {"debug": 1, "log-opts": {"max-size": "5m"}}
    found = {d.path: (d.have, d.there) for d in differences(have, {**DEBUG, **SIZE, "mtu": 1400})}
    assert found == {("debug",): (1, True), ("log-opts", "max-size"): ("5m", True), ("mtu",): (None, False)}


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)
names = st.sampled_from(["a", "b", "c", "log-opts", '"{', "\u00fc"])
values = st.recursive(
    scalars.filter(lambda v: v not in (float("inf"), float("-inf"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=10,
)
objects = st.dictionaries(names, values, max_size=4)


@given(
    have=objects,
    want=objects,
    indent=st.none() | st.integers(0, 5) | st.just("\t"),
    newline=st.sampled_from(["\n", "\r\n"]),
    ascii_only=st.booleans(),
)
def test_the_result_holds_what_was_there_and_what_is_wanted(
    have: dict[str, Any], want: dict[str, Any], indent: int | str | None, newline: str, ascii_only: bool
) -> None:
    text = json.dumps(have, indent=indent, ensure_ascii=ascii_only).replace("\n", newline)
    result = edited(text, want)
    assert same(value_of(result), over(have, want))
    assert edited(result, want) == result
    assert ("\r" in result) <= (newline == "\r\n")
