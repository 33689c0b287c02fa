"""What resources are called, where a template may choose, and among which others a name is the only one.

The sources are the pages of the types; what can't be updated with a name of one's own is listed at
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stratopause.tree.model import Resource, Stack, Tree
from stratopause.tree.text import BEGIN, END, lower


class Naming(NamedTuple):
    property: str
    """A path of names, joined by points."""
    within: tuple[str, ...] = ()
    """The properties that say among which others the name is the only one."""
    among: str = ""
    """Types that share their names, if there are others."""
    any_case: bool = False


def _database(property_: str, among: str) -> Naming:
    # RDS, DocumentDB and Neptune share their names, in lower case.
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    return Naming(property_, (), among, any_case=True)


NAMINGS: Final = {
    "AWS::Athena::WorkGroup": Naming("Name"),
    "AWS::AutoScaling::AutoScalingGroup": Naming("AutoScalingGroupName"),
    "AWS::AutoScaling::LaunchConfiguration": Naming("LaunchConfigurationName"),
    "AWS::Backup::BackupVault": Naming("BackupVaultName", (), "backup vaults"),
    "AWS::Backup::LogicallyAirGappedBackupVault": Naming("BackupVaultName", (), "backup vaults"),
    "AWS::Batch::ComputeEnvironment": Naming("ComputeEnvironmentName"),
    "AWS::Batch::JobQueue": Naming("JobQueueName"),
    "AWS::CloudFront::CachePolicy": Naming("CachePolicyConfig.Name"),
    "AWS::CloudFront::Function": Naming("Name"),
    "AWS::CloudFront::OriginAccessControl": Naming("OriginAccessControlConfig.Name"),
    "AWS::CloudFront::OriginRequestPolicy": Naming("OriginRequestPolicyConfig.Name"),
    "AWS::CloudFront::ResponseHeadersPolicy": Naming("ResponseHeadersPolicyConfig.Name"),
    "AWS::CloudTrail::Trail": Naming("TrailName"),
    "AWS::CloudWatch::Alarm": Naming("AlarmName", (), "alarms"),
    "AWS::CloudWatch::CompositeAlarm": Naming("AlarmName", (), "alarms"),
    "AWS::CloudWatch::Dashboard": Naming("DashboardName"),
    "AWS::CodeBuild::Project": Naming("Name"),
    "AWS::CodeCommit::Repository": Naming("RepositoryName"),
    "AWS::CodeDeploy::Application": Naming("ApplicationName"),
    "AWS::CodePipeline::Pipeline": Naming("Name"),
    "AWS::Cognito::UserPoolDomain": Naming("Domain"),
    "AWS::Config::ConfigRule": Naming("ConfigRuleName"),
    "AWS::DAX::Cluster": Naming("ClusterName"),
    "AWS::DocDB::DBCluster": _database("DBClusterIdentifier", "database clusters"),
    "AWS::DocDB::DBClusterParameterGroup": _database("Name", "parameter groups of clusters"),
    "AWS::DocDB::DBInstance": _database("DBInstanceIdentifier", "database instances"),
    "AWS::DocDB::DBSubnetGroup": _database("DBSubnetGroupName", "subnet groups of databases"),
    "AWS::DynamoDB::GlobalTable": Naming("TableName", (), "tables"),
    "AWS::DynamoDB::Table": Naming("TableName", (), "tables"),
    "AWS::EC2::KeyPair": Naming("KeyName"),
    "AWS::EC2::LaunchTemplate": Naming("LaunchTemplateName"),
    "AWS::EC2::PlacementGroup": Naming("GroupName"),
    "AWS::EC2::SecurityGroup": Naming("GroupName", ("VpcId",)),
    "AWS::ECR::Repository": Naming("RepositoryName"),
    "AWS::ECS::CapacityProvider": Naming("Name"),
    "AWS::ECS::Cluster": Naming("ClusterName"),
    "AWS::ECS::Service": Naming("ServiceName", ("Cluster",)),
    "AWS::EKS::Cluster": Naming("Name"),
    "AWS::EKS::Nodegroup": Naming("NodegroupName", ("ClusterName",)),
    "AWS::ElastiCache::CacheCluster": Naming("ClusterName", (), "", any_case=True),
    "AWS::ElastiCache::ReplicationGroup": Naming("ReplicationGroupId", (), "", any_case=True),
    "AWS::ElastiCache::ServerlessCache": Naming("ServerlessCacheName", (), "", any_case=True),
    "AWS::ElastiCache::SubnetGroup": Naming("CacheSubnetGroupName", (), "", any_case=True),
    "AWS::ElastiCache::User": Naming("UserId", (), "", any_case=True),
    "AWS::ElastiCache::UserGroup": Naming("UserGroupId", (), "", any_case=True),
    "AWS::ElasticLoadBalancing::LoadBalancer": Naming("LoadBalancerName", (), "load balancers"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Naming("Name", (), "load balancers"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Naming("Name"),
    "AWS::Elasticsearch::Domain": Naming("DomainName", (), "search domains"),
    "AWS::Events::Archive": Naming("ArchiveName"),
    "AWS::Events::EventBus": Naming("Name"),
    "AWS::Events::Rule": Naming("Name", ("EventBusName",)),
    "AWS::Glue::Crawler": Naming("Name"),
    "AWS::Glue::Job": Naming("Name"),
    "AWS::IAM::Group": Naming("GroupName", (), "", any_case=True),
    "AWS::IAM::InstanceProfile": Naming("InstanceProfileName", (), "", any_case=True),
    "AWS::IAM::ManagedPolicy": Naming("ManagedPolicyName", (), "", any_case=True),
    "AWS::IAM::Role": Naming("RoleName", (), "", any_case=True),
    "AWS::IAM::ServerCertificate": Naming("ServerCertificateName"),
    "AWS::IAM::User": Naming("UserName", (), "", any_case=True),
    "AWS::KMS::Alias": Naming("AliasName"),
    "AWS::Kinesis::Stream": Naming("Name"),
    "AWS::KinesisFirehose::DeliveryStream": Naming("DeliveryStreamName"),
    "AWS::Lambda::Alias": Naming("Name", ("FunctionName",)),
    "AWS::Lambda::Function": Naming("FunctionName"),
    "AWS::Logs::Destination": Naming("DestinationName"),
    "AWS::Logs::LogGroup": Naming("LogGroupName"),
    "AWS::Logs::LogStream": Naming("LogStreamName", ("LogGroupName",)),
    "AWS::Logs::MetricFilter": Naming("FilterName", ("LogGroupName",)),
    "AWS::Logs::ResourcePolicy": Naming("PolicyName"),
    "AWS::Logs::SubscriptionFilter": Naming("FilterName", ("LogGroupName",)),
    "AWS::MSK::Cluster": Naming("ClusterName", (), "Kafka clusters"),
    "AWS::MSK::ServerlessCluster": Naming("ClusterName", (), "Kafka clusters"),
    "AWS::MWAA::Environment": Naming("Name"),
    "AWS::MemoryDB::Cluster": Naming("ClusterName"),
    "AWS::MemoryDB::User": Naming("UserName"),
    "AWS::Neptune::DBCluster": _database("DBClusterIdentifier", "database clusters"),
    "AWS::Neptune::DBClusterParameterGroup": _database("Name", "parameter groups of clusters"),
    "AWS::Neptune::DBInstance": _database("DBInstanceIdentifier", "database instances"),
    "AWS::Neptune::DBParameterGroup": _database("Name", "parameter groups"),
    "AWS::Neptune::DBSubnetGroup": _database("DBSubnetGroupName", "subnet groups of databases"),
    "AWS::NetworkFirewall::Firewall": Naming("FirewallName"),
    "AWS::NetworkFirewall::FirewallPolicy": Naming("FirewallPolicyName"),
    "AWS::NetworkFirewall::RuleGroup": Naming("RuleGroupName", ("Type",)),
    "AWS::OpenSearchService::Domain": Naming("DomainName", (), "search domains"),
    "AWS::RDS::DBCluster": _database("DBClusterIdentifier", "database clusters"),
    "AWS::RDS::DBClusterParameterGroup": _database("DBClusterParameterGroupName", "parameter groups of clusters"),
    "AWS::RDS::DBInstance": _database("DBInstanceIdentifier", "database instances"),
    "AWS::RDS::DBParameterGroup": _database("DBParameterGroupName", "parameter groups"),
    "AWS::RDS::DBProxy": _database("DBProxyName", ""),
    "AWS::RDS::DBSubnetGroup": _database("DBSubnetGroupName", "subnet groups of databases"),
    "AWS::RDS::EventSubscription": _database("SubscriptionName", ""),
    "AWS::RDS::GlobalCluster": _database("GlobalClusterIdentifier", ""),
    "AWS::RDS::OptionGroup": _database("OptionGroupName", ""),
    "AWS::Redshift::Cluster": Naming("ClusterIdentifier", (), "", any_case=True),
    "AWS::Redshift::ClusterSubnetGroup": Naming("ClusterSubnetGroupName", (), "", any_case=True),
    "AWS::Route53::RecordSet": Naming(
        "Name", ("Type", "HostedZoneId", "HostedZoneName", "SetIdentifier"), "", any_case=True
    ),
    "AWS::S3::AccessPoint": Naming("Name"),
    "AWS::S3::Bucket": Naming("BucketName"),
    "AWS::SNS::Topic": Naming("TopicName"),
    "AWS::SQS::Queue": Naming("QueueName"),
    "AWS::SSM::Document": Naming("Name"),
    "AWS::SSM::Parameter": Naming("Name"),
    "AWS::SageMaker::Endpoint": Naming("EndpointName"),
    "AWS::SageMaker::NotebookInstance": Naming("NotebookInstanceName"),
    "AWS::Scheduler::Schedule": Naming("Name", ("GroupName",)),
    "AWS::Scheduler::ScheduleGroup": Naming("Name"),
    "AWS::SecretsManager::Secret": Naming("Name"),
    "AWS::StepFunctions::Activity": Naming("Name"),
    "AWS::StepFunctions::StateMachine": Naming("StateMachineName"),
    "AWS::Synthetics::Canary": Naming("Name"),
    "AWS::WAFv2::IPSet": Naming("Name", ("Scope",)),
    "AWS::WAFv2::RegexPatternSet": Naming("Name", ("Scope",)),
    "AWS::WAFv2::RuleGroup": Naming("Name", ("Scope",)),
    "AWS::WAFv2::WebACL": Naming("Name", ("Scope",)),
}
# A parameter that nobody gives and an imported value are the same wherever they are named alike.
_UNKNOWN: Final = re.compile(f"{BEGIN}[?](?!parameter |imported )[^{END}]*{END}")


class Named(NamedTuple):
    resource: Resource
    naming: Naming
    name: str
    """As far as it is known, references to other names written out."""

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.naming.property.split("."))

    @property
    def written(self) -> Any:
        """As the template writes it."""
        value = self.resource.body.get("Properties")
        for name in self.path:
            value = value.get(name) if isinstance(value, dict) else None
        return value


def named(tree: Tree) -> Iterator[Named]:
    """The resources with a name that the template chose."""
    for resource in tree.resources(*NAMINGS):
        naming = NAMINGS[resource.type]
        given = resource.get(*naming.property.split("."))
        if isinstance(given, (str, int)) and not isinstance(given, bool) and given != "":
            text = tree.identity(given)
            name = lower(text) if naming.any_case else text
            # A name of the DNS is the same with the dot at its end.
            yield Named(resource, naming, name.removesuffix(".") if "Route53" in resource.type else name)


def among(tree: Tree, one: Named) -> tuple[str, ...]:
    """Among which others the name is the only one."""
    within = (tree.identity(one.resource.get(name, default="")) for name in one.naming.within)
    return (one.naming.among or one.resource.type, *within)


def is_certain(name: str) -> bool:
    """Whether the same text is surely the same name."""
    return _UNKNOWN.search(name) is None


def stacks(resource: Resource) -> Iterator[tuple[Stack, str]]:
    """The stack and logical id of a resource, then of the nested stack that it is in, up to the root."""
    stack: Stack | None = resource.stack
    logical_id = resource.logical_id
    while stack is not None:
        yield stack, logical_id
        logical_id, stack = stack.place.rpartition("/")[2], stack.parent


__all__ = ["NAMINGS", "Named", "Naming", "among", "is_certain", "named", "stacks"]
