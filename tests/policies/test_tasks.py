"""What tasks may do, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from awacs.aws import PolicyDocument
from troposphere import encode_to_dict

from policies.roles import allows
from policies.tasks import assumed_by_tasks, logs_in, reads_secret, repository_arn, starts
from stratopause.wiring.values import CacheArn, CacheUserArn, DatabaseResourceId, KeyArn, LogStreamsArn, SecretArn

IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/app@sha256:" + 64 * "0"


def statements(policy: PolicyDocument) -> dict[str, Any]:
    return {statement["Sid"]: statement for statement in encode_to_dict(policy)["Statement"]}


def test_only_the_image_s_own_repository_can_be_pulled_from() -> None:
    pull = statements(allows(*starts(IMAGE, LogStreamsArn.parameter("Logs"))))["PullImage"]
    assert pull["Resource"] == [{"Fn::Sub": "arn:${AWS::Partition}:ecr:eu-central-1:111122223333:repository/team/app"}]


def test_the_repository_of_an_image_of_this_account_is_of_this_account() -> None:
    image = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/none@sha256:" + 64 * "0"
    assert repository_arn(image).to_dict() == {
        "Fn::Sub": "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/none"
    }


def test_the_registry_login_alone_has_no_resource() -> None:
    started = statements(allows(*starts(IMAGE, LogStreamsArn.parameter("Logs"))))
    anywhere = [statement["Action"] for statement in started.values() if statement["Resource"] == ["*"]]
    assert anywhere == [["ecr:GetAuthorizationToken"]]


def test_a_secret_s_key_decrypts_that_secret_only() -> None:
    policy = statements(allows(*reads_secret(SecretArn.parameter("Secret"), KeyArn.parameter("Key"))))
    assert policy["ReadSecret"]["Resource"] == [{"Ref": "Secret"}]
    assert policy["DecryptSecret"]["Resource"] == [{"Ref": "Key"}]
    assert policy["DecryptSecret"]["Condition"]["StringEquals"] == {
        "kms:ViaService": {"Fn::Sub": "secretsmanager.${AWS::Region}.${AWS::URLSuffix}"},
        "kms:EncryptionContext:SecretARN": {"Ref": "Secret"},
    }


def test_a_login_is_granted_for_one_user_of_one_database_and_one_of_one_cache() -> None:
    policy = statements(
        logs_in(
            DatabaseResourceId.parameter("Database"),
            "service",
            CacheArn.parameter("Cache"),
            CacheUserArn.parameter("User"),
        )
    )
    assert {sid: statement["Action"] for sid, statement in policy.items()} == {
        "LogInToDatabase": ["rds-db:connect"],
        "LogInToCache": ["elasticache:Connect"],
    }
    ((arn, names),) = (resource["Fn::Sub"] for resource in policy["LogInToDatabase"]["Resource"])
    assert arn.endswith(":dbuser:${Database}/service")
    assert names == {"Database": {"Ref": "Database"}}
    assert policy["LogInToCache"]["Resource"] == [{"Ref": "Cache"}, {"Ref": "User"}]


@pytest.mark.parametrize("operator", ["StringEquals", "ArnLike"])
def test_no_other_account_s_tasks_take_the_role(operator: str) -> None:
    (statement,) = encode_to_dict(assumed_by_tasks())["Statement"]
    assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert operator in statement["Condition"]
