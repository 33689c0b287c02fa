from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, places, resource, template
from tests.hostile import hostile

RULE = "E9504"
ATTRIBUTES = [
    {"Key": "access_logs.s3.enabled", "Value": "true"},
    {"Key": "access_logs.s3.bucket", "Value": {"Fn::ImportValue": "bucket"}},
]
LISTENER = "ElasticLoadBalancingV2::Listener"
BALANCER = "ElasticLoadBalancingV2::LoadBalancer"


def _one(type_: str, **properties: Any) -> dict[str, Any]:
    return template(One=resource(type_, properties))


GOOD: dict[str, dict[str, Any]] = {
    "application": _one(BALANCER, LoadBalancerAttributes=ATTRIBUTES),
    "network": _one(BALANCER, Type="network", LoadBalancerAttributes=ATTRIBUTES),
    "gateway": _one(BALANCER, Type="gateway"),
    "unknown attributes": _one(BALANCER, LoadBalancerAttributes={"Fn::If": "x"}),
    "classic": _one("ElasticLoadBalancing::LoadBalancer", AccessLoggingPolicy={"Enabled": True, "S3BucketName": "b"}),
    "bucket": _one("S3::Bucket", LoggingConfiguration={"DestinationBucketName": "logs"}),
    "distribution": _one("CloudFront::Distribution", DistributionConfig={"Logging": {"Bucket": "b.s3.amazonaws.com"}}),
    "rest stage": _one("ApiGateway::Stage", AccessLogSetting={"DestinationArn": {"Fn::ImportValue": "g"}}),
    "http stage": _one("ApiGatewayV2::Stage", AccessLogSettings={"DestinationArn": {"Fn::ImportValue": "g"}}),
    "postgres": _one("RDS::DBInstance", Engine="postgres", EnableCloudwatchLogsExports=["upgrade", "postgresql"]),
    "mysql": _one("RDS::DBInstance", Engine="MySQL", EnableCloudwatchLogsExports=["audit"]),
    "oracle": _one("RDS::DBInstance", Engine="oracle-ee-cdb", EnableCloudwatchLogsExports=["audit"]),
    "sqlserver": _one("RDS::DBInstance", Engine="sqlserver-se", EnableCloudwatchLogsExports=["error"]),
    "custom": _one("RDS::DBInstance", Engine="custom-oracle-ee"),
    "member": _one("RDS::DBInstance", Engine="aurora-postgresql", DBClusterIdentifier="cluster"),
    "aurora": _one("RDS::DBCluster", Engine="aurora-mysql", EnableCloudwatchLogsExports=["audit", "error"]),
    "cluster of MySQL": _one("RDS::DBCluster", Engine="mysql", EnableCloudwatchLogsExports=["error"]),
    "some engine": _one("RDS::DBInstance", Engine={"Ref": "Engine"}),
    "documents": _one("DocDB::DBCluster", EnableCloudwatchLogsExports=["audit"]),
    "graph": _one("Neptune::DBCluster", EnableCloudwatchLogsExports=["audit"]),
    "cache": _one("ElastiCache::ReplicationGroup", LogDeliveryConfigurations=[{"LogType": "slow-log"}]),
    "node": _one("ElastiCache::CacheCluster", Engine="redis", LogDeliveryConfigurations=[{"LogType": "slow-log"}]),
    "memcached": _one("ElastiCache::CacheCluster", Engine="memcached"),
    "search": _one("OpenSearchService::Domain", LogPublishingOptions={"AUDIT_LOGS": {"Enabled": True}}),
    "redshift": _one("Redshift::Cluster", LoggingProperties={"BucketName": "b"}),
    "serverless": _one("RedshiftServerless::Namespace", LogExports=["connectionlog"]),
    "kafka": _one(
        "MSK::Cluster", LoggingInfo={"BrokerLogs": {"S3": {"Enabled": False}, "Firehose": {"Enabled": True}}}
    ),
    "workflow": _one("StepFunctions::StateMachine", LoggingConfiguration={"Level": "ALL"}),
    "kubernetes": _one("EKS::Cluster", Logging={"ClusterLogging": {"EnabledTypes": [{"Type": "audit"}]}}),
    "graphql": _one("AppSync::GraphQLApi", LogConfig={"FieldLogLevel": "ALL"}),
    "broker": _one("AmazonMQ::Broker", Logs={"General": True}),
    "vpn": _one("EC2::ClientVpnEndpoint", ConnectionLogOptions={"Enabled": True}),
}


