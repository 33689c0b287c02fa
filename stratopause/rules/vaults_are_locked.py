"""Vaults are locked, plans fit their lock, and every plan selects something.

A lock keeps what is in a vault from being deleted before its time, by anybody. AWS Backup holds each job against it:
what is to be kept for less than `MinRetentionDays`, for more than `MaxRetentionDays`, or for ever where there is a
maximum, isn't backed up at all. The job fails at night, long after the deployment.

Of a lifecycle AWS Backup asks besides that what moves to cold storage stays there for ninety days, and that continuous
backups are kept for no more than thirty-five.

A plan without a selection backs up nothing, and neither does one that selects by tags that nothing has. A selection
that names no resources, tags or conditions makes AWS Backup try to take everything in the account.

**How to fix:** give the vault a `LockConfiguration`, choose `DeleteAfterDays` of every rule and copy within it, and let
a `BackupSelection` name the plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules import _backups as backups
from stratopause.rules._settings import flag, number, objects
from stratopause.tree import identity
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.text import PARTITION

RULE = Rule(
    "E9410",
    "Backup vaults are locked, and plans fit the lock and select something",
    "https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html",
    ("data", "backup"),
)

COLD_DAYS: Final = 90
"""https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html"""
CONTINUOUS_DAYS: Final = 35
"""https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html"""
AIR_GAPPED_DAYS: Final = 7
"""https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateLogicallyAirGappedBackupVault.html"""
CHANGEABLE_DAYS: Final = 3
"""https://docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultLockConfiguration.html"""


class Lock(NamedTuple):
    vault: str
    least: int
    most: int


def check(tree: Tree) -> Iterator[Problem]:
    for vault in tree.resources(backups.VAULT):
        yield from _vault(vault)
    for vault in tree.resources(backups.AIR_GAPPED):
        yield from _bounds(vault, least_of_all=AIR_GAPPED_DAYS)
    locks, selections = _locks(tree), backups.Selections(tree)
    for selection in tree.resources(backups.SELECTION):
        yield from _selection(selection)
    for plan in tree.resources(backups.PLAN):
        yield from _plan(tree, locks, plan)
        yield from _selections(tree, selections, plan)


def _vault(vault: Resource) -> Iterator[Problem]:
    lock = vault.get("LockConfiguration")
    if lock is None or (isinstance(lock, dict) and "MinRetentionDays" not in lock):
        yield vault.problem(f"{vault.name} isn't locked; give it a LockConfiguration", "LockConfiguration")
        return
    yield from _bounds(vault, "LockConfiguration")
    changeable = number(vault.get("LockConfiguration", "ChangeableForDays"))
    if changeable is not None and changeable < CHANGEABLE_DAYS:
        message = f"{vault.name}: ChangeableForDays must be {CHANGEABLE_DAYS} at least"
        yield vault.problem(message, "LockConfiguration", "ChangeableForDays")


def _bounds(vault: Resource, *below: str, least_of_all: int = 1) -> Iterator[Problem]:
    least, most = (*below, "MinRetentionDays"), (*below, "MaxRetentionDays")
    low, high = number(vault.get(*least)), number(vault.get(*most))
    if low is not None and low < least_of_all:
        message = f"{vault.name} isn't locked: MinRetentionDays is {low}; AWS asks {least_of_all} at least"
        yield vault.problem(message, *least)
    if low is not None and high is not None and low > high:
        message = f"{vault.name} takes nothing: MinRetentionDays is {low}, MaxRetentionDays is {high}"
        yield vault.problem(message, *most)


def _plan(tree: Tree, locks: Mapping[str, Lock], plan: Resource) -> Iterator[Problem]:
    for at, rule in enumerate(backups.rules(plan)):
        here: Path = ("BackupPlan", "BackupPlanRule", at)
        yield from _lifecycle(plan, rule, _of(tree, locks, rule.get("TargetBackupVault")), here)
        if flag(rule.get("EnableContinuousBackup")):
            yield from _continuous(plan, rule, here)
        for to, copy in enumerate(objects(rule.get("CopyActions"))):
            lock = _of(tree, locks, copy.get("DestinationBackupVaultArn"))
            yield from _lifecycle(plan, copy, lock, (*here, "CopyActions", to))


