"""The policy of every key lets somebody of the account change it.

A key's policy is the only way to a key: not even the account's root user gets past it. If it lets nobody of the
account call `kms:PutKeyPolicy`, then what it protects can't be repaired, handed on or deleted. KMS refuses most such
policies

> The new key policy will not allow you to update the key policy in the future.

unless `BypassPolicyLockoutSafetyCheck` is set, and it looks only at who makes the key.

**How to fix:** let the account administer the key, without the actions that use it:

    Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    Action: [kms:PutKeyPolicy, kms:GetKeyPolicy, kms:DescribeKey, kms:ScheduleKeyDeletion, …]
    Resource: "*"

A condition that comes with other services only, such as `kms:ViaService`, keeps everybody out as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.rules import Rule, _keys
from stratopause.rules._key_requests import Context, this_key
from stratopause.tree import policies
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "E9102",
    "The policy of every key lets somebody of the account change it",
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
    ("keys",),
)

_CHANGE: Final = "kms:PutKeyPolicy"
_ABSENT: Final = ("kms:viaservice", "kms:grantisforawsresource", "aws:sourceaccount", "aws:sourcearn")
"""Condition keys that don't come when a person or CloudFormation changes a policy."""


def check(tree: Tree) -> Iterator[Problem]:
    for key in tree.resources(*_keys.KEYS):
        if _keys.is_judgeable(key) and not any(_is_changeable(key, setting) for setting in _keys.settings(key)):
            message = (
                f"{key.name} is locked: no statement of its policy lets anybody of this account call {_CHANGE}; let "
                "arn:${AWS::Partition}:iam::${AWS::AccountId}:root do it, without a condition"
            )
            yield key.problem(message, "KeyPolicy")


def _is_changeable(key: Resource, setting: _keys.Setting) -> bool:
    context = Context({"kms:calleraccount": setting.account, "aws:principalaccount": setting.account})
    context.update(dict.fromkeys(_ABSENT))
    context.closed = True
    request = policies.Request(_CHANGE, this_key(setting), context=context)
    return policies.allows([{"Statement": list(_keys.policy(key, setting).statements)}], request)
