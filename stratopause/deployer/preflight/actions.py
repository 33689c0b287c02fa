"""The actions that making a resource always takes, by its type.

A resource provider's own list (`handlers.create.permissions` of its schema) holds, besides these, what only some
properties need. https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PASSING: Final = "iam:PassRole"

DEPLOYING: Final = (
    "cloudformation:CreateChangeSet",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeEvents",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:GetTemplate",
    "cloudformation:ListChangeSets",
    "cloudformation:ListStackResources",
    "s3:GetObject",
    "s3:PutObject",
)
"""What a deployment itself calls."""

CREATING: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ("application-autoscaling:RegisterScalableTarget",),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ("application-autoscaling:PutScalingPolicy",),
    "AWS::Backup::BackupPlan": ("backup:CreateBackupPlan",),
    "AWS::Backup::BackupSelection": ("backup:CreateBackupSelection", "iam:PassRole"),
    "AWS::Backup::BackupVault": ("backup:CreateBackupVault", "backup-storage:MountCapsule", "kms:CreateGrant"),
    "AWS::Backup::RestoreTestingPlan": ("backup:CreateRestoreTestingPlan",),
    "AWS::Backup::RestoreTestingSelection": ("backup:CreateRestoreTestingSelection", "iam:PassRole"),
    "AWS::CertificateManager::Certificate": ("acm:RequestCertificate", "acm:DescribeCertificate"),
    "AWS::CloudFormation::Stack": ("cloudformation:CreateStack",),
    "AWS::CloudTrail::Trail": ("cloudtrail:CreateTrail", "cloudtrail:StartLogging"),
    "AWS::CloudWatch::Alarm": ("cloudwatch:PutMetricAlarm",),
    "AWS::CloudWatch::Dashboard": ("cloudwatch:PutDashboard",),
    "AWS::EC2::EIP": ("ec2:AllocateAddress",),
    "AWS::EC2::FlowLog": ("ec2:CreateFlowLogs", "iam:PassRole"),
    "AWS::EC2::InternetGateway": ("ec2:CreateInternetGateway",),
    "AWS::EC2::NatGateway": ("ec2:CreateNatGateway",),
    "AWS::EC2::Route": ("ec2:CreateRoute",),
    "AWS::EC2::RouteTable": ("ec2:CreateRouteTable",),
    "AWS::EC2::SecurityGroup": ("ec2:CreateSecurityGroup",),
    "AWS::EC2::SecurityGroupEgress": ("ec2:AuthorizeSecurityGroupEgress",),
    "AWS::EC2::SecurityGroupIngress": ("ec2:AuthorizeSecurityGroupIngress",),
    "AWS::EC2::Subnet": ("ec2:CreateSubnet",),
    "AWS::EC2::SubnetRouteTableAssociation": ("ec2:AssociateRouteTable",),
    "AWS::EC2::VPC": ("ec2:CreateVpc", "ec2:ModifyVpcAttribute"),
    "AWS::EC2::VPCEndpoint": ("ec2:CreateVpcEndpoint",),
    "AWS::EC2::VPCGatewayAttachment": ("ec2:AttachInternetGateway",),
    "AWS::ECS::Cluster": ("ecs:CreateCluster",),
    "AWS::ECS::Service": ("ecs:CreateService", "iam:PassRole"),
    "AWS::ECS::TaskDefinition": ("ecs:RegisterTaskDefinition", "iam:PassRole"),
    "AWS::ElastiCache::ReplicationGroup": ("elasticache:CreateReplicationGroup",),
    "AWS::ElastiCache::SubnetGroup": ("elasticache:CreateCacheSubnetGroup",),
    "AWS::ElastiCache::User": ("elasticache:CreateUser",),
    "AWS::ElastiCache::UserGroup": ("elasticache:CreateUserGroup",),
    "AWS::ElasticLoadBalancingV2::Listener": ("elasticloadbalancing:CreateListener",),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("elasticloadbalancing:CreateLoadBalancer",),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("elasticloadbalancing:CreateTargetGroup",),
    "AWS::IAM::ManagedPolicy": ("iam:CreatePolicy",),
    "AWS::IAM::Role": ("iam:CreateRole", "iam:PutRolePolicy"),
    "AWS::KMS::Alias": ("kms:CreateAlias",),
    "AWS::KMS::Key": ("kms:CreateKey", "kms:EnableKeyRotation"),
    "AWS::Logs::LogGroup": ("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
    "AWS::Logs::MetricFilter": ("logs:PutMetricFilter",),
    "AWS::Logs::ResourcePolicy": ("logs:PutResourcePolicy",),
    "AWS::RDS::DBInstance": ("rds:CreateDBInstance", "iam:PassRole", "kms:CreateGrant"),
    "AWS::RDS::DBParameterGroup": ("rds:CreateDBParameterGroup",),
    "AWS::RDS::DBSubnetGroup": ("rds:CreateDBSubnetGroup",),
    "AWS::RDS::EventSubscription": ("rds:CreateEventSubscription",),
    "AWS::Route53::RecordSet": ("route53:ChangeResourceRecordSets", "route53:GetChange"),
    "AWS::S3::Bucket": ("s3:CreateBucket", "s3:PutEncryptionConfiguration", "s3:PutBucketPublicAccessBlock"),
    "AWS::S3::BucketPolicy": ("s3:PutBucketPolicy",),
    "AWS::SNS::Subscription": ("sns:Subscribe",),
    "AWS::SNS::Topic": ("sns:CreateTopic",),
    "AWS::SNS::TopicPolicy": ("sns:SetTopicAttributes",),
    "AWS::SecretsManager::Secret": ("secretsmanager:CreateSecret",),
    "AWS::WAFv2::LoggingConfiguration": ("wafv2:PutLoggingConfiguration",),
    "AWS::WAFv2::WebACL": ("wafv2:CreateWebACL",),
    "AWS::WAFv2::WebACLAssociation": ("wafv2:AssociateWebACL",),
}
