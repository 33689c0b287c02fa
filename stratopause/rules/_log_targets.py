"""Which buckets of the tree are archives of logs: by who writes to them, or by whom their policy lets write.

The services and their principals: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules._containers import parts
from stratopause.rules._known import at, known
from stratopause.rules._load_balancers import CLASSIC, LOAD_BALANCER, attribute, kind
from stratopause.tree import policies
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Resource, Tree
from stratopause.tree.text import may_be, references

BUCKET: Final = "AWS::S3::Bucket"
_POLICY: Final = "AWS::S3::BucketPolicy"
_DELIVERY: Final = "AWS::KinesisFirehose::DeliveryStream"

ACCESS_LOGS: Final = "logging.s3.amazonaws.com"
_BALANCERS: Final = ("logdelivery.elasticloadbalancing.amazonaws.com", "logdelivery.elb.amazonaws.com")
_PRINCIPALS: Final = {
    ACCESS_LOGS: "access logs of buckets",
    **dict.fromkeys(_BALANCERS, "logs of load balancers"),
    "cloudtrail.amazonaws.com": "logs of CloudTrail",
    "delivery.logs.amazonaws.com": "logs that are delivered",
    "redshift.amazonaws.com": "logs of Redshift",
}

_OF_CLASSIC: Final = ("AccessLoggingPolicy", "S3BucketName")
_NAMED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "AWS::CloudFront::Distribution": (("DistributionConfig", "Logging", "Bucket"),),
    "AWS::CloudTrail::Trail": (("S3BucketName",),),
    "AWS::EC2::FlowLog": (("LogDestination",),),
    CLASSIC: (_OF_CLASSIC,),
    "AWS::Logs::DeliveryDestination": (("DestinationResourceArn",),),
    "AWS::MSK::Cluster": (("LoggingInfo", "BrokerLogs", "S3", "Bucket"),),
    "AWS::NetworkFirewall::LoggingConfiguration": (
        ("LoggingConfiguration", "LogDestinationConfigs", "*", "LogDestination", "bucketName"),
    ),
    "AWS::Redshift::Cluster": (("LoggingProperties", "BucketName"),),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": (("DestinationArn",),),
    BUCKET: (("LoggingConfiguration", "DestinationBucketName"),),
    "AWS::VpcLattice::AccessLogSubscription": (("DestinationArn",),),
    "AWS::WAFv2::LoggingConfiguration": (("LogDestinationConfigs", "*"),),
}
"""The properties that name a bucket to write logs to, by its name, ARN or domain."""

_MATCHING: Final = {"ArnEquals", "ArnLike", "StringEquals", "StringLike"}

_OF_LOAD_BALANCERS: Final = ("access_logs.s3.bucket", "connection_logs.s3.bucket", "health_check_logs.s3.bucket")

_IN_A_NAME: Final = re.compile(r"(?:arn:[^/]{1,30}?:s3:::|s3://)?([^/]+?)(?:\.s3[.-][^/]*)?(?:/.*)?")


_LONGEST: Final = 1_000
"""More than this names no bucket."""


class Archive(NamedTuple):
    """A bucket that logs are written to."""

    bucket: Resource
    whose: str


def archives(tree: Tree) -> list[Archive]:
    """Each bucket of the tree that is an archive of logs, once for each thing that says so."""
    buckets = _Buckets(tree)
    found = [Archive(bucket, _PRINCIPALS[service]) for bucket, service in _admitting(tree, buckets)]
    for source, value in _targets(tree):
        bucket = buckets.find(value)
        if bucket is not None:
            found.append(Archive(bucket, f"logs of {source.place}"))
    found += [Archive(bucket, "access logs of buckets") for bucket in tree.resources(BUCKET) if _takes_by_acl(bucket)]
    return found


def takes_access_logs(tree: Tree) -> set[str]:
    """The places of the buckets that other buckets write their access logs to, or may."""
    buckets = _Buckets(tree)
    found = {bucket.place for bucket, service in _admitting(tree, buckets) if service == ACCESS_LOGS}
    for source in tree.resources(BUCKET):
        if isinstance(source.get("LoggingConfiguration"), dict):
            named = source.get("LoggingConfiguration", "DestinationBucketName")
            bucket = source if named is None else buckets.find(named)
            found |= {bucket.place} if bucket is not None else set()
    return found | {bucket.place for bucket in tree.resources(BUCKET) if _takes_by_acl(bucket)}


def takes_logs_without_key(tree: Tree) -> set[str]:
    """The places of the buckets that get logs which can't be delivered under a key: access logs, and load balancers'.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    buckets = _Buckets(tree)
    found = {bucket.place for bucket, service in _admitting(tree, buckets) if service in _BALANCERS}
    named = [balancer.get(*_OF_CLASSIC) for balancer in tree.resources(CLASSIC)]
    for balancer in tree.resources(LOAD_BALANCER):
        # Those of network load balancers can be.
        if kind(balancer) != "network":
            named += [attribute(balancer, key).value for key in _OF_LOAD_BALANCERS]
    found |= {bucket.place for bucket in map(buckets.find, named) if bucket is not None}
    return found | takes_access_logs(tree)


