"""Roles of the tree: which one a value names, who may assume it, and all policies that it has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from stratopause.tree import policies
from stratopause.tree.evaluation import as_text
from stratopause.tree.identity import arn, name
from stratopause.tree.model import Path, Resource, Tree
from stratopause.tree.text import BEGIN, is_known

ROLE: Final = "AWS::IAM::Role"
MANAGED: Final = "AWS::IAM::ManagedPolicy"
_ATTACHED: Final = (MANAGED, "AWS::IAM::Policy", "AWS::IAM::RolePolicy")

_INLINE: Final = {
    ROLE: "PolicyDocument",
    "AWS::IAM::User": "PolicyDocument",
    "AWS::IAM::Group": "PolicyDocument",
    "AWS::Serverless::Function": "",
    "AWS::Serverless::StateMachine": "",
}
"""The types that have a list of policies, and where in each of it the document is."""
_OWN: Final = {
    **dict.fromkeys((*_ATTACHED, "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy"), "PolicyDocument"),
    "AWS::SSO::PermissionSet": "InlinePolicy",
}
OF_IDENTITIES: Final = (*_INLINE, *_OWN)
"""The types in which policies of identities stand."""

_BACKUP: Final = """
    backup:DescribeBackupVault backup:CopyIntoBackupVault dynamodb:CreateBackup dynamodb:StartAwsBackupJob
    dynamodb:DescribeTable ec2:CreateSnapshot ec2:CreateImage ec2:CopySnapshot ec2:CreateTags
    elasticfilesystem:Backup fsx:CreateBackup iam:PassRole kms:CreateGrant kms:Decrypt kms:DescribeKey
    kms:GenerateDataKey kms:GenerateDataKeyWithoutPlaintext kms:ReEncrypt* rds:AddTagsToResource
    rds:CopyDBClusterSnapshot rds:CopyDBSnapshot rds:CreateDBClusterSnapshot rds:CreateDBSnapshot
    redshift:CreateClusterSnapshot storagegateway:CreateSnapshot tag:GetResources timestream:StartAwsBackupJob
"""
_RESTORE: Final = """
    dynamodb:RestoreTableFromAwsBackup dynamodb:RestoreTableFromBackup ec2:CreateVolume ec2:RunInstances
    elasticfilesystem:Restore elasticfilesystem:CreateFilesystem fsx:CreateFileSystemFromBackup iam:PassRole
    kms:CreateGrant kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey kms:GenerateDataKeyWithoutPlaintext
    kms:ReEncrypt* rds:RestoreDBClusterFromSnapshot rds:RestoreDBClusterToPointInTime
    rds:RestoreDBInstanceFromDBSnapshot rds:RestoreDBInstanceToPointInTime redshift:RestoreFromClusterSnapshot
    storagegateway:CreateStorediSCSIVolume timestream:StartAwsRestoreJob
"""
_LOGS: Final = "logs:CreateLogStream logs:PutLogEvents"
_PULL: Final = "ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:BatchGetImage"
_NETWORK: Final = """
    ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:DeleteNetworkInterface
    ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses
