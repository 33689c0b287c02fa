"""What an account and region need before the first deployment: a bucket for templates, a repository for images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

from troposphere import AWSHelperFn, GetAtt, Retain, RetainExceptOnCreate, ecr, kms, s3

from policies.buckets import bucket_policy
from policies.kms import ViaService, key_policy
from stacks.buckets import kept_policy
from stratopause.wiring.records import Nothing, Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import BucketName, Value

NONCURRENT_DAYS = 90
UNTAGGED_DAYS = 30


class RepositoryUri(Value):
    """Where images are pushed to: account.dkr.ecr.region.amazonaws.com/name."""

    provided_by = {"AWS::ECR::Repository": "RepositoryUri"}


class Outputs(Record, frozen=True, kw_only=True):
    artifact_bucket_name: Annotated[BucketName, "Holds the templates that CloudFormation reads"]
    repository_uri: Annotated[RepositoryUri, "Where the service's image is pushed to"]


class Bootstrap(Stack[Nothing, Outputs]):
    """Names are generated, and what holds something is retained: deleted and made again, it stands beside the old."""

    description = "What deployments need: a bucket for templates and a repository for images."

    def resources(self, given: Nothing) -> Outputs:
        key_arn = GetAtt(self.key(), "Arn")
        return Outputs(
            artifact_bucket_name=BucketName.of(self.artifact_bucket(key_arn)),
            repository_uri=RepositoryUri.of(self.repository(key_arn)),
        )

    def key(self) -> kms.Key:
        return self.add(
            kms.Key(
                "Key",
                Description="Encrypts templates and images",
                EnableKeyRotation=True,
                KeyPolicy=key_policy([ViaService("s3"), ViaService("ecr")]),
                DeletionPolicy=RetainExceptOnCreate,
                UpdateReplacePolicy=Retain,
            )
        )

    def artifact_bucket(self, key_arn: AWSHelperFn) -> s3.Bucket:
        encryption = s3.ServerSideEncryptionByDefault(SSEAlgorithm="aws:kms", KMSMasterKeyID=key_arn)
        bucket = self.add(
            s3.Bucket(
                "ArtifactBucket",
                BucketEncryption=s3.BucketEncryption(
                    ServerSideEncryptionConfiguration=[
                        s3.ServerSideEncryptionRule(BucketKeyEnabled=True, ServerSideEncryptionByDefault=encryption)
                    ]
                ),
                LifecycleConfiguration=s3.LifecycleConfiguration(Rules=[expire_old_versions()]),
                OwnershipControls=s3.OwnershipControls(
                    Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
                ),
                PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
                    BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
                ),
                VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
                DeletionPolicy=RetainExceptOnCreate,
                UpdateReplacePolicy=Retain,
            )
        )
        self.add(kept_policy(bucket, bucket_policy(bucket)))
        return bucket

    def repository(self, key_arn: AWSHelperFn) -> ecr.Repository:
        return self.add(
            ecr.Repository(
                "Repository",
                EncryptionConfiguration=ecr.EncryptionConfiguration(EncryptionType="KMS", KmsKey=key_arn),
                ImageScanningConfiguration=ecr.ImageScanningConfiguration(ScanOnPush=True),
                ImageTagMutability="IMMUTABLE",
                LifecyclePolicy=ecr.LifecyclePolicy(LifecyclePolicyText=expire_untagged_images()),
                DeletionPolicy=RetainExceptOnCreate,
                UpdateReplacePolicy=Retain,
            )
        )


def expire_old_versions() -> s3.LifecycleRule:
    return s3.LifecycleRule(
        Id="ExpireOldVersions",
        Status="Enabled",
        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=1),
        NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=NONCURRENT_DAYS),
    )


def expire_untagged_images() -> str:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html"""
    selection = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": UNTAGGED_DAYS,
    }
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


def template(tags: Mapping[str, str]) -> bytes:
    """The template as CloudFormation takes it, without an upload.

    `tags` are those of the environment that comes first; what stands here is shared by all of the account.
    """
    stack = Bootstrap()
    stack.tags = {**tags, "environment": "shared"}
    return json.dumps(stack.render(), sort_keys=True).encode()
