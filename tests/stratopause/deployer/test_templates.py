from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stratopause.deployer.errors import InvalidTemplates
from stratopause.deployer.templates import MAX_BYTES, address, nested_stacks, parse
from tests.stratopause.deployer.fakes import clinic, nested, template


def url(key: str) -> str:
    return f"https://bucket/{key}"


@some.composite
def trees(draw: some.DrawFn) -> dict[str, bytes]:
    """Trees of templates of which each but the root is nested in one that comes before it."""
    size = draw(some.integers(1, 8))
    children: dict[int, list[int]] = {number: [] for number in range(size)}
    for child in range(1, size):
        children[draw(some.integers(0, child - 1))].append(child)
    words = draw(some.lists(some.text(max_size=5), min_size=size, max_size=size))
    return {
        f"{number}.json": template(
            {
                "Own": {
                    "Type": "AWS::SNS::Topic",
                    "Properties": {"DisplayName": f"{number} {words[number]}", "TemplateURL": "1.json"},
                },
                **{f"Child{child}": nested(f"{child}.json") for child in children[number]},
            }
        )
        for number in range(size)
    }


def names_nested(body: bytes) -> dict[str, str]:
    return dict(nested_stacks(json.loads(body)))


@given(trees())
def test_children_come_before_their_parents_which_name_them_by_their_digest(templates: dict[str, bytes]) -> None:
    artifacts = address(templates, url)
    assert {artifact.name for artifact in artifacts} == set(templates)
    assert artifacts[-1].name == "0.json"
    known: dict[str, str] = {}
    for artifact in artifacts:
        for logical_id, told in names_nested(artifact.body).items():
            assert known[told] == logical_id.removeprefix("Child") + ".json"
        known[url(artifact.key)] = artifact.name


@given(trees())
def test_nothing_but_the_address_of_a_child_is_rewritten(templates: dict[str, bytes]) -> None:
    artifacts = address(templates, url)
    names = {url(artifact.key): artifact.name for artifact in artifacts}

    def restored(body: bytes) -> Any:
        template = json.loads(body)
        for logical_id, told in dict(nested_stacks(template)).items():
            template["Resources"][logical_id]["Properties"]["TemplateURL"] = names[told]
        return template

    assert {artifact.name: restored(artifact.body) for artifact in artifacts} == {
        name: json.loads(body) for name, body in templates.items()
    }


@given(trees())
def test_the_same_templates_have_the_same_addresses_however_they_are_written(templates: dict[str, bytes]) -> None:
    spaced = {name: json.dumps(json.loads(body), indent=4).encode() for name, body in reversed(templates.items())}
    assert {artifact.key for artifact in address(templates, url)} == {artifact.key for artifact in address(spaced, url)}


def test_a_change_in_a_child_changes_the_addresses_above_it_and_no_other() -> None:
    before = {artifact.name: artifact.key for artifact in address(clinic(), url)}
    after = {artifact.name: artifact.key for artifact in address(clinic(storage=40), url)}
    assert {name for name in before if before[name] != after[name]} == {"platform.json", "database.json"}


def test_a_child_that_is_hosted_elsewhere_keeps_its_address() -> None:
    elsewhere = "https://else.s3.amazonaws.com/x.json"
    (artifact,) = address({"root.json": template({"Child": nested(elsewhere)})}, url)
    assert names_nested(artifact.body) == {"Child": elsewhere}


@pytest.mark.parametrize(
    ("templates", "told"),
    [
        ({"root.json": b"not json"}, "root.json isn't JSON"),
        ({"root.json": b"[]"}, "root.json isn't a template"),
        ({"root.json": b'{"Resources": []}'}, "root.json isn't a template"),
        ({"root.json": b'{"Resources": {"A": 1}}'}, "root.json isn't a template"),
        ({"root.json": b"[" * 100_000}, "root.json isn't JSON"),
        ({"root.json": template({"A": nested("a.json")})}, "A nests a.json, which isn't among the templates"),
        ({"root.json": template({"A": nested("http://a/a.json")})}, "isn't among the templates"),
        ({"a.json": template({}), "b.json": template({})}, "here a.json, b.json"),
        ({}, "here none"),
        ({"a.json": template({"B": nested("b.json")}), "b.json": template({"A": nested("a.json")})}, "here none"),
        (
            {"r.json": template({}), "a.json": template({"A": nested("a.json")})},
            "nest each other in a circle: a.json",
        ),
        (
            {
                "r.json": template({"A": nested("a.json")}),
                "a.json": template({"B": nested("b.json")}),
                "b.json": template({"A": nested("a.json")}),
            },
            "circle: r.json > a.json > b.json > a.json",
        ),
    ],
)
def test_what_is_no_tree_of_templates_is_refused(templates: dict[str, bytes], told: str) -> None:
    with pytest.raises(InvalidTemplates, match=told):
        address(templates, url)


def test_a_template_over_the_limit_is_refused_before_it_is_uploaded() -> None:
    big = template({"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x" * MAX_BYTES}}})
    with pytest.raises(InvalidTemplates, match="has 1,0"):
        address({"big.json": big}, url)


def test_a_text_that_no_encoding_takes_is_written_escaped() -> None:
    (artifact,) = address({"root.json": b'{"Resources": {}, "Description": "\\ud800"}'}, url)
    assert b"\\ud800" in artifact.body


def test_a_template_is_read_as_a_mapping() -> None:
    assert parse("root.json", b'{"Resources": {}}') == {"Resources": {}}