def _takes_by_acl(bucket: Resource) -> bool:
    return known(bucket.get("AccessControl")) == "LogDeliveryWrite"


class _Buckets:
    """The buckets of a tree, to be found by any of the ways to name one."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._names = {tree.identity(_name(bucket)): bucket for bucket in tree.resources(BUCKET)}

    def find(self, value: Any) -> Resource | None:
        if not isinstance(value, str):
            return None
        for reference in references(value):
            resource = self._tree.resource(reference.place)
            if resource is not None and resource.type == BUCKET:
                return resource
        text = self._tree.identity(value)
        match = _IN_A_NAME.fullmatch(text) if len(text) <= _LONGEST else None
        return self._names.get(match[1]) if match else None


def _name(bucket: Resource) -> Any:
    return bucket.get("BucketName") or f"?{bucket.place}"


def _targets(tree: Tree) -> Iterator[tuple[Resource, Any]]:
    for source in tree.resources(*_NAMED):
        for path in _NAMED[source.type]:
            for _, value in parts(source.properties, path):
                yield source, value
    for balancer in tree.resources(LOAD_BALANCER):
        for key in _OF_LOAD_BALANCERS:
            yield balancer, attribute(balancer, key).value
    yield from _through_streams(tree)


def _through_streams(tree: Tree) -> Iterator[tuple[Resource, Any]]:
    """A delivery stream that logs are written to writes them to its bucket."""
    streams = {stream.place: stream for stream in tree.resources(_DELIVERY)}
    if not streams:
        return
    sources = [
        *((one, value) for one in tree.resources("AWS::WAFv2::LoggingConfiguration") for value in _configured(one)),
        *((one, one.get("DestinationArn")) for one in tree.resources("AWS::Logs::SubscriptionFilter")),
        *((one, one.get("LogDestination")) for one in tree.resources("AWS::EC2::FlowLog")),
    ]
    for source, value in sources:
        stream = tree.source(value)
        if stream is not None and stream.place in streams:
            for destination in ("S3DestinationConfiguration", "ExtendedS3DestinationConfiguration"):
                yield source, stream.get(destination, "BucketARN")


def _configured(logging: Resource) -> list[Any]:
    return policies.many(logging.get("LogDestinationConfigs"))


def _admitting(tree: Tree, buckets: _Buckets) -> Iterator[tuple[Resource, str]]:
    for policy in tree.resources(_POLICY):
        bucket = buckets.find(policy.get("Bucket"))
        if bucket is None:
            continue
        for statement in policies.statements(policy.get("PolicyDocument")):
            if statement.get("Effect") == "Allow" and _writes(statement):
                found = [one for one in policies.services(statement) if one in _PRINCIPALS]
                idle = ACCESS_LOGS in found and _sources_log_elsewhere(statement, bucket, buckets)
                yield from ((bucket, one) for one in found if not (idle and one == ACCESS_LOGS))


def _sources_log_elsewhere(statement: policies.Statement, bucket: Resource, buckets: _Buckets) -> bool:
    """Whether a statement lets in access logs of the tree's own buckets only, and none of those logs to this one."""
    for operator, key, values in policies.conditions(statement):
        if key == "aws:sourcearn" and operator in _MATCHING and values:
            sources = [buckets.find(value) for value in values]
            return all(source is not None and _logs_elsewhere(source, bucket, buckets) for source in sources)
    return False


def _logs_elsewhere(source: Resource, bucket: Resource, buckets: _Buckets) -> bool:
    """Whether a bucket surely has no access log, or keeps it in another bucket of the tree.

    A configuration that names no bucket means the one that it is of.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-loggingconfiguration.html
    """
    logging = source.get("LoggingConfiguration")
    if logging is None:
        return True
    named = at(logging, "DestinationBucketName")
    target = source if named is None else buckets.find(named)
    return target is not None and target.place != bucket.place


def _writes(statement: policies.Statement) -> bool:
    return any(
        may_be(as_text(action), "s3:PutObject", ignore_case=True) for action in policies.many(statement.get("Action"))
    )
