"""For every check: what makes it pass, and what makes it fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from stratopause.deployer.bootstrap import BUCKET_OUTPUT
from stratopause.deployer.errors import NotFound, Refused
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.preflight.findings import State
from stratopause.deployer.preflight.linked_roles import LINKED
from tests.stratopause.deployer.preflight.scripted import (
    ACCOUNT,
    NOW,
    REGION,
    ROLE,
    Script,
    resource,
    tree,
)

LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/shared"
VAULT = f"arn:aws:backup:{REGION}:444455556666:backup-vault:copies"
SERVICE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cloudformation"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/example@sha256:{'0' * 64}"
ZONES = [f"{REGION}a", f"{REGION}b"]
NO_FACTS = Facts()


@dataclass(frozen=True)
class Case:
    """`good` answers make a check pass; with those of `bad` it says `says`, in the state `worst`.

    `denied` is what a check makes of a denied operation where that isn't "unanswered".
    """

    templates: Mapping[str, bytes]
    good: Script
    bad: Script
    says: str
    worst: State = State.FAILED
    facts: Facts = NO_FACTS
    denied: Mapping[str, State] = field(default_factory=dict)


def refused(code: str) -> Refused:
    return Refused(f"AWS refuses it: {code}", code)


def name_case(kind: str, named: str, call: tuple[str, str], free: Any, taken: Any, **properties: Any) -> Case:
    """A name that is free, and one that isn't."""
    wanted = tree(Thing=resource(kind, **{named: "ours", **properties}))
    return Case(wanted, {call: free}, {call: taken}, "ours exists, and isn't of this stack")


def instance(**properties: Any) -> dict[str, Any]:
    given = {"Engine": "postgres", "EngineVersion": "18", "DBInstanceClass": "db.m7g.large", "MultiAZ": True}
    return resource("AWS::RDS::DBInstance", **given, StorageType="gp3", **properties)


def subnets() -> dict[str, Any]:
    return {
        f"Subnet{zone[-1]}": resource("AWS::EC2::Subnet", AvailabilityZone={"Fn::Sub": f"${{AWS::Region}}{zone[-1]}"})
        for zone in ZONES
    }


def version(number: str, **more: Any) -> dict[str, Any]:
    return {"EngineVersion": number, "Status": "available", **more}


def option(*zones: str, **more: Any) -> dict[str, Any]:
    sold = [{"Name": zone} for zone in zones]
    return {"AvailabilityZones": sold, "MultiAZCapable": True, "StorageType": "gp3", **more}


def quota(value: float, **more: Any) -> dict[str, Any]:
    return {"Quota": {"Value": value, **more}}


def decided(decision: str) -> Any:
    return lambda asked: {
        "EvaluationResults": [{"EvalActionName": name, "EvalDecision": decision} for name in asked["ActionNames"]]
    }