@pytest.mark.parametrize("tree", GOOD.values(), ids=GOOD)
def test_what_logs_is_fine(tree: Body) -> None:
    assert not found(RULE, forest(platform=tree))


BAD: dict[str, tuple[dict[str, Any], tuple[str | int, ...]]] = {
    "no attributes": (_one(BALANCER), ()),
    "no attribute": (_one(BALANCER, LoadBalancerAttributes=ATTRIBUTES[1:]), ("LoadBalancerAttributes",)),
    "off": (
        _one(BALANCER, LoadBalancerAttributes=[{"Key": "access_logs.s3.enabled", "Value": False}]),
        ("LoadBalancerAttributes", 0, "Value"),
    ),
    "no bucket": (_one(BALANCER, LoadBalancerAttributes=ATTRIBUTES[:1]), ("LoadBalancerAttributes",)),
    "network": (_one(BALANCER, Type="network"), ()),
    "classic": (_one("ElasticLoadBalancing::LoadBalancer"), ()),
    "classic, off": (
        _one("ElasticLoadBalancing::LoadBalancer", AccessLoggingPolicy={"Enabled": False}),
        ("AccessLoggingPolicy", "Enabled"),
    ),
    "bucket": (_one("S3::Bucket"), ()),
    "distribution": (_one("CloudFront::Distribution", DistributionConfig={"Enabled": True}), ("DistributionConfig",)),
    "rest stage": (_one("ApiGateway::Stage"), ()),
    "http stage": (_one("ApiGatewayV2::Stage", AccessLogSettings={"Format": "x"}), ("AccessLogSettings",)),
    "postgres": (_one("RDS::DBInstance", Engine="postgres"), ()),
    "postgres, upgrades": (
        _one("RDS::DBInstance", Engine="postgres", EnableCloudwatchLogsExports=["upgrade"]),
        ("EnableCloudwatchLogsExports",),
    ),
    "mysql": (
        _one("RDS::DBInstance", Engine="mysql", EnableCloudwatchLogsExports=["error", "slowquery"]),
        ("EnableCloudwatchLogsExports",),
    ),
    "replica": (_one("RDS::DBInstance", SourceDBInstanceIdentifier="primary"), ()),
    "aurora": (_one("RDS::DBCluster", Engine="aurora-postgresql", EnableCloudwatchLogsExports=[]), ()),
    "documents": (_one("DocDB::DBCluster", EnableCloudwatchLogsExports=["profiler"]), ("EnableCloudwatchLogsExports",)),
    "graph": (_one("Neptune::DBCluster"), ()),
    "cache": (_one("ElastiCache::ReplicationGroup", LogDeliveryConfigurations=[]), ("LogDeliveryConfigurations",)),
    "cache, engine only": (
        _one("ElastiCache::ReplicationGroup", LogDeliveryConfigurations=[{"LogType": "engine-log"}]),
        ("LogDeliveryConfigurations",),
    ),
    "node": (_one("ElastiCache::CacheCluster", Engine="redis"), ()),
    "search": (_one("OpenSearchService::Domain", LogPublishingOptions={}), ("LogPublishingOptions",)),
    "elasticsearch": (_one("Elasticsearch::Domain"), ()),
    "redshift": (_one("Redshift::Cluster"), ()),
    "serverless": (_one("RedshiftServerless::Namespace", LogExports=[]), ("LogExports",)),
    "kafka": (
        _one("MSK::Cluster", LoggingInfo={"BrokerLogs": {"S3": {"Enabled": False}}}),
        ("LoggingInfo", "BrokerLogs"),
    ),
    "workflow": (
        _one("StepFunctions::StateMachine", LoggingConfiguration={"Level": "OFF"}),
        ("LoggingConfiguration", "Level"),
    ),
    "kubernetes": (_one("EKS::Cluster", Logging={"ClusterLogging": {"EnabledTypes": [{"Type": "api"}]}}), ("Logging",)),
    "graphql": (_one("AppSync::GraphQLApi"), ()),
    "broker": (_one("AmazonMQ::Broker", Logs={"General": False}), ("Logs",)),
    "vpn": (_one("EC2::ClientVpnEndpoint", ConnectionLogOptions={"Enabled": False}), ("ConnectionLogOptions",)),
    "web ACL": (_one("WAFv2::WebACL"), ()),
}


