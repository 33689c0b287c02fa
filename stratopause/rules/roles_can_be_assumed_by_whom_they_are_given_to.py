"""A role can be assumed by the service that it is given to.

A property that takes a role hands it to one service, and the role's trust policy has to let that service in: with its
very principal, for `sts:AssumeRole`, under conditions that can hold. `ecs.amazonaws.com` isn't
`ecs-tasks.amazonaws.com`, and enhanced monitoring of RDS is `monitoring.rds.amazonaws.com`. Where the principal is a
wrong one some services refuse the resource, and others make it and fail later: tasks don't start, flow logs stay empty.

**How to fix:** in the role's `AssumeRolePolicyDocument`, a statement that allows `sts:AssumeRole` to the service that
the message names. A condition on `aws:SourceAccount` or `aws:SourceArn` has to name this account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules._keys import values_at
from stratopause.rules._roles import ROLE, literals, role_of, trust
from stratopause.tree import policies
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.text import ACCOUNT, PARTITION, REGION, unknown

RULE = Rule(
    "E9301",
    "Roles can be assumed by the services that they are given to",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services",
    ("roles",),
)

# The property of each type that takes a role, with the services of which one has to be able to assume it.
_POSITIONS: Final = """
AWS::ApiGateway::Account CloudWatchRoleArn apigateway
AWS::ApplicationAutoScaling::ScalableTarget RoleARN application-autoscaling
AWS::AppRunner::Service SourceConfiguration.AuthenticationConfiguration.AccessRoleArn build.apprunner
AWS::AppRunner::Service InstanceConfiguration.InstanceRoleArn tasks.apprunner
AWS::AppSync::DataSource ServiceRoleArn appsync
AWS::AppSync::GraphQLApi LogConfig.CloudWatchLogsRoleArn appsync
AWS::AutoScaling::LifecycleHook RoleARN autoscaling
AWS::Backup::BackupSelection BackupSelection.IamRoleArn backup
AWS::Backup::RestoreTestingSelection IamRoleArn backup
AWS::Batch::ComputeEnvironment ServiceRole batch
AWS::Batch::JobDefinition ContainerProperties.JobRoleArn ecs-tasks
AWS::Batch::JobDefinition ContainerProperties.ExecutionRoleArn ecs-tasks
AWS::Bedrock::Agent AgentResourceRoleArn bedrock
AWS::Bedrock::KnowledgeBase RoleArn bedrock
AWS::CloudFormation::Stack RoleARN cloudformation
AWS::CloudTrail::Trail CloudWatchLogsRoleArn cloudtrail
AWS::CloudWatch::MetricStream RoleArn streams.metrics.cloudwatch
AWS::CodeBuild::Project ServiceRole codebuild
AWS::CodeDeploy::DeploymentGroup ServiceRoleArn codedeploy
AWS::CodePipeline::Pipeline RoleArn codepipeline
AWS::Cognito::UserPool SmsConfiguration.SnsCallerArn cognito-idp
AWS::Config::ConfigurationAggregator OrganizationAggregationSource.RoleArn config
AWS::Config::ConfigurationRecorder RoleARN config
AWS::DAX::Cluster IAMRoleARN dax
AWS::DLM::LifecyclePolicy ExecutionRoleArn dlm
AWS::DMS::Endpoint S3Settings.ServiceAccessRoleArn dms
AWS::EC2::FlowLog DeliverLogsPermissionArn vpc-flow-logs
AWS::EC2::SpotFleet SpotFleetRequestConfigData.IamFleetRole spotfleet
AWS::ECS::Service Role ecs
AWS::ECS::Service VolumeConfigurations.*.ManagedEBSVolume.RoleArn ecs
AWS::ECS::TaskDefinition ExecutionRoleArn ecs-tasks
AWS::ECS::TaskDefinition TaskRoleArn ecs-tasks
AWS::EKS::Addon ServiceAccountRoleArn -
AWS::EKS::Cluster RoleArn eks
AWS::EKS::FargateProfile PodExecutionRoleArn eks-fargate-pods
AWS::EKS::Nodegroup NodeRole ec2
AWS::EKS::PodIdentityAssociation RoleArn pods.eks
AWS::EMR::Cluster ServiceRole elasticmapreduce
AWS::Events::Rule RoleArn events
AWS::Events::Rule Targets.*.RoleArn events
AWS::Events::ApiDestination RoleArn events
AWS::Glue::Crawler Role glue
AWS::Glue::Job Role glue
AWS::Glue::DevEndpoint RoleArn glue
AWS::GuardDuty::MalwareProtectionPlan Role malware-protection-plan.guardduty
AWS::IAM::InstanceProfile Roles.* ec2
AWS::IoT::TopicRule TopicRulePayload.Actions.*.Firehose.RoleArn iot
AWS::IoT::TopicRule TopicRulePayload.Actions.*.Kinesis.RoleArn iot
AWS::IoT::TopicRule TopicRulePayload.Actions.*.S3.RoleArn iot
AWS::IoT::TopicRule TopicRulePayload.Actions.*.Sns.RoleArn iot
AWS::IoT::TopicRule TopicRulePayload.Actions.*.Sqs.RoleArn iot
AWS::KinesisAnalyticsV2::Application ServiceExecutionRole kinesisanalytics
AWS::KinesisFirehose::DeliveryStream AmazonopensearchserviceDestinationConfiguration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream ElasticsearchDestinationConfiguration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream ExtendedS3DestinationConfiguration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream HttpEndpointDestinationConfiguration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream KinesisStreamSourceConfiguration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream MSKSourceConfiguration.AuthenticationConfiguration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream RedshiftDestinationConfiguration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream S3DestinationConfiguration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream SplunkDestinationConfiguration.S3Configuration.RoleARN firehose
AWS::Lambda::Function Role lambda
AWS::Logs::SubscriptionFilter RoleArn logs
AWS::Logs::Destination RoleArn logs
AWS::OpenSearchService::Domain CognitoOptions.RoleArn opensearchservice es
AWS::OSIS::Pipeline PipelineRoleArn osis-pipelines
AWS::Pipes::Pipe RoleArn pipes
AWS::RDS::DBCluster MonitoringRoleArn monitoring.rds
AWS::RDS::DBInstance MonitoringRoleArn monitoring.rds
AWS::RDS::DBCluster AssociatedRoles.*.RoleArn rds
AWS::RDS::DBInstance AssociatedRoles.*.RoleArn rds
AWS::RDS::DBProxy RoleArn rds
AWS::Redshift::Cluster IamRoles.* redshift
AWS::S3::Bucket ReplicationConfiguration.Role s3 batchoperations.s3
AWS::SageMaker::Model ExecutionRoleArn sagemaker
AWS::SageMaker::NotebookInstance RoleArn sagemaker
AWS::SageMaker::Domain DefaultUserSettings.ExecutionRole sagemaker
AWS::SageMaker::Pipeline RoleArn sagemaker
AWS::Scheduler::Schedule Target.RoleArn scheduler
AWS::Serverless::Function Role lambda
AWS::Serverless::StateMachine Role states
AWS::SNS::Subscription SubscriptionRoleArn sns
AWS::SSM::MaintenanceWindowTask ServiceRoleArn ssm
AWS::StepFunctions::StateMachine RoleArn states
AWS::Synthetics::Canary ExecutionRoleArn lambda
AWS::Transfer::Server LoggingRole transfer
AWS::Transfer::User Role transfer
"""

_SOURCES: Final = {
    "ecs-tasks": f"arn:{PARTITION}:ecs:{REGION}:{ACCOUNT}:",
    "vpc-flow-logs": f"arn:{PARTITION}:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/",
    "cloudtrail": f"arn:{PARTITION}:cloudtrail:{REGION}:{ACCOUNT}:trail/",
    "monitoring.rds": f"arn:{PARTITION}:rds:{REGION}:{ACCOUNT}:",
    "states": f"arn:{PARTITION}:states:{REGION}:{ACCOUNT}:",
    "scheduler": f"arn:{PARTITION}:scheduler:{REGION}:{ACCOUNT}:",
}
"""What `aws:SourceArn` begins with, for services that tell it.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
"""
_WITHOUT_ID: Final = ("ecs-tasks", "vpc-flow-logs", "cloudtrail", "monitoring.rds", "backup", "lambda", "ec2", "rds")
"""Services that give no `sts:ExternalId`."""

_ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")


class _Position(NamedTuple):
    path: Path
    services: tuple[str, ...]


def _positions() -> dict[str, list[_Position]]:
    found: dict[str, list[_Position]] = {}
    for line in _POSITIONS.strip().splitlines():
        type_, path, *services = line.split()
        if services != ["-"]:
            found.setdefault(type_, []).append(_Position(tuple(path.split(".")), tuple(services)))
    return found


POSITIONS: Final = _positions()


def check(tree: Tree) -> Iterator[Problem]:
    if next(tree.resources(ROLE), None) is None:
        return
    judged: dict[tuple[str, tuple[str, ...]], bool] = {}
    for resource in tree.resources(*POSITIONS):
        for position in POSITIONS[resource.type]:
            for path, value in values_at(resource.properties, position.path):
                role = role_of(tree, value)
                if role is None:
                    continue
                key = (role.place, position.services)
                if key not in judged:
                    judged[key] = _lets_in(tree, role, position.services)
                if not judged[key]:
                    yield resource.problem(_message(resource, role, path, position.services), *path)


def _message(resource: Resource, role: Resource, path: Path, services: tuple[str, ...]) -> str:
    names = " or ".join(f"{one}.amazonaws.com" for one in services)
    where = ".".join(map(str, path))
    return (
        f"{resource.name} gives {role.place} as {where}, but {names} can't assume that role; its trust policy has to "
        f"allow sts:AssumeRole to {names}, under no condition that can't hold"
    )


def _lets_in(tree: Tree, role: Resource, services: tuple[str, ...]) -> bool:
    statements = trust(tree, role)
    if statements is None:
        return True
    foreign = _foreign(tree, statements)
    statements = [_put(one, foreign) for one in statements]
    return any(
        policies.allows(
            [{"Statement": statements}], policies.Request("sts:AssumeRole", "*", principal, "", _context(one))
        )
        for one in services
        for principal in _principals(one)
    )


def _principals(service: str) -> list[str]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
    return [f"{service}.amazonaws.com", f"{service}.amazonaws.com.cn", f"{service}.{REGION}.amazonaws.com"]


def _context(service: str) -> dict[str, str | None]:
    context: dict[str, str | None] = {"aws:sourceaccount": ACCOUNT}
    if service in _SOURCES:
        context["aws:sourcearn"] = _SOURCES[service] + unknown("source")
    if service in _WITHOUT_ID:
        context["sts:externalid"] = None
    return context


def _foreign(tree: Tree, statements: list[policies.Statement]) -> set[str]:
    """The accounts in a trust policy that surely aren't the one it is deployed to.

    Where the other roles go by `AWS::AccountId`, a number that the tree has nowhere else is another account's.
    """
    outside, trusts = literals(tree)
    text = str(statements)
    if ACCOUNT not in trusts and ACCOUNT not in outside:
        return set()
    return {one for one in _ACCOUNT.findall(text) if one not in outside}


def _put(value: Any, foreign: set[str]) -> Any:
    """With another account's number as one that can't be this one's."""
    if not foreign:
        return value
    if isinstance(value, dict):
        return {key: _put(part, foreign) for key, part in value.items()}
    if isinstance(value, list):
        return [_put(part, foreign) for part in value]
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return _ACCOUNT.sub(lambda match: "another account" if match[0] in foreign else match[0], str(value))
    return value
