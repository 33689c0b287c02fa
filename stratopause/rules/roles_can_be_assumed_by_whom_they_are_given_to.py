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
from itertools import product
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

_ACTIONS: Final = (
    "CloudwatchAlarm|CloudwatchLogs|CloudwatchMetric|DynamoDB|DynamoDBv2|Elasticsearch|Firehose|IotAnalytics|IotEvents"
    "|IotSiteWise|Kinesis|Location|OpenSearch|Republish|S3|Sns|Sqs|StepFunctions|Timestream"
)
_ENGINES: Final = (
    "DocDbSettings|GcpMySQLSettings|IbmDb2Settings|MicrosoftSqlServerSettings|MongoDbSettings|MySqlSettings"
    "|OracleSettings|PostgreSqlSettings|RedshiftSettings|SybaseSettings"
)
_STORES: Final = "DynamoDbSettings|ElasticsearchSettings|KinesisSettings|NeptuneSettings|RedshiftSettings|S3Settings"
_DESTINATIONS: Final = (
    "AmazonOpenSearchServerlessDestinationConfiguration|AmazonopensearchserviceDestinationConfiguration"
    "|ElasticsearchDestinationConfiguration|ExtendedS3DestinationConfiguration|HttpEndpointDestinationConfiguration"
    "|IcebergDestinationConfiguration|RedshiftDestinationConfiguration|S3DestinationConfiguration"
    "|SnowflakeDestinationConfiguration|SplunkDestinationConfiguration"
)
_CONVERSION: Final = "ExtendedS3DestinationConfiguration.DataFormatConversionConfiguration"

