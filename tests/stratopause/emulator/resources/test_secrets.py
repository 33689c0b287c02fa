"""Secrets, parameters, images, roles: what has a name, and who may use it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stratopause.emulator.resources.templates import ROOT, Resources, att, key, ref, resource, role, via_service

pytestmark = pytest.mark.emulator


def statement(**elements: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}
    return {"Version": "2012-10-17", "Statement": [allowed | elements]}


def secret(**properties: Any) -> Resources:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:DeleteSecret", "Resource": "*"}
    return {
        "Key": key(via_service("secretsmanager")),
        "Secret": resource(
            "SecretsManager::Secret",
            Name="patients/token",
            KmsKeyId=att("Key", "Arn"),
            GenerateSecretString={"PasswordLength": 40},
            **properties,
        ),
        "Policy": resource(
            "SecretsManager::ResourcePolicy",
            SecretId=ref("Secret"),
            ResourcePolicy={"Version": "2012-10-17", "Statement": [deny]},
        ),
        "Rotation": resource(
            "SecretsManager::RotationSchedule",
            SecretId=ref("Secret"),
            RotationLambdaARN="arn:aws:lambda:us-east-1:000000000000:function:rotate",
            RotationRules={"AutomaticallyAfterDays": 30},
        ),
    }


def test_a_secret_lives_as_secrets_manager_shows_it(account: Any) -> None:
    secrets = account.client("secretsmanager")
    stack = account.created(secret(Description="First"), {"Id": att("Secret", "Id")})
    arn = stack.physical_ids["Secret"]
    assert arn.startswith("arn:aws:secretsmanager:")
    assert stack.outputs["Id"] == arn
    shown = secrets.describe_secret(SecretId="patients/token")
    assert (shown["ARN"], shown["Description"], shown["RotationEnabled"]) == (arn, "First", True)
    assert shown["KmsKeyId"].endswith(stack.physical_ids["Key"])
    value = secrets.get_secret_value(SecretId=arn)["SecretString"]
    assert len(value) == 40
    assert "DeleteSecret" in secrets.get_resource_policy(SecretId=arn)["ResourcePolicy"]

    changed = secret(Description="Second")
    changed["Rotation"]["Properties"]["RotationRules"] = {"AutomaticallyAfterDays": 60}
    changed["Policy"]["Properties"]["ResourcePolicy"]["Statement"][0]["Action"] = "secretsmanager:PutSecretValue"
    assert account.created(changed).physical_ids == stack.physical_ids
    shown = secrets.describe_secret(SecretId=arn)
    assert (shown["Description"], shown["RotationRules"]["AutomaticallyAfterDays"]) == ("Second", 60)
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == value
    assert "PutSecretValue" in secrets.get_resource_policy(SecretId=arn)["ResourcePolicy"]

    changed["Secret"]["Properties"]["Name"] = "patients/other"
    replaced = account.created(changed).physical_ids
    assert replaced["Secret"] != arn
    assert [item["Name"] for item in secrets.list_secrets()["SecretList"]] == ["patients/other"]

    account.deleted()
    assert not secrets.list_secrets()["SecretList"]
    account.created(secret())


def test_a_secret_whose_name_is_scheduled_for_deletion_is_refused(account: Any) -> None:
    secrets = account.client("secretsmanager")
    secrets.create_secret(Name="patients/token", SecretString="x")
    secrets.delete_secret(SecretId="patients/token")
    reason = account.refusal(secret(), "Secret")
    assert ("You can't create this secret because a secret with this name is already scheduled for deletion.") in reason


def test_a_secret_whose_name_is_taken_is_refused(account: Any) -> None:
    account.client("secretsmanager").create_secret(Name="patients/token", SecretString="x")
    assert "already exists" in account.refusal(secret(), "Secret")


def named() -> Resources:
    return {
        "Parameter": resource("SSM::Parameter", Name="/patients/size", Type="String", Value="1"),
        "Repository": resource("ECR::Repository", RepositoryName="patients", ImageTagMutability="IMMUTABLE"),
        "ManagedPolicy": resource(
            "IAM::ManagedPolicy", ManagedPolicyName="patients", PolicyDocument=statement(), Description="Reads"
        ),
        "Role": role(RoleName="patients", ManagedPolicyArns=[ref("ManagedPolicy")]),
        "LogGroup": resource("Logs::LogGroup", LogGroupName="/patients", RetentionInDays=30),
        "LogPolicy": resource(
            "Logs::ResourcePolicy",
            PolicyName="patients",
            PolicyDocument='{"Version":"2012-10-17","Statement":[]}',
        ),
        "Cluster": resource("ECS::Cluster", ClusterName="patients"),
        "Parameters": resource(
            "RDS::DBParameterGroup", DBParameterGroupName="patients", Description="x", Family="postgres17"
        ),
        "User": resource(
            "ElastiCache::User", UserId="patients", UserName="patients", Engine="valkey", NoPasswordRequired=True
        ),
    }


def test_named_resources_live_as_their_services_show_them(account: Any) -> None:
    iam, ssm, ecr, logs = (account.client(name) for name in ("iam", "ssm", "ecr", "logs"))
    outputs = {"Role": att("Role", "Arn"), "RoleId": att("Role", "RoleId"), "Group": att("LogGroup", "Arn")}
    outputs |= {"Repository": att("Repository", "RepositoryUri"), "Policy": att("ManagedPolicy", "PolicyArn")}
    stack = account.created(named(), outputs)
    assert stack.outputs["Group"].endswith(":log-group:/patients:*")
    (attached,) = iam.list_attached_role_policies(RoleName="patients")["AttachedPolicies"]
    assert attached["PolicyArn"] == stack.outputs["Policy"]
    assert ssm.get_parameter(Name="/patients/size")["Parameter"]["Value"] == "1"
    assert ecr.describe_repositories()["repositories"][0]["imageTagMutability"] == "IMMUTABLE"
    assert logs.describe_resource_policies()["resourcePolicies"][0]["policyName"] == "patients"

    changed = named()
    changed["Parameter"]["Properties"]["Value"] = 2
    changed["LogGroup"]["Properties"]["RetentionInDays"] = 60
    changed["ManagedPolicy"]["Properties"]["PolicyDocument"] = statement(Action="s3:PutObject")
    assert account.created(changed).physical_ids == stack.physical_ids
    assert ssm.get_parameter(Name="/patients/size")["Parameter"]["Value"] == "2"
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 60
    version = iam.get_policy(PolicyArn=stack.outputs["Policy"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=stack.outputs["Policy"], VersionId=version)
    assert "s3:PutObject" in str(document["PolicyVersion"]["Document"])

    account.deleted()
    assert not iam.list_roles()["Roles"]
    assert not ecr.describe_repositories()["repositories"]
    assert not logs.describe_log_groups()["logGroups"]


@pytest.mark.parametrize("logical_id", sorted(named().keys() - {"LogPolicy"}))
def test_a_name_that_is_taken_is_refused(account: Any, logical_id: str) -> None:
    template = {logical_id: named()[logical_id]}
    template[logical_id]["Properties"].pop("ManagedPolicyArns", None)
    account.created(template, name="first")
    assert "already exists" in account.refusal(template, logical_id)
    account.deleted()
    assert "already exists" in account.refusal(template, logical_id), "the rollback left the other's resource alone"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"Version": "2012-10-17"}, "must contain a Statement"),
        (statement(Effect="Maybe"), "invalid Effect"),
        (statement(Principal={"AWS": ROOT}), "Policy document should not specify a principal."),
        ({**statement(), "Version": "2020-01-01"}, "must contain a valid version string"),
        (
            statement(Resource=[f"arn:aws:s3:::{index:0100}" for index in range(60)]),
            "Cannot exceed quota for PolicySize",
        ),
    ],
)
def test_a_policy_that_iam_cannot_read_is_refused(account: Any, document: dict[str, Any], sentence: str) -> None:
    policy = resource("IAM::ManagedPolicy", PolicyDocument=document)
    assert sentence in account.refusal({"Policy": policy}, "Policy")


def test_a_role_takes_no_policy_that_does_not_exist(account: Any) -> None:
    missing = "arn:aws:iam::000000000000:policy/missing"
    reason = account.refusal({"Role": role(ManagedPolicyArns=[missing])}, "Role")
    assert f"Policy {missing} does not exist or is not attachable." in reason


def test_a_policy_that_others_use_is_not_deleted(account: Any) -> None:
    policy = resource("IAM::ManagedPolicy", ManagedPolicyName="patients", PolicyDocument=statement())
    arn = account.created({"Policy": policy}).physical_ids["Policy"]
    account.created({"Role": role(ManagedPolicyArns=[arn])}, name="other")
    stack = account.delete()
    assert stack.status == "DELETE_FAILED"
    assert "Cannot delete a policy attached to entities." in stack.reasons["Policy"]


def test_what_belongs_to_no_secret_is_refused(account: Any) -> None:
    missing = "arn:aws:secretsmanager:us-east-1:000000000000:secret:missing-a1b2c3"
    for logical_id in ("Policy", "Rotation"):
        template = {logical_id: secret()[logical_id]}
        template[logical_id]["Properties"]["SecretId"] = missing
        reason = account.refusal(template, logical_id, name=logical_id.lower())
        assert "Secrets Manager can't find the specified secret." in reason


def test_what_belonged_to_a_purged_secret_goes_with_the_stack(account: Any) -> None:
    secrets = account.client("secretsmanager")
    account.created(secret())
    secrets.delete_secret(SecretId="patients/token", ForceDeleteWithoutRecovery=True)
    account.deleted()


def test_inline_policies_of_a_role_are_read_too(account: Any) -> None:
    inline = [{"PolicyName": "inline", "PolicyDocument": {"Version": "2012-10-17"}}]
    assert "must contain a Statement" in account.refusal({"Role": role(Policies=inline)}, "Role")


def test_a_role_takes_ten_managed_policies(account: Any) -> None:
    policies = [f"arn:aws:iam::aws:policy/Policy{number}" for number in range(11)]
    reason = account.refusal({"Role": role(ManagedPolicyArns=policies)}, "Role")
    assert "Cannot exceed quota for PoliciesPerRole: 10" in reason
