"""What IAM says somebody may do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.lookups import ROLE
from stratopause.deployer.preflight.scene import Scene

SIMULATE: Final = Call("iam", "simulate_principal_policy", "iam:SimulatePrincipalPolicy")
ASSUMED: Final = re.compile(r"arn:([a-z-]+):sts::(\d{12}):assumed-role/([^/]+)/.+")


def principal(scene: Scene, arn: str) -> str | None:
    """The user or role whose policies decide what `arn` may do; None for root and for federated users.

    The ARN of an assumed role leaves out the role's path, which only the role itself tells.

    Raises:
        Unanswered
    """
    assumed = ASSUMED.fullmatch(arn)
    if assumed is None:
        return arn if re.fullmatch(r"arn:[a-z-]+:iam::\d{12}:(user|role)/.+", arn) else None
    told = scene.asking.find(ROLE, RoleName=assumed[3])
    return str(told["Role"]["Arn"]) if told else f"arn:{assumed[1]}:iam::{assumed[2]}:role/{assumed[3]}"


def decisions(scene: Scene, whose: str, actions: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each action with `allowed`, `explicitDeny` or `implicitDeny`, on all resources.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html

    Raises:
        Unanswered
    """
    asked = {"PolicySourceArn": whose, "ActionNames": sorted(actions)}
    for result in scene.asking.every(SIMULATE, "EvaluationResults", **asked):
        yield result["EvalActionName"], _decision(result)


def _decision(result: dict[str, Any]) -> str:
    """An organization's refusal, or that of a boundary, can't be undone by a policy of the account's own."""
    organization = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True)
    boundary = result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True)
    return str(result["EvalDecision"]) if organization and boundary else "explicitDeny"
