"""Buckets refuse requests without TLS.

S3 answers HTTP, too, and no property of a bucket turns that off. Its policy does, with a statement that denies every
action to everybody where `aws:SecureTransport` is false, on the bucket and on what is in it: an ARN that ends with `/*`
doesn't mean the bucket, and one that doesn't isn't its objects. A condition on `s3:TlsVersion` doesn't suffice, since
a request without TLS has none.

**How to fix:**

    Effect: Deny
    Principal: "*"
    Action: "s3:*"
    Resource: [!GetAtt Bucket.Arn, !Sub "${Bucket.Arn}/*"]
    Condition: {Bool: {"aws:SecureTransport": "false"}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.tree import identity
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.policies import accounts, conditions, document, statements, texts
from stratopause.tree.text import PARTITION, Reference, is_known, may_be, references

RULE = Rule(
    "E9408",
    "Buckets refuse requests without TLS",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    ("data", "s3"),
)

_KEY: Final = "aws:securetransport"
LONGEST_ARN: Final = 20_480  # A policy of a bucket has no more characters.
_REFUSING: Final = {
    ("Bool", "false"),
    ("BoolIfExists", "false"),
    ("StringEquals", "false"),
    ("StringEqualsIgnoreCase", "false"),
    ("StringNotEquals", "true"),
    ("StringLike", "false"),
}


def check(tree: Tree) -> Iterator[Problem]:
    policies = _Policies(tree)
    for bucket in tree.resources("AWS::S3::Bucket"):
        of_bucket = policies.of(bucket)
        if not of_bucket and not policies.may_refuse and bucket.place not in tree.handed_out:
            yield bucket.problem(f"{_WHAT.format(bucket.name)}: no policy denies what comes without it")
        elif of_bucket and all(_is_readable(policy.get("PolicyDocument")) for policy in of_bucket):
            yield from _of_policies(tree, bucket, of_bucket)


_WHAT: Final = "{} answers requests without TLS"


def _of_policies(tree: Tree, bucket: Resource, policies: list[Resource]) -> Iterator[Problem]:
    arn = identity.arn(tree, bucket)
    parts = (_Part("it", "", bucket, arn), _Part("its objects", "/*", bucket, arn))
    missing = " and ".join(part.shown for part in parts if not _denies(policies, tree, part))
    if missing:
        what, policy = _WHAT.format(bucket.name), policies[0]
        message = f"{what}: {policy.name} must deny s3:* on {missing} to everybody where aws:SecureTransport is false"
        yield policy.problem(message, "PolicyDocument")


class _Policies:
    """The policies of buckets by their buckets."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.by_bucket: dict[str, list[Resource]] = {}
        self.may_refuse = False
        """Whether a policy refuses that may be of any bucket."""
        for policy in tree.resources("AWS::S3::BucketPolicy"):
            source = tree.source(policy.get("Bucket"))
            name = source.place if source else tree.identity(policy.get("Bucket"))
            self.by_bucket.setdefault(name, []).append(policy)
            if not is_known(name):
                self.may_refuse |= any(map(_is_refusal, statements(policy.get("PolicyDocument"))))

    def of(self, bucket: Resource) -> list[Resource]:
        by_name = self.by_bucket.get(identity.name(self.tree, bucket), [])
        return [*self.by_bucket.get(bucket.place, []), *by_name]


def _is_readable(policy: Any) -> bool:
    return bool(document(policy)) or not isinstance(policy, str)


def _denies(policies: list[Resource], tree: Tree, part: _Part) -> bool:
    return any(
        _is_refusal(statement) and _is_about(tree, statement, part)
        for policy in policies
        for statement in statements(policy.get("PolicyDocument"))
    )


def _is_refusal(statement: Mapping[str, Any]) -> bool:
    if statement.get("Effect") != "Deny" or "*" not in accounts(statement):
        return False
    if not any(action.lower() in {"*", "s3:*"} for action in texts(statement.get("Action"))):
        return False
    return all(map(_is_of_tls, conditions(statement))) and len([*conditions(statement)]) <= 1


def _is_of_tls(condition: tuple[str, str, list[str]]) -> bool:
    operator, key, values = condition
    return key == _KEY and any((operator, value.lower()) in _REFUSING or not is_known(value) for value in values)


def _is_about(tree: Tree, statement: Mapping[str, Any], part: _Part) -> bool:
    if "Resource" in statement:
        return any(part.is_named(tree, one) for one in texts(statement["Resource"]))
    return "NotResource" in statement and not any(part.is_named(tree, one) for one in texts(statement["NotResource"]))


class _Part(NamedTuple):
    """A bucket, or all that is in it, as a policy may name it."""

    shown: str
    suffix: str
    bucket: Resource
    arn: str

    def is_named(self, tree: Tree, pattern: str) -> bool:
        """The star that stands for all objects is only covered by a star."""
        if len(pattern) > LONGEST_ARN:
            return False
        place = self.bucket.place
        if any(reference.place == place for reference in references(pattern)):
            forms = (str(Reference(place, "Arn")), f"arn:{PARTITION}:s3:::{Reference(place)}")
            return any(may_be(pattern, form + self.suffix) for form in forms)
        return may_be(tree.identity(pattern), self.arn + self.suffix)
