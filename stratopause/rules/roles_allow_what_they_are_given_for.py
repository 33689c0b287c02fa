"""A role allows what the resource needs that it is given to.

A task's execution role pulls the image, reads the secrets, and writes the log; a flow log, a trail and enhanced
monitoring write to their log groups with theirs; a delivery stream writes to its bucket. What a role lacks shows late:
a task stops with `ResourceInitializationError`, a flow log goes to `Access error`, and a trail's group stays empty.
A secret that is encrypted with a key of one's own needs `kms:Decrypt` on that key as well, and the condition
`kms:ViaService` of such a statement has to name Secrets Manager.

Only roles of the templates are judged, all of whose policies are known. A task definition without an execution role is
found if ECS doesn't take it so.

**How to fix:** in a policy of the role, allow the action that the message names on the ARN that it names. A stream of a
log group is `<group's ARN>:*`; `Fn::GetAtt` of `Arn` of a log group ends in it already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._given_for import Need, needs, of_tasks
from stratopause.rules._roles import OF_IDENTITIES, ROLE, gives, policies_of, role_arn, role_of, written
from stratopause.tree import identity, policies
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import BEGIN, END, Reference, referred, shown

RULE = Rule(
    "E9302",
    "Roles allow what they are given for",
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
    ("roles",),
)

_OF_RESOURCES: Final = {
    "AWS::ECR::Repository": ("AWS::ECR::Repository", "", "RepositoryPolicyText"),
    "AWS::KMS::Key": ("AWS::KMS::Key", "", "KeyPolicy"),
    "AWS::KMS::ReplicaKey": ("AWS::KMS::ReplicaKey", "", "KeyPolicy"),
    "AWS::SecretsManager::Secret": ("AWS::SecretsManager::ResourcePolicy", "SecretId", "ResourcePolicy"),
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket", "PolicyDocument"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues", "PolicyDocument"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics", "PolicyDocument"),
    "AWS::EFS::FileSystem": ("AWS::EFS::FileSystem", "", "FileSystemPolicy"),
}
"""The type of a resource's own policy, the property that says whose it is, and that of the document.

In one account either policy is enough.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
"""

_LOGINS: Final[dict[str, tuple[re.Pattern[str], dict[str, tuple[str, ...]], str]]] = {
    "rds-db:connect": (
        re.compile(rf":dbuser:({BEGIN}[^{END}]*{END})/"),
        {
            "AWS::RDS::DBInstance": ("DbiResourceId",),
            "AWS::RDS::DBCluster": ("DBClusterResourceId",),
            "AWS::RDS::DBProxy": (),
        },
        "the resource id of the database (DbiResourceId, DBClusterResourceId)",
    ),
    "elasticache:Connect": (
        re.compile(rf":(?:replicationgroup|serverlesscache|user):({BEGIN}[^{END}]*{END})"),
        {
            "AWS::ElastiCache::ReplicationGroup": ("",),
            "AWS::ElastiCache::ServerlessCache": ("",),
            "AWS::ElastiCache::User": ("",),
        },
        "the id of the cache or its user (Ref)",
    ),
}
"""Who logs in by IAM names the store in the ARN by one of its attributes and no other.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
"""


def check(tree: Tree) -> Iterator[Problem]:
    yield from _without_role(tree)
    if next(tree.resources(ROLE), None) is None:
        return
    for resource, need in needs(tree):
        role = role_of(tree, need.role)
        if role is not None and role.place not in tree.handed_out and not _has(tree, role, need):
            yield resource.problem(_message(resource, role, need), *need.path)
    yield from _logins(tree)


def _without_role(tree: Tree) -> Iterator[Problem]:
    """Task definitions that ECS doesn't register, as there is no role to pull, to log or to read secrets with."""
    told: set[str] = set()
    for task, need in of_tasks(tree):
        on_fargate = "FARGATE" in policies.many(task.get("RequiresCompatibilities"))
        reads = "Secrets" in need.path or "SecretOptions" in need.path
        asked = reads or (on_fargate and bool({"Image", "LogConfiguration"} & set(need.path)))
        if need.role is None and asked and task.place not in told:
            told.add(task.place)
            yield task.problem(
                f"{task.name} has no ExecutionRoleArn, and needs {need.actions[0]} on {shown(need.what)}; name a role "
                "that allows it",
                *need.path,
            )


def _has(tree: Tree, role: Resource, need: Need) -> bool:
    own = policies_of(role)
    if not own.are_known:
        return True
    arn = role_arn(tree, role)
    if own.documents and need.by_any_policy:
        return True
    for action in need.actions:
        for target in _targets(tree, need):
            request = policies.Request(action, target, "", arn, need.context)
            if policies.allows(own.documents, request):
                return True
            if any(gives(tree, document, role, request) for document in _policies_on(tree, need.owner)):
                return True
    return False


def _targets(tree: Tree, need: Need) -> Iterator[str]:
    """As they are written usually, and then by the names that CloudFormation chooses."""
    yield from need.targets
    for target in need.targets:
        yield from identity.spellings(tree, target)[1:]


def _policies_on(tree: Tree, owner: Resource | None) -> Iterator[Any]:
    if owner is None or owner.type not in _OF_RESOURCES:
        return
    type_, whose, name = _OF_RESOURCES[owner.type]
    if not whose:
        yield owner.get(name)
        return
    for policy in tree.resources(type_):
        if any(tree.source(one) is owner for one in policies.many(policy.get(whose))):
            yield policy.get(name)


def _message(resource: Resource, role: Resource, need: Need) -> str:
    actions = need.actions[0] if len(need.actions) == 1 else f"any of {', '.join(need.actions)}"
    what = f" on {shown(need.what)}" if need.what else ""
    return (
        f"{resource.name} needs {actions}{what}, which its role {role.place} doesn't allow; allow it in a policy of "
        f"the role{_condition(need)}"
    )


def _condition(need: Need) -> str:
    service = need.context.get("kms:viaservice")
    return f"; a condition on kms:ViaService has to name {shown(service)}" if service else ""


def _logins(tree: Tree) -> Iterator[Problem]:
    """Logging in to what is no store, as the ARN is made of something else."""
    for resource in tree.resources(*OF_IDENTITIES):
        for path, document in written(resource):
            for statement in policies.statements(document):
                if statement.get("Effect") == "Allow":
                    for message in _wrong_logins(tree, statement):
                        yield resource.problem(f"{resource.name} {message}", *path)


def _wrong_logins(tree: Tree, statement: policies.Statement) -> Iterator[str]:
    actions = {action.lower() for action in policies.texts(statement.get("Action"))}
    for action, (pattern, fitting, wanted) in _LOGINS.items():
        if action.lower() not in actions:
            continue
        for target in policies.texts(statement.get("Resource")):
            match = pattern.search(target)
            reference = referred(match[1]) if match else None
            if reference and not _fits(tree, reference, fitting):
                yield f"allows {action} on {shown(target)}, which is no store; name there {wanted}"


def _fits(tree: Tree, reference: Reference, fitting: dict[str, tuple[str, ...]]) -> bool:
    resource = tree.resource(reference.place)
    if resource is None or resource.type == "AWS::CloudFormation::Stack":
        return True
    return reference.attribute in fitting.get(resource.type, ())
