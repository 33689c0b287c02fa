"""Whether whoever makes the resources may make them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from stratopause.deployer.preflight.actions import CREATING, DEPLOYING, PASSING
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, failed, passed, unanswered, warning
from stratopause.deployer.preflight.lookups import ROLE
from stratopause.deployer.preflight.scene import WHO, Scene
from stratopause.deployer.preflight.simulation import SIMULATE, decisions, principal

CLOUDFORMATION: Final = "cloudformation.amazonaws.com"
IAM: Final = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"


def permissions(scene: Scene) -> Iterator[Finding]:
    """What is simulated is simulated on all resources: a permission on some of them is told as none."""
    resources = {action for one in scene.needs.resources for action in CREATING.get(one.type, ())}
    own = set(DEPLOYING)
    if scene.facts.role is None:
        own |= resources
    else:
        own.add(PASSING)
        yield from _simulated(scene, scene.facts.role, resources)
    arn = scene.caller.arn
    whose = principal(scene, arn)
    if arn.endswith(":root"):
        yield warning("the credentials are the account's root user's, who may do everything", "use a role instead")
    elif whose is None:
        yield unanswered(f"IAM can't say what {arn} may do")
    else:
        yield from _simulated(scene, whose, own)


def _simulated(scene: Scene, whose: str, actions: Collection[str]) -> Iterator[Finding]:
    told = dict(decisions(scene, whose, actions)) if actions else {}
    denied = sorted(action for action, decision in told.items() if decision == "explicitDeny")
    missing = sorted(action for action, decision in told.items() if decision == "implicitDeny")
    if denied:
        message = f"{whose} is denied {', '.join(denied)}"
        yield failed(message, "lift the denial: a policy, a boundary or the organization has it")
    if missing:
        message = f"{whose} isn't allowed {', '.join(missing)} on every resource"
        yield warning(message, "allow it, unless a policy does for the resources at hand")
    if not denied and not missing:
        yield passed(f"{whose} is allowed all {len(told)} actions that were simulated")


def service_role(scene: Scene) -> Iterator[Finding]:
    arn = scene.facts.role
    if arn is None:
        return
    if arn.split(":")[4:5] != [scene.target.account]:
        yield failed(f"{arn} isn't a role of account {scene.target.account}", "name one of this account's")
        return
    told = scene.asking.find(ROLE, RoleName=arn.rpartition("/")[2])
    if told is None or told["Role"]["Arn"] != arn:
        yield failed(f"there is no role {arn}", "make it, or name another")
    elif not any(map(_trusts, _list(told["Role"]["AssumeRolePolicyDocument"].get("Statement")))):
        yield failed(f"{arn} doesn't trust {CLOUDFORMATION}", f"let {CLOUDFORMATION} assume it, in its trust policy")
    else:
        yield passed(f"{arn} trusts {CLOUDFORMATION}")


def _trusts(statement: dict[str, Any]) -> bool:
    principals = statement.get("Principal")
    services = _list(principals.get("Service")) if isinstance(principals, dict) else []
    actions = _list(statement.get("Action"))
    return statement.get("Effect") == "Allow" and CLOUDFORMATION in services and "sts:AssumeRole" in actions


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


CHECKS: Final = (
    Check(
        name="permissions",
        prevents="a resource, or a whole deployment, that the caller or CloudFormation's role isn't allowed",
        source=IAM,
        calls=(SIMULATE, ROLE, WHO),
        run=permissions,
        only_aws=True,
    ),
    Check(
        name="service-role",
        prevents="a role for CloudFormation that is missing, or that CloudFormation can't assume",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html",
        calls=(ROLE,),
        run=service_role,
    ),
)
