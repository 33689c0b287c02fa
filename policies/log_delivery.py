"""Resource policies of CloudWatch Logs: which service may deliver into which log group."""

from __future__ import annotations

import json

from awacs import logs
from awacs.aws import Allow, ArnLike, Condition, PolicyDocument, Principal, Statement, StringEquals
from troposphere import AWSHelperFn, Sub


def delivers_logs(log_group_name: AWSHelperFn) -> Sub:
    """The policy, as the string that CloudWatch Logs takes, that lets vended logs into one log group.

    Without it WAF appends a statement to a policy of the account that nobody removes when the stack is
    deleted, until that policy is full.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html
    """
    logs_here = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}"
    policy = PolicyDocument(
        Version="2012-10-17",
        Statement=[
            Statement(
                Sid="DeliverLogs",
                Effect=Allow,
                Principal=Principal("Service", "delivery.logs.amazonaws.com"),
                Action=[logs.CreateLogStream, logs.PutLogEvents],
                Resource=[f"{logs_here}:log-group:${{LogGroup}}:log-stream:*"],
                Condition=Condition(
                    [
                        StringEquals({"aws:SourceAccount": "${AWS::AccountId}"}),
                        ArnLike({"aws:SourceArn": f"{logs_here}:*"}),
                    ]
                ),
            )
        ],
    )
    return Sub(json.dumps(json.loads(policy.to_json()), sort_keys=True), LogGroup=log_group_name)
