"""What holds for every resource of the platform, in whichever stack and environment."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.tree import NESTED, Resource, Tree, many, parts, tree, values

COMMITTED = ("dev", "local", "production", "staging")


@pytest.fixture(params=[*((name, None) for name in COMMITTED), ("production", "pr-42")], ids=str, scope="module")
def platform(request: pytest.FixtureRequest) -> Tree:
    return tree(*request.param)


def schema(platform: Tree, resource: Resource) -> dict[str, Any]:
    """What the type's provider says of itself."""
    found = PROVIDER_SCHEMA_MANAGER.get_resource_schema(platform.environment.region, resource.type)
    return dict(found.schema)


def test_a_platform_is_more_than_a_hundred_resources_and_can_be_overseen(platform: Tree) -> None:
    own = [resource for resource in platform.resources() if resource.type != NESTED]
    assert 130 <= len(own) <= 195


def test_whatever_can_carry_tags_says_whose_it_is(platform: Tree) -> None:
    environment = platform.environment
    ours = {
        "owner": environment.tags.owner,
        "environment": environment.prefix,
        "data-classification": environment.tags.data_classification,
        "cost-centre": environment.tags.cost_centre,
    }
    for resource in platform.resources():
        tagging = schema(platform, resource).get("tagging", {})
        if tagging.get("taggable"):
            tags = resource.properties.get(tagging["tagProperty"].rsplit("/", 1)[1], {})
            plain = tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}
            assert ours.items() <= plain.items(), resource.place


# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
WITHOUT_RESOURCE_LEVEL = ["ecr:GetAuthorizationToken"]
MANAGED_BY_AWS = {
    "Database.MonitoringRole": "service-role/AmazonRDSEnhancedMonitoringRole",
    "Backup.BackupRole": "service-role/AWSBackupServiceRolePolicyForBackup",
    "Backup.RestoreRole": "service-role/AWSBackupServiceRolePolicyForRestores",
}


def test_no_identity_may_do_everything_or_anything_to_everything(platform: Tree) -> None:
    for policy in platform.resources("AWS::IAM::ManagedPolicy"):
        for statement in policy.properties["PolicyDocument"]["Statement"]:
            assert not {"NotAction", "NotResource"} & set(statement), policy.place
            assert not [action for action in many(statement["Action"]) if "*" in action], policy.place
            if "*" in many(statement["Resource"]):
                assert many(statement["Action"]) == WITHOUT_RESOURCE_LEVEL, policy.place


def test_roles_have_managed_policies_and_few_of_those_are_written_by_aws(platform: Tree) -> None:
    by_aws = {}
    for role in platform.resources("AWS::IAM::Role"):
        assert "Policies" not in role.properties, role.place
        for arn in role.properties.get("ManagedPolicyArns", []):
            by_aws[role.place] = arn["Fn::Sub"].removeprefix("arn:${AWS::Partition}:iam::aws:policy/")
    assert by_aws == MANAGED_BY_AWS


def test_only_services_assume_roles(platform: Tree) -> None:
    for role in platform.resources("AWS::IAM::Role"):
        for statement in role.properties["AssumeRolePolicyDocument"]["Statement"]:
            assert set(statement["Principal"]) == {"Service"}, role.place
            assert statement["Action"] == ["sts:AssumeRole"], role.place


def test_no_arn_names_a_partition_unless_the_environment_gives_it(platform: Tree) -> None:
    environment = platform.environment
    given = {environment.ingress.certificate_arn, environment.backup.destination_vault_arn, environment.audit.trail_arn}
    for stack, template in platform.templates.items():
        text = [part for _, part in parts(template) if isinstance(part, str) and part not in given]
        assert not [part for part in text if re.search(r"\barn:aws", part)], stack


def test_every_log_is_encrypted_by_our_key_and_kept_for_six_years(platform: Tree) -> None:
    groups = platform.resources("AWS::Logs::LogGroup")
    assert len(groups) >= 9
    for group in groups:
        assert platform.origin(group.stack, group.properties["KmsKeyId"]) == "Keys.LogsKey", group.place
        assert group.properties["RetentionInDays"] >= 2192, group.place


