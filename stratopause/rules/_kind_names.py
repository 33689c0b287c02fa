"""Which kinds of values properties take, by their names: AWS names alike what takes the same.

Where a property of one type takes something else than its name says, `stratopause.rules._kind_needs` says so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

# The usual way to name a key: by its id, its ARN, its alias, or the alias's ARN.
# https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
KEY: Final = ("KMS::Key id", "KMS::Key ARN", "KMS::Alias name", "KMS::Alias ARN")
KEY_ARN: Final = ("KMS::Key ARN", "KMS::Alias ARN")

SUBNET: Final = ("EC2::Subnet id",)
GROUP: Final = ("EC2::SecurityGroup id",)
VPC: Final = ("EC2::VPC id",)
ROLE_ARN: Final = ("IAM::Role ARN",)
BUCKET: Final = ("S3::Bucket name",)
BUCKET_ARN: Final = ("S3::Bucket ARN",)
LOG_GROUP: Final = ("Logs::LogGroup name",)
LOG_GROUP_ARN: Final = ("Logs::LogGroup ARN", "Logs::LogGroup ARN with :*")
FUNCTION: Final = ("Lambda::Function name", "Lambda::Function ARN")
FUNCTION_ARN: Final = ("Lambda::Function ARN",)
TOPIC_ARN: Final = ("SNS::Topic ARN",)
QUEUE_ARN: Final = ("SQS::Queue ARN",)
TARGET_GROUP: Final = ("ElasticLoadBalancingV2::TargetGroup ARN",)
LOAD_BALANCER: Final = ("ElasticLoadBalancingV2::LoadBalancer ARN",)
SECRET_ARN: Final = ("SecretsManager::Secret ARN",)
STREAM_ARN: Final = ("KinesisFirehose::DeliveryStream ARN",)
_CERTIFICATE: Final = (
    "CertificateManager::Certificate ARN",
    "IAM::ServerCertificate ARN",
    "ACMPCA::Certificate ARN",
    "DMS::Certificate ARN",
    "IoT::Certificate ARN",
)
ANY_ARN: Final = ("* ARN",)

_NAMES: Final[dict[tuple[str, ...], str]] = {
    SUBNET: "SubnetId SubnetIds SubnetIdList Subnets VPCZoneIdentifier VpcSubnetIds",
    GROUP: """
        SecurityGroupId SecurityGroupIds SecurityGroupIdList SecurityGroups SourceSecurityGroupId SourceSecurityGroups
        DestinationSecurityGroupId VpcSecurityGroupIds VPCSecurityGroups GroupSet EC2SecurityGroupId
        """,
    VPC: "VpcId VPCId PeerVpcId",
    ("EC2::RouteTable id",): "RouteTableId RouteTableIds",
    ("EC2::InternetGateway id",): "InternetGatewayId",
    ("EC2::EgressOnlyInternetGateway id",): "EgressOnlyInternetGatewayId",
    ("EC2::NatGateway id",): "NatGatewayId",
    ("EC2::NetworkAcl id",): "NetworkAclId",
    ("EC2::NetworkInterface id",): "NetworkInterfaceId",
    ("EC2::TransitGateway id",): "TransitGatewayId",
    ("EC2::VPCEndpoint id",): "VpcEndpointId VpceId",
    ("EC2::VPCPeeringConnection id",): "VpcPeeringConnectionId",
    ("EC2::VPNGateway id",): "VpnGatewayId",
    ("EC2::CustomerGateway id",): "CustomerGatewayId",
    ("EC2::DHCPOptions id",): "DhcpOptionsId",
    ("EC2::EIP allocation id",): "AllocationId",
    ("EC2::LaunchTemplate id",): "LaunchTemplateId",
    ("EC2::PrefixList id",): "PrefixListId SourcePrefixListId DestinationPrefixListId",
    ("EFS::FileSystem id", "FSx::FileSystem id", "S3Files::FileSystem id"): "FileSystemId FilesystemId",
    ("EFS::AccessPoint id",): "AccessPointId",
    ("IAM::ManagedPolicy ARN",): "ManagedPolicyArns PermissionsBoundary",
    BUCKET: "BucketName S3BucketName DestinationBucketName S3Bucket OutputS3BucketName DeliveryS3Bucket",
    BUCKET_ARN: "BucketArn BucketARN S3BucketArn",
    KEY: "KmsKey KmsKeyIdentifier KmsMasterKeyId KMSMasterKeyId KMSMasterKeyID",
    KEY_ARN: "KeyARN KMSArn KmsArn CmkArn",
    LOAD_BALANCER: "LoadBalancerArn LoadBalancerArns NetworkLoadBalancerArns GatewayLoadBalancerArns",
    TARGET_GROUP: "TargetGroupArn TargetGroupARNs TargetGroupArns",
    ("ElasticLoadBalancingV2::Listener ARN", "GlobalAccelerator::Listener ARN"): "ListenerArn",
    ("ElasticLoadBalancingV2::TrustStore ARN",): "TrustStoreArn",
    _CERTIFICATE: "CertificateArn AcmCertificateArn RegionalCertificateArn CustomEndpointCertificateArn",
    ("WAFv2::WebACL ARN",): "WebACLArn",
    ("RDS::DBSubnetGroup name", "DocDB::DBSubnetGroup name", "Neptune::DBSubnetGroup name"): "DBSubnetGroupName",
    ("RDS::DBParameterGroup name", "Neptune::DBParameterGroup name"): """
        DBParameterGroupName DBInstanceParameterGroupName
        """,
    (
        "RDS::DBClusterParameterGroup name",
        "DocDB::DBClusterParameterGroup name",
        "Neptune::DBClusterParameterGroup name",
    ): "DBClusterParameterGroupName",
    ("RDS::DBCluster name", "DocDB::DBCluster name", "Neptune::DBCluster name"): """
        DBClusterIdentifier DBClusterIdentifiers
        """,
    ("RDS::DBInstance name", "DocDB::DBInstance name", "Neptune::DBInstance name"): """
        DBInstanceIdentifier DBInstanceIdentifiers
        """,
    ("RDS::OptionGroup name",): "OptionGroupName",
    ("RDS::DBProxy name",): "DBProxyName",
    ("ElastiCache::SubnetGroup name",): "CacheSubnetGroupName",
    ("ElastiCache::ParameterGroup name",): "CacheParameterGroupName",
    ("ElastiCache::ReplicationGroup id",): "ReplicationGroupId",
    ("ElastiCache::UserGroup id",): "UserGroupId UserGroupIds",
    ("Redshift::ClusterSubnetGroup name",): "ClusterSubnetGroupName",
    ("Redshift::ClusterParameterGroup name",): "ClusterParameterGroupName",
    ("AutoScaling::AutoScalingGroup name",): "AutoScalingGroupName",
    ("AutoScaling::LaunchConfiguration name",): "LaunchConfigurationName",
    ("Backup::BackupVault name",): "TargetBackupVault BackupVaultName",
    ("Backup::BackupVault ARN",): "DestinationBackupVaultArn",
    ("Backup::BackupPlan id",): "BackupPlanId",
    ("ApiGateway::RestApi id",): "RestApiId",
    ("ApiGatewayV2::Api id", "AppSync::GraphQLApi api id", "AppSync::Api api id"): "ApiId",
    ("Cognito::UserPool id",): "UserPoolId",
    ("Cognito::UserPool ARN",): "UserPoolArn",
    ("Cognito::IdentityPool id",): "IdentityPoolId",
    ("Route53::HostedZone id",): "HostedZoneId",
    ("Events::EventBus name", "Events::EventBus ARN"): "EventBusName",
    ("ECS::TaskDefinition ARN",): "TaskDefinitionArn",
    ("ECS::TaskDefinition ARN", "ECS::TaskDefinition name"): "TaskDefinition",
    ("GuardDuty::Detector id",): "DetectorId",
    QUEUE_ARN: "deadLetterTargetArn",
    STREAM_ARN: "DeliveryStreamArn FirehoseArn",
    ("EFS::FileSystem ARN",): "EfsFilesystemArn",
    (
        "ServiceDiscovery::HttpNamespace id",
        "ServiceDiscovery::PrivateDnsNamespace id",
        "ServiceDiscovery::PublicDnsNamespace id",
    ): "NamespaceId",
    LOG_GROUP: "LogGroupNames awslogs-group",
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cognito-userpool-lambdaconfig.html
    FUNCTION_ARN: """
        PreSignUp PostConfirmation PreAuthentication PostAuthentication CustomMessage DefineAuthChallenge
        CreateAuthChallenge VerifyAuthChallengeResponse PreTokenGeneration UserMigration LambdaArn
        """,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    (
        *TOPIC_ARN,
        *FUNCTION_ARN,
        "AutoScaling::ScalingPolicy ARN",
        "ApplicationAutoScaling::ScalingPolicy ARN",
        "SSMIncidents::ResponsePlan ARN",
        "AIOps::InvestigationGroup ARN",
    ): "AlarmActions OKActions InsufficientDataActions",
}
_NAMED: Final = {name: needed for needed, names in _NAMES.items() for name in names.split()}

# The first that fits; a plural is taken as its singular.
_ENDINGS: Final = (
    (("RoleArn", "RoleARN"), ROLE_ARN),
    (("KmsKeyId", "KMSKeyId", "KmsKeyID", "KMSKeyID"), KEY),
    (("KmsKeyArn", "KMSKeyArn", "KMSKeyARN", "EncryptionKeyArn", "EncryptionKeyARN"), KEY_ARN),
    (("TopicArn", "TopicARN"), (*TOPIC_ARN, "MSK::Topic ARN")),
    (("SecretArn", "SecretARN"), SECRET_ARN),
    (("LogGroupArn", "LogGroupARN"), LOG_GROUP_ARN),
    (("LogGroupName",), LOG_GROUP),
    (("FunctionArn", "FunctionARN"), (*FUNCTION_ARN, "CloudFront::Function ARN")),
    (("Arn", "ARN"), ANY_ARN),
)


@lru_cache(maxsize=10_000)
def by_name(name: str) -> tuple[str, ...]:
    """What a property of this name takes; empty if its name doesn't tell."""
    if name in _NAMED:
        return _NAMED[name]
    singular = name.removesuffix("s")
    return next((needed for endings, needed in _ENDINGS if singular.endswith(endings)), ())
