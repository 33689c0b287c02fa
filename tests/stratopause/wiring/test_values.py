"""The kinds of value, held against what AWS says of its resources."""

from __future__ import annotations

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from troposphere import ec2, logs, sns

from stratopause.wiring import values
from stratopause.wiring.errors import WiringError
from stratopause.wiring.values import REF, ListValue, LogGroupArn, LogStreamsArn, SubnetIds, Value

KINDS = [kind for kind in vars(values).values() if isinstance(kind, type) and issubclass(kind, Value)]
PROVIDED = [(kind, *provided) for kind in KINDS for provided in kind.provided_by.items()]


@pytest.mark.parametrize(
    ("kind", "resource_type", "attribute"), PROVIDED, ids=lambda value: getattr(value, "__name__", value)
)
def test_the_attribute_exists_on_the_resource(kind: type[Value], resource_type: str, attribute: str) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    readable = (
        {path.removeprefix("/properties/").replace("/", ".") for path in schema["readOnlyProperties"]}
        if ("readOnlyProperties" in schema)
        else set()
    )
    assert attribute == REF or attribute in readable


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_is(kind: type[Value]) -> None:
    assert (kind.__doc__ or "").endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_no_parameter_is_of_an_aws_specific_type(kind: type[Value]) -> None:
    """A nested change set passes a placeholder there, which such a type refuses."""
    assert kind.parameter_type == ("CommaDelimitedList" if issubclass(kind, ListValue) else "String")


def test_the_two_arns_of_a_log_group_are_told_apart() -> None:
    group = logs.LogGroup("Group")
    assert LogStreamsArn.of(group).to_dict() == {"Fn::GetAtt": ["Group", "Arn"]}
    assert LogGroupArn.of(group).to_dict() == {
        "Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}"
    }
    with pytest.raises(WiringError, match="provides no LogGroupArn"):
        LogGroupArn.of(sns.Topic("Topic"))


def test_a_list_holds_one_kind_only() -> None:
    subnet, table = ec2.Subnet("Subnet"), ec2.RouteTable("Table")
    assert [element.to_dict() for element in SubnetIds.of_each([subnet]).elements] == [{"Ref": "Subnet"}]
    with pytest.raises(WiringError, match=r"Table \(AWS::EC2::RouteTable\) provides no SubnetId"):
        SubnetIds.of_each([subnet, table])
