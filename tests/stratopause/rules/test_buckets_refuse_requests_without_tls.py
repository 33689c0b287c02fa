from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, nested, places, resource, template

RULE = "E9408"
BUCKET = resource("S3::Bucket")
ARN = {"Fn::GetAtt": ["Bucket", "Arn"]}
BOTH = [ARN, {"Fn::Sub": "${Bucket.Arn}/*"}]
PLAIN = {"Bool": {"aws:SecureTransport": "false"}}


def _statement(**changes: Any) -> dict[str, Any]:
    one = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": BOTH, "Condition": PLAIN}
    return {name: value for name, value in {**one, **changes}.items() if value is not None}


def _places(*statements: Any, bucket: Any = None, of: Any = None, name: str = "Policy") -> list[str]:
    policy = {"Bucket": of or {"Ref": "Bucket"}, "PolicyDocument": {"Statement": list(statements)}}
    body = template(Bucket=bucket or BUCKET, **{name: resource("S3::BucketPolicy", policy)})
    return places(RULE, forest(platform={**body, "Parameters": {"Name": {"Type": "String"}}}))


@pytest.mark.parametrize(
    "statement",
    [
        _statement(),
        _statement(Principal={"AWS": "*"}),
        _statement(Principal={"AWS": ["*"]}),
        _statement(Action=["s3:*"]),
        _statement(Action="*"),
        _statement(Resource="*"),
        _statement(Resource=None, NotResource="arn:aws:s3:::another/*"),
        _statement(Resource={"Fn::Sub": "${Bucket.Arn}*"}),
        _statement(Resource=[{"Fn::Sub": "arn:aws:s3:::${Bucket}"}, {"Fn::Sub": "arn:aws:s3:::${Bucket}/*"}]),
        _statement(Resource=[ARN, {"Fn::Join": ["", [ARN, "/*"]]}]),
        _statement(Resource=[{"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": "Bucket"}, part]]} for part in ("", "/*")]),
        _statement(Condition={"Bool": {"AWS:SecureTransport": False}}),
        _statement(Condition={"BoolIfExists": {"aws:SecureTransport": ["false"]}}),
    ],
)
def test_a_refusal_may_be_written_in_many_ways(statement: Any) -> None:
    assert not _places(statement)


def test_two_statements_may_share_it() -> None:
    assert not _places(_statement(Resource=BOTH[:1]), _statement(Resource=BOTH[1:]))


@pytest.mark.parametrize(
    "statement",
    [
        _statement(Effect="Allow"),
        _statement(Principal={"AWS": "arn:aws:iam::111122223333:root"}),
        _statement(Principal={"Service": "logging.s3.amazonaws.com"}),
        _statement(Action="s3:GetObject"),
        _statement(Action=["s3:Get*", "s3:PutObject"]),
        _statement(Resource=BOTH[:1]),
        _statement(Resource=BOTH[1:]),
        _statement(Resource={"Fn::Sub": "${Bucket.Arn}/public/*"}),
        _statement(Resource="arn:aws:s3:::other/*"),
        _statement(Resource=None),
        _statement(Resource=None, NotResource={"Fn::Sub": "${Bucket.Arn}/public*"}, Action="s3:Get*"),
        _statement(Resource=None, NotResource=BOTH),
        _statement(Condition={"Bool": {"aws:SecureTransport": "true"}}),
        _statement(Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        _statement(Condition=PLAIN | {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        _statement(Condition=PLAIN | {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}),
    ],
)
def test_what_refuses_less_is_found_at_the_policy(statement: Any) -> None:
    assert _places(statement) == ["platform.json/Policy"]


def test_a_bucket_without_a_policy_is_found() -> None:
    assert places(RULE, forest(platform=template(Bucket=BUCKET))) == ["platform.json/Bucket"]
    assert _places(_statement(), of="another") == ["platform.json/Bucket"]


def test_a_bucket_with_a_name_is_known_by_it() -> None:
    named = resource("S3::Bucket", {"BucketName": "records"})
    resources = ["arn:aws:s3:::records", "arn:aws:s3:::records/*"]
    assert not _places(_statement(Resource=resources), bucket=named, of="records")
    assert not _places(_statement(), bucket=named, of="records")
    assert _places(_statement(Resource=["arn:aws:s3:::other", "arn:aws:s3:::other/*"]), bucket=named)


def test_a_name_that_is_not_known_is_the_bucket_still() -> None:
    unknown = resource("S3::Bucket", {"BucketName": {"Ref": "Name"}})
    assert not _places(_statement(), bucket=unknown)
    assert _places(_statement(Resource=BOTH[:1]), bucket=unknown) == ["platform.json/Policy"]
    sub = [{"Fn::Sub": "arn:aws:s3:::${Name}"}, {"Fn::Sub": "arn:aws:s3:::${Name}/*"}]
    assert not _places(_statement(Resource=sub), bucket=unknown, of={"Ref": "Name"})


def test_a_policy_of_a_bucket_that_is_not_known_may_be_its() -> None:
    assert not _places(_statement(), of={"Ref": "Name"})
    assert _places(_statement(Action="s3:GetObject"), of={"Ref": "Name"}) == ["platform.json/Bucket"]


def test_a_policy_that_can_not_be_read_is_not_judged() -> None:
    properties = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Fn::ImportValue": "policy"}}
    policy = resource("S3::BucketPolicy", properties)
    assert not found(RULE, forest(platform=template(Bucket=BUCKET, Policy=policy)))


def test_each_bucket_needs_its_own() -> None:
    policy = resource(
        "S3::BucketPolicy", {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Statement": [_statement()]}}
    )
    body = template(Bucket=BUCKET, Other=BUCKET, Policy=policy)
    assert places(RULE, forest(platform=body)) == ["platform.json/Other"]


def test_the_policy_may_stand_in_another_stack() -> None:
    child = {**template(Bucket=BUCKET), "Outputs": {"Arn": {"Value": ARN}, "Name": {"Value": {"Ref": "Bucket"}}}}
    arn = {"Fn::GetAtt": ["Child", "Outputs.Arn"]}
    statement = _statement(Resource=[arn, {"Fn::Join": ["/", [arn, "*"]]}])
    properties = {"Bucket": {"Fn::GetAtt": ["Child", "Outputs.Name"]}, "PolicyDocument": {"Statement": statement}}
    root = template(Child=nested("child.json"), Policy=resource("S3::BucketPolicy", properties))
    assert not found(RULE, forest(platform=root, child=child))


@pytest.mark.parametrize("value", [1, [], {}, True, "", [["x"]], [1], {"Fn::ImportValue": "x"}])
def test_no_value_breaks_it(value: Any) -> None:
    for name in ("Effect", "Principal", "Action", "Resource", "Condition", "NotResource"):
        _places(_statement(**{name: value}))
    _places(value)
    _places(_statement(), of=value, bucket=resource("S3::Bucket", {"BucketName": value}))
    policy = resource("S3::BucketPolicy", {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": value})
    found(RULE, forest(platform=template(Bucket=BUCKET, Policy=policy)))
