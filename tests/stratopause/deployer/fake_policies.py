"""Stack policies, as far as the fake CloudFormation enforces them."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any


def denied_by(policy: str | None, action: str, logical_id: str, kind: str) -> str:
    """Why a stack's policy refuses the action on a resource, if it does. With a policy, what nothing allows is denied.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
    """
    if policy is None:
        return ""
    is_allowed = False
    for number, statement in enumerate(json.loads(policy)["Statement"], 1):
        if not _applies(statement, action, logical_id, kind):
            continue
        if statement["Effect"] == "Deny":
            return (
                f"Action denied by stack policy: Statement [#{number}] does not allow [{action}] "
                f"for resource [LogicalResourceId/{logical_id}]"
            )
        is_allowed = True
    return "" if is_allowed else f"Action denied by stack policy: no statement allows [{action}] for [{logical_id}]"


def _applies(statement: dict[str, Any], action: str, logical_id: str, kind: str) -> bool:
    actions, resources = _list(statement["Action"]), _list(statement["Resource"])
    about = any(fnmatchcase(action, one) for one in actions) and any(
        fnmatchcase(f"LogicalResourceId/{logical_id}", one) for one in resources
    )
    conditions = statement.get("Condition", {}).values()
    return about and all(
        any(fnmatchcase(kind, one) for one in _list(condition["ResourceType"])) for condition in conditions
    )


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
