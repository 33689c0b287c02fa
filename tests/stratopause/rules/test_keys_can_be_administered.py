from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, places, resource, template

RULE = "E9102"
ROOT = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
OTHER = {"AWS": "arn:aws:iam::999999999999:root"}
ACCOUNT = {"Ref": "AWS::AccountId"}
VIA = {"StringEquals": {"kms:ViaService": "rds.eu-central-1.amazonaws.com", "kms:CallerAccount": ACCOUNT}}


def statement(principal: Any, action: Any = "kms:*", **rest: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **rest}


def locked(*statements: Any, type_: str = "KMS::Key") -> bool:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return places(RULE, forest(platform=template(Key=resource(type_, {"KeyPolicy": policy})))) == ["platform.json/Key"]


LOCKED: dict[str, list[dict[str, Any]]] = {
    "use only": [statement(ROOT, ["kms:Encrypt", "kms:Decrypt"])],
    "no PutKeyPolicy": [statement(ROOT, ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKey"])],
    "excepted": [statement(ROOT, None, NotAction="kms:Put*")],
    "a service": [statement({"Service": "rds.amazonaws.com"})],
    "another account": [statement(ROOT, "kms:Decrypt"), statement(OTHER)],
    "another account without partition": [statement(ROOT, "kms:Decrypt"), statement({"AWS": "999999999999"})],
    "by way of a service": [statement(ROOT, Condition=VIA)],
    "a misspelt condition": [statement(ROOT, Condition={"StringEquals": {"kms:CalerAccount": ACCOUNT}})],
    "another caller": [statement(ROOT, Condition={"StringEquals": {"kms:CallerAccount": "999999999999"}})],
    "another account beside conditions on this one": [
        statement({"AWS": "arn:aws:iam::111122223333:root"}),
        statement({"Service": "sns.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
    ],
    "denied": [statement(ROOT), statement("*", "kms:PutKeyPolicy", Effect="Deny")],
    "denied to the account": [statement(ROOT), statement(ROOT, "kms:Put*", Effect="Deny")],
    "only a Deny": [statement(ROOT, Effect="Deny")],
    "another service's action": [statement(ROOT, "s3:*")],
}


@pytest.mark.parametrize("way", LOCKED)
def test_a_policy_that_nobody_of_the_account_may_change_is_found(way: str) -> None:
    assert locked(*LOCKED[way])


OPEN: dict[str, list[dict[str, Any]]] = {
    "the default": [statement(ROOT)],
    "administration": [statement(ROOT, ["kms:DescribeKey", "kms:PutKeyPolicy"])],
    "a pattern": [statement(ROOT, "kms:Put*")],
    "the account's id": [statement({"AWS": ACCOUNT}, "kms:PutKeyPolicy")],
    "a literal": [statement({"AWS": "arn:aws:iam::111122223333:root"})],
    "a role": [statement({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/admin"}})],
    "a role of the tree": [statement({"AWS": {"Fn::GetAtt": "Role.Arn"}})],
    "whoever is passed": [statement({"AWS": {"Fn::ImportValue": "Admin"}})],
    "under a condition that may hold": [statement(ROOT, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
    "its own caller": [statement(ROOT, Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}})],
    "denied to others": [
        statement(ROOT),
        statement("*", "kms:PutKeyPolicy", Effect="Deny", Condition={"ArnNotLike": {"aws:PrincipalArn": "*admin"}}),
    ],
}


@pytest.mark.parametrize("way", OPEN)
def test_a_policy_that_somebody_may_change_is_fine(way: str) -> None:
    role = resource("IAM::Role")
    policy = {"Statement": OPEN[way]}
    tree = forest(platform=template(Key=resource("KMS::Key", {"KeyPolicy": policy}), Role=role))
    assert not found(RULE, tree)


def test_a_replica_has_a_policy_of_its_own() -> None:
    assert locked(statement(ROOT, "kms:Decrypt"), type_="KMS::ReplicaKey")


def test_a_key_without_a_policy_gets_one_that_can_be_changed() -> None:
    assert not found(RULE, forest(platform=template(Key=resource("KMS::Key"))))


@pytest.mark.parametrize("value", [None, 1, "x", [], [[]], {}, {"a": []}, {"Fn::ImportValue": "x"}])
def test_hostile_values_end_in_nothing_worse_than_a_finding(value: Any) -> None:
    for policy in (value, {"Statement": value}, {"Statement": [value]}):
        found(RULE, forest(platform=template(Key=resource("KMS::Key", {"KeyPolicy": policy}))))
    for element in ("Principal", "Action", "Condition", "Resource", "Effect"):
        locked({**statement(ROOT), element: value})
