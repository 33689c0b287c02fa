from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.tree.loading import MAX_SCENARIOS, Forest, load
from stratopause.tree.text import another
from tests.forest import forest, nested, resource, template


def roots(found: Forest) -> list[str]:
    return sorted({tree.root_file for tree in found.trees})


def test_what_nobody_nests_is_a_root() -> None:
    found = forest(a=template(B=nested("b.json")), b=template(T=resource("SNS::Topic")), c=template())
    assert roots(found) == ["a.json", "c.json"]
    assert list(found.trees[0].stacks) == ["", "B"]


def test_a_circle_has_one_root_and_ends() -> None:
    found = forest(a=template(B=nested("b.json")), b=template(A=nested("a.json")), c=template(C=nested("c.json")))
    assert roots(found) == ["a.json", "c.json"]


def test_a_template_that_is_nested_twice_is_two_stacks() -> None:
    found = forest(a=template(One=nested("b.json"), Two=nested("b.json")), b=template(T=resource("SNS::Topic")))
    assert {resource.place for resource in found.trees[0].resources("AWS::SNS::Topic")} == {"One/T", "Two/T"}


CONDITIONAL: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "AllowedValues": ["dev", "prod"], "Default": "dev"},
        "Name": {"Type": "String", "Default": "x"},
    },
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
    "Resources": {
        "Always": resource("SNS::Topic", {"TopicName": {"Fn::If": ["IsProd", "prod", "dev"]}}),
        "Sometimes": {**resource("SQS::Queue"), "Condition": "IsProd"},
        "Child": {**nested("child.json"), "Condition": "IsProd"},
    },
}
CHILD = template(Deep=resource("SNS::Topic"))


def test_each_way_that_conditions_can_turn_out_is_a_tree() -> None:
    trees = forest(root=CONDITIONAL, child=CHILD).trees
    assert [sorted(resource.place for resource in tree.resources()) for tree in trees] == [
        ["Always"],
        ["Always", "Child", "Child/Deep", "Sometimes"],
    ]
    assert [tree.root.resources["Always"].get("TopicName") for tree in trees] == ["dev", "prod"]


def test_a_condition_on_what_a_parent_passes_is_the_parents_choice() -> None:
    root = {
        "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
        "Resources": {
            "Child": nested("child.json", Given={"Ref": "Stage"}),
            "Fixed": nested("child.json", Given="prod"),
        },
    }
    child = {
        "Parameters": {"Given": {"Type": "String"}},
        "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Given"}, "prod"]}},
        "Resources": {"Topic": {**resource("SNS::Topic"), "Condition": "IsProd"}},
    }
    trees = forest(root=root, child=child).trees
    assert [sorted(found.place for found in tree.resources("AWS::SNS::Topic")) for tree in trees] == [
        ["Fixed/Topic"],
        ["Child/Topic", "Fixed/Topic"],
    ]


@pytest.mark.parametrize(
    "condition",
    [
        {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-central-1"]},
        {"Fn::Equals": [{"Ref": "Unset"}, "x"]},
        {"Fn::Not": [{"Fn::Equals": [{"Fn::ImportValue": "x"}, "x"]}]},
        {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "a"]}, {"Condition": "Other"}]},
        {"Fn::Nothing": []},
        "nonsense",
    ],
)
def test_what_can_not_be_decided_is_looked_at_in_both_ways(condition: Any) -> None:
    root = {
        "Parameters": {"Unset": {"Type": "String"}},
        "Conditions": {"C": condition, "Other": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"A": {**resource("SNS::Topic"), "Condition": "C"}},
    }
    assert {len(list(tree.resources())) for tree in forest(root=root).trees} == {0, 1}


