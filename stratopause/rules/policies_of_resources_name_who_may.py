"""The policies of resources are open to nobody at large.

`Principal: "*"` is everybody: every account of AWS, and where the service takes such requests also who has none. A
condition that only says how somebody comes (`aws:SecureTransport`) changes nothing of that. What narrows is a condition
that says who, or from where (`aws:SourceAccount`, `aws:SourceArn`, `aws:PrincipalOrgID`, `aws:SourceVpce` and such), or
a `Deny` for all others. A condition with `…IfExists` or `ForAllValues` holds for whoever comes without the key.

**How to fix:** name the service, the account or the role that is meant; for this account's services give the service as
principal and `aws:SourceAccount` as condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules._keys import values_at
from stratopause.rules._known import at
from stratopause.tree import policies
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.text import BEGIN, PARTITION, REGION, may_be

RULE = Rule(
    "E9306",
    "The policies of resources are open to nobody at large",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous",
    ("identity",),
)

_POLICIES: Final[dict[str, tuple[Path, ...]]] = {
    "AWS::Backup::BackupVault": (("AccessPolicy",),),
    "AWS::Backup::LogicallyAirGappedBackupVault": (("AccessPolicy",),),
    "AWS::CodeArtifact::Domain": (("PermissionsPolicyDocument",),),
    "AWS::CodeArtifact::Repository": (("PermissionsPolicyDocument",),),
    "AWS::DynamoDB::GlobalTable": (
        ("Replicas", "*", "ResourcePolicy", "PolicyDocument"),
        ("Replicas", "*", "ReplicaStreamSpecification", "ResourcePolicy", "PolicyDocument"),
    ),
    "AWS::DynamoDB::Table": (
        ("ResourcePolicy", "PolicyDocument"),
        ("StreamSpecification", "ResourcePolicy", "PolicyDocument"),
    ),
    "AWS::ECR::RegistryPolicy": (("PolicyText",),),
    "AWS::ECR::Repository": (("RepositoryPolicyText",),),
    "AWS::ECR::RepositoryCreationTemplate": (("RepositoryPolicy",),),
    "AWS::EFS::FileSystem": (("FileSystemPolicy",),),
    "AWS::Elasticsearch::Domain": (("AccessPolicies",),),
    "AWS::EventSchemas::RegistryPolicy": (("Policy",),),
    "AWS::Events::EventBus": (("Policy",),),
    "AWS::Events::EventBusPolicy": (("Statement",),),
    "AWS::Glue::ResourcePolicy": (("PolicyInJson",),),
    "AWS::CloudTrail::ResourcePolicy": (("ResourcePolicy",),),
    "AWS::MediaStore::Container": (("Policy",),),
    "AWS::Kinesis::ResourcePolicy": (("ResourcePolicy",),),
    "AWS::Logs::Destination": (("DestinationPolicy",),),
    "AWS::Logs::ResourcePolicy": (("PolicyDocument",),),
    "AWS::MSK::ClusterPolicy": (("Policy",),),
    "AWS::OpenSearchService::Domain": (("AccessPolicies",),),
    "AWS::S3::AccessPoint": (("Policy",),),
    "AWS::S3::BucketPolicy": (("PolicyDocument",),),
    "AWS::S3::MultiRegionAccessPointPolicy": (("Policy",),),
    "AWS::S3Express::BucketPolicy": (("PolicyDocument",),),
    "AWS::S3ObjectLambda::AccessPointPolicy": (("PolicyDocument",),),
    "AWS::S3Outposts::BucketPolicy": (("PolicyDocument",),),
    "AWS::S3Tables::TableBucketPolicy": (("ResourcePolicy",),),
    "AWS::S3Tables::TablePolicy": (("ResourcePolicy",),),
    "AWS::SNS::TopicInlinePolicy": (("PolicyDocument",),),
    "AWS::SNS::TopicPolicy": (("PolicyDocument",),),
    "AWS::SQS::QueueInlinePolicy": (("PolicyDocument",),),
    "AWS::SQS::QueuePolicy": (("PolicyDocument",),),
    "AWS::SSM::ResourcePolicy": (("Policy",),),
    "AWS::SecretsManager::ResourcePolicy": (("ResourcePolicy",),),
    "AWS::VpcLattice::AuthPolicy": (("Policy",),),
    "AWS::VpcLattice::ResourcePolicy": (("Policy",),),
    "AWS::XRay::ResourcePolicy": (("PolicyDocument",),),
}
_DOMAINS: Final = ("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain")

_WHO: Final = {
    *("aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths"),
    *("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:userid"),
    *(
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourcevpcarn",
        "aws:vpcesourceaccount",
        "aws:vpceaccount",
        "aws:vpceorgid",
    ),
    *("aws:vpceorgpaths", "aws:sourceip", "aws:vpcsourceip", "aws:principalisawsservice", "aws:principalservicename"),
    *("aws:principalservicenameslist", "aws:username", "aws:ec2instancesourcevpc", "aws:federatedprovider"),
    *("kms:calleraccount", "s3:dataaccesspointaccount", "s3:dataaccesspointarn", "sns:endpoint"),
    *("vpc-lattice-svcs:sourcevpc", "vpc-lattice-svcs:sourcevpcowneraccount"),
    *("lambda:sourcefunctionarn", "elasticfilesystem:accesspointarn", "elasticfilesystem:accessedviamounttarget"),
}
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html and those of services."""