def test_every_bucket_is_private_versioned_and_spoken_to_by_tls_only(platform: Tree) -> None:
    policies = {
        platform.origin(policy.stack, policy.properties["Bucket"]): policy.properties["PolicyDocument"]["Statement"]
        for policy in platform.resources("AWS::S3::BucketPolicy")
    }
    for bucket in platform.resources("AWS::S3::Bucket"):
        public = bucket.properties["PublicAccessBlockConfiguration"]
        assert [*public.values()] == 4 * [True], bucket.place
        assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}, bucket.place
        assert values(bucket.properties["OwnershipControls"], "ObjectOwnership") == ["BucketOwnerEnforced"]
        (refusal,) = [one for one in policies[bucket.place] if one["Sid"] == "TlsOnly"]
        assert (refusal["Effect"], refusal["Principal"], refusal["Action"]) == ("Deny", "*", ["s3:*"]), bucket.place
        assert len(refusal["Resource"]) == 2, bucket.place
        assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}, bucket.place
        for statement in policies[bucket.place]:
            assert statement["Effect"] == "Deny" or set(statement["Principal"]) == {"Service"}, bucket.place


HOLDS_DATA = {
    "AWS::RDS::DBInstance": "Snapshot",
    "AWS::ElastiCache::ReplicationGroup": "Snapshot",
    "AWS::Backup::BackupVault": "Retain",
    "AWS::KMS::Key": "Retain",
    "AWS::Logs::LogGroup": "Retain",
    "AWS::S3::Bucket": "Retain",
    # Without it the bucket that is left could be spoken to without TLS, and its lock opened.
    "AWS::S3::BucketPolicy": "Retain",
}


def test_what_holds_data_outlives_its_stack_and_its_replacement(platform: Tree) -> None:
    for resource in platform.resources(*HOLDS_DATA):
        kept = HOLDS_DATA[resource.type]
        on_deletion = "RetainExceptOnCreate" if kept == "Retain" else kept
        policies = resource.body.get("DeletionPolicy"), resource.body.get("UpdateReplacePolicy")
        assert policies == (on_deletion, kept), resource.place


def chosen_names(platform: Tree, resource: Resource) -> dict[str, Any]:
    """What a resource is found by, where the template chooses it: whatever else has the same is in the way."""
    told = schema(platform, resource)
    identifiers = [path.rsplit("/", 1)[1] for path in told["primaryIdentifier"]]
    return {name: resource.properties[name] for name in identifiers if name in resource.properties}


def is_a_resource(value: Any) -> bool:
    return isinstance(value, dict) and "Ref" in value


def test_what_outlives_its_stack_has_a_name_that_a_second_one_does_not_want(platform: Tree) -> None:
    seen = set()
    for resource in platform.resources(*HOLDS_DATA):
        for name, value in chosen_names(platform, resource).items():
            if not is_a_resource(value):
                assert {"Ref": "AWS::StackId"} in [part for _, part in parts(value)], f"{resource.place} {name}"
                seen.add(resource.type)
    assert {"AWS::RDS::DBInstance", "AWS::Logs::LogGroup", "AWS::Backup::BackupVault"} <= seen


def fixed_names(platform: Tree) -> set[tuple[str, str]]:
    """(type, name) of what would be in the way of a namesake in the same account."""
    return {
        (resource.type, value)
        for resource in platform.resources()
        for chosen in [chosen_names(platform, resource)]
        for name, value in chosen.items()
        if name.endswith("Name") and all(isinstance(part, str) for part in chosen.values())
    }


NEIGHBOURS = (("dev", None), ("staging", None), ("production", None), ("production", "pr-42"))


@pytest.mark.parametrize(("one", "other"), combinations(NEIGHBOURS, 2), ids=str)
def test_two_platforms_in_one_account_want_no_name_twice(one: Any, other: Any) -> None:
    ours, theirs = fixed_names(tree(*one)), fixed_names(tree(*other))
    assert len(ours) >= 6
    assert not ours & theirs


def test_the_internet_reaches_the_load_balancer_by_https_and_nothing_else(platform: Tree) -> None:
    for group in platform.resources("AWS::EC2::SecurityGroup"):
        for rule in group.properties.get("SecurityGroupIngress", []):
            if {"CidrIp", "CidrIpv6", "SourcePrefixListId"} & set(rule):
                assert group.place == "Access.LoadBalancerSecurityGroup"
                assert (rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) == (443, 443, "tcp")
    for rule in platform.resources("AWS::EC2::SecurityGroupIngress"):
        assert "SourceSecurityGroupId" in rule.properties, rule.place


def test_nothing_may_reach_the_internet(platform: Tree) -> None:
    rules = [rule.properties for rule in platform.resources("AWS::EC2::SecurityGroupEgress")]
    for group in platform.resources("AWS::EC2::SecurityGroup"):
        # Without any rule AWS would add one that lets everything out.
        assert group.properties["SecurityGroupEgress"], group.place
        rules += group.properties["SecurityGroupEgress"]
    assert {rule["CidrIp"] for rule in rules if "CidrIp" in rule} == {"255.255.255.255/32"}
    assert not [rule for rule in rules if "CidrIpv6" in rule]