"""
_OF_FUNCTIONS: Final = f"logs:CreateLogGroup {_LOGS}"

OF_AWS: Final = {
    "AmazonECSTaskExecutionRolePolicy": f"{_PULL} {_LOGS}",
    "AmazonRDSEnhancedMonitoringRole": f"""
        logs:CreateLogGroup logs:PutRetentionPolicy {_LOGS} logs:DescribeLogStreams logs:GetLogEvents
    """,
    "AWSBackupServiceRolePolicyForBackup": _BACKUP,
    "AWSBackupServiceRolePolicyForRestores": _RESTORE,
    "AWSBackupServiceRolePolicyForS3Backup": """
        s3:GetBucket* s3:GetObject* s3:ListBucket* s3:GetInventoryConfiguration s3:PutInventoryConfiguration
        s3:PutBucketNotification s3:ListAllMyBuckets kms:Decrypt kms:DescribeKey
    """,
    "AWSBackupServiceRolePolicyForS3Restore": """
        s3:PutObject* s3:GetObject* s3:ListBucket* s3:CreateBucket s3:DeleteObject s3:GetBucketVersioning
        s3:PutBucketVersioning kms:Decrypt kms:DescribeKey kms:GenerateDataKey
    """,
    "AWSLambdaBasicExecutionRole": _OF_FUNCTIONS,
    "AWSLambdaVPCAccessExecutionRole": f"{_OF_FUNCTIONS} {_NETWORK}",
    "AWSLambdaSQSQueueExecutionRole": f"""
        {_OF_FUNCTIONS} sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes
    """,
    "AWSLambdaKinesisExecutionRole": f"""
        {_OF_FUNCTIONS} kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator
        kinesis:ListShards kinesis:ListStreams kinesis:SubscribeToShard
    """,
    "AWSLambdaDynamoDBExecutionRole": f"""
        {_OF_FUNCTIONS} dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams
    """,
    "AWSLambdaMSKExecutionRole": f"""
        {_OF_FUNCTIONS} kafka:DescribeCluster kafka:DescribeClusterV2 kafka:GetBootstrapBrokers
        ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeVpcs ec2:DeleteNetworkInterface
        ec2:DescribeSubnets ec2:DescribeSecurityGroups
    """,
    "AWSLambdaENIManagementAccess": """
        ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DeleteNetworkInterface
        ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses
    """,
    "AWSLambdaRole": "lambda:InvokeFunction",
    "AWSAppSyncPushToCloudWatchLogs": _OF_FUNCTIONS,
    "AWSXRayDaemonWriteAccess": "xray:Put* xray:GetSampling*",
    "AWSXrayWriteOnlyAccess": "xray:Put* xray:GetSampling*",
    "AmazonElasticFileSystemClientFullAccess": "elasticfilesystem:Client* elasticfilesystem:DescribeMountTargets",
    "AmazonElasticFileSystemClientReadWriteAccess": """
        elasticfilesystem:ClientMount elasticfilesystem:ClientWrite elasticfilesystem:DescribeMountTargets
    """,
    "AmazonSSMManagedInstanceCore": """
        ssm:DescribeAssociation ssm:DescribeDocument ssm:GetDeployablePatchSnapshotForInstance ssm:GetDocument
        ssm:GetManifest ssm:GetParameter ssm:GetParameters ssm:ListAssociations ssm:ListInstanceAssociations
        ssm:PutComplianceItems ssm:PutConfigurePackageResult ssm:PutInventory ssm:UpdateAssociationStatus
        ssm:UpdateInstanceAssociationStatus ssm:UpdateInstanceInformation ssmmessages:* ec2messages:*
    """,
    "AmazonEC2ContainerRegistryReadOnly": f"""
        {_PULL} ecr:Describe* ecr:List* ecr:GetLifecyclePolicy ecr:GetLifecyclePolicyPreview ecr:GetRepositoryPolicy
    """,
    "AmazonEC2ContainerRegistryPullOnly": """
        ecr:GetAuthorizationToken ecr:GetDownloadUrlForLayer ecr:BatchGetImage ecr:BatchImportUpstreamImage
    """,
    "AmazonEC2ContainerServiceEventsRole": "ecs:RunTask iam:PassRole ecs:TagResource",
    "AmazonAPIGatewayPushToCloudWatchLogs": f"{_OF_FUNCTIONS} logs:Describe* logs:Get* logs:FilterLogEvents",
}
"""What the policies of AWS allow that services' roles usually have; their names are told apart by nothing else.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""


class Written(NamedTuple):
    """A policy where it stands in a template."""

    path: Path
    document: Any


def written(resource: Resource) -> Iterator[Written]:
    """The policies that stand in a resource of `OF_IDENTITIES`; None for what can't be one."""
    if name := _OWN.get(resource.type):
        yield Written((name,), resource.get(name))
    elif resource.type in _INLINE:
        inside = _INLINE[resource.type]
        for at, one in enumerate(policies.many(resource.get("Policies"))):
            path: Path = ("Policies", at, inside) if inside else ("Policies", at)
            document = one if isinstance(one, Mapping) else None
            yield Written(path, document.get(inside) if document is not None and inside else document)


class Policies(NamedTuple):
    """The policies of a role, with names and ARNs written out."""

    documents: tuple[Mapping[str, Any], ...]
    are_known: bool
    """Whether these are all, and the template says what each is."""


@lru_cache(maxsize=2)
def _by_name(tree: Tree) -> dict[str, Resource]:
    found = {}
    for role in tree.resources(ROLE):
        found[name(tree, role)] = role
        found[arn(tree, role)] = role
    return found


def role_of(tree: Tree, value: Any) -> Resource | None:
    """The role of the tree that a value names: by reference, by its name or by its ARN."""
    if not isinstance(value, str):
        return None
    source = tree.source(value)
    if source is not None:
        return source if source.type == ROLE else None
    return _by_name(tree).get(tree.identity(value))


def role_arn(tree: Tree, role: Resource) -> str:
    return arn(tree, role)


