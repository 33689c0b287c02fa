"""Logs that services write to buckets and log groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules._deliveries import DELIVERY, SOMETHING, Delivery, arns_of
from stratopause.rules._keys import values_at
from stratopause.rules._known import known
from stratopause.rules._load_balancers import CLASSIC, LOAD_BALANCER, attribute, is_on, kind
from stratopause.rules._receivers import BUCKET, GROUP, Receivers
from stratopause.tree import identity
from stratopause.tree.model import Path, Resource, Tree
from stratopause.tree.text import ACCOUNT, PARTITION, REGION

_VENDED: Final = f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:{SOMETHING}"


def _objects(tree: Tree, bucket: Resource, prefix: Any, *, is_path: bool = True) -> str:
    """What is written to a bucket under a prefix."""
    text = tree.identity(prefix) if prefix not in (None, "") else ""
    begin = f"{text.strip('/')}/" if text and is_path else text
    return f"{identity.arn(tree, bucket)}/{begin}{f'AWSLogs/{ACCOUNT}/' if is_path else ''}{SOMETHING}"


_OF_BALANCERS: Final = ("access_logs", "connection_logs", "health_check_logs")
_BALANCERS: Final = ("logdelivery.elasticloadbalancing.amazonaws.com",)
_OF_REGIONS: Final = (
    *("127311923021", "033677994240", "027434742980", "797873946194", "098369216593", "754344448648"),
    *("589379963580", "718504428378", "383597477331", "600734575887", "114774131450", "783225319266"),
    *("582318560864", "985666609251", "054676820928", "156460612806", "652711504416", "635631232127"),
    *("009996457667", "897822967062", "076674570225", "507241528517", "048591011584", "190560391635"),
    *("638102146993", "037604701340"),
)
"""The accounts of load balancers in the regions that there were before August 2022.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
"""
_LOGGING: Final = {"application": (_BALANCERS, _OF_REGIONS), "network": ((DELIVERY,), ())}
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html"""


