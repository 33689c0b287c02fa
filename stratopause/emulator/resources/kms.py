"""KMS: a key policy that would lock its owner out, or that names nobody, is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.core.iam_evaluator import validate_policy_document
from ministack.core.responses import get_account_id
from ministack.services import iam

from stratopause.emulator.resources.handlers import Change, before_change
from stratopause.emulator.resources.kms_access import Use, _allows, key
from stratopause.emulator.resources.refusals import AlreadyExists, Refusal

from ministack.services import kms  # isort: skip

ROLE_OR_USER = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(role|user)/(?:.*/)?([^/]+)")
LOCKOUT = (
    "The new key policy will not allow you to update the key policy in the future."  # MalformedPolicyDocumentException
)


def _document(policy: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(policy) if isinstance(policy, str) else policy
    return document


@before_change("AWS::KMS::Key")
def _policy(change: Change) -> None:
    policy = change.properties.get("KeyPolicy")
    if policy is None or not change.changes("KeyPolicy"):
        return
    error = validate_policy_document(policy)
    if error is not None:
        raise _malformed(error)
    for principal in _principals(_document(policy)):
        if not _exists(principal):
            raise _malformed(f"Policy contains a statement with one or more invalid principals: {principal}")
    if not change.properties.get("BypassPolicyLockoutSafetyCheck") and not _lets_its_owner_in(policy):
        raise _malformed(LOCKOUT)


def _malformed(message: str) -> Refusal:
    return Refusal(message, "Kms", "MalformedPolicyDocumentException")


def _principals(document: dict[str, Any]) -> Iterator[str]:
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        named = principal.get("AWS", []) if isinstance(principal, dict) else []
        yield from [named] if isinstance(named, str) else named


def _exists(principal: str) -> bool:
    """Whether IAM knows a role or user of this account; other accounts' can't be seen."""
    matched = ROLE_OR_USER.fullmatch(str(principal))
    if matched is None or matched[1] != get_account_id():
        return True
    return matched[3] in (iam._roles if matched[2] == "role" else iam._users)


def _lets_its_owner_in(policy: Any) -> bool:
    """The caller is the account's administrator, so a statement for the account's root counts.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    document = policy if isinstance(policy, str) else json.dumps(policy)
    return _allows({"Arn": "*", "Policy": document}, Use(("PutKeyPolicy",)), "PutKeyPolicy")


@before_change("AWS::KMS::Alias")
def _alias(change: Change) -> None:
    name, target = change.properties["AliasName"], change.properties["TargetKeyId"]
    if change.previous is None and kms._alias_arn(name) in kms._aliases:
        raise AlreadyExists("AWS::KMS::Alias", "AliasName", name)
    record = key(target)
    if record is None:
        raise Refusal(f"Key '{target}' does not exist", "Kms", "NotFound")
    if record["KeyState"] == "PendingDeletion":
        raise Refusal(f"{record['Arn']} is pending deletion.", "Kms", "KMSInvalidStateException")
