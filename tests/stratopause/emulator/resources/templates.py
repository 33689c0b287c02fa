"""Pieces of templates that the tests share."""

from __future__ import annotations

from typing import Any

Resources = dict[str, Any]

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"

ADMINISTRATION = {
    "Effect": "Allow",
    "Principal": {"AWS": ROOT},
    "Action": ["kms:PutKeyPolicy", "kms:DescribeKey", "kms:ScheduleKeyDeletion", "kms:Enable*", "kms:Disable*"],
    "Resource": "*",
}


def ref(logical_id: str) -> dict[str, str]:
    return {"Ref": logical_id}


def att(logical_id: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, attribute]}


def resource(kind: str, /, **properties: Any) -> dict[str, Any]:
    """A resource of `AWS::<kind>`."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def via_service(service: str) -> dict[str, Any]:
    """A statement that lets the account use a key through a service."""
    equal = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com", "kms:CallerAccount": ACCOUNT}
    return {
        "Effect": "Allow",
        "Principal": {"AWS": ROOT},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant"],
        "Resource": "*",
        "Condition": {"StringEquals": equal},
    }


LOG_GROUPS = {
    "Effect": "Allow",
    "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
    "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
    "Resource": "*",
    "Condition": {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"},
    },
}
TRAILS = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudtrail.amazonaws.com"},
    "Action": ["kms:GenerateDataKey*", "kms:DescribeKey"],
    "Resource": "*",
    "Condition": {
        "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"},
    },
}


def key(*statements: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """A key that its account administers, with these uses."""
    policy = {"Version": "2012-10-17", "Statement": [ADMINISTRATION, *statements]}
    return resource("KMS::Key", KeyPolicy=policy, EnableKeyRotation=True, PendingWindowInDays=7, **properties)


def network() -> Resources:
    """A VPC with an internet gateway, a subnet in each of two zones, and a security group."""
    return {
        "Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=True),
        "Internet": resource("EC2::InternetGateway"),
        "Attachment": resource("EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Internet")),
        "SubnetA": resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.0.0/24", AvailabilityZone=f"{REGION}a"),
        "SubnetB": resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.1.0/24", AvailabilityZone=f"{REGION}b"),
        "Group": resource("EC2::SecurityGroup", VpcId=ref("Vpc"), GroupDescription="A group"),
    }


def role(service: str = "ecs-tasks.amazonaws.com", **properties: Any) -> dict[str, Any]:
    """A role that a service assumes."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    return resource("IAM::Role", AssumeRolePolicyDocument=trust, **properties)


def delivery(bucket: str, service: str, source: str) -> dict[str, Any]:
    """A bucket policy that lets a service write, and read the bucket's ACL, on behalf of one resource."""
    arn = f"arn:aws:s3:::{bucket}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["s3:PutObject", "s3:GetBucketAcl"],
        "Resource": [arn, f"{arn}/AWSLogs/{ACCOUNT}/*"],
        "Condition": {"ArnLike": {"aws:SourceArn": source}},
    }
    return resource(
        "S3::BucketPolicy", Bucket=bucket, PolicyDocument={"Version": "2012-10-17", "Statement": [statement]}
    )
