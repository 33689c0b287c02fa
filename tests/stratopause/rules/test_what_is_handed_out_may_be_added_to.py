"""What is passed to a nested stack whose template isn't in the directory may get there what it lacks here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, nested, resource, template
from tests.reach import GONE, changed

ELSEWHERE = "https://files.example.org/others.json"
REACH = [
    ("E9201", ("ToService", GONE), "BalancerGroup"),
    ("E9201", ("ServiceGroup.SecurityGroupIngress", []), "ServiceGroup"),
    ("E9202", ("BalancerGroup.SecurityGroupIngress.0", GONE), "BalancerGroup"),
    ("E9205", ("Logs", GONE), "Vpc"),
    ("E9208", ("FlowLog", GONE), "Vpc"),
]


@pytest.mark.parametrize(("rule", "change", "handed"), REACH)
def test_ways_and_flow_logs(rule: str, change: tuple[str, Any], handed: str) -> None:
    def beside(name: str) -> list[Any]:
        return found(rule, changed(change, ("Others", nested(ELSEWHERE, Given={"Ref": name}))))

    assert beside("Database")
    assert not beside(handed)


LACKING = [
    ("E9408", {"It": resource("S3::Bucket")}),
    ("W9505", {"It": resource("SNS::Topic"), "A": resource("CloudWatch::Alarm", {"AlarmActions": [{"Ref": "It"}]})}),
    (
        "E9603",
        {
            "It": resource(
                "ElasticLoadBalancingV2::LoadBalancer",
                {
                    "LoadBalancerAttributes": [
                        {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"},
                        {"Key": "deletion_protection.enabled", "Value": "true"},
                    ]
                },
            )
        },
    ),
    (
        "E9302",
        {
            "It": resource("IAM::Role", {"AssumeRolePolicyDocument": {}}),
            "Flows": resource(
                "EC2::FlowLog", {"DeliverLogsPermissionArn": {"Fn::GetAtt": ["It", "Arn"]}, "LogGroupName": "flows"}
            ),
        },
    ),
]


@pytest.mark.parametrize(("rule", "resources"), LACKING, ids=[rule for rule, _ in LACKING])
def test_policies_subscriptions_and_web_acls(rule: str, resources: dict[str, Any]) -> None:
    alone = template(**resources)
    others = template(**resources, Others=nested(ELSEWHERE, Given={"Ref": "It"}))
    assert found(rule, forest(platform=alone))
    assert not found(rule, forest(platform=others))
    # A template that is at hand adds what it adds, and no more.
    assert found(rule, forest(platform=others, others=template(Queue=resource("SQS::Queue"))))


def test_a_list_hands_out_each_of_its_parts() -> None:
    given = {"Fn::Join": [",", [{"Ref": "PrivateA"}, {"Fn::GetAtt": ["ServiceGroup", "GroupId"]}]]}
    others = nested(ELSEWHERE, Given=given)
    assert not found("E9201", changed(("ServiceGroup.SecurityGroupIngress", []), ("Others", others)))
