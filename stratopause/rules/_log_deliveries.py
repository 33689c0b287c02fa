"""Logs that services write to buckets and log groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules._deliveries import DELIVERY, SOMETHING, Delivery, arns_of, by_role
from stratopause.rules._keys import values_at
from stratopause.rules._known import at, known
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
_BALANCERS: Final = ("logdelivery.elasticloadbalancing.amazonaws.com", "logdelivery.elb.amazonaws.com")
"""The second is that of Outposts."""
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


_VENDED_TO_BUCKETS: Final = {
    "AWS::EC2::FlowLog": ("LogDestination",),
    "AWS::WAFv2::LoggingConfiguration": ("LogDestinationConfigs", "*"),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": ("DestinationArn",),
}
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html"""
_TO_BUCKETS: Final = {
    "AWS::GuardDuty::PublishingDestination": (("DestinationProperties", "DestinationArn"), "guardduty"),
    "AWS::Redshift::Cluster": (("LoggingProperties", "BucketName"), "redshift"),
}
"""https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html
https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html#db-auditing-bucket-permissions
"""


def to_buckets(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    yield from _vended_to_buckets(tree, receivers)
    for source in tree.resources(*_TO_BUCKETS):
        where, service = _TO_BUCKETS[source.type]
        # In regions that have to be opted in to, it is one of the region's own.
        services = (f"{service}.amazonaws.com", f"{service}.{REGION}.amazonaws.com")
        for path, value in values_at(source.properties, where):
            bucket, prefix = receivers.bucket(value)
            if bucket is not None:
                on = f"{_below(tree, bucket, prefix)}{SOMETHING}"
                accounts = ("*",) if source.type == "AWS::Redshift::Cluster" else ()
                yield Delivery(source, path, bucket, services, (("s3:PutObject", on),), (SOMETHING,), accounts)


def _vended_to_buckets(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    for source in tree.resources(*_VENDED_TO_BUCKETS):
        for path, value in values_at(source.properties, _VENDED_TO_BUCKETS[source.type]):
            bucket, prefix = receivers.bucket(value)
            if bucket is not None:
                on = f"{_below(tree, bucket, prefix)}AWSLogs/{_account_in_paths(source)}/{SOMETHING}"
                actions = (("s3:GetBucketAcl", identity.arn(tree, bucket)), ("s3:PutObject", on))
                yield Delivery(source, path, bucket, (DELIVERY,), actions, (_VENDED,), writes_policy=True)


def _below(tree: Tree, bucket: Resource, prefix: str) -> str:
    return f"{identity.arn(tree, bucket)}/{prefix}{'/' if prefix else ''}"


def _account_in_paths(source: Resource) -> str:
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html"""
    hive = known(source.get("DestinationOptions", "HiveCompatiblePartitions", default="false"))
    return {"true": f"aws-account-id={ACCOUNT}", "false": ACCOUNT}.get(hive or "", SOMETHING)


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
    "AWS::Route53::QueryLoggingConfig": ((("CloudWatchLogsLogGroupArn",), ("route53.amazonaws.com",)),),
}
"""Of WAF's logs AWS writes or extends the policy itself.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""


def to_groups(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    for source in tree.resources(*_TO_GROUPS):
        for where, services in _TO_GROUPS[source.type]:
            for path, value in _each(source.properties, where):
                group = receivers.find(value, GROUP)
                if group is not None and not by_role(source, path):
                    on = f"{identity.arn(tree, group).removesuffix(':*')}:log-stream:{SOMETHING}"
                    actions = (("logs:CreateLogStream", on), ("logs:PutLogEvents", on))
                    yield Delivery(source, path, group, services, actions, (SOMETHING,))


def _each(value: Any, where: Path) -> Iterator[tuple[Path, Any]]:
    """As in a list, `*` is every member of an object."""
    if not where or where[0] != "LogPublishingOptions":
        yield from values_at(value, where)
        return
    options = value.get("LogPublishingOptions")
    for name, option in options.items() if isinstance(options, dict) else ():
        if known(at(option, "Enabled")) != "false":
            yield from values_at(value, ("LogPublishingOptions", name, *where[2:]))
