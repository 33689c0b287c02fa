from __future__ import annotations

from typing import Any

import pytest

from stratopause.tree.loading import Forest
from stratopause.tree.text import REGION, Reference, is_known, shown
from tests.forest import forest, nested, resource, template


def value_of(written: Any, **sections: Any) -> Any:
    """What a property of a root comes to."""
    body = {**template(A=resource("SNS::Topic", {"Value": written}), B=resource("SQS::Queue")), **sections}
    return forest(root=body).trees[0].root.resources["A"].get("Value")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"Ref": "B"}, "${B}"),
        ({"Fn::GetAtt": ["B", "Arn"]}, "${B.Arn}"),
        ({"Fn::GetAtt": "B.Arn"}, "${B.Arn}"),
        ({"Fn::Sub": "x-${B}-${B.Arn}-${!Literal}-${AWS::Region}"}, "x-${B}-${B.Arn}-${Literal}-${AWS::Region}"),
        ({"Fn::Sub": ["${Name}", {"Name": {"Ref": "B"}}]}, "${B}"),
        ({"Fn::Join": ["/", ["a", {"Ref": "B"}, 1, True]]}, "a/${B}/1/true"),
        ({"Fn::Select": [1, ["a", {"Ref": "B"}]]}, "${B}"),
        ({"Fn::Select": ["0", {"Fn::Split": [",", "a,b"]}]}, "a"),
        ({"Fn::FindInMap": ["M", "k", "v"]}, "mapped"),
        ({"Fn::FindInMap": ["M", "k", "w", {"DefaultValue": "else"}]}, "else"),
        ({"Fn::If": ["Never", "a", {"Ref": "B"}]}, "${B}"),
        ({"Fn::Base64": "a"}, "YQ=="),
        ({"Fn::Length": ["a", "b"]}, "2"),
        ({"Fn::ToJsonString": {"a": 1}}, '{"a": 1}'),
        ({"Ref": "P"}, "default"),
        ({"Fn::Join": ["-", {"Ref": "L"}]}, "a-b"),
        ({"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}]}, "10.0.1.0/24"),
    ],
)
def test_a_function_comes_to_what_cloudformation_makes_of_it(written: Any, meant: str) -> None:
    sections = {
        "Mappings": {"M": {"k": {"v": "mapped"}}},
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Parameters": {
            "P": {"Type": "String", "Default": "default"},
            "L": {"Type": "CommaDelimitedList", "Default": "a, b"},
        },
    }
    assert shown(value_of(written, **sections)) == meant


@pytest.mark.parametrize(
    "written",
    [
        {"Ref": "Nothing"},
        {"Ref": ["B"]},
        {"Fn::GetAtt": "B"},
        {"Fn::GetAtt": [["B"], "Arn"]},
        {"Fn::Sub": 5},
        {"Fn::Sub": ["a", "b"]},
        {"Fn::Join": "a"},
        {"Fn::Join": ["/", "a"]},
        {"Fn::Select": [5, ["a"]]},
        {"Fn::Select": []},
        {"Fn::Split": ["", "a"]},
        {"Fn::If": ["a"]},
        {"Fn::FindInMap": ["M"]},
        {"Fn::ImportValue": "other"},
        {"Fn::Transform": {"Name": "AWS::Include"}},
        {"Fn::GetAZs": ""},
        {"Fn::Cidr": ["10.0.0.0/16", "x", {}]},
        {"Ref": "Unset"},
    ],
)
def test_what_can_not_be_known_says_so(written: Any) -> None:
    value = value_of(written, Parameters={"Unset": {"Type": "String"}})
    assert not is_known(str(value))


@pytest.mark.parametrize(
    "written",
    [
        {"Fn::Select": ["9" * 5_000, ["a"]]},
        {"Fn::Cidr": ["10.0.0.0/16", float("inf"), 8]},
        {"Fn::Cidr": ["10.0.0.0/16", "9" * 5_000, 8]},
    ],
)
def test_numbers_beyond_all_bounds_are_not_known(written: Any) -> None:
    assert not is_known(str(value_of(written)))


def test_no_value_is_no_property_and_no_element() -> None:
    assert value_of([{"Ref": "AWS::NoValue"}, "a"]) == ["a"]
    assert value_of({"a": {"Ref": "AWS::NoValue"}, "b": 1}) == {"b": 1}
    assert (
        value_of({"Fn::If": ["Sure", {"Ref": "AWS::NoValue"}, 1]}, Conditions={"Sure": {"Fn::Equals": [1, 1]}}) is None
    )


def three_levels() -> Forest:
    keys = {**template(Data=resource("KMS::Key")), "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Data", "Arn"]}}}}
    bottom = template(Topic=resource("SNS::Topic", {"KmsMasterKeyId": {"Ref": "Key"}}))
    bottom["Parameters"] = {"Key": {"Type": "String"}}
    middle = template(Bottom=nested("bottom.json", Key={"Ref": "KeyArn"}))
    middle["Parameters"] = {"KeyArn": {"Type": "String"}}
    root = template(
        Keys=nested("keys.json"), Middle=nested("middle.json", KeyArn={"Fn::GetAtt": ["Keys", "Outputs.Arn"]})
    )
    return forest(keys=keys, bottom=bottom, middle=middle, root=root)


def test_a_value_is_followed_through_every_level() -> None:
    (tree,) = three_levels().trees
    topic = tree.resource("Middle/Bottom/Topic")
    assert topic is not None
    assert topic.get("KmsMasterKeyId") == str(Reference("Keys/Data", "Arn"))
    key = tree.source(topic.get("KmsMasterKeyId"))
    assert key is not None
    assert (key.place, key.type, key.stack.file) == ("Keys/Data", "AWS::KMS::Key", "keys.json")
    assert tree.identity(topic.get("KmsMasterKeyId")).endswith(f":key/{Reference('Keys/Data')}")


