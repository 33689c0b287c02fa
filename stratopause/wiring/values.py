"""The kinds of value that cross a stack's boundary.

CloudFormation passes them all as strings, so a key id fits wherever a key ARN was meant. Here
each kind is a class: a stack declares the kind it takes, and no other can be wired to it.

`provided_by` says which resource provides a kind, and by which attribute: `REF` for the value of
`Ref`, else the name that `Fn::GetAtt` takes. A test holds each against the resource provider schemas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple, Self

from troposphere import AWSHelperFn, AWSObject, GetAtt, Join, Ref, Sub

from stratopause.wiring.errors import WiringError

REF: Final = "Ref"


class Origin(NamedTuple):
    """The output of a nested stack that a value is read from: `field` as its record names it."""

    stack: str
    field: str


class Value(AWSHelperFn):
    """A value of which the kind is known."""

    provided_by: ClassVar[Mapping[str, str]] = {}
    parameter_type: ClassVar[str] = "String"

    def __init__(self, reference: AWSHelperFn | str | None, origin: Origin | None = None) -> None:
        self.data: Any = reference
        self.origin = origin

    @classmethod
    def of(cls, resource: AWSObject) -> Self:
        """This kind of value, as `resource` provides it.

        Raises:
            WiringError: the resource provides no such kind.
        """
        attribute = cls.provided_by.get(resource.resource_type or "")
        if attribute is None:
            raise WiringError(f"{resource.title} ({resource.resource_type}) provides no {cls.__name__}")
        return cls(Ref(resource) if attribute == REF else GetAtt(resource, attribute))

    @classmethod
    def absent(cls) -> Self:
        """What a stack gives in place of an output that nobody takes."""
        return cls(None)

    @property
    def is_absent(self) -> bool:
        return self.data is None

    @classmethod
    def parameter(cls, logical_id: str) -> Self:
        """The value as the stack that takes it reads it."""
        return cls(Ref(logical_id))

    @classmethod
    def output(cls, origin: Origin, logical_ids: Sequence[str]) -> Self:
        """The value as the parent of the stack that gives it reads it."""
        (logical_id,) = logical_ids
        return cls(GetAtt(origin.stack, f"Outputs.{logical_id}"), origin)

    @property
    def elements(self) -> tuple[AWSHelperFn, ...]:
        """The scalars that leave a stack as one output each."""
        return (self,)


class ListValue(Value):
    """Several values of the kind `element`: one scalar output each, joined by the parent, taken as a list."""

    element: ClassVar[type[Value]]
    parameter_type = "CommaDelimitedList"
    _elements: tuple[AWSHelperFn, ...] = ()

    @classmethod
    def of_each(cls, resources: Sequence[AWSObject]) -> Self:
        """The list of what each of `resources` provides.

        Raises:
            WiringError: one provides no `element`.
        """
        return cls.joined([cls.element.of(resource) for resource in resources])

    @classmethod
    def joined(cls, elements: Sequence[AWSHelperFn], origin: Origin | None = None) -> Self:
        value = cls(Join(",", list(elements)), origin)
        value._elements = tuple(elements)
        return value

    @classmethod
    def output(cls, origin: Origin, logical_ids: Sequence[str]) -> Self:
        return cls.joined([GetAtt(origin.stack, f"Outputs.{logical_id}") for logical_id in logical_ids], origin)

    @property
    def elements(self) -> tuple[AWSHelperFn, ...]:
        return self._elements


class VpcId(Value):
    """The id of a VPC."""

    provided_by = {"AWS::EC2::VPC": REF}


class SubnetId(Value):
    """The id of a subnet."""

    provided_by = {"AWS::EC2::Subnet": REF}


class SubnetIds(ListValue):
    """The ids of a tier's subnets, one per zone."""

    element = SubnetId


class RouteTableId(Value):
    """The id of a route table."""

    provided_by = {"AWS::EC2::RouteTable": REF}


class RouteTableIds(ListValue):
    """The ids of a tier's route tables."""

    element = RouteTableId


class SecurityGroupId(Value):
    """The id of a security group."""

    provided_by = {"AWS::EC2::SecurityGroup": "GroupId"}


class KeyId(Value):
    """The id of a KMS key, which most properties don't take: see `KeyArn`."""

    provided_by = {"AWS::KMS::Key": REF}


class KeyArn(Value):
    """The ARN of a KMS key."""

    provided_by = {"AWS::KMS::Key": "Arn"}


class SecretArn(Value):
    """The ARN of a secret, never its value."""

    provided_by = {"AWS::SecretsManager::Secret": REF, "AWS::RDS::DBInstance": "MasterUserSecret.SecretArn"}


class TopicArn(Value):
    """The ARN of an SNS topic."""

    provided_by = {"AWS::SNS::Topic": REF}


class BucketName(Value):
    """The name of an S3 bucket."""

    provided_by = {"AWS::S3::Bucket": REF}


