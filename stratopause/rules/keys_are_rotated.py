"""Every symmetric key is rotated, and takes thirty days to be deleted.

KMS makes new key material for a symmetric key every year, keeps the old, and nothing has to be encrypted again:
`EnableKeyRotation: true` is all. Without it, one leak of the material opens everything that was ever encrypted.

A key whose deletion is scheduled can be kept until `PendingWindowInDays` have passed, thirty unless the template says
less. After that everything under it is lost for good, backups included, so take all the time that there is. A key with
`Enabled: false` neither works nor rotates.

Asymmetric and HMAC keys, imported material and custom key stores can't be rotated by KMS and are left alone; a replica
follows its primary key.

**How to fix:** set `EnableKeyRotation: true`, and leave out `PendingWindowInDays` and `Enabled`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.rules import Rule, _keys
from stratopause.rules._settings import flag, literal, number
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "W9104",
    "Every symmetric key is rotated, and takes thirty days to be deleted",
    "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    ("keys",),
)

_LONGEST: Final = 30
"""https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"""

_ROTATABLE: Final = {
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "Origin": "AWS_KMS",
}
"""What a key must be so that KMS can rotate it, which is what it is by default."""


def check(tree: Tree) -> Iterator[Problem]:
    for key in tree.resources(*_keys.KEYS):
        days = number(key.get("PendingWindowInDays"))
        if days is not None and days < _LONGEST:
            message = (
                f"{key.name} is deleted after {days} days; leave out PendingWindowInDays, which makes it {_LONGEST}"
            )
            yield key.problem(message, "PendingWindowInDays")
        if flag(key.get("Enabled"), default=True) is False:
            yield key.problem(f"{key.name} is disabled, so it neither works nor rotates; leave out Enabled", "Enabled")
        if _is_rotatable(key) and flag(key.get("EnableKeyRotation")) is False:
            yield key.problem(f"{key.name} isn't rotated; set EnableKeyRotation to true", "EnableKeyRotation")


def _is_rotatable(key: Resource) -> bool:
    return key.type == "AWS::KMS::Key" and all(
        key.get(name) is None or literal(key.get(name)) == value for name, value in _ROTATABLE.items()
    )
