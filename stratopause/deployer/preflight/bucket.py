"""Whether the bucket that templates are uploaded to keeps them safe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from stratopause.deployer.bootstrap import STACK, of
from stratopause.deployer.errors import NeedsRecovery
from stratopause.deployer.preflight.asking import Call, answered
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, Unanswered, failed, passed, unanswered, warning
from stratopause.deployer.preflight.lookups import BUCKET
from stratopause.deployer.preflight.scene import STACKS, Scene

VERSIONING: Final = Call("s3", "get_bucket_versioning", "s3:GetBucketVersioning")
ENCRYPTION: Final = Call("s3", "get_bucket_encryption", "s3:GetEncryptionConfiguration")
PUBLIC: Final = Call("s3", "get_public_access_block", "s3:GetBucketPublicAccessBlock")
POLICY: Final = Call("s3", "get_bucket_policy", "s3:GetBucketPolicy")
BLOCKS: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def bucket(scene: Scene) -> Iterator[Finding]:
    with answered(STACKS):
        stack = scene.known.bootstrap if scene.known else scene.services.cloudformation.stack(STACK)
    if stack is None or stack.status.is_absent:
        yield passed(f"{STACK} isn't there yet: the first deployment makes it")
        return
    try:
        name = of(stack).bucket
    except NeedsRecovery as error:
        yield failed(error.message, error.next_step or "")
        return
    owned = {"Bucket": name, "ExpectedBucketOwner": scene.target.account}
    try:
        there = scene.asking.find(BUCKET, **owned)
    except Unanswered as error:
        if not error.is_denied:
            raise
        message = f"{name} isn't of account {scene.target.account}, or the caller may not look at it (s3:ListBucket)"
        yield failed(message, f"find out whose it is; {STACK} makes another once it has been deleted")
        return
    if there is None:
        yield failed(f"the artifact bucket {name} is gone", f"delete {STACK}, and deploy: it is made again")
        return
    for look in (_versioning, _encryption, _public, _policy):
        yield from _carefully(look(scene, owned))


def _carefully(findings: Iterator[Finding]) -> Iterator[Finding]:
    """That one setting can't be looked at says nothing of the others."""
    try:
        yield from findings
    except Unanswered as error:
        yield unanswered(error.message, error.next_step or "")


def _versioning(scene: Scene, owned: dict[str, str]) -> Iterator[Finding]:
    told = scene.asking.ask(VERSIONING, **owned)
    yield _is(told.get("Status") == "Enabled", owned, "keeps old versions", "keeps no old versions")


def _encryption(scene: Scene, owned: dict[str, str]) -> Iterator[Finding]:
    told = scene.asking.find(ENCRYPTION, **owned) or {}
    rules = told.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    kinds = {rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for rule in rules}
    yield _is(bool(kinds & {"aws:kms", "aws:kms:dsse"}), owned, "encrypts with KMS", "doesn't encrypt with KMS")


def _public(scene: Scene, owned: dict[str, str]) -> Iterator[Finding]:
    told = (scene.asking.find(PUBLIC, **owned) or {}).get("PublicAccessBlockConfiguration", {})
    open_to = [name for name in BLOCKS if not told.get(name)]
    yield _is(not open_to, owned, "can't be public", f"can become public ({', '.join(open_to)} is off)")


def _policy(scene: Scene, owned: dict[str, str]) -> Iterator[Finding]:
    told = scene.asking.find(POLICY, **owned)
    statements = _list(json.loads(told["Policy"]).get("Statement")) if told else []
    yield _is(any(map(_demands_tls, statements)), owned, "takes only TLS", "takes requests without TLS")


def _demands_tls(statement: dict[str, Any]) -> bool:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html"""
    condition = {name.lower(): value for name, value in statement.get("Condition", {}).get("Bool", {}).items()}
    secure = _list(condition.get("aws:securetransport"))
    return statement.get("Effect") == "Deny" and [str(one).lower() for one in secure] == ["false"]


def _is(is_so: bool, owned: dict[str, str], good: str, bad: str) -> Finding:
    name = owned["Bucket"]
    if is_so:
        return passed(f"{name} {good}")
    return warning(f"{name} {bad}", f"somebody has changed it: detect the drift of {STACK}, and set it back")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


CHECKS: Final = (
    Check(
        name="artifact-bucket",
        prevents="templates that somebody else can read or replace, or that can't be uploaded at all",
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
        calls=(STACKS, BUCKET, VERSIONING, ENCRYPTION, PUBLIC, POLICY),
        run=bucket,
    ),
)
