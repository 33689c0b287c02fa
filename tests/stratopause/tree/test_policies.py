from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.tree.policies import ROOT, Request, allows, conditions_hold, statements
from stratopause.tree.text import ACCOUNT, REGION, Reference, unknown

LOGS = f"logs.{REGION}.amazonaws.com"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{Reference('Role')}"
BY_LOGS = Request("kms:Decrypt", service=LOGS, context={"kms:encryptioncontext:aws:logs:arn": "arn:aws:logs:x"})
BY_ROLE = Request("kms:Decrypt", role=ROLE, context={"kms:viaservice": f"rds.{REGION}.amazonaws.com"})

ALLOWED: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": LOGS},
    "Action": ["kms:Decrypt"],
    "Resource": "*",
    "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*"}},
}


def policy(*found: dict[str, Any]) -> list[Any]:
    return [{"Statement": list(found)}]


def test_a_statement_allows_what_it_says() -> None:
    assert allows(policy(ALLOWED), BY_LOGS)
    assert allows([json.dumps({"Statement": ALLOWED})], BY_LOGS)


@pytest.mark.parametrize(
    "changed",
    [
        {"Effect": "Deny"},
        {"Principal": {"Service": "logs.amazonaws.com"}},
        {"Principal": {"AWS": ROOT}},
        {"Action": "kms:Encrypt"},
        {"NotAction": "kms:*", "Action": []},
        {"Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:s3:*"}}},
        {"Condition": {"StringNotLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*"}}},
        {"Condition": {"Null": {"kms:EncryptionContext:aws:logs:arn": "true"}}},
    ],
)
def test_a_statement_that_is_otherwise_in_one_thing_does_not(changed: dict[str, Any]) -> None:
    assert not allows(policy({**ALLOWED, **changed}), BY_LOGS)


@pytest.mark.parametrize(
    "changed",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Action": "KMS:dec*"},
        {"Action": "*"},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "what isn't known"}}},
        {"Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": unknown("imported")}}},
        {"Condition": {}},
        {"Condition": "no object"},
    ],
)
def test_what_is_not_known_is_taken_for_allowed(changed: dict[str, Any]) -> None:
    assert allows(policy({**ALLOWED, **changed}), BY_LOGS)


def test_a_key_that_surely_does_not_come_meets_no_condition_unless_it_says_so() -> None:
    request = Request("kms:Decrypt", service=LOGS, context={"aws:sourceaccount": None})
    for operator, holds in {
        "StringEquals": False,
        "StringEqualsIfExists": True,
        "ForAllValues:StringEquals": True,
        "ForAnyValue:StringEquals": False,
        "StringNotEquals": True,
    }.items():
        found = {**ALLOWED, "Condition": {operator: {"aws:SourceAccount": ACCOUNT}}}
        assert allows(policy(found), request) is holds, operator


@pytest.mark.parametrize("principal", [ROOT, ACCOUNT, "123456789012", "arn:aws:iam::123456789012:root", "*", ROLE])
def test_the_account_stands_for_whoever_is_in_it(principal: str) -> None:
    assert allows(policy({**ALLOWED, "Principal": {"AWS": [principal]}, "Condition": {}}), BY_ROLE)


def test_a_statement_for_another_role_is_not_for_this_one() -> None:
    other = f"arn:aws:iam::{ACCOUNT}:role/{Reference('Other')}"
    assert not allows(policy({**ALLOWED, "Principal": {"AWS": other}, "Condition": {}}), BY_ROLE)


def test_all_actions_but_some_are_allowed_where_a_statement_says_so() -> None:
    found = {name: value for name, value in ALLOWED.items() if name != "Action"}
    assert allows(policy({**found, "NotAction": "s3:*"}), BY_LOGS)
    assert not allows(policy({**found, "NotAction": ["s3:*", "kms:*"]}), BY_LOGS)