DATA_STORES = {"AWS::RDS::DBInstance": "VPCSecurityGroups", "AWS::ElastiCache::ReplicationGroup": "SecurityGroupIds"}


def test_only_the_service_reaches_the_data_stores(platform: Tree) -> None:
    stores = platform.resources(*DATA_STORES)
    assert len(stores) == 2
    for store in stores:
        (group_id,) = store.properties[DATA_STORES[store.type]]
        group = platform.resource(platform.origin(store.stack, group_id))
        (rule,) = group.properties["SecurityGroupIngress"]
        client = platform.origin(group.stack, rule["SourceSecurityGroupId"])
        assert client == "Access.ServiceSecurityGroup", group.place
        assert rule["FromPort"] == rule["ToPort"], group.place


def test_nothing_but_the_load_balancer_stands_in_a_public_subnet(platform: Tree) -> None:
    takers = {
        stack
        for stack, body in platform.root["Resources"].items()
        if [part for _, part in parts(body) if isinstance(part, str) and part.startswith("Outputs.PublicSubnetId")]
    }
    assert takers == {"Ingress"}
    for switch in ("MapPublicIpOnLaunch", "PubliclyAccessible", "AssignPublicIp"):
        found = [value for template in platform.templates.values() for value in values(template, switch)]
        assert found
        assert not {str(value) for value in found} - {"False", "DISABLED"}, switch


def test_every_alarm_tells_the_topic_when_it_begins_and_when_it_ends(platform: Tree) -> None:
    alarms = platform.resources("AWS::CloudWatch::Alarm")
    assert len(alarms) >= 25
    for alarm in alarms:
        assert alarm.properties.get("ActionsEnabled", True) is True, alarm.place
        for when in ("AlarmActions", "OKActions"):
            (action,) = alarm.properties[when]
            assert platform.origin(alarm.stack, action) == "Alerts.Topic", alarm.place


COMPUTES = {"Fn::Select", "Fn::Split", "Fn::If", "Fn::Equals", "Fn::Cidr", "Fn::FindInMap", "Fn::Base64", "Fn::Length"}


def test_no_nested_stack_computes_on_what_it_is_given(platform: Tree) -> None:
    """A change set of nested stacks passes a placeholder for what isn't known yet, which can't be taken apart.

    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/759
    """
    for stack, template in platform.templates.items():
        assert not {"Conditions", "Rules", "Mappings", "Transform"} & set(template), stack
        parameters = template.get("Parameters", {})
        for name, parameter in parameters.items():
            assert set(parameter) <= {"Type", "Description"}, f"{stack}.{name}"
            assert parameter["Type"] in ("String", "CommaDelimitedList"), f"{stack}.{name}"
        for function, argument in parts(template):
            if function in COMPUTES:
                assert not [ref for ref in values(argument, "Ref") if ref in parameters], f"{stack} {argument}"


def test_no_template_holds_a_secret(platform: Tree) -> None:
    names = re.compile(r"passw|auth.?token|secret.?string|no.?echo|private.?key", re.IGNORECASE)
    harmless = {"ManageMasterUserPassword"}  # RDS makes it and keeps it in Secrets Manager.
    literal = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN|\{\{resolve:|://[^/\s:@]*:[^/\s@]+@")
    for stack, template in platform.templates.items():
        for name, value in parts(template):
            assert name in harmless or not names.search(name), f"{stack}: {name}"
            assert name != "Name" or not names.search(str(value)), f"{stack}: {value}"
            assert not (isinstance(value, str) and literal.search(value)), f"{stack}: {name}"


CONTRACT = {
    "AccessLogBucketName", "AlbDnsName", "AlertTopicArn", "BackupVaultName", "ClusterName", "DashboardUrl",
    "DbEndpoint", "DbPort", "DbSecretArn", "KmsKeyArn", "ListenerArn", "LoadBalancerLogBucketName",
    "PreparationTaskArn", "RedisEndpoint", "RedisPort", "ServiceLogGroupName", "ServiceName",
    "ServiceSecurityGroupId", "TrailArn", "Url", "VpcId",
}  # fmt: skip


def test_whoever_consumes_the_platform_finds_the_names_they_were_promised(platform: Tree) -> None:
    letters = "ABC"[: len(platform.environment.network.zones)]
    outputs = platform.root["Outputs"]
    assert set(outputs) == CONTRACT | {f"ServiceSubnetId{letter}" for letter in letters}
    assert all(output["Description"] for output in outputs.values())