def _locks(tree: Tree) -> dict[str, Lock]:
    """The locks of the tree's vaults, by place, name and ARN; without those of which nothing is known."""
    found: dict[str, Lock] = {}
    for vault in tree.resources(backups.VAULT, backups.AIR_GAPPED):
        own = vault.type == backups.VAULT
        written = vault.get("LockConfiguration") if own else vault.properties
        if isinstance(written, dict):
            least = number(written.get("MinRetentionDays"), default=0)
            most = number(written.get("MaxRetentionDays"), default=backups.FOR_EVER)
            lock = Lock(vault.name, 0 if least is None else least, backups.FOR_EVER if most is None else most)
            found |= dict.fromkeys([vault.place, *(_names(tree, vault) if own else ())], lock)
    return found


def _names(tree: Tree, vault: Resource) -> tuple[str, str]:
    return identity.name(tree, vault), identity.arn(tree, vault)


def _of(tree: Tree, locks: Mapping[str, Lock], vault: Any) -> Lock | None:
    """The lock of a vault that is named, or whose ARN is given."""
    source = tree.source(vault)
    if source:
        return locks.get(source.place)
    return locks.get(re.sub("^arn:aws[a-z-]*:", f"arn:{PARTITION}:", tree.identity(vault))) if vault else None


def _lifecycle(plan: Resource, rule: dict[str, Any], lock: Lock | None, here: Path) -> Iterator[Problem]:
    lifecycle = rule.get("Lifecycle")
    days = backups.kept_days(rule)
    if days is None:
        return
    if lock and (message := _misfit(days, lock)):
        yield plan.problem(f"{plan.name}: {message}", *here, "Lifecycle", "DeleteAfterDays")
    cold = number(lifecycle.get("MoveToColdStorageAfterDays")) if isinstance(lifecycle, dict) else None
    if cold is not None and cold >= 0 and days < cold + COLD_DAYS:
        message = (
            f"{plan.name}: what moves to cold storage after {cold} days must stay there for {COLD_DAYS}; "
            f"DeleteAfterDays must be {cold + COLD_DAYS} at least"
        )
        yield plan.problem(message, *here, "Lifecycle", "DeleteAfterDays")


def _misfit(days: int, lock: Lock) -> str:
    kept = "for ever" if days == backups.FOR_EVER else f"for {days} days"
    if days < lock.least:
        return f"what is kept {kept} isn't taken by the lock of {lock.vault}, which asks {lock.least} days at least"
    if days > lock.most:
        return f"what is kept {kept} isn't taken by the lock of {lock.vault}, which allows {lock.most} days at most"
    return ""


def _continuous(plan: Resource, rule: dict[str, Any], here: Path) -> Iterator[Problem]:
    days = backups.kept_days(rule)
    if days is not None and days > CONTINUOUS_DAYS:
        message = (
            f"{plan.name}: continuous backups are kept for {CONTINUOUS_DAYS} days at most; say so in DeleteAfterDays"
        )
        yield plan.problem(message, *here, "Lifecycle", "DeleteAfterDays")


def _selection(selection: Resource) -> Iterator[Problem]:
    found = selection.get("BackupSelection")
    if isinstance(found, dict) and backups.says_nothing(found, "Resources", "ListOfTags", "Conditions", "NotResources"):
        message = f"{selection.name} doesn't say what to back up; name Resources, or tags in ListOfTags or Conditions"
        yield selection.problem(message, "BackupSelection", "Resources")


def _selections(tree: Tree, by_plan: backups.Selections, plan: Resource) -> Iterator[Problem]:
    selections = by_plan.of(plan)
    if not selections:
        yield plan.problem(f"{plan.name} selects nothing; let a BackupSelection name it")
    elif all(map(backups.by_tags_only, selections)):
        candidates = [one for one in tree.resources(*backups.TAKEN) if backups.tags(one)]
        makes_more = any(True for _ in tree.resources(*backups.MAKERS))
        if candidates and not makes_more and not any(by_plan.takes(one, it) for one in selections for it in candidates):
            for selection in selections:
                message = f"{selection.name} selects by tags that nothing in the tree has, so nothing is backed up"
                yield selection.problem(message, "BackupSelection", "ListOfTags")