def test_a_denial_counts_only_where_it_surely_applies() -> None:
    denied = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    assert not allows(policy(ALLOWED, denied), BY_LOGS)
    for condition in ({"Bool": {"aws:SecureTransport": "false"}}, {"StringEquals": {"aws:PrincipalArn": "x"}}):
        assert allows(policy(ALLOWED, {**denied, "Condition": condition}), BY_LOGS)
    assert allows(policy(ALLOWED, {**denied, "Action": "s3:*"}), BY_LOGS)
    assert allows(policy(ALLOWED, {**denied, "Resource": unknown("imported")}), BY_LOGS)
    assert allows(policy(ALLOWED, {**denied, "Principal": {"Service": "sns.amazonaws.com"}}), BY_LOGS)


def test_resources_are_told_apart_where_they_are_named() -> None:
    found = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": [f"{Reference('Bucket', 'Arn')}/*"]}
    assert allows(policy(found), Request("s3:GetObject", f"{Reference('Bucket', 'Arn')}/key"))
    assert not allows(policy(found), Request("s3:GetObject", f"{Reference('Other', 'Arn')}/key"))
    assert not allows(policy({**found, "Resource": [], "NotResource": "*"}), Request("s3:GetObject", "arn:aws:s3:::b"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
STATEMENT = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("Effect", "Principal", "Action", "Resource", "Condition", "NotPrincipal"), JSON)
)


@given(found=JSON | st.fixed_dictionaries({"Statement": st.lists(STATEMENT, max_size=3) | JSON}))
def test_whatever_a_policy_is_it_is_judged(found: Any) -> None:
    assert isinstance(statements(found), list)
    assert allows([found], BY_LOGS) in {True, False}
    assert allows([found], BY_ROLE) in {True, False}


def test_an_action_that_is_not_known_may_allow_and_surely_denies_nothing() -> None:
    for name in ("Action", "NotAction"):
        rest = {key: value for key, value in ALLOWED.items() if key != "Action"}
        statement = {**rest, name: [unknown("parameter Action"), "kms:Encrypt"]}
        assert allows(policy(statement), BY_LOGS)
        assert allows(policy(ALLOWED, {**statement, "Effect": "Deny"}), BY_LOGS)


@pytest.mark.parametrize("operator", ["NotIpAddress", "NumericNotEquals", "DateNotEquals", "StringNotEquals"])
def test_what_does_not_come_is_not_equal(operator: str) -> None:
    request = BY_LOGS._replace(context={**BY_LOGS.context, "aws:sourceip": None})
    denied = {**ALLOWED, "Effect": "Deny", "Condition": {operator: {"aws:SourceIp": "10.0.0.0"}}}
    assert not allows(policy(ALLOWED, denied), request)


def test_a_region_is_one_also_where_case_does_not_count() -> None:
    came = {"aws:sourcearn": f"arn:aws:s3:{REGION}:b"}
    statement = {**ALLOWED, "Condition": {"StringEqualsIgnoreCase": {"aws:SourceArn": "ARN:aws:s3:eu-central-1:b"}}}
    assert allows(policy(statement), BY_LOGS._replace(context=came))


RULE_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{Reference('Rule')}"
GROUP_ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app:x"


def holds(operator: str, pattern: str, given: str | None, *, certainly: bool = False) -> bool:
    statement = {"Condition": {operator: {"aws:SourceArn": pattern}}}
    return conditions_hold(statement, {"aws:sourcearn": given}, certainly=certainly)


@pytest.mark.parametrize("operator", ["ArnLike", "ArnEquals"])
@pytest.mark.parametrize(
    ("pattern", "given", "maybe", "surely"),
    [
        (RULE_ARN, RULE_ARN, True, True),
        (f"arn:aws:events:*:{ACCOUNT}:rule/*", RULE_ARN, True, True),
        ("arn:*:events:*:*:*", RULE_ARN, True, True),
        (f"arn:aws:logs:*:{ACCOUNT}:log-group:*", GROUP_ARN, True, True),
        (f"arn:aws:logs:*:{ACCOUNT}:*", GROUP_ARN, True, True),
        (f"arn:aws:logs:*:{ACCOUNT}:*:x", GROUP_ARN, True, True),
        # A star takes no colon before the sixth part.
        (f"arn:aws:logs:*:{ACCOUNT}:/app:x", GROUP_ARN, False, False),
        ("arn:aws:*:rule/x", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/x", False, False),
        ("arn:aws:events:*:rule/*:*:*", RULE_ARN, False, False),
        (f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/*", "arn:aws:events:us-east-1:111122223333:rule/x", False, False),
        # What AWS makes of fewer parts isn't said.
        ("arn:aws:events:*", RULE_ARN, True, False),
        ("*", RULE_ARN, True, False),
        ("arn:aws:s3:*", RULE_ARN, False, False),
        ("arn:aws:s3:::clinic", "arn:aws:s3:::clinic", True, True),
        # What isn't known may go over several parts.
        (f"arn:aws:events:{unknown('rest')}", RULE_ARN, True, False),
        (f"arn:aws:events:*:{ACCOUNT}:rule/{unknown('name')}", RULE_ARN, True, False),
        (f"arn:aws:s3:*:{ACCOUNT}:{unknown('name')}", RULE_ARN, False, False),
        (f"arn:aws:events:*:{ACCOUNT}:rule/*", f"arn:aws:events:{unknown('region')}:{ACCOUNT}:rule/x", True, False),
        (f"arn:aws:s3:{unknown('a')}:{unknown('b')}:x", RULE_ARN, False, False),
        (f"{Reference('Other', 'Arn')}", f"{Reference('Topic', 'Arn')}", False, False),
        (f"{Reference('Topic', 'Arn')}", f"{Reference('Topic', 'Arn')}", True, True),
        ("arn:aws:events:*:${aws:PrincipalAccount}:rule/*", RULE_ARN, True, False),
    ],
)
def test_each_part_of_an_arn_is_compared_by_itself(
    operator: str, pattern: str, given: str, *, maybe: bool, surely: bool
) -> None:
    assert holds(operator, pattern, given) is maybe
    assert holds(operator, pattern, given, certainly=True) is surely
    negated = operator.replace("Arn", "ArnNot")
    assert holds(negated, pattern, given) is not surely
    assert holds(negated, pattern, given, certainly=True) is not maybe


def test_of_several_arns_one_is_enough() -> None:
    statement = {"Condition": {"ArnLike": {"aws:SourceArn": ["arn:aws:events:*", RULE_ARN]}}}
    assert conditions_hold(statement, {"aws:sourcearn": RULE_ARN}, certainly=True)


@pytest.mark.parametrize(
    ("operator", "without"),
    [
        ("StringNotEquals", True),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:ArnNotLike", False),
        ("ForAnyValue:StringNotEqualsIfExists", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAllValues:StringNotEquals", True),
        ("ForAllValues:StringEquals", True),
    ],
)
def test_of_no_value_none_is_different(operator: str, *, without: bool) -> None:
    assert holds(operator, "arn:aws:s3:::clinic", None) is without
    assert holds(operator, "arn:aws:s3:::clinic", None, certainly=True) is without


def test_a_variable_of_a_policy_may_be_anything() -> None:
    came = {"aws:resourceaccount": ACCOUNT}
    for operator in ("StringEquals", "StringNotEquals", "StringLike"):
        statement = {"Condition": {operator: {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}}
        assert conditions_hold(statement, came)
        assert not conditions_hold(statement, came, certainly=True)
    own = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::homes/${aws:username}/*"}
    asked = Request("s3:GetObject", "arn:aws:s3:::homes/ada/notes")
    assert allows(policy(own), asked)
    assert allows(policy({**own, "Resource": "*"}, {**own, "Effect": "Deny"}), asked)
    assert not allows(policy(own), Request("s3:GetObject", "arn:aws:s3:::others/ada/notes"))
