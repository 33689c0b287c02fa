"""The bucket that keeps the record of API calls, locked against change."""

from __future__ import annotations

from typing import Annotated

from awacs import s3 as actions
from awacs.aws import Allow, Condition, Principal, Statement, StringEquals
from troposphere import Sub, s3

from policies.buckets import arn, bucket_policy, delivers, forbids
from policies.kms import Trail, ViaService
from stacks.buckets import kept_bucket, kept_policy, logged_to
from stratopause.wiring.records import Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import BucketName, KeyArn


class Parameters(Record, frozen=True, kw_only=True):
    access_log_bucket_name: BucketName
    archive_key_arn: Annotated[KeyArn, ViaService("s3"), Trail()]


class Outputs(Record, frozen=True, kw_only=True):
    trail_bucket_name: Annotated[BucketName, "The record of every API call"]


class TrailArchive(Stack[Parameters, Outputs]):
    description = "The bucket that keeps the record of API calls, locked against change."

    def __init__(self, trail_name: str, archive_days: int) -> None:
        super().__init__()
        self.trail_arn = Sub(
            f"arn:${{AWS::Partition}}:cloudtrail:${{AWS::Region}}:${{AWS::AccountId}}:trail/{trail_name}"
        )
        self.archive_days = archive_days

    def resources(self, given: Parameters) -> Outputs:
        bucket = self.bucket(given)
        lock_holds = forbids("LockHolds", [actions.BypassGovernanceRetention], bucket)
        self.add(kept_policy(bucket, bucket_policy(bucket, lock_holds, *self.delivery(bucket))))
        return Outputs(trail_bucket_name=BucketName.of(bucket))

    def bucket(self, given: Parameters) -> s3.Bucket:
        """Without a bucket key: S3 would call KMS in the context of the bucket, and the key knows that of the trail.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
        """
        retention = s3.DefaultRetention(Mode="GOVERNANCE", Days=self.archive_days)
        return self.add(
            kept_bucket(
                "TrailBucket",
                self.archive_days,
                s3.ServerSideEncryptionByDefault(SSEAlgorithm="aws:kms", KMSMasterKeyID=given.archive_key_arn),
                ObjectLockEnabled=True,
                ObjectLockConfiguration=s3.ObjectLockConfiguration(
                    ObjectLockEnabled="Enabled", Rule=s3.ObjectLockRule(DefaultRetention=retention)
                ),
                LoggingConfiguration=logged_to(given.access_log_bucket_name, "trail/"),
            )
        )

    def delivery(self, bucket: s3.Bucket) -> list[Statement]:
        """CloudTrail, for this trail only; it sends an ACL, although the bucket's owner owns whatever is in it.

        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
        """
        ours = {"aws:SourceArn": self.trail_arn}
        checks = Statement(
            Sid="Checks",
            Effect=Allow,
            Principal=Principal("Service", "cloudtrail.amazonaws.com"),
            Action=[actions.GetBucketAcl],
            Resource=[arn(bucket)],
            Condition=Condition(StringEquals(ours)),
        )
        with_acl = Condition(StringEquals(ours | {"s3:x-amz-acl": "bucket-owner-full-control"}))
        return [checks, delivers("cloudtrail", bucket, "/AWSLogs/${AWS::AccountId}/*", with_acl)]
