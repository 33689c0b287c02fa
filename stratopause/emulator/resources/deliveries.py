"""Buckets that a service writes into: the bucket's policy lets it, or the service refuses to start.

CloudTrail and Elastic Load Balancing try their destination when it is set.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
"""

from __future__ import annotations

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import s3
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.calls import arn
from stratopause.emulator.resources.handlers import Change, before_change
from stratopause.emulator.resources.refusals import Refusal

CLOUDTRAIL = "cloudtrail.amazonaws.com"
LOAD_BALANCERS = "logdelivery.elasticloadbalancing.amazonaws.com"


def allows(bucket: str, service: str, action: str, key: str, source: str) -> bool:
    """Whether a bucket's policy lets a service do this to the bucket, or to a key of it."""
    context = {
        "aws:sourceaccount": get_account_id(),
        "aws:sourcearn": source,
        "s3:tlsversion": "1.3",
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    request = EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}",
        region=get_region(),
        secure_transport=True,
        service_context=context,
    )
    policy = s3._bucket_policies.get(bucket)
    return bool(evaluate_resource_policy(policy, request, service=service).decision == "Allow")


def _prefixed(prefix: str | None, key: str) -> str:
    return f"{prefix.strip('/')}/{key}" if prefix else key


@before_change("AWS::CloudTrail::Trail")
def _trail(change: Change) -> None:
    bucket = change.properties["S3BucketName"]
    name = change.physical_id or change.properties.get("TrailName")
    trail = arn("cloudtrail", f"trail/{name or provisioners._physical_name(change.stack_name, change.logical_id)}")
    key = _prefixed(change.properties.get("S3KeyPrefix"), f"AWSLogs/{get_account_id()}/CloudTrail/probe")
    reads = allows(bucket, CLOUDTRAIL, "s3:GetBucketAcl", "", trail)
    if bucket in s3._buckets and not (reads and allows(bucket, CLOUDTRAIL, "s3:PutObject", key, trail)):
        message = f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
        raise Refusal(message, "CloudTrail", "InsufficientS3BucketPolicyException")


@before_change("AWS::ElasticLoadBalancingV2::LoadBalancer")
def _access_logs(change: Change) -> None:
    attributes = {item["Key"]: item.get("Value") for item in change.properties.get("LoadBalancerAttributes", ())}
    source = arn("elasticloadbalancing", f"loadbalancer/app/{change.logical_id}/0123456789abcdef")
    for logs in ("access_logs.s3", "connection_logs.s3"):
        if attributes.get(f"{logs}.enabled") != "true":
            continue
        bucket = attributes.get(f"{logs}.bucket") or ""
        key = _prefixed(attributes.get(f"{logs}.prefix"), f"AWSLogs/{get_account_id()}/ELBAccessLogTestFile")
        if not allows(bucket, LOAD_BALANCERS, "s3:PutObject", key, source) or _encrypted_with_kms(bucket):
            message = f"Access Denied for bucket: {bucket}. Please check S3bucket permission"
            raise Refusal(message, "ElasticLoadBalancingV2", "InvalidConfigurationRequest")


def _encrypted_with_kms(bucket: str) -> bool:
    """Load balancers deliver only to buckets encrypted with keys of S3."""
    return "aws:kms" in str(s3._bucket_encryption.get(bucket, ""))