class RoleArn(Value):
    """The ARN of an IAM role."""

    provided_by = {"AWS::IAM::Role": "Arn"}


class LogGroupName(Value):
    """The name of a log group."""

    provided_by = {"AWS::Logs::LogGroup": REF}


class LogStreamsArn(Value):
    """The ARN of a log group and its streams: it ends in `:*`, as CloudTrail wants it."""

    provided_by = {"AWS::Logs::LogGroup": "Arn"}


class LogGroupArn(Value):
    """The bare ARN of a log group, as flow logs and WAF want it."""

    @classmethod
    def of(cls, resource: AWSObject) -> Self:
        """The attribute `Arn` of a log group ends in `:*`, so the bare one is composed."""
        if resource.resource_type != "AWS::Logs::LogGroup":
            raise WiringError(f"{resource.title} ({resource.resource_type}) provides no {cls.__name__}")
        return cls(
            Sub(f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{resource.title}}}")
        )


class DatabaseEndpoint(Value):
    """The host name of a database."""

    provided_by = {"AWS::RDS::DBInstance": "Endpoint.Address"}


class DatabasePort(Value):
    """The port of a database."""

    provided_by = {"AWS::RDS::DBInstance": "Endpoint.Port"}


class DatabaseIdentifier(Value):
    """The identifier of a database instance, as metrics name it."""

    provided_by = {"AWS::RDS::DBInstance": REF}


class DatabaseResourceId(Value):
    """The immutable resource id of a database instance, as `rds-db:connect` names it."""

    provided_by = {"AWS::RDS::DBInstance": "DbiResourceId"}


class CacheEndpoint(Value):
    """The host name of a cache's primary node."""

    provided_by = {"AWS::ElastiCache::ReplicationGroup": "PrimaryEndPoint.Address"}


class CachePort(Value):
    """The port of a cache's primary node."""

    provided_by = {"AWS::ElastiCache::ReplicationGroup": "PrimaryEndPoint.Port"}


class CacheId(Value):
    """The id of a replication group, as metrics name it."""

    provided_by = {"AWS::ElastiCache::ReplicationGroup": REF}


class CacheArn(Value):
    """The ARN of a replication group, as `elasticache:Connect` names it."""


class CacheUserId(Value):
    """The id of a cache user, which is its name too."""

    provided_by = {"AWS::ElastiCache::User": REF}


class CacheUserArn(Value):
    """The ARN of a cache user, as `elasticache:Connect` names it."""

    provided_by = {"AWS::ElastiCache::User": "Arn"}


class LoadBalancerArn(Value):
    """The ARN of a load balancer."""

    provided_by = {"AWS::ElasticLoadBalancingV2::LoadBalancer": REF}


class LoadBalancerName(Value):
    """The full name of a load balancer, as metrics name it: `app/name/id`."""

    provided_by = {"AWS::ElasticLoadBalancingV2::LoadBalancer": "LoadBalancerFullName"}


class LoadBalancerDnsName(Value):
    """The DNS name of a load balancer."""

    provided_by = {"AWS::ElasticLoadBalancingV2::LoadBalancer": "DNSName"}


class TargetGroupArn(Value):
    """The ARN of a target group."""

    provided_by = {"AWS::ElasticLoadBalancingV2::TargetGroup": REF}


class TargetGroupName(Value):
    """The full name of a target group, as metrics name it: `targetgroup/name/id`."""

    provided_by = {"AWS::ElasticLoadBalancingV2::TargetGroup": "TargetGroupFullName"}


class ListenerArn(Value):
    """The ARN of a listener."""

    provided_by = {"AWS::ElasticLoadBalancingV2::Listener": REF}


class WebAclArn(Value):
    """The ARN of a web ACL."""

    provided_by = {"AWS::WAFv2::WebACL": "Arn"}


class BackupPlanId(Value):
    """The id of a backup plan."""

    provided_by = {"AWS::Backup::BackupPlan": REF}


class BackupVaultName(Value):
    """The name of a backup vault."""

    provided_by = {"AWS::Backup::BackupVault": REF}


class ClusterName(Value):
    """The name of an ECS cluster."""

    provided_by = {"AWS::ECS::Cluster": REF}


class ServiceName(Value):
    """The name of an ECS service, as metrics name it."""

    provided_by = {"AWS::ECS::Service": "Name"}


class TaskDefinitionArn(Value):
    """The ARN of a task definition's revision."""

    provided_by = {"AWS::ECS::TaskDefinition": REF}


class TrailArn(Value):
    """The ARN of a CloudTrail trail."""

    provided_by = {"AWS::CloudTrail::Trail": "Arn"}


class DashboardName(Value):
    """The name of a CloudWatch dashboard."""

    provided_by = {"AWS::CloudWatch::Dashboard": REF}


class Url(Value):
    """An address for a browser."""
