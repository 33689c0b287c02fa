"""The properties that take a role, with the services of which one has to be able to assume it."""

from __future__ import annotations

from itertools import product
from typing import Final, NamedTuple

from stratopause.tree.model import Path

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
"""`*` is each of a list, and `|` stands between names of which any may be there."""


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
