"""A trail covers every region, is validated, encrypted, and logs to a log group, too.

What is done in a region that nobody watches is done unseen; global services such as IAM write to one region only. A log
file that isn't validated can be changed without a trace. In a bucket the record comes late and asks to be read; from a
log group metric filters raise alarms within minutes.

**How to fix:** `IsLogging: true`, `IsMultiRegionTrail: true`, `EnableLogFileValidation: true`, `KMSKeyId` with a key of
the customer's, `CloudWatchLogsLogGroupArn` and `CloudWatchLogsRoleArn`; leave out `IncludeGlobalServiceEvents`, or
`true`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.rules import Rule
from stratopause.rules._known import is_missing
from stratopause.rules._settings import flag
from stratopause.tree.model import Problem, Tree

RULE = Rule(
    "E9503",
    "A trail covers every region, validated, encrypted, and to a log group",
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
    ("logs",),
)

_FLAGS: Final = {
    "IsLogging": (False, "records nothing"),
    "IsMultiRegionTrail": (False, "covers one region only"),
    # https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html: true by default.
    "IncludeGlobalServiceEvents": (True, "leaves out global services such as IAM"),
    "EnableLogFileValidation": (False, "doesn't validate its log files"),
}
"""The default, and what it means if it is false."""

_WANTED: Final = {
    "KMSKeyId": ("is encrypted by no key of the customer's", "a key's ARN"),
    "CloudWatchLogsLogGroupArn": ("doesn't log to a log group", "the ARN of a log group"),
    "CloudWatchLogsRoleArn": ("has no role to write to a log group", "the ARN of a role that may write to it"),
}


def check(tree: Tree) -> Iterator[Problem]:
    for trail in tree.resources("AWS::CloudTrail::Trail"):
        for name, (default, meaning) in _FLAGS.items():
            if flag(trail.get(name), default=default) is False:
                yield trail.problem(f"{trail.name} {meaning}; write {name}: true", name)
        for name, (meaning, what) in _WANTED.items():
            if is_missing(trail.get(name)):
                yield trail.problem(f"{trail.name} {meaning}; write {name} with {what}", name)
