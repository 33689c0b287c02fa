from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from stratopause.deployer.aws.boto import Aws
from stratopause.deployer.aws.trail import AwsTrail
from stratopause.deployer.services import Execution

SINCE, THEN = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 5, tzinfo=UTC)
CHANGE_SET = "arn:aws:cloudformation:us-east-1:000000000000:changeSet/run-1/2"
WHO = "arn:aws:sts::000000000000:assumed-role/admin/me"
ASKED = {
    "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "ExecuteChangeSet"}],
    "StartTime": SINCE,
}


@pytest.fixture
def trail(aws: Aws) -> AwsTrail:
    return AwsTrail(aws)


@pytest.fixture
def cloudtrail(stubbed: Callable[[str], Stubber]) -> Stubber:
    return stubbed("cloudtrail")


def event(named: Any, arn: str | None = WHO, **more: Any) -> dict[str, Any]:
    told = {"requestParameters": None if named is None else {"changeSetName": named}, **more}
    identity = {} if arn is None else {"userIdentity": {"arn": arn}}
    return {"EventTime": THEN, "Username": "me", "CloudTrailEvent": json.dumps(told | identity)}


@pytest.mark.parametrize("named", [CHANGE_SET, "run-1"])
def test_an_execution_is_found_by_arn_or_name_on_whichever_page(
    trail: AwsTrail, cloudtrail: Stubber, named: str
) -> None:
    others = [event("another"), event(None), event("")]
    cloudtrail.add_response("lookup_events", {"Events": others, "NextToken": "next"}, ASKED)
    cloudtrail.add_response("lookup_events", {"Events": [event(named)]}, ASKED | {"NextToken": "next"})
    assert trail.execution(CHANGE_SET, SINCE) == Execution(WHO, THEN)


def test_an_execution_that_was_refused_is_none(trail: AwsTrail, cloudtrail: Stubber) -> None:
    cloudtrail.add_response("lookup_events", {"Events": [event(CHANGE_SET, errorCode="AccessDenied")]}, ASKED)
    assert trail.execution(CHANGE_SET, SINCE) is None


def test_what_cloudtrail_does_not_show_yet_is_none(trail: AwsTrail, cloudtrail: Stubber) -> None:
    cloudtrail.add_response("lookup_events", {}, ASKED)
    assert trail.execution(CHANGE_SET, SINCE) is None


@pytest.mark.parametrize(("name", "who"), [("me", "me"), (None, "unknown")])
def test_whoever_has_no_arn_is_named_otherwise(
    trail: AwsTrail, cloudtrail: Stubber, name: str | None, who: str
) -> None:
    told = event(CHANGE_SET, arn=None)
    del told["Username"]
    answer = told if name is None else {**told, "Username": name}
    cloudtrail.add_response("lookup_events", {"Events": [answer]}, ASKED)
    assert trail.execution(CHANGE_SET, SINCE) == Execution(who, THEN)
