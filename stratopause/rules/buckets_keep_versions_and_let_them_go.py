"""Buckets keep versions, and let them go at last.

Without versioning what is overwritten or deleted is gone. With it, it stays as a noncurrent version, and stays for
ever: `ExpirationInDays` only makes a current version noncurrent. What deletes it for good is
`NoncurrentVersionExpiration` of a rule that is enabled. Rules that only move objects, or clear up uploads and markers,
delete nothing.

**How to fix:** `VersioningConfiguration: {Status: Enabled}` and a lifecycle rule, enabled, with
`NoncurrentVersionExpiration`. A bucket with Object Lock can have both, and must be versioned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._settings import literal
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "E9409",
    "Buckets keep versions, and something expires in them for good",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html",
    ("data", "s3"),
)

_LIFECYCLE: Final = "LifecycleConfiguration"
_FOR_GOOD: Final = ("NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays")


def check(tree: Tree) -> Iterator[Problem]:
    for bucket in tree.resources("AWS::S3::Bucket"):
        yield from _versions(bucket)
        yield from _expiry(bucket)


def _versions(bucket: Resource) -> Iterator[Problem]:
    configuration = bucket.get("VersioningConfiguration")
    status = configuration.get("Status", "Suspended") if isinstance(configuration, dict) else configuration
    if status is None or literal(status) == "Suspended":
        message = f"{bucket.name} keeps no versions; VersioningConfiguration must have the Status Enabled"
        yield bucket.problem(message, "VersioningConfiguration", "Status")


def _expiry(bucket: Resource) -> Iterator[Problem]:
    configuration = bucket.get(_LIFECYCLE)
    if configuration is None:
        yield bucket.problem(f"{bucket.name} keeps everything for ever; give it a {_LIFECYCLE}", _LIFECYCLE)
        return
    rules = configuration.get("Rules", []) if isinstance(configuration, dict) else None
    if isinstance(rules, list) and all(isinstance(rule, dict) and not _lets_go(rule) for rule in rules):
        message = f"{bucket.name} keeps its noncurrent versions for ever; let an enabled rule have {_FOR_GOOD[0]}"
        yield bucket.problem(message, _LIFECYCLE, "Rules")


def _lets_go(rule: Mapping[str, Any]) -> bool:
    return literal(rule.get("Status")) != "Disabled" and any(name in rule for name in _FOR_GOOD)
