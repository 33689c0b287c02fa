from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from stratopause.deployer.changes import ResourceChange, Review
from stratopause.deployer.review.broadening import DOCUMENTS, HOLDERS, RULES, Broadening, wide, widened
from stratopause.deployer.review.contexts import UNKNOWN
from stratopause.deployer.review.judgement import judge
from stratopause.deployer.review.safeguards import ATTRIBUTES, GUARDS, SAFEGUARDS
from tests.stratopause.deployer.review.reviews import add, given, modify, nest, remove, review, whole, written
from tests.stratopause.deployer.review.test_contexts import JSON

KEY, ROLE, ENDPOINT, BUCKET_POLICY = "AWS::KMS::Key", "AWS::IAM::Role", "AWS::EC2::VPCEndpoint", "AWS::S3::BucketPolicy"
GROUP, INGRESS = "AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"


def allows(*actions: str, effect: str = "Allow", principal: Any = None) -> dict[str, Any]:
    told = {"Effect": effect, "Action": list(actions), "Resource": "*"}
    return {"Statement": [told if principal is None else {**told, "Principal": principal}]}


def texts(found: Review) -> list[str]:
    return [f"{one.name}: {one.text}" for one in judge(found).broadenings]


def changed(type_: str, before: dict[str, Any], after: dict[str, Any]) -> ResourceChange:
    return modify(
        "A", written("B"), type_=type_, before_context=whole(**before), after_context=whole(**after), physical_id="a"
    )


def nested_in(documents: str, value: Any) -> dict[str, Any]:
    first, *rest = documents.split(".")
    return {first: nested_in(".".join(rest), value) if rest else value}


@pytest.mark.parametrize(("type_", "path"), [(type_, path) for type_, paths in DOCUMENTS.items() for path in paths])
def test_a_policy_that_allows_more_is_said_wherever_a_resource_has_it(type_: str, path: str) -> None:
    before, after = (nested_in(path, allows(*actions)) for actions in (("a:B",), ("a:B", "a:C")))
    (told,) = [text for text, _ in widened(type_, before, after)]
    assert told == f"{DOCUMENTS[type_][path]}: allows a:C on anything"


@pytest.mark.parametrize("type_", sorted(HOLDERS))
def test_what_a_role_user_or_group_gets_is_said(type_: str) -> None:
    before = {
        "Policies": [{"PolicyName": "one", "PolicyDocument": allows("a:B", effect="Deny")}],
        "ManagedPolicyArns": ["arn:old", "arn:kept"],
        "PermissionsBoundary": "arn:boundary",
    }
    after = {
        "Policies": [{"PolicyName": "two", "PolicyDocument": allows("a:C")}],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess", "arn:kept", UNKNOWN],
    }
    assert list(widened(type_, before, after)) == [
        ("policy two: allows a:C on anything", False),
        ("policy one: no longer denies a:B on anything", False),
        ("gets the policy arn:aws:iam::aws:policy/AdministratorAccess", True),
        ("PermissionsBoundary: arn:boundary → none", False),
    ]


def test_a_boundary_that_is_not_known_yet_may_be_the_same() -> None:
    assert list(widened(ROLE, {"PermissionsBoundary": "arn:a"}, {"PermissionsBoundary": UNKNOWN})) == []


def test_a_policy_that_is_attached_to_another_role_is_said() -> None:
    before, after = ({"PolicyDocument": allows("a:B"), "Roles": roles} for roles in (["one"], ["one", "two"]))
    assert list(widened("AWS::IAM::ManagedPolicy", before, after)) == [("is attached to two", False)]


def test_an_endpoint_that_loses_its_policy_lets_everything_through() -> None:
    before = {"PolicyDocument": allows("s3:GetObject", principal="*"), "VpcId": "vpc"}
    assert list(widened(ENDPOINT, before, {"VpcId": "vpc"})) == [
        ("endpoint policy: allows anything on anything to anybody", True)
    ]
    assert list(wide(ENDPOINT, {"VpcId": "vpc"})) == [("endpoint policy: allows anything on anything to anybody", True)]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (allows("a:B"), UNKNOWN, ["key policy: can't be compared: it is known only after apply"]),
        (allows("a:B"), "text", ["key policy: can't be compared: it isn't written as policies are"]),
        ("text", "text", []),
    ],
)
def test_a_policy_that_cannot_be_read_is_said_to_be_incomparable(before: Any, after: Any, told: list[str]) -> None:
    assert [text for text, _ in widened(KEY, {"KeyPolicy": before}, {"KeyPolicy": after})] == told


def test_the_wide_come_first_and_each_with_the_name_of_its_resource() -> None:
    open_ = {"SecurityGroupIngress": {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}}
    quiet = changed("AWS::RDS::DBInstance", {"MultiAZ": True}, {"MultiAZ": False})
    found = review(nest("Network"), quiet, Network=(changed(GROUP, {}, open_),))
    assert judge(found).broadenings == (
        Broadening("Network/A", GROUP, "lets tcp 22 from 0.0.0.0/0 (everywhere) through", is_wide=True),
        Broadening("A", "AWS::RDS::DBInstance", "MultiAZ: true → false"),
    )