def trusting(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Role": {"Arn": SERVICE_ROLE, "AssumeRolePolicyDocument": {"Statement": [statement]}}}


def bootstrapped(*outputs: tuple[str, str]) -> dict[str, Any]:
    told = [{"OutputKey": key, "OutputValue": value} for key, value in outputs]
    return {
        "Stacks": [
            {
                "StackId": "arn:aws:cloudformation:1",
                "StackName": "stratopause-bootstrap",
                "StackStatus": "CREATE_COMPLETE",
                "CreationTime": NOW,
                "Outputs": told,
            }
        ]
    }


TLS = {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
KMS = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
GOOD_BUCKET: Script = {
    ("cloudformation", "describe_stacks"): bootstrapped((BUCKET_OUTPUT, "artifacts")),
    ("s3", "head_bucket"): {},
    ("s3", "get_bucket_versioning"): {"Status": "Enabled"},
    ("s3", "get_bucket_encryption"): {"ServerSideEncryptionConfiguration": {"Rules": [KMS]}},
    ("s3", "get_public_access_block"): {"PublicAccessBlockConfiguration": BLOCKED},
    ("s3", "get_bucket_policy"): {"Policy": json.dumps({"Statement": [TLS]})},
}

SERVICE = {
    "Task": resource("AWS::ECS::TaskDefinition", Cpu="512", ContainerDefinitions=[{"Image": IMAGE}]),
    "Service": resource(
        "AWS::ECS::Service", LaunchType="FARGATE", PlatformVersion="1.4.0", TaskDefinition={"Ref": "Task"}
    ),
    "Scaling": resource("AWS::ApplicationAutoScaling::ScalableTarget", MinCapacity=3),
}
USAGE = {
    "UsageMetric": {
        "MetricNamespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "MetricDimensions": {"Service": "Fargate"},
    }
}
GATEWAY = {
    **subnets(),
    "Gateway": resource("AWS::EC2::NatGateway", SubnetId={"Ref": "Subneta"}),
}
LIMIT = ("service-quotas", "get_service_quota")
DEFAULT = ("service-quotas", "get_aws_default_service_quota")
UNRAISED = refused("NoSuchResourceException")

CASES: Mapping[str, Case] = {
    "permissions": Case(
        tree(Key=resource("AWS::KMS::Key")),
        {("iam", "simulate_principal_policy"): decided("allowed"), ("iam", "get_role"): {"Role": {"Arn": ROLE}}},
        {("iam", "simulate_principal_policy"): decided("explicitDeny")},
        "is denied cloudformation:CreateChangeSet",
    ),
    "service-role": Case(
        tree(Key=resource("AWS::KMS::Key")),
        {("iam", "get_role"): trusting("cloudformation.amazonaws.com")},
        {("iam", "get_role"): trusting("ec2.amazonaws.com")},
        "doesn't trust cloudformation.amazonaws.com",
        facts=Facts(role=SERVICE_ROLE),
    ),
    "artifact-bucket": Case(
        tree(Key=resource("AWS::KMS::Key")),
        GOOD_BUCKET,
        {("s3", "head_bucket"): NotFound("gone", "404")},
        "the artifact bucket artifacts is gone",
        denied={"head_bucket": State.FAILED},
    ),
    "secret-names": name_case(
        "AWS::SecretsManager::Secret",
        "Name",
        ("secretsmanager", "describe_secret"),
        refused("ResourceNotFoundException"),
        {"Name": "ours"},
    ),
    "log-group-names": name_case(
        "AWS::Logs::LogGroup",
        "LogGroupName",
        ("logs", "describe_log_groups"),
        {"logGroups": [{"logGroupName": "ours-too"}]},
        {"logGroups": [{"logGroupName": "ours"}]},
    ),
    "key-aliases": Case(
        tree(Alias=resource("AWS::KMS::Alias", AliasName="alias/ours")),
        {("kms", "describe_key"): refused("NotFoundException")},
        {("kms", "describe_key"): {"KeyMetadata": {"KeyId": "1", "KeyState": "Enabled"}}},
        "alias/ours is of key 1, which isn't of this stack",
    ),
    "bucket-names": Case(
        tree(Bucket=resource("AWS::S3::Bucket", BucketName="ours")),
        {("s3", "head_bucket"): NotFound("none", "404")},
        {("s3", "head_bucket"): {}},
        "ours exists, and isn't of this stack",
        denied={"head_bucket": State.FAILED},
    ),
    "role-names": name_case(
        "AWS::IAM::Role", "RoleName", ("iam", "get_role"), refused("NoSuchEntity"), {"Role": {"RoleName": "ours"}}
    ),
    "policy-names": name_case(
        "AWS::IAM::ManagedPolicy", "ManagedPolicyName", ("iam", "get_policy"), refused("NoSuchEntity"), {"Policy": {}}
    ),
    "database-names": name_case(
        "AWS::RDS::DBInstance",
        "DBInstanceIdentifier",
        ("rds", "describe_db_instances"),
        refused("DBInstanceNotFound"),
        {"DBInstances": [{}]},
    ),
    "database-parameter-group-names": name_case(
        "AWS::RDS::DBParameterGroup",
        "DBParameterGroupName",
        ("rds", "describe_db_parameter_groups"),
        refused("DBParameterGroupNotFound"),
        {"DBParameterGroups": [{}]},
    ),
    "cache-names": name_case(
        "AWS::ElastiCache::ReplicationGroup",
        "ReplicationGroupId",
        ("elasticache", "describe_replication_groups"),
        refused("ReplicationGroupNotFoundFault"),
        {"ReplicationGroups": [{}]},
    ),
    "cache-parameter-group-names": name_case(
        "AWS::ElastiCache::ParameterGroup",
        "CacheParameterGroupName",
        ("elasticache", "describe_cache_parameter_groups"),
        refused("CacheParameterGroupNotFound"),
        {"CacheParameterGroups": [{}]},
    ),
    "load-balancer-names": name_case(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Name",
        ("elbv2", "describe_load_balancers"),
        refused("LoadBalancerNotFound"),
        {"LoadBalancers": [{"LoadBalancerArn": "arn:lb"}]},
    ),
    "target-group-names": name_case(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Name",
        ("elbv2", "describe_target_groups"),
        refused("TargetGroupNotFound"),
        {"TargetGroups": [{"TargetGroupArn": "arn:tg"}]},
    ),
    "vault-names": name_case(
        "AWS::Backup::BackupVault",
        "BackupVaultName",
        ("backup", "list_backup_vaults"),
        {"BackupVaultList": [{"BackupVaultName": "other"}]},
        {"BackupVaultList": [{"BackupVaultName": "ours"}]},
    ),
    "dashboard-names": name_case(
        "AWS::CloudWatch::Dashboard",
        "DashboardName",
        ("cloudwatch", "list_dashboards"),
        {"DashboardEntries": [{"DashboardName": "ours-too"}]},
        {"DashboardEntries": [{"DashboardName": "ours"}]},
    ),
    "firewall-names": name_case(
        "AWS::WAFv2::WebACL",
        "Name",
        ("wafv2", "list_web_acls"),
        {"WebACLs": [{"Name": "other"}]},
        {"WebACLs": [{"Name": "ours"}]},
        Scope="REGIONAL",
    ),
    "trail-names": name_case(
        "AWS::CloudTrail::Trail",
        "TrailName",
        ("cloudtrail", "describe_trails"),
        {"trailList": []},
        {"trailList": [{"Name": "ours"}]},
    ),
    "record-names": Case(
        tree(Record=resource("AWS::Route53::RecordSet", Name="app.example.org", Type="A", HostedZoneId="Z1")),
        {("route53", "list_resource_record_sets"): {"ResourceRecordSets": [{"Name": "b.example.org.", "Type": "A"}]}},
        {("route53", "list_resource_record_sets"): {"ResourceRecordSets": [{"Name": "app.example.org.", "Type": "A"}]}},
        "app.example.org has a record of type A in Z1 that isn't of this stack",
    ),
    "database-engine": Case(
        tree(Instance=instance()),
        {("rds", "describe_db_engine_versions"): {"DBEngineVersions": [version("17.9"), version("18.1")]}},
        {("rds", "describe_db_engine_versions"): {"DBEngineVersions": [version("16.8"), version("17.9")]}},
        f"RDS has no postgres 18 in {REGION}",
    ),
    "database-class": Case(
        tree(Instance=instance(), **subnets()),
        {
            ("rds", "describe_db_engine_versions"): {"DBEngineVersions": [version("18.1"), version("18.10")]},
            ("rds", "describe_orderable_db_instance_options"): {"OrderableDBInstanceOptions": [option(*ZONES)]},
        },
        {("rds", "describe_orderable_db_instance_options"): {"OrderableDBInstanceOptions": []}},
        f"{REGION} has no db.m7g.large with postgres 18.10 in several zones",
    ),
    "cache-engine": Case(
        tree(Group=resource("AWS::ElastiCache::ReplicationGroup", Engine="valkey", EngineVersion="8.1")),
        {("elasticache", "describe_cache_engine_versions"): {"CacheEngineVersions": [version("8.0"), version("8.1")]}},
        {("elasticache", "describe_cache_engine_versions"): {"CacheEngineVersions": [version("7.2"), version("8.0")]}},
        f"ElastiCache has no valkey 8.1 in {REGION}",
    ),
    "cache-node-type": Case(
        tree(Group=resource("AWS::ElastiCache::ReplicationGroup", CacheNodeType="cache.m7g.large")),
        {("elasticache", "describe_reserved_cache_nodes_offerings"): {"ReservedCacheNodesOfferings": [{}]}},
        {("elasticache", "describe_reserved_cache_nodes_offerings"): {"ReservedCacheNodesOfferings": []}},
        f"{REGION} sells no cache.m7g.large in advance",
        State.WARNING,
    ),
    "image": Case(
        tree(**SERVICE),
        {("ecr", "describe_images"): {"imageDetails": [{}]}},
        {("ecr", "describe_images"): refused("ImageNotFoundException")},
        f"there is no image {IMAGE}",
    ),
    "zones": Case(
        tree(**subnets()),
        {
            ("ec2", "describe_availability_zones"): {
                "AvailabilityZones": [{"ZoneName": zone, "State": "available"} for zone in ZONES]
            }
        },
        {
            ("ec2", "describe_availability_zones"): {
                "AvailabilityZones": [
                    {"ZoneName": ZONES[0], "State": "available"},
                    {"ZoneName": ZONES[1], "State": "available", "OptInStatus": "not-opted-in"},
                ]
            }
        },
        f"this account can't use zone {ZONES[1]}",
    ),
    "prefix-lists": Case(
        tree(Rule=resource("AWS::EC2::SecurityGroupEgress", DestinationPrefixListId="pl-6ea54007")),
        {
            ("ec2", "describe_managed_prefix_lists"): {
                "PrefixLists": [{"PrefixListId": "pl-6ea54007", "PrefixListName": f"com.amazonaws.{REGION}.s3"}]
            }
        },
        {("ec2", "describe_managed_prefix_lists"): {"PrefixLists": []}},
        f"{REGION} has no prefix list pl-6ea54007",
    ),
    "endpoint-services": Case(
        tree(Logs=resource("AWS::EC2::VPCEndpoint", ServiceName="logs", VpcEndpointType="Interface"), **subnets()),
        {
            ("ec2", "describe_vpc_endpoint_services"): {
                "ServiceDetails": [{"ServiceName": "logs", "AvailabilityZones": ZONES}]
            }
        },
        {
            ("ec2", "describe_vpc_endpoint_services"): {
                "ServiceDetails": [{"ServiceName": "logs", "AvailabilityZones": ZONES[:1]}]
            }
        },
        f"logs isn't in {ZONES[1]}",
    ),
    "certificate": Case(
        tree(Listener=resource(LISTENER, Certificates=[{"CertificateArn": CERTIFICATE}])),
        {
            ("acm", "describe_certificate"): {
                "Certificate": {
                    "CertificateArn": CERTIFICATE,
                    "Status": "ISSUED",
                    "DomainName": "app.example.org",
                    "NotAfter": NOW + timedelta(days=90),
                }
            }
        },
        {
            ("acm", "describe_certificate"): {
                "Certificate": {"CertificateArn": CERTIFICATE, "Status": "PENDING_VALIDATION", "DomainName": "a.org"}
            }
        },
        f"the certificate {CERTIFICATE} is PENDING_VALIDATION",
        facts=Facts(domain="app.example.org"),
    ),
    "hosted-zone": Case(
        tree(Record=resource("AWS::Route53::RecordSet", Name="app.example.org", HostedZoneId="Z1")),
        {("route53", "get_hosted_zone"): {"HostedZone": {"Name": "example.org."}}},
        {("route53", "get_hosted_zone"): {"HostedZone": {"Name": "example.com."}}},
        "hosted zone Z1 is of example.com, not of app.example.org",
    ),
    "keys": Case(
        tree(Bucket=resource("AWS::S3::Bucket", Encryption={"KMSMasterKeyID": KEY})),
        {
            ("kms", "describe_key"): {"KeyMetadata": {"KeyId": "1", "KeyState": "Enabled"}},
            ("cloudtrail", "get_trail"): {"Trail": {"KmsKeyId": f"{KEY}2"}},
        },
        {("kms", "describe_key"): {"KeyMetadata": {"KeyId": "1", "KeyState": "Disabled"}}},
        f"key {KEY} is Disabled",
        facts=Facts(trail_arn=TRAIL),
    ),
    "signing-key": Case(
        tree(Key=resource("AWS::KMS::Key")),
        {("kms", "describe_key"): {"KeyMetadata": {"KeyId": "1", "KeyUsage": "SIGN_VERIFY"}}},
        {("kms", "describe_key"): {"KeyMetadata": {"KeyId": "1", "KeyUsage": "ENCRYPT_DECRYPT"}}},
        f"key {KEY} is for ENCRYPT_DECRYPT, not for SIGN_VERIFY",
        facts=Facts(signing_key=KEY),
    ),
    "vpc-quota": Case(
        tree(Vpc=resource("AWS::EC2::VPC")),
        {LIMIT: UNRAISED, DEFAULT: quota(5), ("ec2", "describe_vpcs"): {"Vpcs": [{}] * 4}},
        {("ec2", "describe_vpcs"): {"Vpcs": [{}] * 5}},
        f"5 of 5 VPCs in {REGION} are used, this adds 1",
    ),
    "address-quota": Case(
        tree(One=resource("AWS::EC2::EIP"), Two=resource("AWS::EC2::EIP")),
        {LIMIT: UNRAISED, DEFAULT: quota(5), ("ec2", "describe_addresses"): {"Addresses": [{}] * 3}},
        {("ec2", "describe_addresses"): {"Addresses": [{}] * 4}},
        f"4 of 5 elastic IPs in {REGION} are used, this adds 2",
    ),
    "nat-quota": Case(
        tree(**GATEWAY),
        {
            LIMIT: UNRAISED,
            DEFAULT: quota(2),
            ("ec2", "describe_nat_gateways"): {"NatGateways": [{"SubnetId": "1"}, {"SubnetId": "2"}]},
            ("ec2", "describe_subnets"): {
                "Subnets": [{"SubnetId": str(n), "AvailabilityZone": zone} for n, zone in enumerate(ZONES, 1)]
            },
        },
        {
            ("ec2", "describe_subnets"): {
                "Subnets": [{"SubnetId": str(number), "AvailabilityZone": ZONES[0]} for number in (1, 2)]
            }
        },
        f"2 of 2 NAT gateways in {ZONES[0]} are used, this adds 1",
    ),
    "fargate-quota": Case(
        tree(**SERVICE),
        {
            LIMIT: UNRAISED,
            DEFAULT: quota(6, **USAGE),
            ("cloudwatch", "get_metric_statistics"): {"Datapoints": [{"Maximum": 2.0}, {"Maximum": 4.0}]},
        },
        {("cloudwatch", "get_metric_statistics"): {"Datapoints": [{"Maximum": 5.0}]}},
        f"5 of 6 vCPUs of Fargate in {REGION} are used, this adds 2",
    ),
    "trail-quota": Case(
        tree(Trail=resource("AWS::CloudTrail::Trail")),
        {("cloudtrail", "describe_trails"): {"trailList": [{}] * 4}},
        {("cloudtrail", "describe_trails"): {"trailList": [{}] * 5}},
        f"5 of 5 trails in {REGION} are used, this adds 1",
    ),
    "linked-roles": Case(
        tree(Instance=instance()),
        {
            ("iam", "list_roles"): {"Roles": []},
            ("iam", "simulate_principal_policy"): decided("allowed"),
            ("iam", "get_role"): {"Role": {"Arn": ROLE}},
        },
        {("iam", "simulate_principal_policy"): decided("implicitDeny")},
        f"{LINKED['AWS::RDS::DBInstance'].role} isn't there, and iam:CreateServiceLinkedRole isn't allowed",
        denied={"simulate_principal_policy": State.WARNING, "get_role": State.WARNING},
    ),
    "fargate-platform": Case(
        tree(**SERVICE),
        {},
        {},
        "",
        State.PASSED,
    ),
    "trail": Case(
        tree(Key=resource("AWS::KMS::Key")),
        {("cloudtrail", "get_trail_status"): {"IsLogging": True}},
        {("cloudtrail", "get_trail_status"): {"IsLogging": False}},
        f"trail {TRAIL} records nothing",
        facts=Facts(trail_arn=TRAIL),
    ),
    "config-recorder": Case(
        tree(Recorder=resource("AWS::Config::ConfigurationRecorder")),
        {("config", "describe_configuration_recorders"): {"ConfigurationRecorders": []}},
        {("config", "describe_configuration_recorders"): {"ConfigurationRecorders": [{"name": "default"}]}},
        f"{REGION} has a configuration recorder already (default)",
    ),
    "destination-vault": Case(
        tree(Plan=resource("AWS::Backup::BackupPlan", Rule={"DestinationBackupVaultArn": VAULT})),
        {
            ("backup", "describe_global_settings"): {"GlobalSettings": {"isCrossAccountBackupEnabled": "true"}},
            ("backup", "list_backup_vaults"): {"BackupVaultList": []},
        },
        {("backup", "describe_global_settings"): {"GlobalSettings": {}}},
        "copies to account 444455556666 are off in this organization",
        State.WARNING,
    ),
}