def trust(tree: Tree, role: Resource) -> list[policies.Statement] | None:
    """The statements that say who may assume a role; None if those aren't known."""
    return _known_statements(written_out(tree, policies.document(role.get("AssumeRolePolicyDocument"))))


def _known_statements(document: Any) -> list[policies.Statement] | None:
    written = policies.many(document.get("Statement")) if isinstance(document, Mapping) else []
    if not written or not all(isinstance(one, Mapping) for one in written):
        return None
    return written


def written_out(tree: Tree, value: Any) -> Any:
    """A part of a policy with every name and ARN as it is."""
    if isinstance(value, Mapping):
        return {str(key): written_out(tree, part) for key, part in value.items()}
    if isinstance(value, list):
        return [written_out(tree, part) for part in value]
    return tree.identity(value) if isinstance(value, str) and BEGIN in value else value


def of_aws(value: Any) -> str:
    """The name of a policy that AWS manages, by its ARN in whatever partition."""
    text = as_text(value)
    _, found, after = text.partition(":iam::aws:policy/")
    return after.rpartition("/")[2] if found and is_known(after) else ""


@lru_cache(maxsize=2)
def _attached(tree: Tree) -> dict[str, list[Resource]]:
    """The policies that name the roles they are of, by the place of the role."""
    found: dict[str, list[Resource]] = {}
    for policy in tree.resources(*_ATTACHED):
        for value in [*policies.many(policy.get("Roles")), policy.get("RoleName")]:
            role = role_of(tree, value)
            if role is not None:
                found.setdefault(role.place, []).append(policy)
    return found


@lru_cache(maxsize=2)
def _managed_by_name(tree: Tree) -> dict[str, Resource]:
    return {
        as_text(one.get("ManagedPolicyName")): one
        for one in tree.resources(MANAGED)
        if one.get("ManagedPolicyName") is not None
    }


@lru_cache(maxsize=256)
def policies_of(role: Resource) -> Policies:
    tree = role.stack.tree
    found = list(_known(tree, role))
    documents = tuple(one for one in found if one is not None)
    return Policies(documents, len(documents) == len(found))


def _known(tree: Tree, role: Resource) -> Iterator[Mapping[str, Any] | None]:
    """Each policy of a role; None for one that isn't known."""
    attached = _attached(tree).get(role.place, [])
    for one in (role, *attached):
        yield from (_document(tree, policy.document) for policy in written(one))
    for value in policies.many(role.get("ManagedPolicyArns")):
        managed = managed_of(tree, value)
        if managed is not None:
            if managed not in attached:
                yield from (_document(tree, policy.document) for policy in written(managed))
        elif of_aws(value) in OF_AWS:
            yield _of_aws(OF_AWS[of_aws(value)])
        else:
            yield None


def managed_of(tree: Tree, value: Any) -> Resource | None:
    """The managed policy of the tree that a value names."""
    source = tree.source(value)
    if source is None and isinstance(value, str) and ":policy/" in value and not of_aws(value):
        return _managed_by_name(tree).get(value.rpartition("/")[2])
    return source if source is not None and source.type == MANAGED else None


def _document(tree: Tree, value: Any) -> Mapping[str, Any] | None:
    document = written_out(tree, policies.document(value))
    return document if _known_statements(document) is not None else None


def _of_aws(actions: str) -> Mapping[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": actions.split(), "Resource": "*"}]}


def gives(tree: Tree, document: Any, role: Resource, request: policies.Request) -> bool:
    """Whether the policy of a resource itself allows a role something, without the role's own policies.

    One that names the account leaves it to those.
    """
    for statement in policies.statements(written_out(tree, policies.document(document))):
        named = [one for one in policies.accounts(statement) if one == "*" or _names(tree, one, role)]
        asked = {**statement, "Principal": "*"} if named else {}
        if statement.get("Effect") == "Allow" and named and policies.matches(asked, request):
            return True
    return False


def _names(tree: Tree, principal: str, role: Resource) -> bool:
    return role_of(tree, principal) is role or not is_known(principal)


@lru_cache(maxsize=2)
def literals(tree: Tree) -> tuple[str, str]:
    """Everything that the tree says outside of trust policies, and all trust policies, to look for accounts in."""
    outside: list[Any] = []
    trusts: list[Any] = []
    for resource in tree.resources():
        found = dict(resource.properties)
        if resource.type == ROLE:
            trusts.append(found.pop("AssumeRolePolicyDocument", None))
        outside.append(found)
    return tuple(json.dumps(one, default=str, ensure_ascii=False) for one in (outside, trusts))  # type: ignore[return-value]