def test_values_that_need_each_other_are_not_known() -> None:
    child = template(Topic=resource("SNS::Topic"))
    child |= {"Parameters": {"P": {"Type": "String"}}, "Outputs": {"O": {"Value": {"Ref": "P"}}}}
    root = template(
        A=nested("child.json", P={"Fn::GetAtt": ["B", "Outputs.O"]}),
        B=nested("child.json", P={"Fn::GetAtt": ["A", "Outputs.O"]}),
    )
    (tree,) = forest(root=root, child=child).trees
    assert not is_known(tree.stacks["A"].output("O"))


def test_a_nested_stack_has_an_id_and_a_name_of_its_own() -> None:
    child = template(Topic=resource("SNS::Topic", {"TopicName": {"Ref": "AWS::StackName"}}))
    root = template(
        A=nested("child.json"), B=nested("child.json"), C=resource("SNS::Topic", {"TopicName": {"Ref": "A"}})
    )
    (tree,) = forest(root=root, child=child).trees
    names = [resource.get("TopicName") for resource in tree.resources("AWS::SNS::Topic")]
    assert [shown(name) for name in sorted(names)] == ["${A.StackName}", "${A}", "${B.StackName}"]


def test_a_list_that_is_passed_arrives_as_one() -> None:
    child = template(Group=resource("RDS::DBSubnetGroup", {"SubnetIds": {"Ref": "Ids"}}))
    child["Parameters"] = {"Ids": {"Type": "CommaDelimitedList"}}
    root = template(
        One=resource("EC2::Subnet"),
        Child=nested("child.json", Ids={"Fn::Join": [",", [{"Ref": "One"}, "subnet-1"]]}),
    )
    (tree,) = forest(root=root, child=child).trees
    group = tree.resource("Child/Group")
    assert group is not None
    assert group.get("SubnetIds") == [str(Reference("One")), "subnet-1"]
    assert REGION not in str(group.properties)


def test_a_problem_is_at_the_item_that_is_written_there() -> None:
    body = template(A=resource("SNS::Topic", {"Items": [{"Ref": "AWS::NoValue"}, "a", {"Ref": "AWS::NoValue"}, "b"]}))
    (tree,) = forest(root=body).trees
    topic = tree.root.resources["A"]
    assert topic.get("Items") == ["a", "b"]
    assert topic.problem("wrong", "Items", 1).path == ("Resources", "A", "Properties", "Items", 3)
    assert topic.problem("wrong", "Items", 2).path == ("Resources", "A", "Properties", "Items")


def test_two_items_of_an_unknown_list_are_two() -> None:
    written = [{"Fn::Select": [index, {"Ref": "Ids"}]} for index in (0, 1, 0)]
    first, second, again = value_of(written, Parameters={"Ids": {"Type": "List<AWS::EC2::Subnet::Id>"}})
    assert first == again != second


def test_a_text_that_doubles_at_every_level_is_given_up() -> None:
    written: Any = "x" * 20
    for _ in range(30):
        written = {"Fn::Sub": ["${a}${a}", {"a": written}]}
    assert not is_known(value_of(written))
    for _ in range(8):
        written = {"Fn::Join": ["-" * 10_000, ["a", "b", "c"]]}
        written = {"Fn::Join": ["", [written, written]]}
    assert value_of(written).count("a") == 2
    assert not is_known(value_of({"Fn::Join": ["-" * 60_000, ["a", "b", "c"]]}))


@pytest.mark.parametrize("function", ["Sub", "Join"])
def test_a_text_that_doubles_from_stack_to_stack_is_given_up(function: str) -> None:
    twice = {"Fn::Sub": "${P}${P}"} if function == "Sub" else {"Fn::Join": ["", [{"Ref": "P"}, {"Ref": "P"}]]}
    found = forest(**_chain(40, twice)).trees[0]
    place = "/".join(["Next"] * 39 + ["Topic"])
    topic = found.resource(place)
    assert topic is not None
    assert not is_known(topic.get("TopicName"))


def test_what_passes_through_hundreds_of_stacks_is_known_or_not_but_never_too_much() -> None:
    files = _chain(400, {"Ref": "P"})
    for name, one in files.items():
        value = {"Fn::GetAtt": ["Next", "Outputs.Name"]} if "Next" in one["Resources"] else {"Ref": "P"}
        one["Outputs"] = {"Name": {"Value": value}}
        if name == "t000":
            one["Resources"]["Topic"]["Properties"]["TopicName"] = value
    topic = forest(**files).trees[0].resource("Topic")
    assert topic is not None
    assert isinstance(topic.get("TopicName"), str)


def test_conditions_that_need_hundreds_of_others_come_to_something() -> None:
    one = template(Topic=resource("SNS::Topic"))
    one["Conditions"] = {f"C{at}": {"Fn::And": [{"Condition": f"C{at + 1}"}] * 2} for at in range(500)}
    assert forest(t=one).trees


def _chain(length: int, passed: Any) -> dict[str, Any]:
    files = {}
    for at in range(length):
        one = template(Topic=resource("SNS::Topic", {"TopicName": {"Ref": "P"}}))
        one["Parameters"] = {"P": {"Type": "String", "Default": "x"}}
        one["Conditions"] = {"C": {"Fn::Equals": [{"Ref": "P"}, "y"]}}
        if at < length - 1:
            one["Resources"]["Next"] = nested(f"t{at + 1:03}.json", P=passed)
        files[f"t{at:03}"] = one
    return files
