"""What the names and ARNs of resources are, where they follow from a property or are made alike each time.

So a policy that composes an ARN from a name is held against the resource that has the name. The sources are the
pages of the types, "Return values": https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
and of the ARNs: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stratopause.tree.evaluation import as_text
from stratopause.tree.text import ACCOUNT, PARTITION, REGION, Reference, references, referred, replace_references

if TYPE_CHECKING:
    from stratopause.tree.model import Resource, Tree


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
