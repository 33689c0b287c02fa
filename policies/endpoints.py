"""What may pass the private ways to AWS services.

These policies don't grant anything: what a caller may do is in its own policy too. They keep out callers of
other accounts, so that data can't leave with credentials that somebody brought along.
https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from awacs import cloudwatch, ecr, ecs, kms, logs, s3, secretsmanager, ssm, sts
from awacs.aws import Action, Allow, Condition, PolicyDocument, Principal, Statement, StringEquals
from troposphere import AccountId, AWSHelperFn, Sub

PULL: Final = (
    ecr.BatchCheckLayerAvailability,
    ecr.BatchGetImage,
    ecr.GetAuthorizationToken,
    ecr.GetDownloadUrlForLayer,
)

SERVICES: Final[Mapping[str, Sequence[Action]]] = {
    "ecr.api": PULL,
    "ecr.dkr": PULL,
    "ecs": (ecs.DescribeServices, ecs.DescribeTasks, ecs.ListTasks),
    "kms": (kms.Decrypt, kms.DescribeKey, kms.Encrypt, kms.GenerateDataKey),
    "logs": (logs.CreateLogStream, logs.DescribeLogGroups, logs.DescribeLogStreams, logs.PutLogEvents),
    "monitoring": (cloudwatch.PutMetricData,),
    "secretsmanager": (secretsmanager.DescribeSecret, secretsmanager.GetSecretValue),
    "ssm": (ssm.GetParameter, ssm.GetParameters, ssm.GetParametersByPath),
    "sts": (sts.AssumeRole, sts.GetCallerIdentity),
}
"""The services that tasks reach by an interface endpoint, and what for: pull, log, measure, read secrets.

The names are those after `com.amazonaws.REGION.`:
https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""

OBJECTS: Final = (
    s3.AbortMultipartUpload,
    s3.DeleteObject,
    s3.GetBucketLocation,
    s3.GetObject,
    s3.GetObjectVersion,
    s3.ListBucket,
    s3.ListMultipartUploadParts,
    s3.PutObject,
)

LAYERS: Final = "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*"


def interface_policy(actions: Sequence[Action]) -> PolicyDocument:
    """These actions, for callers of this account."""
    return _policy(_allow("ThisAccount", actions, "*", StringEquals({"aws:PrincipalAccount": AccountId})))


def s3_policy() -> PolicyDocument:
    """Objects of this account for its callers, and the layers of images.

    ECR keeps those in a bucket of its own and signs the addresses itself, so no condition on the caller fits.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
    """
    ours = StringEquals({"aws:PrincipalAccount": AccountId, "aws:ResourceAccount": AccountId})
    return _policy(
        _allow("ThisAccount", OBJECTS, "*", ours),
        _allow("ImageLayers", [s3.GetObject], Sub(LAYERS)),
    )


def _policy(*statements: Statement) -> PolicyDocument:
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def _allow(
    sid: str, actions: Sequence[Action], resource: AWSHelperFn | str, condition: StringEquals | None = None
) -> Statement:
    """A gateway endpoint takes no other principal than everybody; the condition says who."""
    conditional = {} if condition is None else {"Condition": Condition(condition)}
    return Statement(
        Sid=sid, Effect=Allow, Principal=Principal("*"), Action=list(actions), Resource=[resource], **conditional
    )
