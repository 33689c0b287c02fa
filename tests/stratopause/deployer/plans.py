"""A plan for tests, and a KMS that signs in memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from stratopause.deployer.planfile import PlanFile, PlannedTemplate
from tests.stratopause.deployer.fakes import TARGET

STACK_ID = f"arn:aws:cloudformation:eu-central-1:{TARGET.account}:stack/clinic-dev/1"
CHANGE_SET = f"arn:aws:cloudformation:eu-central-1:{TARGET.account}:changeSet/by-me-1/2"
CALLER = f"arn:aws:sts::{TARGET.account}:assumed-role/deployer/me"
KEY = f"arn:aws:kms:eu-central-1:{TARGET.account}:key/12345678-1234-1234-1234-123456789012"

PLAN = PlanFile(
    environment=TARGET.environment,
    account=TARGET.account,
    region=TARGET.region,
    partition=TARGET.partition,
    stack=TARGET.stack,
    stack_id=STACK_ID,
    change_set=CHANGE_SET,
    change_set_type="UPDATE",
    bucket="templates",
    templates=(
        PlannedTemplate(name="database.json", key="templates/1.json", digest="1" * 64, changed=True),
        PlannedTemplate(name="platform.json", key="templates/2.json", digest="2" * 64, changed=False),
    ),
    parameters_digest="3" * 64,
    review_digest="4" * 64,
    commit="commit abc",
    created=datetime(2026, 1, 31, 12, tzinfo=UTC),
    created_by=CALLER,
    run="by-me-1",
    losses=("Database/Instance",),
    tool_version="1.2.3",
)


@dataclass
class FakeSignatures:
    """A signature is the SHA-256 of the key's name and the digest."""

    algorithm: str = "ECDSA_SHA_256"

    def sign(self, key: str, digest: bytes) -> tuple[str, bytes]:
        return self.algorithm, hashlib.sha256(key.encode() + digest).digest()

    def verifies(self, key: str, algorithm: str, digest: bytes, signature: bytes) -> bool:
        return (algorithm, signature) == self.sign(key, digest)
