from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from stratopause.deployer.review.contexts import UNKNOWN
from stratopause.deployer.review.policies import FULL_ACCESS, NotAPolicy, policy, wide, widened

ACCOUNT = "arn:aws:iam::111122223333:root"


def statement(
    action: Any = "s3:GetObject", resource: Any = "arn:a", principal: Any = None, effect: str = "Allow", **more: Any
) -> dict[str, Any]:
    told = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return told if principal is None else {**told, "Principal": principal}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def told(before: Any, after: Any) -> list[str]:
    return [text for text, _ in widened(policy(before), policy(after, before))]


SAME = [
    (statement(action="a:B"), statement(action=["a:B"])),
    (statement(action=["a:B", "a:C"]), statement(action=["a:C", "a:B"])),
    (statement(principal={"AWS": ACCOUNT}), statement(principal={"AWS": ["111122223333"]})),
    (statement(principal="*"), statement(principal={"AWS": "*"})),
    (statement(Condition={"Bool": {"a:b": True}}), statement(Condition={"Bool": {"a:b": ["true"]}})),
    (statement(Sid="One"), statement(Sid="Other")),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_what_is_only_written_otherwise_is_the_same(before: Any, after: Any) -> None:
    assert policy(document(before)) == policy({"Statement": after}) == policy(json.dumps(document(after)))
    assert told(document(before), document(after)) == []


NARROWER = [
    (statement(action="s3:*"), statement(action="s3:Get*")),
    (statement(action="S3:getobject"), statement(action="s3:GetObject")),
    (statement(action="*"), statement(action=["a:B", "c:*"])),
    (statement(resource="arn:a/*"), statement(resource="arn:a/b")),
    (statement(resource="arn:?"), statement(resource="arn:b")),
    (statement(principal="*"), statement(principal={"AWS": ACCOUNT})),
    (statement(), statement(Condition={"Bool": {"a": "true"}})),
    (
        statement(Condition={"StringEquals": {"a": ["1", "2"]}}),
        statement(Condition={"StringEquals": {"a": "1"}, "Bool": {"b": "true"}}),
    ),
    (
        statement(Condition={"ForAnyValue:StringLike": {"a": ["1", "2"]}}),
        statement(Condition={"ForAnyValue:StringLike": {"a": "1"}}),
    ),
    (
        statement(Condition={"StringNotEquals": {"a": "1"}}),
        statement(Condition={"StringNotEquals": {"a": ["1", "2"]}}),
    ),
    (statement(effect="Deny", action="s3:Get*"), statement(effect="Deny", action="s3:*")),
    (statement(effect="Deny", Condition={"Bool": {"a": "true"}}), statement(effect="Deny")),
    (statement(action=["a:B", "a:C"]), statement(action="a:B")),
]


@pytest.mark.parametrize(("before", "after"), NARROWER)
def test_what_allows_less_or_denies_more_is_not_wider(before: Any, after: Any) -> None:
    assert told(document(before), document(after)) == []


@pytest.mark.parametrize(("before", "after"), NARROWER)
def test_the_way_back_is_wider(before: Any, after: Any) -> None:
    if (before["Action"], after["Action"]) != ("S3:getobject", "s3:GetObject"):
        assert told(document(after), document(before)) != []


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ([], [statement()], "allows s3:GetObject on arn:a"),
        ([statement()], [statement(action=["s3:GetObject", "s3:PutObject"])], "allows s3:PutObject on arn:a"),
        ([statement()], [statement(resource=["arn:a", "arn:b"])], "allows s3:GetObject on arn:b"),
        (
            [statement(principal={"AWS": ACCOUNT})],
            [statement(principal={"AWS": [ACCOUNT, "arn:x"], "Service": "rds.amazonaws.com"})],
            "allows s3:GetObject on arn:a to arn:x, rds.amazonaws.com",
        ),
        (
            [statement(principal="*", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})],
            [statement(principal="*")],
            "allows s3:GetObject on arn:a to anybody, no longer only if aws:SourceVpce StringEquals vpce-1",
        ),
        (
            [statement(Condition={"StringEquals": {"a:b": "1"}})],
            [statement(Condition={"StringEquals": {"a:b": ["1", "2"]}})],
            "allows s3:GetObject on arn:a if a:b StringEquals 1, 2, no longer only if a:b StringEquals 1",
        ),
        (
            [statement(), statement("s3:*", "*", "*", "Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})],
            [statement()],
            "no longer denies s3:* on anything to anybody if aws:SecureTransport Bool false",
        ),
        (
            [statement(effect="Deny", action=["a:B", "a:C"])],
            [statement(effect="Deny", action="a:B")],
            "no longer denies a:C on arn:a",
        ),
        (
            [{"Effect": "Allow", "NotAction": ["a:B", "a:C"], "Resource": "*"}],
            [{"Effect": "Allow", "NotAction": "a:B", "Resource": "*"}],
            "allows everything but a:B on anything",
        ),
        (
            [statement(Condition={"Bool": {"a:b": "true"}})],
            [statement(Condition={"Bool": {"a:b": "false"}})],
            "allows s3:GetObject on arn:a if a:b Bool false, no longer only if a:b Bool true",
        ),
        ([], [statement(resource=UNKNOWN)], "allows s3:GetObject on (known after apply)"),
        ([], [statement(resource={"Ref": "A"})], 'allows s3:GetObject on {"Ref": "A"}'),
        ([], [{"Effect": "Allow", "Action": "sts:AssumeRole"}], "allows sts:AssumeRole on anything"),
    ],
)
def test_what_is_wider_is_said_and_no_more(before: list[Any], after: list[Any], sentence: str) -> None:
    assert told(document(*before), document(*after)) == [sentence]


