"""Whether a key's policy lets a service use the key: the question behind every encrypted resource.

A service reaches KMS in one of two ways. On behalf of a caller (RDS, ElastiCache, Secrets Manager,
Backup), KMS sees the caller, and the condition keys `kms:ViaService` and `kms:CallerAccount`. As itself
(CloudWatch Logs, CloudTrail, Fargate), KMS sees a service principal and the encryption context.
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import kms

ENCRYPTION_CONTEXT = "kms:EncryptionContext:"


@dataclass(frozen=True)
class Use:
    """One way of using a key: these actions, by this principal, in this context."""

    actions: tuple[str, ...]
    service_principal: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)


def via_service(service: str, *actions: str) -> Use:
    """A use on behalf of the caller: `via_service("rds", "CreateGrant", "DescribeKey")`."""
    context = {
        "kms:ViaService": f"{service}.{get_region()}.amazonaws.com",
        "kms:CallerAccount": get_account_id(),
        "kms:GrantIsForAWSResource": "true",
    }
    return Use(actions, context=context)


def by_service(principal: str, *actions: str, **context: str) -> Use:
    """A use by a service itself; `context` is its encryption context, with `aws_logs_arn` for `aws:logs:arn`."""
    encryption_context = {ENCRYPTION_CONTEXT + name.replace("_", ":"): value for name, value in context.items()}
    source = {"aws:SourceAccount": get_account_id()}
    arns = [value for value in context.values() if value.startswith("arn:")]
    source |= dict.fromkeys(("aws:SourceArn",) if arns else (), "".join(arns))
    return Use(actions, principal, encryption_context | source)


def key(reference: str) -> dict[str, Any] | None:
    """The record of a key by id, ARN or alias, None if there is none."""
    record: dict[str, Any] | None = kms._resolve_key(reference)
    return record


def usable(reference: str, uses: Iterable[Use]) -> bool:
    """Whether the key exists, is enabled, and its policy allows every action of these uses."""
    record = key(reference)
    if record is None or record["KeyState"] != "Enabled":
        return False
    return all(_allows(record, use, action) for use in uses for action in use.actions)


def _allows(record: Mapping[str, Any], use: Use, action: str) -> bool:
    account = get_account_id()
    root = f"arn:aws:iam::{account}:root"
    context = EvalContext(
        principal_arn=root if use.service_principal is None else use.service_principal,
        principal_type="Root" if use.service_principal is None else "Service",
        principal_account=account if use.service_principal is None else "",
        action=f"kms:{action}",
        resource_arn=record["Arn"],
        region=get_region(),
        service_context={name.lower(): value for name, value in use.context.items()},
    )
    result = evaluate_resource_policy(record["Policy"], context, service=use.service_principal)
    return bool(result.decision == "Allow")
