"""What properties take whose name doesn't tell, or tells something else; a path leaves out the places in lists.

Each is described on the page of its type:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from typing import Final

from stratopause.rules import _kind_names as names
from stratopause.rules._kind_names import by_name

_NOT_ARN: Final = ("* no ARN",)
_ANY: Final = ()
_KEY_ITSELF: Final = ("KMS::Key ARN",)
_BARE: Final = ("Logs::LogGroup ARN",)
_GROUP_OR_NAME: Final = ("EC2::SecurityGroup id", "EC2::SecurityGroup name", "* text")
_ROLE: Final = ("IAM::Role ARN", "IAM::Role name")
_CLUSTER: Final = ("ECS::Cluster name", "ECS::Cluster ARN")
_SECRET: Final = ("SecretsManager::Secret ARN", "SecretsManager::Secret name")
_DESTINATION: Final = (
    "SQS::Queue ARN",
    "SNS::Topic ARN",
    "Lambda::Function ARN",
    "Events::EventBus ARN",
    "S3::Bucket ARN",
    "MSK::Cluster ARN",
)
_DEAD_LETTERS: Final = ("SQS::Queue ARN", "SNS::Topic ARN")
_SECURED: Final = ("SecretsManager::Secret ARN", "SSM::Parameter ARN", "SSM::Parameter name")
# Their page has asked for the ARN, too.
_DATABASE: Final = (
    *("RDS::DBInstance name", "RDS::DBCluster name", "Redshift::Cluster name"),
    *("DocDB::DBInstance name", "DocDB::DBCluster name", "RedshiftServerless::Namespace name"),
    *("RDS::DBInstance ARN", "RDS::DBCluster ARN", "RedshiftServerless::Namespace id"),
)
_ANY_API: Final = ("ApiGateway::RestApi id", "ApiGatewayV2::Api id")

_NEEDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "ApiGateway::Method": {
        "Integration.ConnectionId": ("ApiGateway::VpcLink id", "ApiGatewayV2::VpcLink id", "* text")
    },
    "ApiGateway::RestApi": {"BodyS3Location.Bucket": names.BUCKET},
    "ApiGateway::UsagePlan": {"ApiStages.ApiId": ("ApiGateway::RestApi id",)},
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
    "ApiGatewayV2::ApiMapping": {"ApiId": _ANY_API},
    "ApiGatewayV2::RoutingRule": {"Actions.InvokeApi.ApiId": _ANY_API},
    "ApiGatewayV2::Integration": {"ConnectionId": ("ApiGatewayV2::VpcLink id", "ApiGateway::VpcLink id", "* text")},
    "AutoScaling::AutoScalingGroup": {
        "LoadBalancerNames": ("ElasticLoadBalancing::LoadBalancer name",),
        "NotificationConfigurations.TopicARN": names.TOPIC_ARN,
    },
    "AutoScaling::LaunchConfiguration": {
        "SecurityGroups": _GROUP_OR_NAME,
        "IamInstanceProfile": ("IAM::InstanceProfile name", "IAM::InstanceProfile ARN"),
    },
    "BackupGateway::Hypervisor": {"LogGroupArn": ("Logs::LogGroup ARN with :*",)},
    "Backup::BackupSelection": {
        "BackupSelection.Resources": names.ANY_ARN,
        "BackupSelection.NotResources": names.ANY_ARN,
    },
    "CloudFront::Distribution": {
        "DistributionConfig.Origins.DomainName": _NOT_ARN,
        "DistributionConfig.Logging.Bucket": _NOT_ARN,
        "DistributionConfig.WebACLId": ("WAFv2::WebACL ARN", "WAF::WebACL id", "* text"),
        "DistributionConfig.Origins.OriginAccessControlId": ("CloudFront::OriginAccessControl id",),
    },
    "CloudTrail::Trail": {
        # "CloudTrail can't validate it" without :*: https://github.com/hashicorp/terraform-provider-aws/issues/14557
        "CloudWatchLogsLogGroupArn": ("Logs::LogGroup ARN with :*",),
        "SnsTopicName": ("SNS::Topic ARN", "SNS::Topic name"),
        "EventSelectors.DataResources.Values": names.ANY_ARN,
    },
    "CodeBuild::Project": {
        "EncryptionKey": names.KEY,
        "ServiceRole": _ROLE,
        "LogsConfig.CloudWatchLogs.GroupName": names.LOG_GROUP,
    },
    "CodeBuild::ReportGroup": {"ExportConfig.S3Destination.Bucket": names.BUCKET},
    "CodePipeline::Pipeline": {
        "ArtifactStore.Location": names.BUCKET,
        "ArtifactStores.ArtifactStore.Location": names.BUCKET,
        "ArtifactStore.EncryptionKey.Id": names.KEY,
        "ArtifactStores.ArtifactStore.EncryptionKey.Id": names.KEY,
    },
    # "Be sure to provide the full ARN of the encryption key, not just the ID."
    "Connect::InstanceStorageConfig": {
        f"{at}.EncryptionConfig.KeyId": names.KEY_ARN for at in ("S3Config", "KinesisVideoStreamConfig")
    },
    # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_LambdaConfigType.html
    "Cognito::UserPool": {"LambdaConfig.KMSKeyID": names.KEY_ARN},
    # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CloudWatchLogsConfigurationType.html
    "Cognito::LogDeliveryConfiguration": {"LogConfigurations.CloudWatchLogsConfiguration.LogGroupArn": _BARE},
    "DAX::Cluster": {
        "IAMRoleARN": names.ROLE_ARN,
        "SubnetGroupName": ("DAX::SubnetGroup name",),
        "ParameterGroupName": ("DAX::ParameterGroup name",),
    },
    "DataSync::LocationS3": {"S3BucketArn": (*names.BUCKET_ARN, "S3::AccessPoint ARN", "S3Outposts::AccessPoint ARN")},
    "EC2::EIPAssociation": {"InstanceId": ("EC2::Instance id",)},
    "EC2::FlowLog": {
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
        "LogDestination": ("Logs::LogGroup ARN", "S3::Bucket ARN", "KinesisFirehose::DeliveryStream ARN"),
        "DeliverLogsPermissionArn": names.ROLE_ARN,
        "DeliverCrossAccountRole": names.ROLE_ARN,
    },
    "EC2::Instance": {"SecurityGroups": _GROUP_OR_NAME, "IamInstanceProfile": ("IAM::InstanceProfile name",)},
    "EC2::LaunchTemplate": {
        "LaunchTemplateData.SecurityGroups": _GROUP_OR_NAME,
        "LaunchTemplateData.NetworkInterfaces.Groups": names.GROUP,
        "LaunchTemplateData.IamInstanceProfile.Arn": ("IAM::InstanceProfile ARN",),
        "LaunchTemplateData.IamInstanceProfile.Name": ("IAM::InstanceProfile name",),
    },
    "EC2::Route": {
        "GatewayId": ("EC2::InternetGateway id", "EC2::VPNGateway id"),
        "InstanceId": ("EC2::Instance id",),
    },
    "EC2::SecurityGroupEgress": {"GroupId": names.GROUP},
    "EC2::SecurityGroupIngress": {"GroupId": names.GROUP},
    "EC2::VolumeAttachment": {"InstanceId": ("EC2::Instance id",), "VolumeId": ("EC2::Volume id",)},
    "ECR::Repository": {"EncryptionConfiguration.KmsKey": names.KEY},
    "ECS::CapacityProvider": {
        "AutoScalingGroupProvider.AutoScalingGroupArn": (
            "AutoScaling::AutoScalingGroup ARN",
            "AutoScaling::AutoScalingGroup name",
        ),
        "ClusterName": ("ECS::Cluster name",),
    },
    "ECS::ClusterCapacityProviderAssociations": {"Cluster": _CLUSTER},
    "ECS::Cluster": {
        "Configuration.ExecuteCommandConfiguration.LogConfiguration.CloudWatchLogGroupName": names.LOG_GROUP
    },
    "ECS::DaemonTaskDefinition": {"TaskRoleArn": _ROLE},
    "ECS::Service": {
        "Cluster": _CLUSTER,
        "VpcLatticeConfigurations.TargetGroupArn": ("VpcLattice::TargetGroup ARN",),
        "Role": _ROLE,
        "LoadBalancers.LoadBalancerName": ("ElasticLoadBalancing::LoadBalancer name",),
        "ServiceRegistries.RegistryArn": ("ServiceDiscovery::Service ARN",),
    },
    "ECS::TaskDefinition": {
        # The API takes the short names, too; for the execution role it doesn't say so.
        "ExecutionRoleArn": _ROLE,
        "TaskRoleArn": _ROLE,
        "ContainerDefinitions.Image": _NOT_ARN,
        "ContainerDefinitions.Secrets.ValueFrom": _SECURED,
        "ContainerDefinitions.LogConfiguration.SecretOptions.ValueFrom": _SECURED,
        "ContainerDefinitions.RepositoryCredentials.CredentialsParameter": _SECRET,
    },
    "EKS::Addon": {"ClusterName": ("EKS::Cluster name",)},
    # https://docs.aws.amazon.com/eks/latest/APIReference/API_Provider.html says that it may be an alias.
    "EKS::Cluster": {"EncryptionConfig.Provider.KeyArn": (*names.KEY_ARN, "KMS::Alias name")},
    "EKS::FargateProfile": {"ClusterName": ("EKS::Cluster name",)},
    "EKS::Nodegroup": {"ClusterName": ("EKS::Cluster name",), "NodeRole": names.ROLE_ARN},
    "Events::Rule": {
        "Targets.DeadLetterConfig.Arn": names.QUEUE_ARN,
        "Targets.EcsParameters.TaskDefinitionArn": ("ECS::TaskDefinition ARN",),
    },
    "Glue::Crawler": {"Role": _ROLE},
    "Glue::Job": {"Role": _ROLE},
    "FraudDetector::Detector": {"DetectorId": _ANY, "Rules.DetectorId": _ANY},
    "IAM::AccessKey": {"UserName": ("IAM::User name",)},
    "IAM::InstanceProfile": {"Roles": ("IAM::Role name",)},
    **{
        f"IAM::{of}": {"Roles": ("IAM::Role name",), "Users": ("IAM::User name",), "Groups": ("IAM::Group name",)}
        for of in ("ManagedPolicy", "Policy")
    },
    "IAM::User": {"Groups": ("IAM::Group name",)},
    "IAM::RolePolicy": {"RoleName": ("IAM::Role name",)},
    "IAM::UserPolicy": {"UserName": ("IAM::User name",)},
    "IAM::UserToGroupAddition": {"GroupName": ("IAM::Group name",), "Users": ("IAM::User name",)},
    "IoTFleetWise::Campaign": {"DataDestinationConfigs.MqttTopicConfig.MqttTopicArn": names.ANY_ARN},
    "KMS::Alias": {"TargetKeyId": ("KMS::Key id", "KMS::Key ARN")},
    "Kinesis::Stream": {"StreamEncryption.KeyId": names.KEY},
    "Lambda::EventInvokeConfig": {
        "FunctionName": names.FUNCTION,
        "DestinationConfig.OnFailure.Destination": _DESTINATION,
        "DestinationConfig.OnSuccess.Destination": _DESTINATION,
    },
    "Lambda::EventSourceMapping": {
        "FunctionName": names.FUNCTION,
        # Or a topic of Kafka: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
        "DestinationConfig.OnFailure.Destination": (*_DESTINATION, "* text"),
    },
    "Lambda::Function": {
        "Role": names.ROLE_ARN,
        "Layers": ("Lambda::LayerVersion ARN",),
        "DeadLetterConfig.TargetArn": _DEAD_LETTERS,
        "LoggingConfig.LogGroup": names.LOG_GROUP,
        "FileSystemConfigs.Arn": ("EFS::AccessPoint ARN", "S3Files::AccessPoint ARN"),
    },
    **{f"Lambda::{of}": {"FunctionName": names.FUNCTION} for of in ("Alias", "Permission", "Version")},
    "Lambda::LayerVersionPermission": {"LayerVersionArn": _ANY},
    # "The name of the Lambda function", or its ARN.
    "Lambda::Url": {"TargetFunctionArn": names.FUNCTION},
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    "Logs::LogGroup": {"KmsKeyId": names.KEY_ARN},
    "MSK::Cluster": {
        # https://docs.aws.amazon.com/msk/1.0/apireference/clusters.html#clusters-model-encryptionatrest
        "EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId": names.KEY_ARN,
        "BrokerNodeGroupInfo.ClientSubnets": names.SUBNET,
        "LoggingInfo.BrokerLogs.CloudWatchLogs.LogGroup": names.LOG_GROUP,
        "LoggingInfo.BrokerLogs.S3.Bucket": names.BUCKET,
        "LoggingInfo.BrokerLogs.Firehose.DeliveryStream": ("KinesisFirehose::DeliveryStream name",),
    },
    "MemoryDB::Cluster": {
        "SubnetGroupName": ("MemoryDB::SubnetGroup name",),
        "ParameterGroupName": ("MemoryDB::ParameterGroup name",),
        "ACLName": ("MemoryDB::ACL name",),
    },
    "RDS::DBInstance": {"DBClusterIdentifier": ("RDS::DBCluster name",)},
    "RDS::EventSubscription": {"SourceIds": _NOT_ARN},
    "Route53::RecordSet": {"AliasTarget.HostedZoneId": _NOT_ARN, "AliasTarget.DNSName": _NOT_ARN},
    "Route53::RecordSetGroup": {
        "RecordSets.AliasTarget.HostedZoneId": _NOT_ARN,
        "RecordSets.AliasTarget.DNSName": _NOT_ARN,
    },
    "S3::AccessPoint": {"Bucket": names.BUCKET},
    "S3::Bucket": {
        "NotificationConfiguration.LambdaConfigurations.Function": names.FUNCTION_ARN,
        "NotificationConfiguration.QueueConfigurations.Queue": names.QUEUE_ARN,
        "NotificationConfiguration.TopicConfigurations.Topic": names.TOPIC_ARN,
        "ReplicationConfiguration.Role": names.ROLE_ARN,
        "ReplicationConfiguration.Rules.Destination.Bucket": names.BUCKET_ARN,
        # "The ID (Key ARN or Alias ARN) of the customer managed key": API_EncryptionConfiguration
        "ReplicationConfiguration.Rules.Destination.EncryptionConfiguration.ReplicaKmsKeyID": names.KEY_ARN,
    },
    "S3::BucketPolicy": {"Bucket": names.BUCKET},
    "S3::StorageLens": {
        # The ARN, as the page of the type says.
        "StorageLensConfiguration.DataExport.S3BucketDestination.Encryption.SSEKMS.KeyId": names.KEY_ARN,
    },
    "SNS::TopicPolicy": {"Topics": names.TOPIC_ARN},
    "SQS::QueueInlinePolicy": {"Queue": ("SQS::Queue URL",)},
    "SQS::QueuePolicy": {"Queues": ("SQS::Queue URL",)},
    "SecretsManager::ResourcePolicy": {"SecretId": _SECRET},
    "SecretsManager::RotationSchedule": {
        "SecretId": _SECRET,
        "RotationLambdaARN": names.FUNCTION_ARN,
        # One text with commas in it.
        "HostedRotationLambda.VpcSubnetIds": (*names.SUBNET, "* text"),
        "HostedRotationLambda.VpcSecurityGroupIds": (*names.GROUP, "* text"),
    },
    "SecretsManager::SecretTargetAttachment": {"SecretId": _SECRET, "TargetId": _DATABASE},
    "ServiceDiscovery::PrivateDnsNamespace": {"Vpc": names.VPC},
    # Of a document its name, or its ARN if it is another account's; of a function or state machine the ARN.
    "SSM::MaintenanceWindowTask": {"TaskArn": (*names.ANY_ARN, "SSM::Document name", "* text")},
    "StepFunctions::StateMachine": {
        # "The ARN must end with `:*`": https://docs.aws.amazon.com/step-functions/latest/apireference/API_CloudWatchLogsLogGroup.html
        "LoggingConfiguration.Destinations.CloudWatchLogsLogGroup.LogGroupArn": ("Logs::LogGroup ARN with :*",),
    },
    "Transfer::HostKey": {"KmsKey": names.KEY_ARN},
    "WAFv2::LoggingConfiguration": {
        # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
        "LogDestinationConfigs": ("Logs::LogGroup ARN", "S3::Bucket ARN", "KinesisFirehose::DeliveryStream ARN"),
        "ResourceArn": ("WAFv2::WebACL ARN",),
    },
    "WAFv2::WebACLAssociation": {
        "ResourceArn": (
            "ElasticLoadBalancingV2::LoadBalancer ARN",
            "AppSync::GraphQLApi ARN",
            "AppSync::Api ARN",
            "Cognito::UserPool ARN",
            "AppRunner::Service ARN",
            "ApiGateway::Stage ARN",
            "EC2::VerifiedAccessInstance ARN",
            "Amplify::App ARN",
        )
    },
    "WorkSpacesWeb::Portal": {"TrustStoreArn": ("WorkSpacesWeb::TrustStore ARN",)},
    "Lightsail::Bucket": {"BucketName": _ANY},
    "S3Outposts::Bucket": {"BucketName": _ANY},
    "S3Express::DirectoryBucket": {"BucketName": _ANY},
    "S3Express::BucketPolicy": {"Bucket": _ANY},
    "VpcLattice::TargetGroup": {"Config.VpcIdentifier": names.VPC},
    "FSx::StorageVirtualMachine": {"FileSystemId": ("FSx::FileSystem id",)},
    "Redshift::Cluster": {"IamRoles": names.ROLE_ARN},
}

# Types whose keys are named by the key's own ARN only, as the patterns of their schemas say.
_OF_KEYS: Final = """
    APS::Workspace AgentRegistry::Registry AppRunner::Service Bedrock::Agent Bedrock::DataSource Bedrock::Flow
    Bedrock::Guardrail Bedrock::KnowledgeBase Bedrock::Prompt Bedrock::RetrievalInstruction Bedrock::Session
    BedrockAgentCore::CapacityProvider BedrockAgentCore::ConfigurationBundle BedrockAgentCore::Dataset
    BedrockAgentCore::Evaluator BedrockAgentCore::Gateway BedrockAgentCore::OAuth2CredentialProvider
    BedrockAgentCore::PolicyEngine CleanRooms::IdMappingTable CleanRooms::IntermediateTable
    CleanRoomsML::ConfiguredModelAlgorithm DLM::LifecyclePolicy DataSync::LocationAzureBlob
    DataSync::LocationFSxONTAP DataSync::LocationFSxWindows DataSync::LocationHDFS DataSync::LocationObjectStorage
    DataSync::LocationSMB DataZone::Domain Deadline::Farm DevOpsAgent::AgentSpace DevOpsAgent::Service
    EMRServerless::Application Forecast::Dataset IoTSiteWise::Workspace Lambda::WebFunctionRevision
    Logs::LogAnomalyDetector MSK::Channel NeptuneGraph::Graph ObservabilityAdmin::OrganizationTelemetryRule
    ObservabilityAdmin::TelemetryRule OpenSearchService::Application Personalize::DatasetGroup
    Personalize::MetricAttribution S3Vectors::Index S3Vectors::VectorBucket WorkSpacesThinClient::Environment
    """
_BY_ITSELF: Final = frozenset(_OF_KEYS.split())

# What a dimension of AWS's metrics names. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html
DIMENSIONS: Final = {
    "AutoScalingGroupName": ("AutoScaling::AutoScalingGroup name",),
    "BackupVaultName": ("Backup::BackupVault name",),
    "BucketName": names.BUCKET,
    "DBClusterIdentifier": by_name("DBClusterIdentifier"),
    "DBInstanceIdentifier": by_name("DBInstanceIdentifier"),
    "DeliveryStreamName": ("KinesisFirehose::DeliveryStream name",),
    "FileSystemId": by_name("FileSystemId"),
    "FunctionName": ("Lambda::Function name", "CloudFront::Function name"),
    "InstanceId": ("EC2::Instance id", "Connect::Instance id"),
    "LoadBalancer": ("ElasticLoadBalancingV2::LoadBalancer full name",),
    "LogGroupName": names.LOG_GROUP,
    "NatGatewayId": ("EC2::NatGateway id",),
    "QueueName": ("SQS::Queue name",),
    "ServiceName": ("ECS::Service name",),
    "StateMachineArn": ("StepFunctions::StateMachine ARN",),
    "StreamName": ("Kinesis::Stream name", "KinesisVideo::Stream name"),
    "TableName": ("DynamoDB::Table name", "Cassandra::Table name", "Timestream::Table name"),
    "TargetGroup": ("ElasticLoadBalancingV2::TargetGroup full name", "VpcLattice::TargetGroup id"),
    "TopicName": ("SNS::Topic name",),
    "ClusterName": ("ECS::Cluster name", "EKS::Cluster name", "MemoryDB::Cluster name", "MSK::Cluster name"),
    "CacheClusterId": ("ElastiCache::CacheCluster name",),
}

# Where a text is kept beside the word that says what it is: the names of both, and what it is for some words.
BESIDE: Final = {
    ("Key", "Value"): {
        "access_logs.s3.bucket": names.BUCKET,
        "connection_logs.s3.bucket": names.BUCKET,
    },
    ("Protocol", "Endpoint"): {
        "sqs": names.QUEUE_ARN,
        "lambda": names.FUNCTION_ARN,
        "firehose": names.STREAM_ARN,
    },
    ("ResourceType", "ResourceId"): {
        "VPC": names.VPC,
        "Subnet": names.SUBNET,
        "NetworkInterface": ("EC2::NetworkInterface id",),
        "TransitGateway": ("EC2::TransitGateway id",),
    },
}
_WITH_WORDS: Final = {
    "ElasticLoadBalancingV2::LoadBalancer": ("Key", "Value"),
    "SNS::Subscription": ("Protocol", "Endpoint"),
    "SNS::Topic": ("Protocol", "Endpoint"),
    "EC2::FlowLog": ("ResourceType", "ResourceId"),
}


def words(what: str) -> tuple[str, str] | None:
    """The names of a word, and of what is beside it, in a type."""
    return _WITH_WORDS.get(what)


def needed(what: str, path: str) -> tuple[str, ...]:
    """What a property takes, by its type without `AWS::` and its path; empty if that isn't known."""
    own = _NEEDS.get(what, {})
    found = own[path] if path in own else by_name(path.rpartition(".")[2])
    return _KEY_ITSELF if what in _BY_ITSELF and found in (names.KEY, names.KEY_ARN) else found