@pytest.mark.parametrize(("tree", "path"), BAD.values(), ids=BAD)
def test_what_does_not_log_is_found(tree: Body, path: tuple[str | int, ...]) -> None:
    (problem,) = found(RULE, forest(platform=tree))
    expected = ("Resources", "One", "Properties", *path)
    assert problem.path[: len(expected)] == expected or (not path and problem.path[:2] == expected[:2])
    assert "doesn't log who used it; write " in problem.message


@pytest.mark.parametrize(
    ("engine", "wanted"),
    [
        ("postgres", "postgresql"),
        ("aurora-postgresql", "postgresql"),
        ("mysql", "audit"),
        ("mariadb", "audit"),
        ("aurora-mysql", "audit"),
        ("aurora", "audit"),
        ("oracle-se2", "audit or listener"),
        ("sqlserver-ex", "error or agent"),
        ("db2-se", "diag.log"),
    ],
)
def test_each_engine_has_its_log_of_who_connected(engine: str, wanted: str) -> None:
    # Multi-AZ clusters of MySQL have no such log.
    types = ("RDS::DBInstance",) if engine == "mysql" else ("RDS::DBInstance", "RDS::DBCluster")
    for type_ in types:
        (problem,) = found(RULE, forest(platform=_one(type_, Engine=engine, EnableCloudwatchLogsExports=["other"])))
        assert f"; write {wanted} into EnableCloudwatchLogsExports" in problem.message


def test_custom_engines_export_nothing() -> None:
    for engine in ("custom-oracle-ee", "custom-sqlserver-se", "some-other"):
        assert not found(RULE, forest(platform=_one("RDS::DBInstance", Engine=engine)))


@pytest.mark.parametrize(("protocol", "count"), [("TLS", 1), ("TCP", 0)])
def test_a_network_load_balancer_logs_only_tls(protocol: str, count: int) -> None:
    tree = _one(BALANCER, Type="network")
    tree["Resources"]["Listener"] = resource(LISTENER, {"LoadBalancerArn": {"Ref": "One"}, "Protocol": protocol})
    assert len(found(RULE, forest(platform=tree))) == count


def _buckets(*, sink: Body | None = None, **more: Body) -> dict[str, Any]:
    logged = resource("S3::Bucket", {"LoggingConfiguration": {"DestinationBucketName": {"Ref": "Sink"}}})
    return template(Sink=sink or resource("S3::Bucket"), Logged=logged, **more)


