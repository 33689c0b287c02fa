"""Bucket policies: TLS only, and who delivers logs."""

from __future__ import annotations

from awacs import s3 as actions
from awacs.aws import (
    Action,
    Allow,
    Bool,
    Condition,
    Deny,
    NumericLessThan,
    PolicyDocument,
    Principal,
    Statement,
)
from troposphere import Sub, s3

OLDEST_TLS = "1.2"


def bucket_policy(bucket: s3.Bucket, *statements: Statement) -> PolicyDocument:
    """`statements`, and nothing for anybody who comes without TLS or with an old one.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    """
    return PolicyDocument(
        Version="2012-10-17",
        Statement=[
            forbids("TlsOnly", [Action("s3", "*")], bucket, Condition(Bool({"aws:SecureTransport": "false"}))),
            forbids("NoOldTls", [Action("s3", "*")], bucket, Condition(NumericLessThan({"s3:TlsVersion": OLDEST_TLS}))),
            *statements,
        ],
    )


def forbids(sid: str, what: list[Action], bucket: s3.Bucket, condition: Condition | None = None) -> Statement:
    """A statement that denies these actions to everybody, on the bucket and its objects."""
    conditional = {} if condition is None else {"Condition": condition}
    return Statement(
        Sid=sid,
        Effect=Deny,
        Principal=Principal("*"),
        Action=what,
        Resource=[arn(bucket), arn(bucket, "/*")],
        **conditional,
    )


def delivers(service: str, bucket: s3.Bucket, path: str, condition: Condition) -> Statement:
    """A service that writes objects under `path`, which begins with a slash, on the terms of `condition`."""
    return Statement(
        Sid="Delivers",
        Effect=Allow,
        Principal=Principal("Service", f"{service}.amazonaws.com"),
        Action=[actions.PutObject],
        Resource=[arn(bucket, path)],
        Condition=condition,
    )


def arn(bucket: s3.Bucket, path: str = "") -> Sub:
    return Sub(f"${{{bucket.title}.Arn}}{path}")