def _named() -> dict[str, Any]:
    """Two topics that are there if the parameters Name and Count aren't what nobody gave."""
    return {
        "Parameters": {"Name": {"Type": "String", "Default": ""}, "Count": {"Type": "Number", "Default": 0}}
        | {"Stage": {"Type": "String", "Default": "dev"}},
        "Conditions": {
            "Named": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Name"}, ""]}]},
            "Counted": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Count"}, 0]}]},
            "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        },
        "Resources": {
            "A": {**resource("SNS::Topic", {"TopicName": {"Ref": "Name"}}), "Condition": "Named"},
            "B": {**resource("SNS::Topic", {"DisplayName": {"Ref": "Count"}}), "Condition": "Counted"},
            "C": {**resource("SNS::Topic", {"DisplayName": {"Ref": "Stage"}}), "Condition": "IsProd"},
        },
    }


def test_a_parameter_is_never_what_only_others_are_compared_with() -> None:
    trees = forest(root=_named()).trees
    assert {one.get("TopicName") for tree in trees if (one := tree.resource("A"))} == {another("Name")}
    assert {one.get("DisplayName") for tree in trees if (one := tree.resource("B"))} == {another("Count")}
    assert {one.get("DisplayName") for tree in trees if (one := tree.resource("C"))} == {"prod"}
    assert {(tree.resource("A") is None, tree.resource("B") is None) for tree in trees} == {
        (left, right) for left in (True, False) for right in (True, False)
    }


def test_many_choices_are_looked_at_one_by_one() -> None:
    names = [f"P{number}" for number in range(10)]
    root = {
        "Parameters": {name: {"Type": "String", "AllowedValues": ["a", "b"], "Default": "a"} for name in names},
        "Conditions": {f"C{name}": {"Fn::Equals": [{"Ref": name}, "b"]} for name in names},
        "Resources": {f"R{name}": {**resource("SNS::Topic"), "Condition": f"C{name}"} for name in names},
    }
    trees = forest(root=root).trees
    assert MAX_SCENARIOS > len(trees) == 11
    assert {resource.logical_id for tree in trees for resource in tree.resources()} == {f"R{name}" for name in names}


def test_loops_are_written_out() -> None:
    body = {
        "Transform": "AWS::LanguageExtensions",
        "Resources": {"Fn::ForEach::Topics": ["Name", ["A", "B"], {"Topic${Name}": resource("SNS::Topic")}]},
    }
    (tree,) = forest(root=body).trees
    assert {resource.logical_id for resource in tree.resources()} == {"TopicA", "TopicB"}


def test_short_forms_are_the_long_ones() -> None:
    text = """
        Resources:
          Queue: {Type: AWS::SQS::Queue}
          Topic:
            Type: AWS::SNS::Topic
            Properties: {TopicName: !Sub "x-${Queue.Arn}", DisplayName: !GetAtt Queue.Arn, Date: 2012-10-17}
    """
    (tree,) = forest(root=text).trees
    topic = tree.root.resources["Topic"]
    assert topic.get("TopicName") == f"x-{topic.get('DisplayName')}"
    assert topic.get("Date") == "2012-10-17"


BOMB = b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b",".join([b"*%c" % (name - 1)] * 10)) for name in range(ord("b"), ord("j"))
)


@pytest.mark.parametrize(
    ("content", "why", "excessive"),
    [
        (b"", "it is empty", False),
        (b"\xff", "byte 0 isn't UTF-8", True),
        (b"{", "line 1, column 2", False),
        (b"- a", "it isn't an object", False),
        (b"a: [", "line 2, column 1: did not find expected node content", False),
        (b"a: &a [*a]", "line 1: an alias contains itself", True),
        (BOMB, "its aliases come to more than", True),
        (b"[" * 100_000, "nested deeper", True),
        (b'{"a":' * 100_000, "nested deeper", True),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "nested deeper than 120 levels", True),
        (b"a" * 1_000_001, "larger than 1,000,000 bytes", True),
        (b"a: !!python/object/apply:os.system [x]", "line 1", False),
        (b"a: !!binary x", "line 1", False),
        (b'{"a": [' + b"1," * 300_000 + b"1]}", "more than 250,000 parts", True),
    ],
)
def test_what_is_no_template_says_why(content: bytes, why: str, excessive: bool) -> None:
    found = load({"a.json": content})
    assert why in found.undecodable["a.json"]
    assert ("a.json" in found.excessive) is excessive
    assert not found.trees


def test_no_template_can_write_a_token() -> None:
    body = json.dumps(template(A=resource("SNS::Topic", {"TopicName": "\ue000B.Arn\ue001"})))
    for content in (body.encode(), json.dumps(json.loads(body), ensure_ascii=False).encode()):
        (tree,) = load({"a.json": content}).trees
        assert tree.root.resources["A"].get("TopicName") == "B.Arn"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["A", "a.json", "AWS::Region"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::Select", "Fn::Split", "Condition"),
                    *("Fn::Equals", "Fn::FindInMap", "Type", "Properties", "Parameters", "TemplateURL", "Default"),
                    *("Value", "A"),
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)
TEMPLATES = st.fixed_dictionaries(
    {"Resources": st.dictionaries(st.sampled_from("AB"), VALUES | st.fixed_dictionaries({"Type": VALUES}), max_size=3)},
    optional=dict.fromkeys(("Parameters", "Outputs", "Conditions", "Mappings", "Transform"), VALUES),
)


@given(templates=st.dictionaries(st.sampled_from(["a.json", "b.json"]), TEMPLATES, max_size=2))
def test_whatever_templates_say_they_are_loaded_and_resolved(templates: dict[str, Any]) -> None:
    found = load({name: json.dumps(body).encode() for name, body in templates.items()})
    for tree in found.trees:
        for one in tree.resources():
            assert isinstance(one.properties, dict)
            assert one.problem("x", "Type", 0).path[:1] == ("Resources",)
        for stack in tree.stacks.values():
            for name in stack.section("Outputs"):
                stack.output(name)


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_bytes_come_they_are_a_template_or_say_why_not(content: bytes) -> None:
    found = load({"a.yaml": content})
    assert len(found.undecodable) + len(found.templates) <= 1
