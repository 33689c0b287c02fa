"""Whatever a template says, every rule looks at it, and none fails or takes for ever."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.rules import problems
from stratopause.tree.loading import load

ROOT = Path(__file__).parents[3]
PRODUCTION = {path.name: path.read_bytes() for path in sorted((ROOT / "templates_out" / "production").glob("*.json"))}
HANDWRITTEN = {
    path.relative_to(ROOT / "tests" / "handwritten").as_posix(): path.read_bytes()
    for path in sorted((ROOT / "tests" / "handwritten").rglob("*.yaml"))
}
HOSTILE: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 0, -1, 1e308, 10**30, "", "*", "arn:aws:iam::*", "\x00", "${A}", "a" * 5000, [], {}, [[]], [{}]),
        *({"Ref": "A"}, {"Ref": None}, {"Fn::GetAtt": ["A"]}, {"Fn::If": ["A", 1, {}]}, {"Fn::Sub": "${A.B.C}"}),
        *({"Fn::Join": [1, 2]}, {"Fn::Select": [{}, []]}, {"Statement": {"Effect": []}}, {"a": {"b": [1, "c"]}}),
    ]
)


def found(files: dict[str, bytes]) -> int:
    begun = time.process_time()
    count = len(list(problems(load(files))))
    assert time.process_time() - begun < 20
    return count


@given(data=st.data())
def test_a_value_of_any_type_anywhere_is_no_failure(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(PRODUCTION)))
    template = json.loads(PRODUCTION[name])
    for _ in range(data.draw(st.integers(1, 6))):
        _spoil(data, template)
    found({**PRODUCTION, name: json.dumps(template).encode()})


def _spoil(data: st.DataObject, value: Any) -> None:
    """Go down at random, and put something else there."""
    while True:
        keys = sorted(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if not isinstance(value[key], (dict, list)) or data.draw(st.integers(0, 3)) == 0:
            value[key] = copy.deepcopy(data.draw(HOSTILE))
            return
        value = value[key]


@given(data=st.data())
def test_bytes_that_were_mangled_are_no_failure(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([PRODUCTION, HANDWRITTEN]))
    name = data.draw(st.sampled_from(sorted(whole)))
    # YAML takes long to read, so what was written by hand comes one by one.
    files = whole if whole is PRODUCTION else {name: whole[name]}
    content = bytearray(files[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 200))
        content[at : at + length] = data.draw(st.binary(max_size=8) | st.just(bytes(content[at : at + length]) * 2))
    found({**files, name: bytes(content)})


@pytest.mark.parametrize(
    "type_",
    sorted({resource["Type"] for body in PRODUCTION.values() for resource in json.loads(body)["Resources"].values()}),
)
def test_a_resource_without_properties_is_no_failure(type_: str) -> None:
    for body in ({"Type": type_}, {"Type": type_, "Properties": None}, {"Type": type_, "Properties": []}):
        found({"a.json": json.dumps({"Resources": {"A": body, "B": body}}).encode()})


def test_a_very_large_tree_takes_seconds() -> None:
    resources = {
        name + str(copy_): resource
        for body in PRODUCTION.values()
        for name, resource in json.loads(body)["Resources"].items()
        if resource["Type"] != "AWS::CloudFormation::Stack"
        for copy_ in range(3)
    }
    assert len(resources) > 490
    found({"a.json": json.dumps({"Resources": resources}).encode()})
