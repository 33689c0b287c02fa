from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, resource, template

RULE = "E9103"
ROOT = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
ACCOUNT = {"Ref": "AWS::AccountId"}
TRAILS = {"Service": "cloudtrail.amazonaws.com"}
LOGS = {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}
ADMINISTRATION = {"Effect": "Allow", "Principal": ROOT, "Action": ["kms:PutKeyPolicy", "kms:Get*"], "Resource": "*"}
VIA = {"kms:ViaService": {"Fn::Sub": "rds.${AWS::Region}.amazonaws.com"}}
OURS = {"kms:CallerAccount": ACCOUNT}


def statement(principal: Any, action: Any = "kms:Decrypt", **condition: Any) -> dict[str, Any]:
    return {
        "Sid": "Use",
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": "*",
        "Condition": condition,
    }


def messages(*statements: Any) -> list[str]:
    key = resource("KMS::Key", {"KeyPolicy": {"Statement": [ADMINISTRATION, *statements]}})
    return [problem.message for problem in found(RULE, forest(platform=template(Key=key)))]


def logs_of(arn: str) -> dict[str, Any]:
    return {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": {"Fn::Sub": arn}}}


GIVEN_AWAY: dict[str, tuple[dict[str, Any], str]] = {
    "everybody": (statement("*"), "everybody;"),
    "everybody of AWS": (statement({"AWS": "*"}), "everybody;"),
    "everybody in a list": (statement({"AWS": [ROOT["AWS"], "*"]}, StringEquals=VIA), "everybody;"),
    "everybody by way of a service": (statement("*", StringEquals=VIA), "everybody;"),
    "everybody in any account": (statement("*", StringLike={"kms:CallerAccount": "*"}), "everybody;"),
    "everybody if it comes": (statement("*", StringEqualsIfExists=OURS), "everybody;"),
    "everybody but one": (statement("*", StringNotEquals=OURS), "everybody;"),
    "everybody of the account": (statement("*", StringEquals=OURS), "everybody of the account;"),
    "the root": (statement(ROOT, "kms:*"), "the account's root"),
    "the account": (statement({"AWS": ACCOUNT}, "kms:GenerateDataKey*"), "the account's root"),
    "the root as a literal": (statement({"AWS": "arn:aws:iam::718281828459:root"}, "*"), "account"),
    "the root's grants": (statement(ROOT, ["kms:DescribeKey", "kms:CreateGrant"]), "the account's root"),
    "the root's creations": (statement(ROOT, "kms:Create*"), "the account's root"),
    "the root with all but": (
        {**{k: v for k, v in statement(ROOT).items() if k != "Action"}, "NotAction": "kms:ScheduleKeyDeletion"},
        "the account's root",
    ),
    "the root as its own caller": (statement(ROOT, StringEquals=OURS), "the account's root"),
    "the root by any way": (statement(ROOT, StringLike={"kms:ViaService": "*"}), "the account's root"),
    "the root and grants for AWS": (
        statement(ROOT, ["kms:Decrypt", "kms:CreateGrant"], Bool={"kms:GrantIsForAWSResource": "true"}),
        "the account's root",
    ),
    "a service": (statement(LOGS), "logs.${AWS::Region}.amazonaws.com without saying for whom"),
    "a service for any account": (statement(LOGS, **logs_of("arn:aws:logs:*:*:*")), "without saying for whom"),
    "a service for any region and account": (statement(LOGS, **logs_of("arn:aws:logs:*")), "without saying for whom"),
    "a service for any bucket": (
        statement({"Service": "s3.amazonaws.com"}, ArnLike={"aws:SourceArn": "arn:aws:s3:::*"}),
        "without saying for whom",
    ),
    "a service if it says so": (
        statement(LOGS, StringEqualsIfExists={"aws:SourceAccount": ACCOUNT}),
        "without saying for whom",
    ),
    "a service over TLS": (statement(LOGS, Bool={"aws:SecureTransport": "true"}), "without saying for whom"),
    "another account": (statement({"AWS": "arn:aws:iam::999999999999:root"}), "another account"),
    "another account's id": (statement({"AWS": ["999999999999"]}, "kms:CreateGrant"), "another account"),
    "another account's role": (statement({"AWS": "arn:aws:iam::999999999999:role/x"}, "kms:*"), "another account"),
}


@pytest.mark.parametrize("way", GIVEN_AWAY)
def test_a_use_that_is_given_away_is_found(way: str) -> None:
    given, to_whom = GIVEN_AWAY[way]
    (message,) = messages(given)
    assert to_whom in message
    assert "statement Use of the policy of Key (KMS::Key) allows" in message


KEPT: dict[str, dict[str, Any]] = {
    "administration": ADMINISTRATION,
    "administration by patterns": statement(
        ROOT, ["kms:Put*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Update*", "kms:Tag*", "kms:*Deletion"]
    ),
    "by way of a service": statement(ROOT, StringEquals={**VIA, **OURS}),
    "by way of one of several": statement(ROOT, StringLike={"kms:ViaService": ["rds.*.amazonaws.com", "ec2.*"]}),
    "grants for AWS": statement(ROOT, "kms:CreateGrant", Bool={"kms:GrantIsForAWSResource": "true"}),
    "an encryption context": statement(ROOT, StringEquals={"kms:EncryptionContext:SecretARN": "arn:x"}),
    "everybody of the account by a service": statement("*", StringEquals={**VIA, **OURS}),
    "a role": statement({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/reader"}}, "kms:*"),
    "a role of the tree": statement({"AWS": {"Fn::GetAtt": "Role.Arn"}}),
    "whoever is passed": statement({"AWS": {"Fn::ImportValue": "Reader"}}),
    "a service for its account": statement(LOGS, StringEquals={"aws:SourceAccount": ACCOUNT}),
    "a service for its log groups": statement(
        LOGS, **logs_of("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*")
    ),
    "a service for a bucket": statement(
        {"Service": "s3.amazonaws.com"}, ArnLike={"aws:SourceArn": "arn:aws:s3:::clinic"}
    ),
    "a service for its organization": statement(LOGS, StringEquals={"aws:SourceOrgID": "o-a1b2c3d4e5"}),
    "a service that describes": statement(LOGS, "kms:Describe*"),
    "fargate for its account": statement(
        {"Service": "fargate.amazonaws.com"}, StringEquals={"kms:EncryptionContext:aws:ecs:clusterAccount": ACCOUNT}
    ),
    "another account by a service": statement(
        {"AWS": "arn:aws:iam::999999999999:root"}, StringLike={"kms:ViaService": "rds.*.amazonaws.com"}
    ),
    "another account that reads nothing": statement({"AWS": "arn:aws:iam::999999999999:root"}, "kms:DescribeKey"),
    "a Deny": {**statement("*", "kms:*"), "Effect": "Deny"},
}


@pytest.mark.parametrize("way", KEPT)
def test_a_use_that_says_for_whom_is_fine(way: str) -> None:
    assert not messages(KEPT[way])


def test_the_default_policy_leaves_use_to_every_policy_of_the_account() -> None:
    (problem,) = found(RULE, forest(platform=template(Key=resource("KMS::Key"))))
    assert "AWS's default" in problem.message


def test_the_account_that_administers_a_key_is_its_own() -> None:
    root = {"AWS": "arn:aws:iam::111122223333:root"}
    administration = {**ADMINISTRATION, "Principal": root}
    other = statement({"AWS": "arn:aws:iam::444455556666:root"})
    for statements, told in (
        ([administration, statement(root, StringEquals=VIA)], []),
        ([administration, statement(root)], ["the account's root"]),
        ([administration, other], ["another account"]),
    ):
        key = resource("KMS::Key", {"KeyPolicy": {"Statement": statements}})
        problems = found(RULE, forest(platform=template(Key=key)))
        assert len(problems) == len(told)
        assert all(part in problem.message for part, problem in zip(told, problems, strict=True))


def test_the_finding_is_at_the_statement() -> None:
    key = resource("KMS::Key", {"KeyPolicy": {"Statement": [ADMINISTRATION, statement("*")]}})
    (problem,) = found(RULE, forest(platform=template(Key=key)))
    assert problem.path == ("Resources", "Key", "Properties", "KeyPolicy", "Statement", 1)


@pytest.mark.parametrize("value", [None, 1, "x", [], [[]], {}, {"a": []}, {"AWS": [1, {}]}, {"Fn::ImportValue": "x"}])
def test_hostile_values_end_in_nothing_worse_than_a_finding(value: Any) -> None:
    for element in ("Principal", "Action", "Condition", "Resource", "Effect", "Sid"):
        messages({**statement(ROOT), element: value})
    messages(statement(ROOT, StringEquals=value), statement(LOGS, StringEquals={"aws:SourceArn": value}), value)
    for policy in (value, {"Statement": value}):
        found(RULE, forest(platform=template(Key=resource("KMS::Key", {"KeyPolicy": policy}))))


def test_cloudtrail_says_nothing_of_an_event_data_store() -> None:
    key = resource("KMS::Key", {"KeyPolicy": {"Statement": [ADMINISTRATION, statement(TRAILS)]}})
    store = resource("CloudTrail::EventDataStore", {"KmsKeyId": {"Fn::GetAtt": "Key.Arn"}})
    trail = resource("CloudTrail::Trail", {"KMSKeyId": {"Fn::GetAtt": "Key.Arn"}})
    assert not found(RULE, forest(platform=template(Key=key, Store=store)))
    assert found(RULE, forest(platform=template(Key=key, Trail=trail)))
    other = resource("CloudTrail::EventDataStore", {"KmsKeyId": "alias/other"})
    assert found(RULE, forest(platform=template(Key=key, Store=other)))
