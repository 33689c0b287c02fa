from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, nested, places, resource, template
from tests.hostile import hostile

RULE = "E9502"
ARCHIVE = ("Resources", "Archive", "Properties", "LifecycleConfiguration")


def _group(**properties: Any) -> dict[str, Any]:
    return template(Group=resource("Logs::LogGroup", properties))


@pytest.mark.parametrize("days", [2192, 2557, 3653, "3653", 3653.0, {"Fn::ImportValue": "days"}, {"Ref": "Nothing"}])
def test_a_log_group_that_keeps_for_six_years_is_fine(days: Any) -> None:
    assert not found(RULE, forest(platform=_group(RetentionInDays=days)))


@pytest.mark.parametrize("days", [30, 365, "365", 1827])
def test_a_log_group_that_keeps_for_less_is_found(days: Any) -> None:
    (problem,) = found(RULE, forest(platform=_group(RetentionInDays=days)))
    assert problem.path == ("Resources", "Group", "Properties", "RetentionInDays")
    assert f"for {days} days" in problem.message


def test_a_log_group_that_keeps_for_ever_is_found() -> None:
    (problem,) = found(RULE, forest(platform=_group()))
    assert "keeps its logs for ever" in problem.message


def test_days_that_a_parent_passes_are_judged() -> None:
    child = _group(RetentionInDays={"Ref": "Days"}) | {"Parameters": {"Days": {"Type": "Number", "Default": 3653}}}
    assert not found(RULE, forest(platform=template(Child=nested("child.json")), child=child))
    assert found(RULE, forest(platform=template(Child=nested("child.json", Days=90)), child=child))


def test_a_group_that_only_passes_on_has_no_retention() -> None:
    assert not found(RULE, forest(platform=_group(LogGroupClass="DELIVERY")))


def test_a_store_of_events_is_judged() -> None:
    store = template(Store=resource("CloudTrail::EventDataStore", {"RetentionPeriod": 90}))
    assert places(RULE, forest(platform=store)) == ["platform.json/Store"]
    store["Resources"]["Store"]["Properties"] = {"RetentionPeriod": 2557}
    assert not found(RULE, forest(platform=store))


@pytest.mark.parametrize(
    ("properties", "is_found"),
    [
        ({}, True),
        ({"BillingMode": "EXTENDABLE_RETENTION_PRICING"}, True),
        ({"BillingMode": "FIXED_RETENTION_PRICING"}, False),
        ({"BillingMode": {"Fn::ImportValue": "billing"}}, False),
    ],
)
def test_a_store_of_events_that_says_nothing_keeps_for_as_long_as_it_is_paid_for(
    properties: Any, is_found: bool
) -> None:
    store = template(Store=resource("CloudTrail::EventDataStore", properties))
    assert bool(found(RULE, forest(platform=store))) is is_found


