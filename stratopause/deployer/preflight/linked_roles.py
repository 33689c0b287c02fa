"""Whether the roles that services make for themselves are there, or can be made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, Unanswered, failed, passed, warning
from stratopause.deployer.preflight.lookups import ROLE
from stratopause.deployer.preflight.scene import Scene
from stratopause.deployer.preflight.simulation import SIMULATE, decisions, principal

ROLES: Final = Call("iam", "list_roles", "iam:ListRoles")
CREATE: Final = "iam:CreateServiceLinkedRole"


class Linked(NamedTuple):
    role: str
    service: str


LINKED: Final = {
    "AWS::ApplicationAutoScaling::ScalableTarget": Linked(
        "AWSServiceRoleForApplicationAutoScaling_ECSService", "ecs.application-autoscaling.amazonaws.com"
    ),
    "AWS::Backup::BackupSelection": Linked("AWSServiceRoleForBackup", "backup.amazonaws.com"),
    "AWS::Backup::RestoreTestingPlan": Linked(
        "AWSServiceRoleForBackupRestoreTesting", "restore-testing.backup.amazonaws.com"
    ),
    "AWS::ECS::Service": Linked("AWSServiceRoleForECS", "ecs.amazonaws.com"),
    "AWS::ElastiCache::ReplicationGroup": Linked("AWSServiceRoleForElastiCache", "elasticache.amazonaws.com"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Linked(
        "AWSServiceRoleForElasticLoadBalancing", "elasticloadbalancing.amazonaws.com"
    ),
    "AWS::RDS::DBInstance": Linked("AWSServiceRoleForRDS", "rds.amazonaws.com"),
    "AWS::WAFv2::LoggingConfiguration": Linked("AWSServiceRoleForWAFV2Logging", "wafv2.amazonaws.com"),
}
"""By the type whose first resource needs it."""


def linked_roles(scene: Scene) -> Iterator[Finding]:
    wanted = sorted({linked for kind, linked in LINKED.items() if any(scene.needs.of(kind))})
    if not wanted:
        return
    there = {one["RoleName"] for one in scene.asking.every(ROLES, "Roles", PathPrefix="/aws-service-role/")}
    missing = [one for one in wanted if one.role not in there]
    for one in wanted:
        if one.role in there:
            yield passed(f"{one.role} is there")
    if missing:
        decision = _may_create(scene)
        for one in missing:
            yield _missing(one, decision)


def _missing(one: Linked, decision: str | None) -> Finding:
    if decision == "allowed":
        return passed(f"{one.role} isn't there yet: it is made with the first resource that needs it")
    make = f"have it made by somebody who may: aws iam create-service-linked-role --aws-service-name {one.service}"
    if decision is None:
        return warning(f"{one.role} isn't there, and it isn't known whether it can be made", make)
    return failed(f"{one.role} isn't there, and {CREATE} isn't allowed", make)


def _may_create(scene: Scene) -> str | None:
    try:
        whose = scene.facts.role or principal(scene, scene.caller.arn)
        return dict(decisions(scene, whose, [CREATE])).get(CREATE) if whose else "allowed"
    except Unanswered:
        return None


CHECKS: Final = (
    Check(
        name="linked-roles",
        prevents="the first database, cache, load balancer, service or backup of an account that can't have its role",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html",
        calls=(ROLES, SIMULATE, ROLE),
        run=linked_roles,
        only_aws=True,
    ),
)
