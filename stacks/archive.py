"""Buckets for the logs of load balancers and of access to buckets."""

from __future__ import annotations

from typing import Annotated

from awacs.aws import ArnLike, Condition, StringEquals
from troposphere import AccountId, Ref, Sub, s3

from policies.buckets import bucket_policy, delivers
from stacks.buckets import kept_bucket, kept_policy, logged_to
from stratopause.wiring.records import Nothing, Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import BucketName

KEY_OF_S3 = s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
"""The only encryption that load balancers deliver to, and that S3 recommends for its own logs' target.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
"""
LOAD_BALANCERS = "arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:loadbalancer/*"


class Outputs(Record, frozen=True, kw_only=True):
    access_log_bucket_name: Annotated[BucketName, "Who read or wrote objects in the platform's buckets"]
    load_balancer_log_bucket_name: Annotated[BucketName, "Which requests reached the load balancer"]


class Archive(Stack[Nothing, Outputs]):
    description = "Buckets for the logs of load balancers and of access to buckets."

    def __init__(self, archive_days: int) -> None:
        super().__init__()
        self.archive_days = archive_days

    def resources(self, given: Nothing) -> Outputs:
        access_logs = self.access_logs()
        load_balancer_logs = self.load_balancer_logs(access_logs)
        return Outputs(
            access_log_bucket_name=BucketName.of(access_logs),
            load_balancer_log_bucket_name=BucketName.of(load_balancer_logs),
        )

    def access_logs(self) -> s3.Bucket:
        """Not logged itself, which would never end, and without a lock by default: S3 couldn't deliver.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
        """
        bucket = self.add(kept_bucket("AccessLogs", self.archive_days, KEY_OF_S3))
        ours = Condition(StringEquals({"aws:SourceAccount": AccountId}))
        self.add(kept_policy(bucket, bucket_policy(bucket, delivers("logging.s3", bucket, "/*", ours))))
        return bucket

    def load_balancer_logs(self, access_logs: s3.Bucket) -> s3.Bucket:
        bucket = self.add(
            kept_bucket(
                "LoadBalancerLogs",
                self.archive_days,
                KEY_OF_S3,
                LoggingConfiguration=logged_to(Ref(access_logs), "load-balancer-logs/"),
                DependsOn="AccessLogsPolicy",
            )
        )
        ours = Condition(ArnLike({"aws:SourceArn": Sub(LOAD_BALANCERS)}))
        delivery = delivers("logdelivery.elasticloadbalancing", bucket, "/AWSLogs/${AWS::AccountId}/*", ours)
        self.add(kept_policy(bucket, bucket_policy(bucket, delivery)))
        return bucket
