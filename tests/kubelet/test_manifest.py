"""Manifests from a host's facts: golden, and each accepted by the API of its Kubernetes' version.

1.25 and later are checked by the kubernetes-validate library, 1.7 to 1.10 by Kubernetes' own schemas (schemas/, which
name their source). Those of 1.6 could not be had: what is written for 1.6 is what 1.7 accepts.
After a change that is meant: `python -m tests.kubelet.test_manifest` writes the golden files anew; read the diff.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checks.facts import Facts
from checks.facts.reading import Unknown
from provision.errors import Usage
from provision.manifest import KINDS, SHARE_WARNING, Asked, asked, manifest
from provision.yaml_text import written
from tests.alter import edit, put
from tests.faultbench.kubernetes import NODE, OLD_NODE
from tests.kubelet.test_gates import host, version

HERE = Path(__file__).parent
FLAGS = {
    "kind": "pod",
    "image": "tensorflow/tensorflow:1.4.0-gpu",
    "replicas": "",
    "gpus": "",
    "selector": "",
    "mounts": "",
    "ports": "",
    "cmd": "",
}
FULL = {
    "selector": "alpha.kubernetes.io/nvidia-gpu-name=Tesla-K80,disk=ssd",
    "mounts": "/data:/data,/srv/models:/models",
    "ports": "8888,6006",
    "cmd": "python -c 'print(\"yes: no\")' # 1",
}


def wanting(*, share: bool = False, **flags: str) -> Asked:
    return asked(**{**FLAGS, **flags}, share=share)


@cache
def node(minor: int) -> Facts:
    return host(OLD_NODE if minor <= 10 else NODE, version(f"v1.{minor}.3"))


CASES: dict[str, tuple[int, Asked]] = {
    f"{kind}-1.{minor}{'-share' if share else ''}": (
        minor,
        wanting(kind=kind, share=share, replicas="" if kind == "pod" else "3", **FULL),
    )
    for kind in KINDS
    for minor in (6, 7, 8, 9, 10, 25, 30)
    for share in ((False, True) if kind == "pod" and minor in (10, 30) else (False,))
}
CASES["pod-1.10-plain"] = (10, wanting())
CASES["pod-1.30-plain"] = (30, wanting(gpus="2"))


@pytest.mark.parametrize("name", CASES)
def test_the_manifest_is_the_golden_one_and_its_cluster_accepts_it(name: str) -> None:
    minor, what = CASES[name]
    text = manifest(node(minor), what)
    assert text == (HERE / "manifests" / f"{name}.yaml").read_text(encoding="utf-8")
    validate(yaml.safe_load(text), minor)


def validate(found: Any, minor: int) -> None:
    """Raise where the API of this version would refuse it, a field that it does not know included."""
    if minor >= 25:
        kubernetes_validate.validate(found, f"1.{minor}", strict=True)
        return
    validator(max(minor, 7), f"{found['apiVersion']} {found['kind']}").validate(found)


@cache
def validator(minor: int, kind: str) -> jsonschema.Draft7Validator:
    """Kubernetes' own schema of a kind in that version."""
    schema = json.loads((HERE / "schemas" / f"1.{minor}.json").read_text(encoding="utf-8"))
    closed = {name: closed_to_others(name, one) for name, one in schema["definitions"].items()}
    return jsonschema.Draft7Validator({"$ref": f"#/definitions/{schema['kinds'][kind]}", "definitions": closed})


def closed_to_others(name: str, one: dict[str, Any]) -> dict[str, Any]:
    """A schema without room for what it does not name. Quantities may be numbers, as in Kubernetes' own documents."""
    if name.endswith(("Quantity", "IntOrString")):
        return {"type": ["string", "integer"]}
    return {**one, "additionalProperties": False} if "properties" in one else one


@pytest.mark.parametrize("minor", [7, 8, 9, 10, 30])
def test_the_schemas_refuse_what_their_version_does_not_know(minor: int) -> None:
    found = yaml.safe_load(manifest(node(minor), wanting(kind="deployment")))
    found["spec"]["template"]["spec"]["noSuchField"] = 1
    with pytest.raises(Exception, match="noSuchField"):
        validate(found, minor)


def test_the_schemas_name_their_source() -> None:
    for path in (HERE / "schemas").glob("*.json"):
        assert "api/openapi-spec/swagger.json" in json.loads(path.read_text(encoding="utf-8"))["source"]


BAD = {
    "no kind": ({"kind": ""}, "--kind (nothing): wants one of pod, deployment, rc"),
    "another kind": ({"kind": "job"}, "--kind job"),
    "no image": ({"image": ""}, "--image (nothing)"),
    "an image with a blank": ({"image": "a b"}, "--image a b"),
    "a pod of three": ({"replicas": "3"}, "--replicas: a pod is one"),
    "no number": ({"kind": "rc", "replicas": "many"}, "--replicas many: wants a number"),
    "none": ({"kind": "rc", "replicas": "0"}, "--replicas 0"),
    "no GPU": ({"gpus": "0"}, "--gpus 0: wants a number from 1 to 64"),
    "a port too high": ({"ports": "80,65536"}, "--port 65536"),
    "a selector without a value": ({"selector": "disk"}, "--node-selector disk"),
    "a selector with a blank": ({"selector": "gpu=Tesla K80"}, "--node-selector gpu=Tesla K80"),
    "a path that is not whole": ({"mounts": "data:/data"}, "--host-path data:/data"),
    "a path without a target": ({"mounts": "/data"}, "--host-path /data"),
    "over the root": ({"mounts": "/data:/"}, "--host-path /data:/"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_clear_error(name: str) -> None:
    flags, words = BAD[name]
    with pytest.raises(Usage, match=words.replace("(", r"\(").replace(")", r"\)")):
        wanting(share=False, **flags)


def test_a_share_has_no_limit() -> None:
    with pytest.raises(Usage, match="exclude each other"):
        wanting(gpus="2", share=True)
    text = manifest(node(10), wanting(share=True))
    assert f"# {SHARE_WARNING}\n" in text
    assert "limits" not in text
    assert "path: /dev/nvidia-uvm\n" in text


def test_a_host_that_does_not_say_enough_is_unknown() -> None:
    without_volume = host(OLD_NODE, edit("volume", r"^volume (.*\n)+", ""))
    unloaded = host(OLD_NODE, put("modules", ""))
    for facts, words in (
        (host("healthy-debian12-a100"), "no kubelet here whose version"),
        (node(5), "came with 1.6"),
        (without_volume, "no driver volume of 535"),
        (unloaded, "the driver is not loaded"),
    ):
        with pytest.raises(Unknown, match=words):
            manifest(facts, wanting())


names = st.text(min_size=1, max_size=8)
scalars = names | st.integers() | st.booleans()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(names, inner, min_size=1, max_size=3),
)


@given(st.dictionaries(names, values, min_size=1, max_size=3))
def test_what_is_written_is_read_back(value: dict[str, Any]) -> None:
    assert yaml.safe_load(written(value)) == value


if __name__ == "__main__":
    for each, (number, one) in CASES.items():
        (HERE / "manifests" / f"{each}.yaml").write_text(manifest(node(number), one), encoding="utf-8")
