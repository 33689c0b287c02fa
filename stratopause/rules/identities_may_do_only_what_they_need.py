"""No identity's policy allows everything, a whole service, or an action on everything that could name what it is for.

Whoever takes over a task, a function or a user may do all that its policies allow. HIPAA asks for the minimum that is
needed (45 CFR 164.502(b)), and IAM can say that: which actions, on which ARNs. `*`, `s3:*` and `NotAction` say the
opposite, as do AWS's policies `AdministratorAccess`, `PowerUserAccess`, `IAMFullAccess` and those of a service that
end in `FullAccess`.

Some actions know no resource, such as `ecr:GetAuthorizationToken`; those need `Resource: "*"`, and may have it in a
statement of their own. A statement with a condition on tags, an account or the service that asks is limited by that.

**How to fix:** name the actions that are called, and as `Resource` the ARNs that they are called on, by `Fn::GetAtt`
or `Fn::Sub`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from stratopause.rules import Rule
from stratopause.rules._actions import can_name_resource
from stratopause.rules._roles import MANAGED, OF_IDENTITIES, managed_of, of_aws, written
from stratopause.tree import policies
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.text import PARTITION, is_known, shown

RULE = Rule(
    "E9303",
    "Identities may do only what they need",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    ("roles",),
)

_MANAGED_ARNS: Final = {
    "AWS::IAM::Role": "ManagedPolicyArns",
    "AWS::IAM::User": "ManagedPolicyArns",
    "AWS::IAM::Group": "ManagedPolicyArns",
    "AWS::SSO::PermissionSet": "ManagedPolicies",
    "AWS::Serverless::Function": "Policies",
    "AWS::Serverless::StateMachine": "Policies",
}
_TOO_MUCH: Final = re.compile(
    r"AdministratorAccess.*|PowerUserAccess|DatabaseAdministrator|SystemAdministrator|.*FullAccess"
)
_CLIENTS_ONLY: Final = ("AmazonElasticFileSystemClientFullAccess",)

_NO_LIMIT: Final = re.compile(
    r"aws:(securetransport|multifactorauth.*|currenttime|epochtime|useragent|referer|tokenissuetime|requestedregion"
    r"|sourceip|vpcsourceip|sourcevpc|sourcevpce|principal.*|userid|username|ec2instance.*|federatedprovider)"
)
"""Condition keys that tell who asks, when, or from where, and not on what."""


def check(tree: Tree) -> Iterator[Problem]:
    boundaries = _boundaries(tree)
    for resource in tree.resources(*OF_IDENTITIES):
        if resource.place in boundaries:
            continue
        for policy in written(resource):
            statements = policies.document(policy.document).get("Statement")
            for at, statement in enumerate(policies.many(statements)):
                if isinstance(statement, Mapping) and statement.get("Effect") == "Allow":
                    step = (at,) if isinstance(statements, list) else ()
                    yield from _statement(resource, statement, (*policy.path, "Statement", *step))
        yield from _managed(resource)


def _boundaries(tree: Tree) -> set[str]:
    """The managed policies that only bound what others allow."""
    bounding: set[str] = set()
    attached: set[str] = set()
    for identity in tree.resources("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        if (boundary := managed_of(tree, identity.get("PermissionsBoundary"))) is not None:
            bounding.add(boundary.place)
        for value in policies.many(identity.get("ManagedPolicyArns")):
            if (managed := managed_of(tree, value)) is not None:
                attached.add(managed.place)
    for policy in tree.resources(MANAGED):
        if any(policy.get(name) for name in ("Roles", "Users", "Groups")):
            attached.add(policy.place)
    return bounding - attached


def _statement(resource: Resource, statement: policies.Statement, path: Path) -> Iterator[Problem]:
    if "NotAction" in statement:
        names = ", ".join(map(shown, policies.texts(statement["NotAction"])))
        yield resource.problem(
            f"{resource.name} allows everything but {names}; name in Action what is needed instead of in NotAction "
            "what isn't",
            *path,
            "NotAction",
        )
        return
    actions = policies.texts(statement.get("Action"))
    whole = [action for action in actions if _is_whole(action)]
    for action in whole:
        yield resource.problem(
            f"{resource.name} allows {shown(action)}, which is {_said(action)}; name the actions that are needed",
            *path,
            "Action",
        )
    on = _everything(statement)
    wide = [action for action in actions if action not in whole and can_name_resource(action)] if on else []
    if wide and not _is_limited(statement):
        yield resource.problem(
            f"{resource.name} allows {', '.join(map(shown, wide))} on everything; name in Resource the ARNs that it is "
            "needed on",
            *path,
            on,
        )


def _is_whole(action: str) -> bool:
    service, _, name = action.rpartition(":")
    return is_known(action) and (not name.strip("*?") or (not service.strip("*?") and not name.isalnum()))


def _said(action: str) -> str:
    return "everything" if not action.partition(":")[0].strip("*?") else "all of a service"


def _everything(statement: policies.Statement) -> str:
    """The element that says that a statement is for everything; empty if it isn't."""
    if any(_is_everything(one) for one in policies.texts(statement.get("Resource"))):
        return "Resource"
    return "NotResource" if "NotResource" in statement else ""


def _is_everything(resource: str) -> bool:
    """`*`, and ARNs that say no more than it: `arn:aws:*`, `arn:aws:s3:::*`.

    Not `arn:aws:s3:::/*`: a name that is empty by default names nothing.
    """
    parts = resource.replace(PARTITION, "aws").split(":")
    return parts[-1].startswith("*") and all(part in ("", "arn", "aws", "s3") or not part.strip("*/") for part in parts)


def _is_limited(statement: policies.Statement) -> bool:
    if statement.get("Condition") is not None and not isinstance(statement["Condition"], Mapping):
        return True
    return any(
        not _NO_LIMIT.fullmatch(key) and any(value.strip("*") for value in values)
        for _, key, values in policies.conditions(statement)
    )


def _managed(resource: Resource) -> Iterator[Problem]:
    name = _MANAGED_ARNS.get(resource.type)
    for at, value in enumerate(policies.many(resource.get(name)) if name else []):
        policy = of_aws(value)
        if _TOO_MUCH.fullmatch(policy) and policy not in _CLIENTS_ONLY:
            yield resource.problem(
                f"{resource.name} has AWS's policy {policy}, which allows far more than one identity needs; write a "
                "policy that names actions and resources",
                str(name),
                at,
            )
