from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.emulator

CHILD = {"Resources": {"Value": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}}}


def test_a_nested_stack_has_the_protection_of_its_root_and_none_of_its_own(cloud: Any) -> None:
    first = {"First": cloud.nested("child.json", CHILD)}
    cloud.deploy({"Resources": first})
    child = cloud.child("First")["StackId"]
    refused = cloud.refused("update_termination_protection", StackName=child, EnableTerminationProtection=True)
    assert "is set on its root stack" in refused
    cloud.cloudformation.update_termination_protection(StackName="root", EnableTerminationProtection=True)
    cloud.deploy({"Resources": {**first, "Second": cloud.nested("child.json", CHILD)}})
    for logical_id in ("First", "Second"):
        assert cloud.child(logical_id)["EnableTerminationProtection"]
    for stack in ("root", child):
        assert "while TerminationProtection is enabled" in cloud.refused("delete_stack", StackName=stack)
    cloud.cloudformation.update_termination_protection(StackName="root", EnableTerminationProtection=False)
    assert not cloud.child("Second")["EnableTerminationProtection"]
    assert "does not exist" in cloud.refused(
        "update_termination_protection", StackName="nothing", EnableTerminationProtection=True
    )
