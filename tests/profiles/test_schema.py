"""What is generated from the description of profiles: schemas for editors, and the tables in docs/profiles.md.

After a new key: `python -m tests.profiles.test_schema` writes them anew.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from checks.profiles.described import keys
from checks.profiles.profile import FOLDER, Profile, names
from checks.profiles.schema import markdown, schema
from checks.profiles.site import Rule, Site

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = DOCS / "profiles.md"
MARKS = re.compile(r"(<!-- (\w+): generated -->\n).*?(<!-- end -->)", re.DOTALL)


def schemas() -> dict[str, str]:
    return {
        "profile": schema(Profile, "A profile of gpuwright", ("name",)),
        "site": schema(Site, "A site file of gpuwright"),
    }


def page(text: str) -> str:
    """The page with its tables made anew."""
    tables = {"profile": markdown(Profile), "rule": markdown(Rule, without=("override",))}
    return MARKS.sub(lambda mark: f"{mark[1]}{tables[mark[2]]}{mark[3]}", text)


@pytest.mark.parametrize("name", ["profile", "site"])
def test_the_schemas_are_those_of_the_code(name: str) -> None:
    assert (DOCS / f"schema/{name}.schema.json").read_text(encoding="utf-8") == schemas()[name]


def test_the_tables_in_the_docs_are_those_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text
    assert [mark[2] for mark in MARKS.finditer(text)] == ["profile", "rule"]


def test_a_schema_knows_every_key_with_its_words() -> None:
    document = json.loads(schemas()["profile"])
    assert document["required"] == ["name"]
    for key in keys(Profile):
        at = document
        for name in key.path:
            if "properties" not in at:  # tables under names of the writer's own
                at = at["additionalProperties"]
                continue
            assert at["additionalProperties"] is False
            at = at["properties"][name]
        assert at["description"] == key.doc
    rule = json.loads(schemas()["site"])["properties"]["hosts"]["additionalProperties"]
    assert set(rule["properties"]) == {"profile", "gpus", "override"}
    assert "name" not in rule["properties"]["override"]["properties"]


@pytest.mark.parametrize("name", names())
def test_every_profile_names_its_schema_for_editors(name: str) -> None:
    first = (FOLDER / f"{name}.toml").read_text(encoding="utf-8").partition("\n")[0]
    assert first == "#:schema ../../docs/schema/profile.schema.json"


def _write() -> None:
    for name, text in schemas().items():
        (DOCS / f"schema/{name}.schema.json").write_text(text, encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    _write()
