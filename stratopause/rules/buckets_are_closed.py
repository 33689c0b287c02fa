"""Buckets are closed to the public and take no access lists.

A public access block holds against whatever a policy or an access list says, later, by whoever writes it. Its four
switches are separate, and one that isn't written is off. A new bucket that says nothing is closed by S3 since April
2023; one that was made before isn't, and removing the block from a template opens what it closed.

Access lists are off where `ObjectOwnership` is `BucketOwnerEnforced`, as it is in new buckets: who may do what is then
up to policies alone, and every object is the bucket owner's. Services deliver logs to such buckets by the bucket's
policy; only CloudFront's old access logs need lists, so the bucket that a distribution logs to may have them.

**How to fix:** write a `PublicAccessBlockConfiguration` with all four switches true, `OwnershipControls` with
`BucketOwnerEnforced`, and no `AccessControl`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._settings import flag, literal, objects
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import references

RULE = Rule(
    "E9407",
    "Buckets are closed to the public and take no access lists",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    ("data", "s3"),
)

_SWITCHES: Final = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_BLOCK: Final = "PublicAccessBlockConfiguration"
_ENFORCED: Final = "BucketOwnerEnforced"
_HARMLESS: Final = {"Private", "BucketOwnerFullControl"}
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html"""


def check(tree: Tree) -> Iterator[Problem]:
    buckets = [*tree.resources("AWS::S3::Bucket")]
    with_lists = _of_distributions(tree)
    example = next((one for one in buckets if _ownership(one)[0] == _ENFORCED), None)
    for bucket in buckets:
        yield from _block(bucket)
        if bucket.place not in with_lists:
            yield from _lists(bucket, example)
    for point in tree.resources("AWS::S3::AccessPoint", "AWS::S3::MultiRegionAccessPoint"):
        if point.get(_BLOCK) is not None:
            yield from _block(point)


def _block(bucket: Resource) -> Iterator[Problem]:
    block = bucket.get(_BLOCK)
    if block is None:
        yield bucket.problem(f"{bucket.name} doesn't say that it is closed to the public; give it a {_BLOCK}", _BLOCK)
    elif isinstance(block, dict):
        for switch in _SWITCHES:
            if flag(block.get(switch)) is False:
                message = f"{bucket.name} isn't closed to the public; {switch} must be true"
                yield bucket.problem(message, _BLOCK, switch)


def _lists(bucket: Resource, example: Resource | None) -> Iterator[Problem]:
    ownership, path = _ownership(bucket)
    if ownership in {"ObjectWriter", "BucketOwnerPreferred"}:
        yield bucket.problem(f"{bucket.name} takes access lists; ObjectOwnership must be {_ENFORCED}", *path)
    elif ownership == "" and example is not None:
        message = f"{bucket.name} doesn't turn access lists off as {example.name} does; write OwnershipControls"
        yield bucket.problem(message, "OwnershipControls")
    access = literal(bucket.get("AccessControl"))
    if access is not None and access not in _HARMLESS:
        message = f"{bucket.name} has the access list {access}; leave AccessControl out and write a bucket policy"
        yield bucket.problem(message, "AccessControl")


def _ownership(bucket: Resource) -> tuple[str | None, tuple[str | int, ...]]:
    """What the rule of a bucket says, and where; empty if nothing is said, None if it isn't known what."""
    controls: Any = bucket.get("OwnershipControls")
    path: tuple[str | int, ...] = ("OwnershipControls", "Rules", 0, "ObjectOwnership")
    if controls is None:
        return "", path
    rules = objects(controls.get("Rules")) if isinstance(controls, dict) else []
    return (literal(rules[0].get("ObjectOwnership")) if rules else None), path


def _of_distributions(tree: Tree) -> set[str]:
    """The places of the buckets that CloudFront logs to, as it did before its logs went by delivery.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
    """
    buckets = {name: one.place for one in tree.resources("AWS::S3::Bucket") if (name := literal(one.get("BucketName")))}
    targets = [
        as_text(one.get("DistributionConfig", "Logging", "Bucket", default=""))
        for one in tree.resources("AWS::CloudFront::Distribution")
    ]
    return {reference.place for target in targets for reference in references(target)} | {
        buckets.get(target.partition(".s3")[0], "") for target in targets
    }
