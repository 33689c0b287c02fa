"""What the platform's roles may do, and who may assume them."""

from __future__ import annotations

from awacs import logs, sts
from awacs.aws import (
    Action,
    Allow,
    ArnLike,
    Condition,
    ConditionElement,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
)
from troposphere import AccountId, AWSHelperFn, Sub


def assumed_by(service: str, source: str | None = None) -> PolicyDocument:
    """A trust policy for `service`, for what it does for this account only.

    `source` narrows it to resources whose ARN has this form (`Fn::Sub` names allowed). The conditions keep
    another customer of the service from using the role:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    conditions: list[ConditionElement] = [StringEquals({"aws:SourceAccount": AccountId})]
    if source is not None:
        conditions.append(ArnLike({"aws:SourceArn": Sub(source)}))
    return PolicyDocument(
        Version="2012-10-17",
        Statement=[
            Statement(
                Effect=Allow,
                Principal=Principal("Service", f"{service}.amazonaws.com"),
                Action=[sts.AssumeRole],
                Condition=Condition(conditions),
            )
        ],
    )


def passed_to(service: str) -> PolicyDocument:
    """A trust policy for `service` where its documentation knows no source conditions for the role.

    Another account can't have the service use it: a role is passed within its own account only.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    return PolicyDocument(
        Version="2012-10-17",
        Statement=[
            Statement(Effect=Allow, Principal=Principal("Service", f"{service}.amazonaws.com"), Action=[sts.AssumeRole])
        ],
    )


def allows(*statements: Statement) -> PolicyDocument:
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def may(
    sid: str, actions: list[Action], *resources: AWSHelperFn | str, condition: Condition | None = None
) -> Statement:
    """A statement of an identity policy: these actions on these resources."""
    conditional = {} if condition is None else {"Condition": condition}
    return Statement(Sid=sid, Effect=Allow, Action=actions, Resource=list(resources), **conditional)


def writes_logs(log_group_arn: AWSHelperFn) -> PolicyDocument:
    """`log_group_arn` is that of the log group's streams: it ends in `:*`."""
    return allows(may("WriteLogs", [logs.CreateLogStream, logs.PutLogEvents, logs.DescribeLogStreams], log_group_arn))