def test_actions_are_told_apart_by_what_is_new_about_them() -> None:
    before = document(statement(["a:B"], "arn:a"), statement(["a:C"], "arn:b"))
    after = document(statement(["a:B", "a:C"], ["arn:a", "arn:b"]))
    assert told(before, after) == ["allows a:C on arn:a", "allows a:B on arn:b"]


def test_what_several_statements_allowed_together_is_not_wider_in_one() -> None:
    before = document(statement("a:B", "arn:a"), statement("a:B", "arn:b"))
    assert told(before, document(statement("a:B", ["arn:a", "arn:b"]))) == []


def test_what_is_not_known_yet_is_taken_for_what_stood_there() -> None:
    before = document(statement(resource=["arn:a", "arn:a/*"], principal={"AWS": "arn:role"}))
    after = document(statement(resource=[UNKNOWN, f"{UNKNOWN}/*"], principal={"AWS": UNKNOWN}))
    assert told(before, after) == []
    assert told(before, document(statement("s3:*", UNKNOWN, {"AWS": UNKNOWN}))) == ["allows s3:* on arn:a to arn:role"]


def test_what_is_not_known_yet_is_not_taken_for_everything_where_something_else_stood() -> None:
    before = document(statement(resource="arn:secret"), statement("s3:ListAllMyBuckets", "*"))
    after = document(statement(resource=UNKNOWN), statement("s3:ListAllMyBuckets", "*"))
    assert told(before, after) == []
    moved = document(statement("s3:ListAllMyBuckets", "*"), statement(resource=UNKNOWN))
    assert told(before, moved) == []


def test_a_word_with_a_star_of_its_own_is_only_covered_by_a_star() -> None:
    assert told(document(statement("s3:Get?")), document(statement("s3:Get*"))) == ["allows s3:Get* on arn:a"]


@pytest.mark.parametrize(
    "broken",
    [
        UNKNOWN,
        "text",
        "[" * 100_000,
        [],
        7,
        {"Statement": "text"},
        {"Statement": [{"Effect": "Perhaps"}]},
        {"Statement": [{"Effect": ["Allow"]}]},
        {"Statement": [statement(Condition="text")]},
        {"Statement": [statement(Condition={"Bool": "text"})]},
    ],
)
def test_what_is_no_policy_is_said_to_be_none(broken: Any) -> None:
    with pytest.raises(NotAPolicy):
        policy(broken)


def test_no_document_allows_nothing() -> None:
    assert policy(None) == ()
    assert policy({}) == ()


@pytest.mark.parametrize(
    "open_",
    [
        statement(principal="*"),
        statement(principal={"AWS": ["*"]}),
        statement(action="*"),
        statement(action=["a:B", "kms:*"]),
        {"Effect": "Allow", "NotAction": "a:B", "Resource": "*"},
        {"Effect": "Allow", "NotPrincipal": {"AWS": "arn:x"}, "Action": "a:B", "Resource": "*"},
        statement(principal="*", Condition={"StringNotEquals": {"aws:PrincipalAccount": "1"}}),
        statement(principal="*", Condition={"StringLike": {"aws:SourceArn": "*"}}),
        statement(principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    ],
)
def test_what_is_open_to_anybody_or_for_everything_is_wide(open_: Any) -> None:
    assert [is_wide for _, is_wide in wide(policy(document(open_)))] == [True]
    assert [is_wide for _, is_wide in widened((), policy(document(open_)))] == [True]


@pytest.mark.parametrize(
    "closed",
    [
        statement(),
        statement(action="s3:Get*", resource="*"),
        statement(principal={"AWS": ACCOUNT}),
        statement(principal="*", effect="Deny", action="*"),
        statement(principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": "1"}}),
        statement(principal="*", Condition={"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::a"}}),
    ],
)
def test_what_is_for_somebody_and_something_is_not_wide(closed: Any) -> None:
    assert list(wide(policy(document(closed)))) == []
    assert not any(is_wide for _, is_wide in widened((), policy(document(closed))))


def test_full_access_covers_everything() -> None:
    assert list(widened(FULL_ACCESS, policy(document(statement(principal="*", action="*", resource="*"))))) == []


WORDS = st.sampled_from(["*", "s3:*", "s3:Get*", "s3:GetObject", "kms:Decrypt"])
STATEMENTS = st.builds(
    statement,
    action=st.lists(WORDS, min_size=1, max_size=3),
    resource=st.lists(st.sampled_from(["*", "arn:a", "arn:a/*", "arn:a/b"]), min_size=1, max_size=2),
    principal=st.sampled_from([None, "*", {"AWS": ACCOUNT}, {"Service": "rds.amazonaws.com"}]),
    effect=st.sampled_from(["Allow", "Deny"]),
    Condition=st.sampled_from([{}, {"StringEquals": {"a:b": "1"}}, {"StringEquals": {"a:b": ["1", "2"]}}]),
)
DOCUMENTS = st.lists(STATEMENTS, max_size=3)


@drawn(DOCUMENTS)
def test_no_policy_is_wider_than_itself_in_any_order(statements: list[Any]) -> None:
    assert told(document(*statements), document(*reversed(statements))) == []


@drawn(DOCUMENTS, STATEMENTS.filter(lambda one: one["Effect"] == "Allow"))
def test_taking_an_allowance_away_is_never_wider_and_bringing_it_back_only_by_itself(
    statements: list[Any], more: Any
) -> None:
    without, with_ = document(*statements), document(*statements, more)
    assert told(with_, without) == []
    assert all(text.startswith("allows ") for text in told(without, with_))
