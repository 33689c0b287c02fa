"""Every log group is encrypted by a key of the customer's.

Without a `KmsKeyId` CloudWatch Logs encrypts by a key of its own: nobody can say who may read, see who did, or take the
reading away. What services say of their work names patients sooner or later.

**How to fix:** `KmsKeyId`: the ARN of a key whose policy lets `logs.<region>.amazonaws.com` use it for this log group.
"""

from __future__ import annotations

from collections.abc import Iterator

from stratopause.rules import Rule
from stratopause.rules._known import is_missing, known
from stratopause.tree.model import Problem, Tree

RULE = Rule(
    "E9501",
    "Log groups are encrypted by a key of the customer's",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    ("logs",),
)


def check(tree: Tree) -> Iterator[Problem]:
    for group in tree.resources("AWS::Logs::LogGroup"):
        key = group.get("KmsKeyId")
        if is_missing(key):
            yield group.problem(
                f"{group.name} is encrypted by no key of the customer's; write KmsKeyId with a key's ARN", "KmsKeyId"
            )
        elif "alias/aws/" in (known(key) or ""):
            yield group.problem(
                f"{group.name} names a key of AWS, {known(key)}; write the ARN of a key of the customer's", "KmsKeyId"
            )