# The property of each type that takes a role, with the services of which one has to be able to assume it; `*` is each
# of a list, and `|` stands between names of which any may be there.
_POSITIONS: Final = f"""
AWS::Amplify::App IAMServiceRole|ComputeRoleArn amplify
AWS::Amplify::Branch ComputeRoleArn amplify
AWS::ApiGateway::Account CloudWatchRoleArn apigateway
AWS::ApiGateway::Authorizer AuthorizerCredentials apigateway
AWS::ApiGateway::Method Integration.Credentials apigateway
AWS::ApiGatewayV2::Authorizer AuthorizerCredentialsArn apigateway
AWS::ApiGatewayV2::Integration CredentialsArn apigateway
AWS::AppConfig::ConfigurationProfile RetrievalRoleArn appconfig
AWS::AppConfig::Environment Monitors.*.AlarmRoleArn appconfig
AWS::AppRunner::Service InstanceConfiguration.InstanceRoleArn tasks.apprunner
AWS::AppRunner::Service SourceConfiguration.AuthenticationConfiguration.AccessRoleArn build.apprunner
AWS::AppStream::AppBlockBuilder IamRoleArn appstream
AWS::AppStream::Fleet IamRoleArn appstream
AWS::AppStream::ImageBuilder IamRoleArn appstream
AWS::AppSync::Api EventConfig.LogConfig.CloudWatchLogsRoleArn appsync
AWS::AppSync::DataSource ServiceRoleArn appsync
AWS::AppSync::GraphQLApi LogConfig.CloudWatchLogsRoleArn appsync
AWS::AppSync::GraphQLApi MergedApiExecutionRoleArn appsync
AWS::ApplicationAutoScaling::ScalableTarget RoleARN application-autoscaling
AWS::Athena::WorkGroup WorkGroupConfiguration.ExecutionRole athena
AWS::AutoScaling::AutoScalingGroup LifecycleHookSpecificationList.*.RoleARN autoscaling
AWS::AutoScaling::LifecycleHook RoleARN autoscaling
AWS::Backup::BackupSelection BackupSelection.IamRoleArn backup
AWS::Backup::RestoreTestingSelection IamRoleArn backup
AWS::Batch::ComputeEnvironment ComputeResources.SpotIamFleetRole spotfleet
AWS::Batch::ComputeEnvironment ServiceRole batch
AWS::Batch::JobDefinition ContainerProperties.ExecutionRoleArn|JobRoleArn ecs-tasks
AWS::Batch::JobDefinition EcsProperties.TaskProperties.*.ExecutionRoleArn|TaskRoleArn ecs-tasks
AWS::Batch::JobDefinition NodeProperties.NodeRangeProperties.*.Container.ExecutionRoleArn|JobRoleArn ecs-tasks
AWS::Bedrock::Agent AgentResourceRoleArn bedrock
AWS::Bedrock::Flow ExecutionRoleArn bedrock
AWS::Bedrock::KnowledgeBase RoleArn bedrock
AWS::BedrockAgentCore::Gateway RoleArn bedrock-agentcore
AWS::BedrockAgentCore::Runtime RoleArn bedrock-agentcore
AWS::Budgets::BudgetsAction ExecutionRoleArn budgets
AWS::Chatbot::MicrosoftTeamsChannelConfiguration IamRoleArn chatbot
AWS::Chatbot::SlackChannelConfiguration IamRoleArn chatbot
AWS::CloudFormation::StackSet AdministrationRoleARN cloudformation
AWS::CloudFront::RealtimeLogConfig EndPoints.*.KinesisStreamConfig.RoleArn cloudfront
AWS::CloudTrail::Trail CloudWatchLogsRoleArn cloudtrail
AWS::CloudWatch::MetricStream RoleArn streams.metrics.cloudwatch
AWS::CodeBuild::Fleet FleetServiceRole codebuild
AWS::CodeBuild::Project BuildBatchConfig.ServiceRole codebuild
AWS::CodeBuild::Project ServiceRole codebuild
AWS::CodeDeploy::DeploymentGroup ServiceRoleArn codedeploy
AWS::CodePipeline::Pipeline RoleArn codepipeline
AWS::Cognito::UserPool SmsConfiguration.SnsCallerArn cognito-idp
AWS::Cognito::UserPoolClient AnalyticsConfiguration.RoleArn cognito-idp
AWS::Comprehend::DocumentClassifier DataAccessRoleArn comprehend
AWS::Comprehend::Flywheel DataAccessRoleArn comprehend
AWS::Config::ConfigurationAggregator OrganizationAggregationSource.RoleArn config
AWS::Config::ConfigurationRecorder RoleARN config
AWS::Config::RemediationConfiguration Parameters.AutomationAssumeRole.StaticValue.Values.* ssm
AWS::DAX::Cluster IAMRoleARN dax
AWS::DLM::LifecyclePolicy ExecutionRoleArn dlm
AWS::DMS::Endpoint {_STORES}.ServiceAccessRoleArn dms
AWS::DMS::Endpoint {_ENGINES}.SecretsManagerAccessRoleArn dms
AWS::DMS::MigrationProject SourceDataProviderDescriptors.*.SecretsManagerAccessRoleArn dms
AWS::DMS::MigrationProject TargetDataProviderDescriptors.*.SecretsManagerAccessRoleArn dms
AWS::DataBrew::Job RoleArn databrew
AWS::DataBrew::Project RoleArn databrew
AWS::DataSync::LocationEFS FileSystemAccessRoleArn datasync
AWS::DataSync::LocationS3 S3Config.BucketAccessRoleArn datasync
AWS::DataSync::Task ManifestConfig.Source.S3.BucketAccessRoleArn datasync
AWS::DataSync::Task TaskReportConfig.Destination.S3.BucketAccessRoleArn datasync
AWS::EC2::FlowLog DeliverLogsPermissionArn vpc-flow-logs
AWS::EC2::SpotFleet SpotFleetRequestConfigData.IamFleetRole spotfleet
AWS::ECS::CapacityProvider ManagedInstancesProvider.InfrastructureRoleArn ecs
AWS::ECS::DaemonTaskDefinition ExecutionRoleArn|TaskRoleArn ecs-tasks
AWS::ECS::ExpressGatewayService ExecutionRoleArn|TaskRoleArn ecs-tasks
AWS::ECS::ExpressGatewayService InfrastructureRoleArn ecs
AWS::ECS::Service DeploymentConfiguration.LifecycleHooks.*.RoleArn ecs
AWS::ECS::Service LoadBalancers.*.AdvancedConfiguration.RoleArn ecs
AWS::ECS::Service Role ecs
AWS::ECS::Service ServiceConnectConfiguration.Services.*.Tls.RoleArn ecs
AWS::ECS::Service VolumeConfigurations.*.ManagedEBSVolume.RoleArn ecs
AWS::ECS::Service VpcLatticeConfigurations.*.RoleArn ecs
AWS::ECS::TaskDefinition ExecutionRoleArn|TaskRoleArn ecs-tasks
AWS::EFS::FileSystem ReplicationConfiguration.Destinations.*.RoleArn elasticfilesystem
AWS::EKS::Addon PodIdentityAssociations.*.RoleArn pods.eks
AWS::EKS::Cluster ComputeConfig.NodeRoleArn ec2
AWS::EKS::Cluster RoleArn eks
AWS::EKS::FargateProfile PodExecutionRoleArn eks-fargate-pods
AWS::EKS::Nodegroup NodeRole ec2
AWS::EKS::PodIdentityAssociation RoleArn pods.eks
AWS::EMR::Cluster AutoScalingRole application-autoscaling elasticmapreduce
AWS::EMR::Cluster ServiceRole elasticmapreduce
AWS::EMR::Studio ServiceRole|UserRole elasticmapreduce
AWS::ElasticBeanstalk::Application ResourceLifecycleConfig.ServiceRole elasticbeanstalk
AWS::Elasticsearch::Domain CognitoOptions.RoleArn es opensearchservice
AWS::Events::Endpoint RoleArn events
AWS::Events::Rule RoleArn events
AWS::Events::Rule Targets.*.RoleArn events
AWS::FIS::ExperimentTemplate RoleArn fis
AWS::Glue::Crawler Role glue
AWS::Glue::DevEndpoint RoleArn glue
AWS::Glue::Job Role glue
AWS::Glue::MLTransform Role glue
AWS::Glue::Session Role glue
AWS::Glue::TableOptimizer TableOptimizerConfiguration.RoleArn glue
AWS::Grafana::Workspace RoleArn grafana
AWS::GuardDuty::MalwareProtectionPlan Role malware-protection-plan.guardduty
AWS::IAM::InstanceProfile Roles.* ec2
AWS::ImageBuilder::Image ExecutionRole imagebuilder
AWS::ImageBuilder::ImagePipeline ExecutionRole imagebuilder
AWS::ImageBuilder::LifecyclePolicy ExecutionRole imagebuilder
AWS::IoT::Logging RoleArn iot
AWS::IoT::ProvisioningTemplate ProvisioningRoleArn iot
AWS::IoT::RoleAlias RoleArn credentials.iot
AWS::IoT::TopicRule TopicRulePayload.Actions.*.{_ACTIONS}.RoleArn iot
AWS::IoT::TopicRule TopicRulePayload.ErrorAction.{_ACTIONS}.RoleArn iot
AWS::KafkaConnect::Connector ServiceExecutionRoleArn kafkaconnect
AWS::Kendra::DataSource RoleArn kendra
AWS::Kendra::Faq RoleArn kendra
AWS::Kendra::Index RoleArn kendra
AWS::KinesisAnalytics::Application Inputs.*.KinesisFirehoseInput|KinesisStreamsInput.RoleARN kinesisanalytics
AWS::KinesisAnalytics::ApplicationOutput Output.KinesisFirehoseOutput|KinesisStreamsOutput.RoleARN kinesisanalytics
AWS::KinesisAnalyticsV2::Application ServiceExecutionRole kinesisanalytics
AWS::KinesisFirehose::DeliveryStream {_DESTINATIONS}.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream {_DESTINATIONS}.S3BackupConfiguration|S3Configuration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream {_DESTINATIONS}.VpcConfiguration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream {_CONVERSION}.SchemaConfiguration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream KinesisStreamSourceConfiguration.RoleARN firehose
AWS::KinesisFirehose::DeliveryStream MSKSourceConfiguration.AuthenticationConfiguration.RoleARN firehose
AWS::LakeFormation::Resource RoleArn lakeformation
AWS::Lambda::Function Role lambda
AWS::Lex::Bot RoleArn lexv2
AWS::Logs::Destination RoleArn logs
AWS::Logs::SubscriptionFilter RoleArn logs
AWS::MSK::Replicator ServiceExecutionRoleArn kafka
AWS::MWAA::Environment ExecutionRoleArn airflow airflow-env
AWS::Neptune::DBCluster AssociatedRoles.*.RoleArn rds
AWS::OSIS::Pipeline PipelineRoleArn osis-pipelines
AWS::OpenSearchService::Domain CognitoOptions.RoleArn opensearchservice es
AWS::Pipes::Pipe RoleArn pipes
AWS::RDS::DBCluster AssociatedRoles.*.RoleArn rds
AWS::RDS::DBCluster DomainIAMRoleName rds directoryservice.rds
AWS::RDS::DBCluster MonitoringRoleArn monitoring.rds
AWS::RDS::DBInstance AssociatedRoles.*.RoleArn rds
AWS::RDS::DBInstance DomainIAMRoleName rds directoryservice.rds
AWS::RDS::DBInstance MonitoringRoleArn monitoring.rds
AWS::RDS::DBProxy RoleArn rds
AWS::Redshift::Cluster IamRoles.* redshift
AWS::Redshift::ScheduledAction IamRole scheduler.redshift
AWS::RedshiftServerless::Namespace DefaultIamRoleArn redshift redshift-serverless
AWS::RedshiftServerless::Namespace IamRoles.* redshift redshift-serverless
AWS::RolesAnywhere::Profile RoleArns.* rolesanywhere
AWS::S3::AccessGrantsLocation IamRoleArn access-grants.s3
AWS::S3::Bucket ReplicationConfiguration.Role s3
AWS::SES::ConfigurationSetEventDestination EventDestination.KinesisFirehoseDestination.IAMRoleARN ses
AWS::SES::ReceiptRule Rule.Actions.*.S3Action.IamRoleArn ses
AWS::SNS::Subscription SubscriptionRoleArn sns
AWS::SNS::Topic DeliveryStatusLogging.*.FailureFeedbackRoleArn|SuccessFeedbackRoleArn sns
AWS::SSM::MaintenanceWindowTask ServiceRoleArn ssm
AWS::SageMaker::Domain DefaultUserSettings|DefaultSpaceSettings.ExecutionRole sagemaker
AWS::SageMaker::FeatureGroup RoleArn sagemaker
AWS::SageMaker::Model ExecutionRoleArn sagemaker
AWS::SageMaker::NotebookInstance RoleArn sagemaker
AWS::SageMaker::Pipeline RoleArn sagemaker
AWS::SageMaker::UserProfile UserSettings.ExecutionRole sagemaker
AWS::Scheduler::Schedule Target.RoleArn scheduler
AWS::Serverless::Function DeploymentPreference.Role codedeploy
AWS::Serverless::Function Role lambda
AWS::Serverless::StateMachine Role states
AWS::ServiceCatalog::LaunchRoleConstraint RoleArn servicecatalog
AWS::StepFunctions::StateMachine RoleArn states
AWS::StorageGateway::NFSFileShare Role storagegateway
AWS::StorageGateway::SMBFileShare Role storagegateway
AWS::Synthetics::Canary ExecutionRoleArn lambda
AWS::Timestream::ScheduledQuery ScheduledQueryExecutionRoleArn timestream
AWS::Transfer::Agreement AccessRole transfer
AWS::Transfer::Connector AccessRole|LoggingRole transfer
AWS::Transfer::Server IdentityProviderDetails.InvocationRole transfer
AWS::Transfer::Server LoggingRole transfer
AWS::Transfer::Server WorkflowDetails.OnPartialUpload|OnUpload.*.ExecutionRole transfer
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

_AT_THE_EDGE: Final = ("edgelambda",)

_ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")


class _Position(NamedTuple):
    path: Path
    services: tuple[str, ...]


def _positions() -> dict[str, list[_Position]]:
    found: dict[str, list[_Position]] = {}
    for line in _POSITIONS.strip().splitlines():
        type_, names, *services = line.split()
        for path in product(*(step.split("|") for step in names.split("."))):
            found.setdefault(type_, []).append(_Position(path, tuple(services)))
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
    yield from _at_the_edge(tree)


def _at_the_edge(tree: Tree) -> Iterator[Problem]:
    """A distribution isn't made if CloudFront can't assume the roles of its functions.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html
    """
    for distribution in tree.resources("AWS::CloudFront::Distribution"):
        for behaviors in (("DefaultCacheBehavior",), ("CacheBehaviors", "*")):
            path = ("DistributionConfig", *behaviors, "LambdaFunctionAssociations", "*", "LambdaFunctionARN")
            for found, value in values_at(distribution.properties, path):
                version = tree.source(value)
                function = tree.source(version.get("FunctionName")) if version is not None else None
                role = role_of(tree, function.get("Role")) if function is not None else None
                if role is not None and not _lets_in(tree, role, _AT_THE_EDGE):
                    yield distribution.problem(_message(distribution, role, found, _AT_THE_EDGE), *found)


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
    return [f"{one}.amazonaws.com{end}" for one in (service, f"{service}.{REGION}") for end in ("", ".cn")]


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
