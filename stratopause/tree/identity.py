"""What the names and ARNs of resources are, where they follow from a property or are made alike each time.

So a policy that composes an ARN from a name is held against the resource that has the name. The sources are the
pages of the types, "Return values": https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
and of the ARNs: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stratopause.tree.evaluation import as_text
from stratopause.tree.text import (
    ACCOUNT,
    PARTITION,
    REGION,
    STACK_NAME,
    Reference,
    references,
    referred,
    replace_references,
    unknown,
)

if TYPE_CHECKING:
    from stratopause.tree.model import Resource, Stack, Tree


class Naming(NamedTuple):
    """The property that names a resource, and its ARN around the name."""

    property: str
    arn: str = ""
    arn_attributes: tuple[str, ...] = ("Arn",)
    """`""` where a `Ref` is the ARN."""
    name_attributes: tuple[str, ...] = ("",)


def _regional(service: str, resource: str) -> str:
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{resource}"


NAMINGS: Final = {
    "AWS::Logs::LogGroup": Naming("LogGroupName", _regional("logs", "log-group:{}:*")),
    "AWS::S3::Bucket": Naming("BucketName", f"arn:{PARTITION}:s3:::{{}}"),
    "AWS::SNS::Topic": Naming("TopicName", _regional("sns", "{}"), ("", "TopicArn"), ("TopicName",)),
    "AWS::SQS::Queue": Naming("QueueName", _regional("sqs", "{}"), ("Arn",), ("QueueName",)),
    "AWS::IAM::Role": Naming("RoleName", f"arn:{PARTITION}:iam::{ACCOUNT}:role{{path}}{{}}"),
    "AWS::KMS::Key": Naming("", _regional("kms", "key/{}"), ("Arn",), ("", "KeyId")),
    "AWS::KMS::Alias": Naming("AliasName"),
    "AWS::DynamoDB::Table": Naming("TableName", _regional("dynamodb", "table/{}")),
    "AWS::ECR::Repository": Naming("RepositoryName", _regional("ecr", "repository/{}")),
    "AWS::ECS::Cluster": Naming("ClusterName", _regional("ecs", "cluster/{}")),
    "AWS::Lambda::Function": Naming("FunctionName", _regional("lambda", "function:{}")),
    "AWS::Backup::BackupVault": Naming("BackupVaultName", _regional("backup", "backup-vault:{}"), ("BackupVaultArn",)),
    "AWS::CloudTrail::Trail": Naming("TrailName", _regional("cloudtrail", "trail/{}")),
    "AWS::RDS::DBInstance": Naming("DBInstanceIdentifier", _regional("rds", "db:{}"), ("DBInstanceArn",)),
    "AWS::RDS::DBCluster": Naming("DBClusterIdentifier", _regional("rds", "cluster:{}"), ("DBClusterArn",)),
    "AWS::Kinesis::Stream": Naming("Name", _regional("kinesis", "stream/{}")),
    "AWS::KinesisFirehose::DeliveryStream": Naming("DeliveryStreamName", _regional("firehose", "deliverystream/{}")),
    "AWS::ElastiCache::User": Naming("UserId", _regional("elasticache", "user:{}")),
    "AWS::ElastiCache::ReplicationGroup": Naming(
        "ReplicationGroupId", _regional("elasticache", "replicationgroup:{}"), ()
    ),
}


_CHOSEN: Final = frozenset(
    {
        "AWS::DynamoDB::Table",
        "AWS::IAM::Role",
        "AWS::Kinesis::Stream",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
    }
)
"""Types whose resources CloudFormation names as it does a stack's: the stack's name, the logical id, something random.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
"""
_RANDOM: Final = unknown("random")


def chosen(resource: Resource, random: str = _RANDOM) -> list[str]:
    """What CloudFormation may call a resource without a name, in each way to write it, the fullest last."""
    if resource.type not in _CHOSEN or resource.get(NAMINGS[resource.type].property) not in (None, ""):
        return []
    # Names of buckets have no capitals.
    own = resource.logical_id.lower() if resource.type == "AWS::S3::Bucket" else resource.logical_id
    return [f"{stack}-{own}-{random}" for stack in _names_of_stack(resource.stack, random)]


def _names_of_stack(stack: Stack, random: str) -> list[str]:
    """A nested stack is named after the one that nests it."""
    if stack.parent is None:
        return [STACK_NAME]
    logical_id = stack.place.rpartition("/")[2]
    after = [f"{parent}-{logical_id}-{random}" for parent in _names_of_stack(stack.parent, random)]
    return [str(Reference(stack.place, "StackName")), *after]


def spellings(tree: Tree, text: str) -> list[str]:
    """A text, and what it comes to by the names that CloudFormation chooses for the resources in it."""
    found = [text]
    for reference in references(text):
        resource = tree.resource(reference.place)
        naming = NAMINGS.get(resource.type) if resource else None
        if resource and naming and reference.attribute in naming.name_attributes:
            names = chosen(resource)
            found += [replace_references(one, {reference: name}) for one in found for name in names]
    return found[:20]


def written_out(tree: Tree, value: object) -> str:
    """A resolved value as text, each reference that can be as the name or the ARN that it is."""
    text = as_text(value)
    known = {reference: _written(tree, reference) for reference in references(text)}
    return replace_references(text, known) if known else text


def _written(tree: Tree, reference: Reference) -> str:
    resource = tree.resource(reference.place)
    naming = NAMINGS.get(resource.type) if resource else None
    if resource is None or naming is None:
        return str(reference)
    if reference.attribute in naming.arn_attributes:
        return arn(tree, resource)
    return name(tree, resource) if reference.attribute in naming.name_attributes else str(reference)


def name(tree: Tree, resource: Resource) -> str:
    """What a resource is called, or a reference to it where CloudFormation chooses."""
    naming = NAMINGS[resource.type]
    given = resource.get(naming.property) if naming.property else None
    if given is None or given == "":
        return str(Reference(resource.place, naming.name_attributes[0]))
    reference = referred(given)
    return as_text(given) if reference and reference.place == resource.place else written_out(tree, given)


def arn(tree: Tree, resource: Resource) -> str:
    """The ARN of a resource whose type has a naming with one."""
    naming = NAMINGS[resource.type]
    path = as_text(resource.get("Path", default="/")) if resource.type == "AWS::IAM::Role" else ""
    return naming.arn.replace("{path}", path).replace("{}", name(tree, resource))
