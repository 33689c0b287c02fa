"""What the policy of a key allows, in the sense of KMS, for the operators that the platform's policies use.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from tests.tree import many

ACCOUNT, REGION = "123456789012", "eu-central-1"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


class Request(NamedTuple):
    """One call of KMS: by whom, what, and the condition keys that come with it."""

    principal: str
    action: str
    context: Mapping[str, str]


def plain(value: Any) -> str:
    """A Ref or Sub of pseudo parameters, as CloudFormation resolves it here."""
    if isinstance(value, dict):
        value = "${" + value["Ref"] + "}" if "Ref" in value else value["Fn::Sub"]
    for name, meant in PSEUDO.items():
        value = str(value).replace("${" + name + "}", meant)
    assert "${" not in value, f"{value} is more than pseudo parameters"
    return str(value)


def allows(policy: Mapping[str, Any], request: Request) -> bool:
    """Whether any statement allows the request; key policies here have no Deny."""
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Allow"}
    return any(_matches(statement, request) for statement in policy["Statement"])


def _matches(statement: Mapping[str, Any], request: Request) -> bool:
    principals = [plain(one) for kind in statement["Principal"].values() for one in many(kind)]
    return (
        request.principal in principals
        and any(fnmatchcase(f"kms:{request.action}", action) for action in many(statement["Action"]))
        and all(
            _holds(operator, request.context.get(key), [plain(one) for one in many(allowed)])
            for operator, keys in statement.get("Condition", {}).items()
            for key, allowed in keys.items()
        )
    )


def _holds(operator: str, given: str | None, allowed: list[str]) -> bool:
    match operator:
        case "StringEquals" | "Bool":
            return given in allowed
        case "StringLike" | "ArnLike":
            return given is not None and any(fnmatchcase(given, pattern) for pattern in allowed)
        case "ForAllValues:StringEquals":
            return given is None or given in allowed
    raise AssertionError(f"no operator {operator} is known here")
