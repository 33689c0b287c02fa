"""Logs are kept for six years, and then they go.

HIPAA wants the record of activity for six years from its making (45 CFR 164.316(b)(2)(i)). A log group without
`RetentionInDays` keeps for ever, and so does a bucket whose lifecycle expires nothing: what is kept for ever is lost,
found and asked for, for ever. Archives are the buckets that a trail, a load balancer, another bucket or a firewall
writes its logs to, or whose policy lets them.

**How to fix:** `RetentionInDays: 2192` or more (3653 is the usual one); for an archive a lifecycle rule that is
enabled, with `ExpirationInDays` of 2190 or more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._known import at, is_missing, known
from stratopause.rules._log_targets import Archive, archives
from stratopause.rules._settings import number
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "E9502",
    "Logs are kept for six years, and not for ever",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html#SettingLogRetention",
    ("logs", "hipaa"),
)

_SIX_YEARS_OF_A_GROUP: Final = 2192
"""The least number of days that CloudWatch Logs takes and that are six years.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""
_SIX_YEARS: Final = 2190
_STORE: Final = "AWS::CloudTrail::EventDataStore"
_EXTENDABLE: Final = "EXTENDABLE_RETENTION_PRICING"
_STORE_DAYS: Final = 366
"""Where nothing is written; of the other way to pay it is seven years.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html
"""


def check(tree: Tree) -> Iterator[Problem]:
    for group in tree.resources("AWS::Logs::LogGroup"):
        yield from _of_a_group(group)
    for archive in {one.bucket.place: one for one in reversed(archives(tree))}.values():
        yield from _of_an_archive(archive)
    for store in tree.resources(_STORE):
        billing = known(store.get("BillingMode", default=_EXTENDABLE))
        days = number(store.get("RetentionPeriod"), default=_STORE_DAYS if billing == _EXTENDABLE else None)
        if days is not None and days < _SIX_YEARS:
            yield store.problem(_short(store.name, days, f"RetentionPeriod: {_SIX_YEARS} or more"), "RetentionPeriod")


def _of_a_group(group: Resource) -> Iterator[Problem]:
    # The retention of this class is fixed: it only passes on what it gets.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
    if known(group.get("LogGroupClass")) == "DELIVERY":
        return
    written = group.get("RetentionInDays")
    days = number(written)
    remedy = f"RetentionInDays: {_SIX_YEARS_OF_A_GROUP} or more, such as 3653"
    if is_missing(written):
        yield group.problem(f"{group.name} keeps its logs for ever; write {remedy}", "RetentionInDays")
    elif days is not None and days < _SIX_YEARS_OF_A_GROUP:
        yield group.problem(_short(group.name, days, remedy), "RetentionInDays")


def _short(name: str, days: int, remedy: str) -> str:
    return f"{name} keeps its logs for {days} days, which is less than six years; write {remedy}"


def _of_an_archive(archive: Archive) -> Iterator[Problem]:
    bucket = archive.bucket
    name = f"{bucket.name}, which takes {archive.whose},"
    rules = at(bucket, "LifecycleConfiguration", "Rules")
    if rules is not None and not isinstance(rules, list):
        return
    expiring = [(index, rule) for index, rule in enumerate(rules or ()) if _may_expire(rule)]
    if not expiring:
        yield bucket.problem(
            f"{name} keeps them for ever; write a lifecycle rule that is enabled with ExpirationInDays of {_SIX_YEARS} "
            "or more",
            "LifecycleConfiguration",
            "Rules",
        )
    some_are_kept = any(_keeps(rule) for _, rule in expiring)
    for index, rule in expiring:
        days = number(at(rule, "ExpirationInDays"))
        if days is not None and days < _SIX_YEARS and _is_for_logs(rule, some_are_kept):
            yield bucket.problem(
                _short(name, days, f"ExpirationInDays: {_SIX_YEARS} or more"),
                "LifecycleConfiguration",
                "Rules",
                index,
                "ExpirationInDays",
            )


def _may_expire(rule: Any) -> bool:
    if not isinstance(rule, dict):
        return True
    if known(rule.get("Status")) == "Disabled":
        return False
    return rule.get("ExpirationInDays") is not None or rule.get("ExpirationDate") is not None


def _keeps(rule: Any) -> bool:
    days = number(at(rule, "ExpirationInDays"))
    return days is None or days >= _SIX_YEARS


def _is_for_logs(rule: dict[str, Any], some_are_kept: bool) -> bool:
    """Services put no tags on what they deliver, and what another rule keeps isn't under this one's prefix."""
    is_for_others = some_are_kept and not is_missing(rule.get("Prefix"))
    return is_missing(rule.get("TagFilters")) and known(rule.get("Status")) == "Enabled" and not is_for_others