def test_of_what_is_added_only_what_is_wide_is_said() -> None:
    role = {
        "AssumeRolePolicyDocument": allows("sts:AssumeRole", principal={"Service": "ecs.amazonaws.com"}),
        "Policies": [{"PolicyName": "all", "PolicyDocument": allows("*")}, {"PolicyName": "broken"}],
    }
    group = {"SecurityGroupEgress": {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}}
    found = review(
        add("Role", ROLE, after_context=whole(**role)),
        add("Group", GROUP, after_context=whole(**group)),
        add("Open", GROUP, after_context=whole()),
        add("Key", KEY, after_context=whole(KeyPolicy="text")),
    )
    assert texts(found) == [
        "Open: lets all traffic to 0.0.0.0/0 (everywhere) through",
        "Role: policy all: allows anything on anything",
    ]


RULE = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"}


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (review(add("Rule", INGRESS, after_context=whole(**RULE))), []),
        (review(modify("Other", written("A")), add("Rule", INGRESS, after_context=whole(**RULE))), ["Rule"]),
        (review(nest("Net"), Net=(add("Rule", INGRESS, after_context=whole(**RULE)),)), ["Net/Rule"]),
        (
            review(
                modify("Other", written("A")),
                add("Net", "AWS::CloudFormation::Stack"),
                Net=(add("Rule", INGRESS, after_context=whole(**RULE)),),
            ),
            [],
        ),
    ],
)
def test_a_rule_or_policy_that_is_added_to_a_stack_which_exists_opens_what_is_there(
    found: Review, told: list[str]
) -> None:
    assert [one.name for one in judge(found).broadenings] == told


def test_what_is_added_without_being_told_is_warned_of_once() -> None:
    found = review(add("Role", ROLE), nest("Keys"), Keys=(add("Key", KEY), add("Topic")))
    (warned,) = judge(found).warnings
    assert warned.text == "nobody can say how open these are, CloudFormation doesn't tell them: Role, Keys/Key"


@pytest.mark.parametrize("type_", sorted(GUARDS))
def test_a_guard_that_goes_is_said(type_: str) -> None:
    assert texts(review(remove("A", type_))) == [f"A: {GUARDS[type_]}"]


def test_a_policy_that_goes_is_said_for_what_it_denied() -> None:
    denied = whole(PolicyDocument=allows("s3:*", effect="Deny", principal="*"))
    found = review(
        remove("Policy", BUCKET_POLICY, before_context=denied),
        remove("Cut", BUCKET_POLICY),
        remove("Key", KEY, before_context=whole(KeyPolicy=allows("kms:*", effect="Deny"))),
    )
    assert texts(found) == ["Policy: bucket policy: no longer denies s3:* on anything to anybody"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (modify("A", written("KeyPolicy"), type_=KEY), ["A: KeyPolicy can't be compared"]),
        (modify("A", written("KeyPolicy/Statement/0"), type_=KEY), ["A: KeyPolicy.Statement.0 can't be compared"]),
        (modify("A", written("Description"), type_=KEY), []),
        (modify("A", type_=KEY), ["A: can't be compared"]),
        (modify("A"), []),
        (modify("A", written("SecurityGroupIngress/0/CidrIp"), type_=GROUP),
         ["A: SecurityGroupIngress.0.CidrIp can't be compared"]),
        (modify("A", written("ManagedPolicyArns/0"), type_=ROLE), ["A: ManagedPolicyArns.0 can't be compared"]),
        (modify("A", written("BackupRetentionPeriod", "35", "7"), type_="AWS::RDS::DBInstance"),
         ["A: BackupRetentionPeriod: 35 → 7"]),
        (modify("A", written("BackupRetentionPeriod", "7", "35"), type_="AWS::RDS::DBInstance"), []),
        (modify("A", written("BackupRetentionPeriod", "7", None), type_="AWS::RDS::DBInstance"),
         ["A: BackupRetentionPeriod can't be compared"]),
        (modify("A", given("KmsKeyId", "Keys.Outputs.A"), type_="AWS::Logs::LogGroup"), []),
    ],
)  # fmt: skip
def test_what_is_not_told_whole_is_compared_by_the_property_or_said_to_be_incomparable(
    change: ResourceChange, told: list[str]
) -> None:
    assert [one.partition(": CloudFormation")[0] for one in texts(review(change))] == told


def test_what_provably_does_not_change_opens_nothing() -> None:
    same = given("KeyPolicy", "Keys.Outputs.A", "same", "same")
    assert texts(review(modify("A", same, type_=KEY))) == []


TYPES = sorted({*DOCUMENTS, *HOLDERS, *RULES, *SAFEGUARDS, *ATTRIBUTES})
NAMES = ("Policies", "ManagedPolicyArns", "PermissionsBoundary", "SecurityGroupIngress", "IpProtocol", "CidrIp")
PROPERTIES = st.dictionaries(
    st.sampled_from(
        sorted(
            {*NAMES, *ATTRIBUTES.values()}
            | {path.split(".")[0] for paths in DOCUMENTS.values() for path in paths}
            | {guard.path.split(".")[0] for guards in SAFEGUARDS.values() for guard in guards}
        )
    ),
    JSON | st.builds(lambda one: {"Statement": [{"Effect": "Allow", "Action": one, "Principal": one}]}, JSON),
    max_size=6,
)


@drawn(st.sampled_from(TYPES), PROPERTIES, PROPERTIES)
def test_whatever_a_template_holds_it_is_compared_and_never_wider_than_itself(
    type_: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    list(widened(type_, before, after))
    list(wide(type_, after))
    assert [text for text, _ in widened(type_, after, after) if "can't be compared" not in text] == []