_NARROWING: Final = {
    *("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress", "Bool"),
}
_REFUSING: Final = {
    *("StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike", "NotIpAddress"),
    *("StringNotEqualsIfExists", "StringNotLikeIfExists", "ArnNotEqualsIfExists", "ArnNotLikeIfExists"),
    *("NotIpAddressIfExists", "StringNotEqualsIgnoreCaseIfExists"),
}
_EVERY_ADDRESS: Final = {"0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "0::/0"}
_ANYTHING: Final = re.compile(r"[*?:/]*|arn:[^:]*:[^:]*:[^:]*:[*]?:[*]*|arn:[*:]*|arn:[^:]+:[a-z0-9*-]+:[*]", re.ASCII)


class _Where(NamedTuple):
    statement: policies.Statement
    path: Path


def check(tree: Tree) -> Iterator[Problem]:
    for resource in tree.resources(*_POLICIES):
        if _guards_itself(resource):
            continue
        for path in _POLICIES[resource.type]:
            for place, document in values_at(resource.properties, path):
                yield from _open(resource, document, place)
    yield from _permissions(tree)


def _guards_itself(resource: Resource) -> bool:
    """Whether it's a domain in a VPC that asks its own users who they are.

    https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html
    """
    if resource.type not in _DOMAINS:
        return False
    asks = as_text(resource.get("AdvancedSecurityOptions", "Enabled", default="")) == "true"
    return asks and resource.get("VPCOptions") is not None


def _open(resource: Resource, document: Any, place: Path) -> Iterator[Problem]:
    found = list(_statements(resource, document, place))
    for statement, path in found:
        who = _everybody(statement)
        if who and not _narrows(statement) and not _others_are_refused(statement, [one.statement for one in found]):
            yield resource.problem(
                f"{resource.name} allows {_actions(statement)} to everybody ({who}); "
                "name who is meant, or add a condition such as aws:SourceAccount or aws:PrincipalOrgID",
                *path,
            )


def _statements(resource: Resource, document: Any, place: Path) -> Iterator[_Where]:
    if resource.type == "AWS::Events::EventBusPolicy":
        yield _Where(policies.document(document), place)
        return
    written = policies.document(document).get("Statement")
    for index, one in enumerate(policies.many(written)):
        if isinstance(one, dict):
            step: Path = ("Statement", index) if isinstance(written, list) else ("Statement",)
            yield _Where(one, (*place, *step) if isinstance(document, dict) else place)


def _actions(statement: policies.Statement) -> str:
    found = policies.texts(statement.get("Action"))[:3]
    return ", ".join(one for one in found if BEGIN not in one) or "things"


def _everybody(statement: policies.Statement) -> str:
    """How a statement lets in everybody; empty if it doesn't."""
    if statement.get("Effect") != "Allow":
        return ""
    if "NotPrincipal" in statement:
        return "NotPrincipal"
    principal = statement.get("Principal")
    if isinstance(principal, dict):
        return 'Principal "*"' if _is_open(principal.get("AWS")) else ""
    return 'Principal "*"' if _is_open(principal) else ""


def _is_open(principal: Any) -> bool:
    return "*" in policies.texts(principal)


def _narrows(statement: policies.Statement) -> bool:
    found = list(policies.conditions(statement))
    required = {key for operator, key, values in found if operator == "Null" and values == ["false"]}
    return any(_says_who(operator, key, values, required) for operator, key, values in found)


def _says_who(operator: str, key: str, values: list[str], required: set[str]) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if key in required:
        name = name.removesuffix("IfExists")
        quantifier = ""
    if quantifier == "ForAllValues" or name not in _NARROWING or key not in _WHO or not values:
        return False
    if name == "Bool":
        return values == ["true"]
    return not any(_takes_all(value) for value in values)


def _takes_all(value: str) -> bool:
    value = value[:500].replace(PARTITION, "aws").replace(REGION, "*")
    return value in _EVERY_ADDRESS or bool(_ANYTHING.fullmatch(value))


def _others_are_refused(statement: policies.Statement, of: list[policies.Statement]) -> bool:
    """Whether all but some are denied what the statement allows."""
    actions = policies.texts(statement.get("Action"))
    return any(
        one.get("Effect") == "Deny"
        and (_is_open(one.get("Principal")) or _is_open(at(one.get("Principal"), "AWS")))
        and any(_refuses(operator, key) for operator, key, _ in policies.conditions(one))
        and all(any(may_be(denied, action, ignore_case=True) for denied in _denied(one)) for action in actions)
        for one in of
    )


def _refuses(operator: str, key: str) -> bool:
    return operator.rpartition(":")[2] in _REFUSING and key in _WHO


def _denied(statement: policies.Statement) -> list[str]:
    return policies.texts(statement.get("Action")) or (["*"] if "NotAction" in statement else [])


_LAMBDA: Final = {
    "AWS::Lambda::Permission": ("PrincipalOrgID", "SourceAccount", "SourceArn"),
    "AWS::Lambda::LayerVersionPermission": ("OrganizationId",),
}
"""What narrows a permission.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html
"""


def _permissions(tree: Tree) -> Iterator[Problem]:
    for resource in tree.resources(*_LAMBDA):
        if resource.get("Principal") == "*" and not any(_narrowed(resource, name) for name in _LAMBDA[resource.type]):
            yield resource.problem(
                f"{resource.name} lets everybody in (Principal *); name who is meant, "
                f"or give {' or '.join(_LAMBDA[resource.type])}",
                "Principal",
            )
    for resource in tree.resources("AWS::Events::EventBusPolicy"):
        if resource.get("Principal") == "*" and resource.get("Condition") is None:
            yield resource.problem(
                f"{resource.name} lets everybody put events; name an account, or give an organization in Condition",
                "Principal",
            )

    for resource in tree.resources("AWS::Lambda::Url"):
        if resource.get("AuthType") == "NONE":
            yield resource.problem(f"{resource.name} lets everybody invoke its function; write AWS_IAM", "AuthType")


def _narrowed(resource: Resource, name: str) -> bool:
    value = resource.get(name)
    return value not in (None, "") and not _takes_all(as_text(value))
