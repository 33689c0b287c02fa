from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.emulator

TEMPLATE = {"Resources": {"Value": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}}}


def test_an_account_without_hooks_answers_that_it_has_none(cloud: Any) -> None:
    change_set = cloud.change_set(TEMPLATE)["ChangeSetId"]
    told = cloud.cloudformation.describe_change_set_hooks(ChangeSetName=change_set)
    assert (told["Status"], told["Hooks"], told["StackName"]) == ("PLANNED", [], "root")
    results = cloud.cloudformation.list_hook_results(TargetType="CHANGE_SET", TargetId=change_set)
    assert results["HookResults"] == []
    assert "does not exist" in cloud.refused("describe_change_set_hooks", ChangeSetName="nothing", StackName="root")
