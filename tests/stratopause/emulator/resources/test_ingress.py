"""The way in: load balancer, certificate, WAF, DNS; and the service behind it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stratopause.emulator.resources.templates import (
    ACCOUNT,
    REGION,
    Resources,
    att,
    delivery,
    network,
    ref,
    resource,
    role,
)

pytestmark = pytest.mark.emulator

LOG_GROUP = "aws-waf-logs-patients"
BARE_ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{LOG_GROUP}"
PROTECTED = [{"Key": "deletion_protection.enabled", "Value": "true"}]
METRICS = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "patients"}


def rate_limit(limit: int) -> dict[str, Any]:
    statement = {"RateBasedStatement": {"AggregateKeyType": "IP", "Limit": limit}}
    return {"Name": "rate", "Priority": 0, "Action": {"Block": {}}, "Statement": statement, "VisibilityConfig": METRICS}


def ingress() -> Resources:
    forward = [{"Type": "forward", "TargetGroupArn": ref("Targets")}]
    return network() | {
        "Zone": resource("Route53::HostedZone", Name="example.org"),
        "Certificate": resource(
            "CertificateManager::Certificate", DomainName="api.example.org", ValidationMethod="DNS"
        ),
        "Balancer": resource(
            "ElasticLoadBalancingV2::LoadBalancer",
            Name="patients",
            Scheme="internet-facing",
            Subnets=[ref("SubnetA"), ref("SubnetB")],
            SecurityGroups=[ref("Group")],
            LoadBalancerAttributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "30"}],
        )
        | {"DependsOn": "Attachment"},
        "Targets": resource(
            "ElasticLoadBalancingV2::TargetGroup",
            VpcId=ref("Vpc"),
            Port=8443,
            Protocol="HTTPS",
            TargetType="ip",
            HealthCheckPath="/healthz",
            HealthCheckProtocol="HTTPS",
        ),
        "Listener": resource(
            "ElasticLoadBalancingV2::Listener",
            LoadBalancerArn=ref("Balancer"),
            Port=443,
            Protocol="HTTPS",
            SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
            Certificates=[{"CertificateArn": ref("Certificate")}],
            DefaultActions=forward,
        ),
        "Rule": resource(
            "ElasticLoadBalancingV2::ListenerRule",
            ListenerArn=ref("Listener"),
            Priority=10,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/admin/*"]}}],
            Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        ),
        "Acl": resource(
            "WAFv2::WebACL",
            Name="patients",
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig=METRICS,
            Rules=[rate_limit(2000)],
        ),
        "Association": resource("WAFv2::WebACLAssociation", ResourceArn=ref("Balancer"), WebACLArn=att("Acl", "Arn")),
        "LogGroup": resource("Logs::LogGroup", LogGroupName=LOG_GROUP),
        "Logging": resource(
            "WAFv2::LoggingConfiguration",
            ResourceArn=att("Acl", "Arn"),
            LogDestinationConfigs=[BARE_ARN],
            RedactedFields=[{"SingleHeader": {"Name": "authorization"}}],
        )
        | {"DependsOn": "LogGroup"},
        "Record": resource(
            "Route53::RecordSet",
            HostedZoneId=ref("Zone"),
            Name="api.example.org",
            Type="A",
            AliasTarget={
                "DNSName": att("Balancer", "DNSName"),
                "HostedZoneId": att("Balancer", "CanonicalHostedZoneID"),
            },
        ),
        "Health": resource(
            "Route53::HealthCheck",
            HealthCheckConfig={
                "Type": "HTTPS",
                "FullyQualifiedDomainName": "api.example.org",
                "ResourcePath": "/healthz",
                "FailureThreshold": 3,
            },
        ),
    }


def service() -> Resources:
    container = {
        "Name": "app",
        "Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app@sha256:{'0' * 64}",
        "PortMappings": [{"ContainerPort": 8443}],
    }
    vpc = {"Subnets": [ref("SubnetA"), ref("SubnetB")], "SecurityGroups": [ref("Group")]}
    target = {"ContainerName": "app", "ContainerPort": 8443, "TargetGroupArn": ref("Targets")}
    step = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
    return {
        "Role": role(),
        "Cluster": resource("ECS::Cluster", ClusterSettings=[{"Name": "containerInsights", "Value": "enabled"}]),
        "Providers": resource(
            "ECS::ClusterCapacityProviderAssociations",
            Cluster=ref("Cluster"),
            CapacityProviders=["FARGATE", "FARGATE_SPOT"],
            DefaultCapacityProviderStrategy=[{"CapacityProvider": "FARGATE", "Weight": 1}],
        ),
        "Task": resource(
            "ECS::TaskDefinition",
            Family="patients",
            Cpu="256",
            Memory="512",
            NetworkMode="awsvpc",
            RequiresCompatibilities=["FARGATE"],
            ExecutionRoleArn=att("Role", "Arn"),
            ContainerDefinitions=[container],
        ),
        "Service": resource(
            "ECS::Service",
            ServiceName="patients",
            Cluster=ref("Cluster"),
            TaskDefinition=ref("Task"),
            LaunchType="FARGATE",
            DesiredCount=0,
            NetworkConfiguration={"AwsvpcConfiguration": vpc},
            LoadBalancers=[target],
        )
        | {"DependsOn": "Listener"},
        "Scale": resource(
            "ApplicationAutoScaling::ScalableTarget",
            ServiceNamespace="ecs",
            ScalableDimension="ecs:service:DesiredCount",
            ResourceId={"Fn::Sub": "service/${Cluster}/${Service.Name}"},
            MinCapacity=2,
            MaxCapacity="4",
        ),
        "Policy": resource(
            "ApplicationAutoScaling::ScalingPolicy",
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            ScalingTargetId=ref("Scale"),
            TargetTrackingScalingPolicyConfiguration={"TargetValue": 60, **step},
        ),
    }


def test_an_ingress_lives_as_its_services_show_it(account: Any) -> None:
    elb, waf, route53 = account.client("elbv2"), account.client("wafv2"), account.client("route53")
    balancer_attributes = ("DNSName", "LoadBalancerFullName", "CanonicalHostedZoneID", "LoadBalancerName")
    outputs = {name: att("Balancer", name) for name in balancer_attributes}
    outputs |= {"Targets": att("Targets", "TargetGroupFullName"), "Health": att("Health", "HealthCheckId")}
    outputs |= {name: att("Acl", name) for name in ("Id", "Capacity", "LabelNamespace")}
    stack = account.created(ingress(), outputs)
    ids = stack.physical_ids
    (balancer,) = elb.describe_load_balancers(Names=["patients"])["LoadBalancers"]
    assert (balancer["VpcId"], balancer["DNSName"]) == (ids["Vpc"], stack.outputs["DNSName"])
    (listener,) = elb.describe_listeners(LoadBalancerArn=ids["Balancer"])["Listeners"]
    assert listener["Certificates"] == [{"CertificateArn": ids["Certificate"]}]
    (targets,) = elb.describe_target_groups(TargetGroupArns=[ids["Targets"]])["TargetGroups"]
    assert targets["LoadBalancerArns"] == [ids["Balancer"]]
    assert len(elb.describe_rules(ListenerArn=ids["Listener"])["Rules"]) == 2
    assert elb.describe_target_health(TargetGroupArn=ids["Targets"])["TargetHealthDescriptions"] == []
    assert waf.get_web_acl_for_resource(ResourceArn=ids["Balancer"])["WebACL"]["Name"] == "patients"
    logging = waf.get_logging_configuration(ResourceArn=ids["Logging"])["LoggingConfiguration"]
    assert logging["LogDestinationConfigs"] == [BARE_ARN]
    records = route53.list_resource_record_sets(HostedZoneId=ids["Zone"])["ResourceRecordSets"]
    assert any(record["Name"] == "api.example.org." and "AliasTarget" in record for record in records)
    check = route53.get_health_check(HealthCheckId=ids["Health"])["HealthCheck"]["HealthCheckConfig"]
    assert (check["Type"], check["FailureThreshold"]) == ("HTTPS", 3)

    changed = ingress()
    changed["Acl"]["Properties"]["Rules"] = [rate_limit(1000)]
    changed["Health"]["Properties"]["HealthCheckConfig"]["FailureThreshold"] = 5
    changed["Rule"]["Properties"]["Priority"] = 20
    changed["Balancer"]["Properties"]["LoadBalancerAttributes"] = PROTECTED
    changed["Logging"]["Properties"].pop("RedactedFields")
    assert account.created(changed, outputs).physical_ids == ids
    assert (
        route53.get_health_check(HealthCheckId=ids["Health"])["HealthCheck"]["HealthCheckConfig"]["FailureThreshold"]
        == 5
    )
    assert "RedactedFields" not in waf.get_logging_configuration(ResourceArn=ids["Logging"])["LoggingConfiguration"]

    changed["Health"]["Properties"]["HealthCheckConfig"]["Type"] = "HTTP"
    assert account.created(changed, outputs).physical_ids["Health"] != ids["Health"]

    stack = account.delete()
    assert stack.status == "DELETE_FAILED"
    assert "cannot be deleted because deletion protection is enabled" in stack.reasons["Balancer"]
    unprotected = [{"Key": "deletion_protection.enabled", "Value": "false"}]
    elb.modify_load_balancer_attributes(LoadBalancerArn=ids["Balancer"], Attributes=unprotected)
    account.deleted()
    assert not elb.describe_load_balancers()["LoadBalancers"]
    assert not waf.list_web_acls(Scope="REGIONAL")["WebACLs"]
    assert not waf.list_logging_configurations(Scope="REGIONAL")["LoggingConfigurations"]
    assert not route53.list_health_checks()["HealthChecks"]


def test_a_service_lives_as_ecs_shows_it(account: Any) -> None:
    ecs, scaling = account.client("ecs"), account.client("application-autoscaling")
    template = ingress() | service()
    outputs = {"Service": att("Service", "Name"), "Cluster": att("Cluster", "Arn"), "Policy": att("Policy", "Arn")}
    stack = account.created(template, outputs)
    ids = stack.physical_ids
    (cluster,) = ecs.describe_clusters(clusters=[ids["Cluster"]])["clusters"]
    assert cluster["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    (running,) = ecs.describe_services(cluster=ids["Cluster"], services=["patients"])["services"]
    assert (running["status"], running["taskDefinition"]) == ("ACTIVE", ids["Task"])
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 4)
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 60

    template["Task"]["Properties"]["Cpu"] = "512"
    template["Task"]["Properties"]["Memory"] = "1024"
    template["Scale"]["Properties"]["MaxCapacity"] = 8
    template["Providers"]["Properties"]["CapacityProviders"] = ["FARGATE"]
    after = account.created(template, outputs).physical_ids
    assert {name for name in ids if after[name] != ids[name]} == {"Task"}
    (running,) = ecs.describe_services(cluster=ids["Cluster"], services=["patients"])["services"]
    assert running["taskDefinition"] == after["Task"]
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]["MaxCapacity"] == 8

    account.deleted()
    assert not ecs.list_services(cluster="default")["serviceArns"]
    assert not scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]


INVALID_ARN = "Error reason: The ARN isn't valid."
MISSING_CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/none"
MISSING_ACL = f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/webacl/none/00000000-0000-0000-0000-000000000000"
MISSING_GROUP = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/none/0123456789abcdef"


@pytest.mark.parametrize(
    ("logical_id", "properties", "sentence"),
    [
        ("Balancer", {"Subnets": [ref("SubnetA")]}, "At least two subnets in two different Availability Zones"),
        ("Listener", {"DefaultActions": [{"Type": "forward", "TargetGroupArn": MISSING_GROUP}]}, "not found"),
        ("Listener", {"Certificates": []}, "A certificate must be specified for HTTPS listeners"),
        ("Listener", {"Certificates": [{"CertificateArn": MISSING_CERTIFICATE}]}, "is not valid"),
        ("Logging", {"LogDestinationConfigs": [f"{BARE_ARN}:*"]}, INVALID_ARN),
        ("Logging", {"LogDestinationConfigs": [BARE_ARN.replace(LOG_GROUP, "patients")]}, INVALID_ARN),
        ("Record", {"HostedZoneId": "Z0123456789"}, "No hosted zone found with ID: Z0123456789"),
        ("Record", {"Name": "api.example.com"}, "is not permitted in zone example.org."),
        ("Targets", {"VpcId": "vpc-0"}, "The VPC ID 'vpc-0' is not found"),
        ("Balancer", {"Subnets": ["subnet-0", "subnet-1"]}, "The subnet ID 'subnet-0' does not exist"),
        ("Balancer", {"SecurityGroups": ["sg-0"]}, "The security group 'sg-0' does not exist"),
        ("Association", {"WebACLArn": MISSING_ACL}, "your resource doesn't exist"),
        ("Logging", {"ResourceArn": MISSING_ACL}, "your resource doesn't exist"),
        ("Service", {"TaskDefinition": "nothing:1"}, "Unable to describe task definition."),
        ("Service", {"Cluster": "nowhere"}, "Cluster not found."),
        ("Policy", {"ScalingTargetId": "service/a/b|c|ecs"}, "No scalable target registered"),
        ("Scale", {"MaxCapacity": 1}, "Maximum capacity cannot be less than minimum capacity"),
        ("Scale", {"ResourceId": "service/a/b"}, "ECS service doesn't exist"),
    ],
)
def test_what_cannot_work_is_refused(account: Any, logical_id: str, properties: dict[str, Any], sentence: str) -> None:
    template = ingress() | service()
    template[logical_id]["Properties"] |= properties
    assert sentence in account.refusal(template, logical_id)


def test_a_target_group_that_no_listener_forwards_to_is_refused(account: Any) -> None:
    template = ingress() | service()
    template["Listener"]["Properties"]["DefaultActions"] = [
        {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    ]
    assert "does not have an associated load balancer" in account.refusal(template, "Service")


SOURCE = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/*"


def logging_to_a_bucket(algorithm: str) -> Resources:
    by_default = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}]
    encryption = {"ServerSideEncryptionConfiguration": by_default}
    template = ingress() | {
        "Logs": resource("S3::Bucket", BucketName="logs-of-the-test", BucketEncryption=encryption),
        "Deliveries": delivery("logs-of-the-test", "logdelivery.elasticloadbalancing.amazonaws.com", SOURCE)
        | {"DependsOn": "Logs"},
    }
    template["Balancer"]["DependsOn"] = ["Attachment", "Deliveries"]
    template["Balancer"]["Properties"]["LoadBalancerAttributes"] = [
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": "logs-of-the-test"},
    ]
    return template


def test_a_balancer_logs_to_a_bucket_that_lets_it_in(account: Any) -> None:
    account.created(logging_to_a_bucket("AES256"))


def test_a_balancer_does_not_log_to_a_bucket_encrypted_with_kms(account: Any) -> None:
    reason = account.refusal(logging_to_a_bucket("aws:kms"), "Balancer")
    assert "Access Denied for bucket: logs-of-the-test. Please check S3bucket permission" in reason


def test_a_balancer_does_not_log_to_a_bucket_that_does_not_let_it_in(account: Any) -> None:
    template = logging_to_a_bucket("AES256")
    del template["Deliveries"]
    template["Balancer"]["DependsOn"] = ["Attachment", "Logs"]
    assert "Access Denied for bucket: logs-of-the-test." in account.refusal(template, "Balancer")


def test_an_internet_facing_balancer_needs_an_internet_gateway(account: Any) -> None:
    template = ingress()
    del template["Attachment"], template["Balancer"]["DependsOn"]
    assert "has no internet gateway" in account.refusal(template, "Balancer")


@pytest.mark.parametrize(
    ("logical_id", "properties"),
    [("Balancer", {}), ("Targets", {"Name": "patients"}), ("Acl", {})],
)
def test_a_name_that_is_taken_is_refused(account: Any, logical_id: str, properties: dict[str, str]) -> None:
    def template() -> Resources:
        wanted = {**network(), logical_id: ingress()[logical_id]}
        wanted[logical_id]["Properties"] |= properties
        return wanted

    account.created(template(), name="first")
    reason = account.refusal(template(), logical_id)
    assert "already exists" in reason or "duplicate of an existing one" in reason


def test_a_port_of_a_balancer_has_one_listener(account: Any) -> None:
    template = ingress()
    template["Second"] = {**template["Listener"], "DependsOn": "Listener"}
    assert "A listener already exists on this port" in account.refusal(template, "Second")


def test_what_a_listener_or_a_balancer_uses_is_not_deleted(account: Any) -> None:
    template = {name: item for name, item in ingress().items() if name not in {"Listener", "Rule", "Association"}}
    ids = account.created(template).physical_ids
    listener = {**ingress()["Listener"]["Properties"], "LoadBalancerArn": ids["Balancer"]}
    listener["Certificates"] = [{"CertificateArn": ids["Certificate"]}]
    listener["DefaultActions"] = [{"Type": "forward", "TargetGroupArn": ids["Targets"]}]
    account.created({"Other": resource("ElasticLoadBalancingV2::Listener", **listener)}, name="other")
    acl = account.client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"][0]["ARN"]
    account.client("wafv2").associate_web_acl(WebACLArn=acl, ResourceArn=ids["Balancer"])
    reasons = account.delete().reasons
    assert "is currently in use by a listener or a rule" in reasons["Targets"]
    assert "being used by another resource" in reasons["Acl"]


def test_a_certificate_is_validated_in_a_zone_that_exists(account: Any) -> None:
    options = [{"DomainName": "api.example.org", "HostedZoneId": "Z0"}]
    certificate = resource(
        "CertificateManager::Certificate", DomainName="api.example.org", DomainValidationOptions=options
    )
    assert "No hosted zone found with ID: Z0" in account.refusal({"Certificate": certificate}, "Certificate")


def test_the_example_zone_is_there_before_any_stack(account: Any) -> None:
    record = {"Type": "CNAME", "TTL": "60", "ResourceRecords": ["example.org"]}
    zone = {"HostedZoneId": "Z0123456789ABCDEFGHIJ", "Name": "api.example.org"}
    account.created({"Record": resource("Route53::RecordSet", **zone, **record)})


def test_health_checks_are_tagged(account: Any) -> None:
    check = ingress()["Health"]
    check["Properties"]["HealthCheckTags"] = [{"Key": "owner", "Value": "ops"}]
    health_check = account.created({"Health": check}).physical_ids["Health"]
    route53 = account.client("route53")
    tags = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=health_check)
    assert {"Key": "owner", "Value": "ops"} in tags["ResourceTagSet"]["Tags"]


def test_a_cluster_that_does_not_exist_takes_no_capacity_providers(account: Any) -> None:
    providers = service()["Providers"]
    providers["Properties"]["Cluster"] = "nowhere"
    assert "Cluster not found." in account.refusal({"Providers": providers}, "Providers")


def test_a_task_definition_may_be_named_by_its_family(account: Any) -> None:
    template = ingress() | service()
    template["Service"]["Properties"]["TaskDefinition"] = "patients"
    template["Service"]["DependsOn"] = ["Listener", "Task"]
    account.created(template)


def test_a_target_group_that_does_not_exist_takes_no_service(account: Any) -> None:
    template = ingress() | service()
    template["Service"]["Properties"]["LoadBalancers"][0]["TargetGroupArn"] = MISSING_GROUP
    assert "does not exist." in account.refusal(template, "Service")


def test_a_one_off_task_ends_at_once_and_well_and_those_of_a_service_go_on(account: Any) -> None:
    ecs = account.client("ecs")
    template = ingress() | service()
    template["Service"]["Properties"]["DesiredCount"] = 2
    ids = account.created(template).physical_ids
    (started,) = ecs.run_task(cluster=ids["Cluster"], taskDefinition=ids["Task"])["tasks"]
    (ended,) = ecs.describe_tasks(cluster=ids["Cluster"], tasks=[started["taskArn"]])["tasks"]
    assert (ended["lastStatus"], ended["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert {container["exitCode"] for container in ended["containers"]} == {0}
    tasks = ecs.list_tasks(cluster=ids["Cluster"], serviceName="patients")["taskArns"]
    of_service = ecs.describe_tasks(cluster=ids["Cluster"], tasks=tasks)["tasks"]
    assert [task["lastStatus"] for task in of_service] == ["RUNNING", "RUNNING"]


def test_a_scaling_target_of_another_service_takes_its_policies_with_it(account: Any) -> None:
    scaling = account.client("application-autoscaling")
    parts = {
        "ServiceNamespace": "dynamodb",
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
        "ResourceId": "table/visits",
    }
    target = resource("ApplicationAutoScaling::ScalableTarget", **parts, MinCapacity=1, MaxCapacity=2)
    configuration = {
        "TargetValue": 60,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"},
    }
    policy = resource(
        "ApplicationAutoScaling::ScalingPolicy",
        **parts,
        PolicyName="read",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=configuration,
    )
    account.created({"Target": target}, name="target")
    account.created({"Policy": policy}, name="policy")
    assert scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    account.deleted("target")
    assert not scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    account.deleted("policy")


def test_application_auto_scaling_only_describes(account: Any) -> None:
    scaling = account.client("application-autoscaling")
    with pytest.raises(scaling.exceptions.ClientError, match="The emulator only describes what stacks made"):
        scaling.deregister_scalable_target(ServiceNamespace="ecs", ResourceId="a", ScalableDimension=DIMENSION)


DIMENSION = "ecs:service:DesiredCount"