KEPT: dict[str, Any] = {"Rules": [{"Status": "Enabled", "ExpirationInDays": 3653}]}
ENDLESS: list[Any] = [
    None,
    {"Rules": []},
    {"Rules": [{"Status": "Disabled", "ExpirationInDays": 3653}]},
    {"Rules": [{"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}]},
]
REF = {"Ref": "Archive"}
ARN = {"Fn::GetAtt": ["Archive", "Arn"]}
SOURCES: dict[str, dict[str, Any]] = {
    "load balancer": resource(
        "ElasticLoadBalancingV2::LoadBalancer",
        {"LoadBalancerAttributes": [{"Key": "access_logs.s3.bucket", "Value": REF}]},
    ),
    "connections": resource(
        "ElasticLoadBalancingV2::LoadBalancer",
        {"LoadBalancerAttributes": [{"Key": "connection_logs.s3.bucket", "Value": "the-archive"}]},
    ),
    "classic": resource("ElasticLoadBalancing::LoadBalancer", {"AccessLoggingPolicy": {"S3BucketName": REF}}),
    "trail": resource("CloudTrail::Trail", {"S3BucketName": REF}),
    "bucket": resource("S3::Bucket", {"LoggingConfiguration": {"DestinationBucketName": REF}}),
    "distribution": resource(
        "CloudFront::Distribution",
        {"DistributionConfig": {"Logging": {"Bucket": {"Fn::GetAtt": ["Archive", "DomainName"]}}}},
    ),
    "distribution by name": resource(
        "CloudFront::Distribution", {"DistributionConfig": {"Logging": {"Bucket": "the-archive.s3.amazonaws.com"}}}
    ),
    "flow log": resource("EC2::FlowLog", {"LogDestination": {"Fn::Sub": "${Archive.Arn}/flows"}}),
    "web ACL": resource("WAFv2::LoggingConfiguration", {"LogDestinationConfigs": [ARN]}),
    "web ACL by name": resource(
        "WAFv2::LoggingConfiguration",
        {"LogDestinationConfigs": [{"Fn::Sub": "arn:${AWS::Partition}:s3:::the-archive"}]},
    ),
    "kafka": resource("MSK::Cluster", {"LoggingInfo": {"BrokerLogs": {"S3": {"Bucket": REF}}}}),
    "redshift": resource("Redshift::Cluster", {"LoggingProperties": {"BucketName": REF}}),
    "resolver": resource("Route53Resolver::ResolverQueryLoggingConfig", {"DestinationArn": ARN}),
    "lattice": resource("VpcLattice::AccessLogSubscription", {"DestinationArn": ARN}),
    "delivery": resource("Logs::DeliveryDestination", {"DestinationResourceArn": ARN}),
    "network firewall": resource(
        "NetworkFirewall::LoggingConfiguration",
        {"LoggingConfiguration": {"LogDestinationConfigs": [{"LogDestination": {"bucketName": REF}}]}},
    ),
    "policy": resource(
        "S3::BucketPolicy",
        {
            "Bucket": REF,
            "PolicyDocument": {
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"Service": "delivery.logs.amazonaws.com"},
                    "Action": "s3:Put*",
                    "Resource": "*",
                }
            },
        },
    ),
}


def _archive(source: dict[str, Any], lifecycle: Any) -> dict[str, Any]:
    bucket = {"BucketName": "the-archive", "LifecycleConfiguration": lifecycle}
    if lifecycle is None:
        del bucket["LifecycleConfiguration"]
    return template(Archive=resource("S3::Bucket", bucket), Source=source)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_an_archive_that_keeps_for_ever_or_too_short_is_found(source: dict[str, Any]) -> None:
    assert not found(RULE, forest(platform=_archive(source, KEPT)))
    for lifecycle in ENDLESS:
        (problem,) = found(RULE, forest(platform=_archive(source, lifecycle)))
        assert problem.path[:2] == ARCHIVE[:2]
        assert "for ever" in problem.message
    short = {"Rules": [{"Status": "Enabled", "Id": "tidy"}, {"Status": "Enabled", "ExpirationInDays": "365"}]}
    (problem,) = found(RULE, forest(platform=_archive(source, short)))
    assert problem.path == (*ARCHIVE, "Rules", 1, "ExpirationInDays")


def _admitting(**changed: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": ["s3:GetBucketAcl", "s3:PutObject"], "Resource": ARN, **changed}
    return _archive(resource("S3::BucketPolicy", {"Bucket": REF, "PolicyDocument": {"Statement": [statement]}}), None)


@pytest.mark.parametrize(
    "service",
    [
        "cloudtrail.amazonaws.com",
        "delivery.logs.amazonaws.com",
        "logdelivery.elasticloadbalancing.amazonaws.com",
        "logdelivery.elb.amazonaws.com",
        "logging.s3.amazonaws.com",
        "redshift.amazonaws.com",
    ],
)
def test_a_bucket_whose_policy_lets_logs_be_delivered_is_an_archive(service: str) -> None:
    principal = {"Service": ["backup.amazonaws.com", service]}
    assert places(RULE, forest(platform=_admitting(Principal=principal))) == ["platform.json/Archive"]
    for changed in ({"Effect": "Deny"}, {"Action": "s3:GetObject"}, {"Principal": {"Service": "backup.amazonaws.com"}}):
        assert not found(RULE, forest(platform=_admitting(**({"Principal": principal} | changed))))


def test_a_bucket_that_lets_in_only_its_own_access_logs_and_has_none_is_no_archive() -> None:
    tree = _admitting(
        Principal={"Service": "logging.s3.amazonaws.com"}, Condition={"ArnEquals": {"aws:SourceArn": ARN}}
    )
    assert not found(RULE, forest(platform=tree))
    tree["Resources"]["Archive"]["Properties"]["LoggingConfiguration"] = {"DestinationBucketName": REF}
    assert places(RULE, forest(platform=tree)) == ["platform.json/Archive"]


def test_an_archive_behind_a_delivery_stream_is_found() -> None:
    tree = _archive(
        resource("WAFv2::LoggingConfiguration", {"LogDestinationConfigs": [{"Fn::GetAtt": "Stream.Arn"}]}), None
    )
    tree["Resources"]["Stream"] = resource(
        "KinesisFirehose::DeliveryStream", {"ExtendedS3DestinationConfiguration": {"BucketARN": ARN}}
    )
    assert places(RULE, forest(platform=tree)) == ["platform.json/Archive"]


def test_an_archive_in_another_stack_is_found() -> None:
    archive = template(Archive=resource("S3::Bucket")) | {"Outputs": {"Name": {"Value": REF}}}
    audit = template(Trail=resource("CloudTrail::Trail", {"S3BucketName": {"Ref": "Bucket"}}))
    root = template(
        Archive=nested("archive.json"), Audit=nested("audit.json", Bucket={"Fn::GetAtt": ["Archive", "Outputs.Name"]})
    )
    tree = forest(platform=root, archive=archive, audit=audit | {"Parameters": {"Bucket": {"Type": "String"}}})
    assert places(RULE, tree) == ["archive.json/Archive"]


def test_a_bucket_that_is_no_archive_may_keep_what_it_likes() -> None:
    assert not found(RULE, forest(platform=template(Bucket=resource("S3::Bucket"))))
    unknown = _archive(SOURCES["trail"], {"Fn::If": ["Nothing", {"Ref": "X"}, {"Ref": "X"}]})
    assert not found(RULE, forest(platform=unknown))


def test_tagged_objects_may_go_earlier() -> None:
    rules = [*KEPT["Rules"], {"Status": "Enabled", "ExpirationInDays": 1, "TagFilters": [{"Key": "a", "Value": "b"}]}]
    assert not found(RULE, forest(platform=_archive(SOURCES["trail"], {"Rules": rules})))


def test_what_lies_under_another_prefix_may_go_earlier() -> None:
    other = {"Status": "Enabled", "ExpirationInDays": 1, "Prefix": "results/"}
    assert not found(RULE, forest(platform=_archive(SOURCES["trail"], {"Rules": [*KEPT["Rules"], other]})))
    assert found(RULE, forest(platform=_archive(SOURCES["trail"], {"Rules": [other]})))


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_hostile_values_do_no_harm(source: dict[str, Any]) -> None:
    for changed in hostile(_archive(source, KEPT)):
        found(RULE, forest(platform=changed))
