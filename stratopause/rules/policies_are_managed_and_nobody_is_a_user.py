"""Policies are managed ones, and nobody is a user of IAM.

An inline policy is seen by nobody who lists the policies of an account, can't be given to a second role, has no
versions to go back to, and is gone with what it stands in. A user has a password or access keys that are valid until
somebody remembers to revoke them; a role has credentials for hours.

**How to fix:** write `AWS::IAM::ManagedPolicy` and name it in `ManagedPolicyArns` or its `Roles`. People come by IAM
Identity Center, programs of AWS by a role, programs elsewhere by OpenID Connect or IAM Roles Anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.rules import Rule
from stratopause.tree import policies
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "W9307",
    "Policies are managed, and no user or access key is made",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    ("identity",),
)

_MANAGED: Final = "write it as AWS::IAM::ManagedPolicy"
_WHOLE: Final = {
    "AWS::IAM::Policy": f"is an inline policy; {_MANAGED}",
    "AWS::IAM::RolePolicy": f"is an inline policy; {_MANAGED}",
    "AWS::IAM::UserPolicy": f"is an inline policy of a user; let a role do it, and {_MANAGED}",
    "AWS::IAM::GroupPolicy": f"is an inline policy of a group; {_MANAGED}",
    "AWS::IAM::User": "is a user, whose credentials don't expire; use a role",
    "AWS::IAM::AccessKey": "is an access key, which doesn't expire; use a role",
}
_HOLDERS: Final = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")
_WITHIN: Final = "Policies"
_SERVERLESS: Final = ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
"""AWS SAM writes a policy with statements into the role that it makes.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
"""


def check(tree: Tree) -> Iterator[Problem]:
    for resource in tree.resources(*_WHOLE):
        yield resource.problem(f"{resource.name} {_WHOLE[resource.type]}")
    for resource in tree.resources(*_HOLDERS, *_SERVERLESS):
        if _stands_within(resource):
            yield resource.problem(f"{resource.name} has policies written into it; {_MANAGED}", _WITHIN)


def _stands_within(resource: Resource) -> bool:
    written = resource.get(_WITHIN)
    if resource.type in _HOLDERS:
        return isinstance(written, (list, dict)) and bool(written)
    return any(isinstance(one, dict) and "Statement" in one for one in policies.many(written))
