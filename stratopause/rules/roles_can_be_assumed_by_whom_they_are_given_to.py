"""A role can be assumed by the service that it is given to.

A property that takes a role hands it to one service, and the role's trust policy has to let that service in: with its
very principal, for `sts:AssumeRole`, under conditions that can hold. `ecs.amazonaws.com` isn't
`ecs-tasks.amazonaws.com`, and enhanced monitoring of RDS is `monitoring.rds.amazonaws.com`. Where the principal is a
wrong one some services refuse the resource, and others make it and fail later: tasks don't start, flow logs stay empty.

**How to fix:** in the role's `AssumeRolePolicyDocument`, a statement that allows `sts:AssumeRole` to the service that
the message names. A condition on `aws:SourceAccount` or `aws:SourceArn` has to name this account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._keys import values_at
from stratopause.rules._role_positions import POSITIONS
from stratopause.rules._roles import ROLE, literals, role_of, trust
from stratopause.tree import policies
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.text import ACCOUNT, PARTITION, REGION, unknown

RULE = Rule(
    "E9301",
    "Roles can be assumed by the services that they are given to",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services",
    ("roles",),
)

_SOURCES: Final = {
    "ecs-tasks": f"arn:{PARTITION}:ecs:{REGION}:{ACCOUNT}:",
    "vpc-flow-logs": f"arn:{PARTITION}:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/",
    "cloudtrail": f"arn:{PARTITION}:cloudtrail:{REGION}:{ACCOUNT}:trail/",
    "monitoring.rds": f"arn:{PARTITION}:rds:{REGION}:{ACCOUNT}:",
    "states": f"arn:{PARTITION}:states:{REGION}:{ACCOUNT}:",
    "scheduler": f"arn:{PARTITION}:scheduler:{REGION}:{ACCOUNT}:",
}
"""What `aws:SourceArn` begins with, for services that tell it.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
"""
_WITHOUT_ID: Final = ("ecs-tasks", "vpc-flow-logs", "cloudtrail", "monitoring.rds", "backup", "lambda", "ec2", "rds")
"""Services that give no `sts:ExternalId`."""

_AT_THE_EDGE: Final = ("edgelambda",)

_ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")


def check(tree: Tree) -> Iterator[Problem]:
    if next(tree.resources(ROLE), None) is None:
        return
    judged: dict[tuple[str, tuple[str, ...]], bool] = {}
    for resource in tree.resources(*POSITIONS):
        for position in POSITIONS[resource.type]:
            for path, value in values_at(resource.properties, position.path):
                role = role_of(tree, value)
                if role is None:
                    continue
                key = (role.place, position.services)
                if key not in judged:
                    judged[key] = _lets_in(tree, role, position.services)
                if not judged[key]:
                    yield resource.problem(_message(resource, role, path, position.services), *path)
    yield from _at_the_edge(tree)


def _at_the_edge(tree: Tree) -> Iterator[Problem]:
    """A distribution isn't made if CloudFront can't assume the roles of its functions.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html
    """
    for distribution in tree.resources("AWS::CloudFront::Distribution"):
        for behaviors in (("DefaultCacheBehavior",), ("CacheBehaviors", "*")):
            path = ("DistributionConfig", *behaviors, "LambdaFunctionAssociations", "*", "LambdaFunctionARN")
            for found, value in values_at(distribution.properties, path):
                version = tree.source(value)
                function = tree.source(version.get("FunctionName")) if version is not None else None
                role = role_of(tree, function.get("Role")) if function is not None else None
                if role is not None and not _lets_in(tree, role, _AT_THE_EDGE):
                    yield distribution.problem(_message(distribution, role, found, _AT_THE_EDGE), *found)


def _message(resource: Resource, role: Resource, path: Path, services: tuple[str, ...]) -> str:
    names = " or ".join(f"{one}.amazonaws.com" for one in services)
    where = ".".join(map(str, path))
    return (
        f"{resource.name} gives {role.place} as {where}, but {names} can't assume that role; its trust policy has to "
        f"allow sts:AssumeRole to {names}, under no condition that can't hold"
    )


def _lets_in(tree: Tree, role: Resource, services: tuple[str, ...]) -> bool:
    statements = trust(tree, role)
    if statements is None:
        return True
    foreign = _foreign(tree, statements)
    statements = [_put(one, foreign) for one in statements]
    return any(
        policies.allows(
            [{"Statement": statements}], policies.Request("sts:AssumeRole", "*", principal, "", _context(one))
        )
        for one in services
        for principal in _principals(one)
    )


def _principals(service: str) -> list[str]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
    return [f"{one}.amazonaws.com{end}" for one in (service, f"{service}.{REGION}") for end in ("", ".cn")]


def _context(service: str) -> dict[str, str | None]:
    context: dict[str, str | None] = {"aws:sourceaccount": ACCOUNT}
    if service in _SOURCES:
        context["aws:sourcearn"] = _SOURCES[service] + unknown("source")
    if service in _WITHOUT_ID:
        context["sts:externalid"] = None
    return context


def _foreign(tree: Tree, statements: list[policies.Statement]) -> set[str]:
    """The accounts in a trust policy that surely aren't the one it is deployed to.

    Where the other roles go by `AWS::AccountId`, a number that the tree has nowhere else is another account's.
    """
    outside, trusts = literals(tree)
    text = str(statements)
    if ACCOUNT not in trusts and ACCOUNT not in outside:
        return set()
    return {one for one in _ACCOUNT.findall(text) if one not in outside}


def _put(value: Any, foreign: set[str]) -> Any:
    """With another account's number as one that can't be this one's."""
    if not foreign:
        return value
    if isinstance(value, dict):
        return {key: _put(part, foreign) for key, part in value.items()}
    if isinstance(value, list):
        return [_put(part, foreign) for part in value]
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return _ACCOUNT.sub(lambda match: "another account" if match[0] in foreign else match[0], str(value))
    return value
