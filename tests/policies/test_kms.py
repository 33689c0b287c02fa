"""Key policies: who needs the key is in it, nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from troposphere import encode_to_dict

from policies.kms import CopiedBy, FargateStorage, KeyUse, LogGroups, TopicPublisher, Trail, ViaService, key_policy

USES: list[KeyUse] = [
    ViaService("rds"),
    LogGroups(),
    TopicPublisher("cloudwatch"),
    Trail(),
    FargateStorage(),
    CopiedBy("444455556666"),
]
DATA = {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant"}


def statements(*uses: KeyUse) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = encode_to_dict(key_policy(uses))["Statement"]
    return result


def test_the_account_administers_but_does_not_use_the_key() -> None:
    (administration,) = statements()
    actions = set(administration["Action"])
    assert "kms:PutKeyPolicy" in actions
    assert not actions & DATA
    assert not any("*" in action for action in actions)


@pytest.mark.parametrize("use", USES)
def test_every_use_has_a_condition(use: KeyUse) -> None:
    assert all(statement["Condition"] for statement in statements(use)[1:])


@pytest.mark.parametrize("use", USES)
def test_no_principal_is_everybody(use: KeyUse) -> None:
    assert all(statement["Principal"] not in ("*", {"AWS": "*"}) for statement in statements(use))


def test_a_service_is_let_in_only_for_callers_of_this_account() -> None:
    _, use, grant = statements(ViaService("rds"))
    asked_by = {"kms:CallerAccount": {"Ref": "AWS::AccountId"}, "kms:ViaService": {"Fn::Sub": RDS}}
    assert use["Condition"] == {"StringEquals": asked_by}
    assert "kms:CreateGrant" not in use["Action"]
    assert grant["Action"] == ["kms:CreateGrant"]
    assert grant["Condition"] == {"StringEquals": asked_by, "Bool": {"kms:GrantIsForAWSResource": "true"}}


RDS = "rds.${AWS::Region}.${AWS::URLSuffix}"


def test_log_groups_are_encrypted_by_the_regional_principal_for_this_account() -> None:
    """The first of the seven failures: without it CloudWatch Logs refuses to make the log group."""
    _, logs = statements(LogGroups())
    assert logs["Principal"] == {"Service": {"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"}}
    assert logs["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": {
                "Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"
            }
        }
    }


def test_a_use_named_twice_stands_once() -> None:
    assert len(statements(LogGroups(), LogGroups())) == 2


def test_statement_ids_are_unique() -> None:
    sids = [statement["Sid"] for statement in statements(*USES, ViaService("s3"), TopicPublisher("events.rds"))]
    assert len(sids) == len(set(sids))
    assert all(sid.isalnum() for sid in sids)


def test_a_copy_in_another_account_takes_snapshots_and_nothing_else_by_the_key() -> None:
    """Without it RDS there can't read the snapshot, and every copy of a backup fails."""
    _, takes, grants = statements(CopiedBy("444455556666"))
    assert takes["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::444455556666:root"}}
    assert takes["Condition"] == {"StringLike": {"kms:ViaService": {"Fn::Sub": "rds.*.${AWS::URLSuffix}"}}}
    assert grants["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_who_publishes_uses_the_key_for_topics_of_this_account_only() -> None:
    _, publishes = statements(TopicPublisher("cloudwatch"))
    topics = "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:*"
    assert publishes["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": {"Fn::Sub": topics}}}
