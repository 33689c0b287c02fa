from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, resource, template
from tests.hostile import hostile

RULE = "E9503"
GOOD = {
    "IsLogging": True,
    "S3BucketName": "archive",
    "IsMultiRegionTrail": True,
    "IncludeGlobalServiceEvents": True,
    "EnableLogFileValidation": "true",
    "KMSKeyId": {"Fn::ImportValue": "key"},
    "CloudWatchLogsLogGroupArn": {"Fn::ImportValue": "group"},
    "CloudWatchLogsRoleArn": {"Fn::ImportValue": "role"},
}


def _trail(**changed: Any) -> dict[str, Any]:
    return template(Trail=resource("CloudTrail::Trail", GOOD | changed))


@pytest.mark.parametrize(
    "changed", [{}, {"IncludeGlobalServiceEvents": {"Ref": "AWS::NoValue"}}, {"KMSKeyId": "alias/a"}]
)
def test_a_whole_trail_is_fine(changed: dict[str, Any]) -> None:
    assert not found(RULE, forest(platform=_trail(**changed)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IsLogging", False),
        ("IsMultiRegionTrail", False),
        ("IsMultiRegionTrail", {"Ref": "AWS::NoValue"}),
        ("IncludeGlobalServiceEvents", "false"),
        ("EnableLogFileValidation", False),
        ("EnableLogFileValidation", {"Ref": "AWS::NoValue"}),
        ("KMSKeyId", {"Ref": "AWS::NoValue"}),
        ("KMSKeyId", ""),
        ("CloudWatchLogsLogGroupArn", {"Ref": "AWS::NoValue"}),
        ("CloudWatchLogsRoleArn", {"Ref": "AWS::NoValue"}),
    ],
)
def test_a_trail_that_lacks_something_is_found(name: str, value: Any) -> None:
    (problem,) = found(RULE, forest(platform=_trail(**{name: value})))
    assert problem.path == ("Resources", "Trail", "Properties", name)
    assert f"write {name}" in problem.message


def test_each_flag_and_each_arn_is_asked_for() -> None:
    problems = found(RULE, forest(platform=template(Trail=resource("CloudTrail::Trail"))))
    assert len(problems) == 6


def test_what_is_not_known_is_left_alone() -> None:
    assert not found(RULE, forest(platform=_trail(IsMultiRegionTrail={"Ref": "Nothing"}, KMSKeyId={"Ref": "Nothing"})))


def test_hostile_values_do_no_harm() -> None:
    for changed in hostile(_trail()):
        found(RULE, forest(platform=changed))
