from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.emulator

TEMPLATE = {"Resources": {"Value": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}}}


def executions(cloud: Any) -> list[Any]:
    by_name = [{"AttributeKey": "EventName", "AttributeValue": "ExecuteChangeSet"}]
    events = cloud.client("cloudtrail").lookup_events(LookupAttributes=by_name)["Events"]
    return [json.loads(event["CloudTrailEvent"]) for event in events]


def test_the_trail_tells_who_executed_which_change_set_and_not_what_was_refused(cloud: Any) -> None:
    change_set = cloud.change_set(TEMPLATE)["ChangeSetId"]
    assert executions(cloud) == []
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set, ClientRequestToken="one")
    cloud.settled()
    cloud.refused("execute_change_set", ChangeSetName=change_set)
    (told,) = executions(cloud)
    assert told["userIdentity"]["arn"] == cloud.client("sts").get_caller_identity()["Arn"]
    assert told["requestParameters"] == {"changeSetName": change_set, "clientRequestToken": "one"}