def balancers(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    arn = f"arn:{PARTITION}:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/{SOMETHING}"
    for balancer in tree.resources(LOAD_BALANCER):
        for log in _OF_BALANCERS:
            target, prefix = (attribute(balancer, f"{log}.s3.{name}") for name in ("bucket", "prefix"))
            bucket, _ = receivers.bucket(target.value)
            if bucket is not None and is_on(attribute(balancer, f"{log}.s3.enabled")) and prefix.is_known:
                on = _objects(tree, bucket, prefix.value)
                # Network load balancers have theirs delivered.
                services, accounts = _LOGGING.get(kind(balancer) or "", ((DELIVERY, *_BALANCERS), _OF_REGIONS))
                arns = (arn, *arns_of(tree, balancer, arn), *((_VENDED,) if DELIVERY in services else ()))
                yield Delivery(balancer, target.path, bucket, services, (("s3:PutObject", on),), arns, accounts)
    for balancer in tree.resources(CLASSIC):
        bucket, _ = receivers.bucket(balancer.get("AccessLoggingPolicy", "S3BucketName"))
        if bucket is not None and known(balancer.get("AccessLoggingPolicy", "Enabled")) == "true":
            on = _objects(tree, bucket, balancer.get("AccessLoggingPolicy", "S3BucketPrefix"))
            path = ("AccessLoggingPolicy", "S3BucketName")
            yield Delivery(balancer, path, bucket, _BALANCERS, (("s3:PutObject", on),), (arn,), _OF_REGIONS)


def access_logs(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html"""
    for source in tree.resources(BUCKET):
        logging = source.get("LoggingConfiguration")
        if not isinstance(logging, dict):
            continue
        named = logging.get("DestinationBucketName")
        bucket = source if named is None else receivers.bucket(named)[0]
        if bucket is not None and known(bucket.get("AccessControl", default="")) == "":
            on = _objects(tree, bucket, logging.get("LogFilePrefix"), is_path=False)
            path = ("LoggingConfiguration", "DestinationBucketName")
            arns = arns_of(tree, source, identity.arn(tree, source))
            yield Delivery(source, path, bucket, ("logging.s3.amazonaws.com",), (("s3:PutObject", on),), arns)


def trails(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html"""
    for trail in tree.resources("AWS::CloudTrail::Trail"):
        bucket, _ = receivers.bucket(trail.get("S3BucketName"))
        if bucket is not None:
            on = _objects(tree, bucket, trail.get("S3KeyPrefix"))
            actions = (("s3:GetBucketAcl", identity.arn(tree, bucket)), ("s3:PutObject", on))
            arns = arns_of(tree, trail, f"arn:{PARTITION}:cloudtrail:{REGION}:{ACCOUNT}:trail/{{…}}")
            yield Delivery(trail, ("S3BucketName",), bucket, ("cloudtrail.amazonaws.com",), actions, arns)


_TO_BUCKETS: Final = {
    "AWS::EC2::FlowLog": (("LogDestination",), DELIVERY),
    "AWS::WAFv2::LoggingConfiguration": (("LogDestinationConfigs", "*"), DELIVERY),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": (("DestinationArn",), DELIVERY),
    "AWS::GuardDuty::PublishingDestination": (("DestinationProperties", "DestinationArn"), "guardduty.amazonaws.com"),
    "AWS::Redshift::Cluster": (("LoggingProperties", "BucketName"), "redshift.amazonaws.com"),
}
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html"""


def to_buckets(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    for source in tree.resources(*_TO_BUCKETS):
        where, service = _TO_BUCKETS[source.type]
        for path, value in values_at(source.properties, where):
            bucket, prefix = receivers.bucket(value)
            if bucket is not None:
                # What comes before AWSLogs may be said elsewhere, too; not all write below it.
                begin = f"{identity.arn(tree, bucket)}/{prefix}{'/' if prefix else ''}"
                on = f"{begin}AWSLogs/{ACCOUNT}/{SOMETHING}" if service == DELIVERY else f"{begin}{SOMETHING}"
                arns = (_VENDED,) if service == DELIVERY else (SOMETHING,)
                check = (("s3:GetBucketAcl", identity.arn(tree, bucket)),) if service == DELIVERY else ()
                actions = (*check, ("s3:PutObject", on))
                accounts = ("*",) if source.type == "AWS::Redshift::Cluster" else ()
                yield Delivery(source, path, bucket, (service,), actions, arns, accounts)


_SEARCH: Final = (
    (
        ("LogPublishingOptions", "*", "CloudWatchLogsLogGroupArn"),
        ("es.amazonaws.com", "opensearchservice.amazonaws.com"),
    ),
)
_TO_GROUPS: Final[dict[str, tuple[tuple[Path, tuple[str, ...]], ...]]] = {
    "AWS::Elasticsearch::Domain": _SEARCH,
    "AWS::Events::Rule": ((("Targets", "*", "Arn"), ("events.amazonaws.com", DELIVERY)),),
    "AWS::OpenSearchService::Domain": _SEARCH,
    "AWS::Route53::HostedZone": ((("QueryLoggingConfig", "CloudWatchLogsLogGroupArn"), ("route53.amazonaws.com",)),),
    "AWS::WAFv2::LoggingConfiguration": ((("LogDestinationConfigs", "*"), (DELIVERY,)),),
}
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""


def to_groups(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    for source in tree.resources(*_TO_GROUPS):
        for where, services in _TO_GROUPS[source.type]:
            for path, value in _each(source.properties, where):
                group = receivers.find(value, GROUP)
                if group is not None:
                    on = f"{identity.arn(tree, group).removesuffix(':*')}:log-stream:{SOMETHING}"
                    actions = (("logs:CreateLogStream", on), ("logs:PutLogEvents", on))
                    yield Delivery(source, path, group, services, actions, (SOMETHING,))


def _each(value: Any, where: Path) -> Iterator[tuple[Path, Any]]:
    """As in a list, `*` is every member of an object."""
    if not where or where[0] != "LogPublishingOptions":
        yield from values_at(value, where)
        return
    options = value.get("LogPublishingOptions")
    for name in options if isinstance(options, dict) else ():
        yield from values_at(value, ("LogPublishingOptions", name, *where[2:]))