def test_a_bucket_that_takes_access_logs_needs_none() -> None:
    assert not found(RULE, forest(platform=_buckets()))
    acl = template(Sink=resource("S3::Bucket", {"AccessControl": "LogDeliveryWrite"}))
    assert not found(RULE, forest(platform=acl))
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": {"Fn::Sub": "${Sink.Arn}/*"},
    }
    policy = resource("S3::BucketPolicy", {"Bucket": {"Ref": "Sink"}, "PolicyDocument": {"Statement": [statement]}})
    assert not found(RULE, forest(platform=template(Sink=resource("S3::Bucket"), Policy=policy)))
    statement["Principal"] = {"Service": "config.amazonaws.com"}
    assert places(RULE, forest(platform=template(Sink=resource("S3::Bucket"), Policy=policy))) == ["platform.json/Sink"]


def _let_in(*sources: str) -> Body:
    """A policy of the bucket Sink for the access logs of some buckets."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Condition": {"ArnLike": {"aws:SourceArn": [{"Fn::Sub": source} for source in sources]}},
    }
    return resource("S3::BucketPolicy", {"Bucket": {"Ref": "Sink"}, "PolicyDocument": {"Statement": [statement]}})


def _logging(**configuration: Any) -> Body:
    return resource("S3::Bucket", {"LoggingConfiguration": configuration})


def test_a_policy_for_logs_that_surely_go_elsewhere_makes_no_place_for_access_logs() -> None:
    own = {"Policy": _let_in("${Sink.Arn}"), "Sink": resource("S3::Bucket")}
    assert places(RULE, forest(platform=template(**own))) == ["platform.json/Sink"]
    elsewhere = {
        "Sink": resource("S3::Bucket"),
        "Policy": _let_in("${Source.Arn}"),
        "Source": _logging(DestinationBucketName={"Ref": "Other"}),
        "Other": resource("S3::Bucket"),
    }
    assert places(RULE, forest(platform=template(**elsewhere))) == ["platform.json/Sink"]
    itself = elsewhere | {"Source": _logging(LogFilePrefix="own/"), "Other": _logging(LogFilePrefix="own/")}
    assert places(RULE, forest(platform=template(**itself))) == ["platform.json/Sink"]


@pytest.mark.parametrize(
    "policy",
    [
        _let_in("arn:aws:s3:::*"),
        _let_in("arn:aws:s3:::somebody-elses"),
        _let_in("${Sink.Arn}", "arn:aws:s3:::somebody-elses"),
        _let_in("${Source.Arn}"),
    ],
)
def test_a_policy_for_logs_that_may_come_makes_one(policy: Body) -> None:
    tree = template(
        Sink=resource("S3::Bucket"),
        Policy=policy,
        Source=_logging(DestinationBucketName={"Fn::ImportValue": "a-bucket"}),
    )
    assert not found(RULE, forest(platform=tree))


def test_a_policy_that_lets_other_logs_in_makes_no_place_for_access_logs() -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
    }
    policy = resource("S3::BucketPolicy", {"Bucket": {"Ref": "Archive"}, "PolicyDocument": {"Statement": statement}})
    archive = resource("S3::Bucket")
    assert not found(RULE, forest(platform=template(Archive=archive, Policy=policy)))
    assert places(RULE, forest(platform=_buckets(Archive=archive, Policy=policy))) == ["platform.json/Archive"]


def test_an_archive_is_logged_if_there_is_where_to() -> None:
    trail = resource("CloudTrail::Trail", {"S3BucketName": {"Ref": "Archive"}})
    archive = resource("S3::Bucket")
    assert not found(RULE, forest(platform=template(Archive=archive, Trail=trail)))
    tree = forest(platform=_buckets(Archive=archive, Trail=trail))
    assert places(RULE, tree) == ["platform.json/Archive"]


@pytest.mark.parametrize(
    ("arn", "count"),
    [({"Fn::GetAtt": ["One", "Arn"]}, 0), ({"Fn::GetAtt": ["Other", "Arn"]}, 1), ({"Fn::ImportValue": "acl"}, 0)],
)
def test_a_web_acl_is_logged_by_a_configuration_for_it(arn: Body, count: int) -> None:
    tree = _one("WAFv2::WebACL")
    tree["Resources"]["Logging"] = resource("WAFv2::LoggingConfiguration", {"ResourceArn": arn})
    tree["Resources"]["Other"] = resource("WAFv2::RuleGroup")
    assert len(found(RULE, forest(platform=tree))) == count


def test_a_distribution_may_log_by_a_delivery() -> None:
    tree = _one("CloudFront::Distribution")
    arn = {"Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${One}"}
    tree["Resources"]["Source"] = resource("Logs::DeliverySource", {"ResourceArn": arn, "LogType": "ACCESS_LOGS"})
    assert not found(RULE, forest(platform=tree))


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"log_connections": "1"}, 0),
        ({"log_connections": "all"}, 0),
        ({"log_connections": {"Ref": "Nothing"}}, 0),
        ({"pgaudit.log": "role, Write"}, 0),
        ({"pgaudit.log": "all,-ddl"}, 0),
        ({"pgaudit.log": "all,-read,-write"}, 1),
        ({"pgaudit.log": "none"}, 1),
        ({"pgaudit.log": "misc,function"}, 1),
        ({"log_connections": "0"}, 1),
        ({"rds.force_ssl": "1", "pgaudit.log": "ddl,role"}, 1),
    ],
)
def test_postgresql_is_told_to_log_connections(parameters: Body, count: int) -> None:
    database = {
        "Engine": "postgres",
        "EnableCloudwatchLogsExports": ["postgresql"],
        "DBParameterGroupName": {"Ref": "G"},
    }
    group = resource("RDS::DBParameterGroup", {"Parameters": parameters})
    problems = found(RULE, forest(platform=template(One=resource("RDS::DBInstance", database), G=group)))
    assert len(problems) == count
    assert all(problem.path[:2] == ("Resources", "G") for problem in problems)


def test_hostile_values_do_no_harm() -> None:
    for tree in [*GOOD.values(), *(tree for tree, _ in BAD.values())]:
        for changed in hostile(tree):
            found(RULE, forest(platform=changed))
