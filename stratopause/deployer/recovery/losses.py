"""What deleting resources of a tree would take, leave, and run into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from stratopause.deployer.answers import Command
from stratopause.deployer.aws.api import Api
from stratopause.deployer.changes import STATEFUL
from stratopause.deployer.errors import NeedsRecovery, NotFound, Refused
from stratopause.deployer.events import Blocked, Happened, Kept
from stratopause.deployer.inventory import StackInventory, inventory
from stratopause.deployer.services import CloudFormation
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack, Path, StackResource
from stratopause.deployer.templates import Template

Placed = tuple[Path, StackResource]

KEEPING: Final = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})
LOOKS_AT_ONCE: Final = 8
UNLOCKED: Final = "ObjectLockConfigurationNotFoundError"


def there(tree: Sequence[StackInventory]) -> tuple[Placed, ...]:
    """The resources that exist, without the nested stacks that they are in."""
    return tuple(
        (part.path, resource)
        for part in tree
        for resource in part.resources
        if not resource.is_nested_stack and not resource.status.is_gone and resource.physical_id
    )


def new_resources(happened: Sequence[Happened]) -> frozenset[tuple[Path, str]]:
    """Paths and physical ids of what an operation has created, be it in the place of something else.

    A resource that is replaced has the physical id of the old one at first, then that of the new one.
    """
    created: set[tuple[Path, str]] = set()
    first: dict[tuple[Path, str], str] = {}
    for one in happened:
        event = one.event
        if not event.physical_id or event.is_of_its_stack:
            continue
        known = first.setdefault((one.path, event.logical_id), event.physical_id)
        if event.status.startswith("CREATE") or event.physical_id != known:
            created.add((one.path, event.physical_id))
    return frozenset(created)


def kept(cloudformation: CloudFormation, tree: Sequence[StackInventory]) -> tuple[Kept, ...]:
    """What the deletion of its stack leaves, by its DeletionPolicy; a stack in review has no template."""
    made = [part for part in tree if part.resources]
    return tuple(one for part in made for one in _kept(cloudformation.template(part.stack_id), part))


def _kept(template: Template, part: StackInventory) -> Iterator[Kept]:
    for resource in part.resources:
        policy = _deletion_policy(template, resource.logical_id)
        if policy in KEEPING and not resource.status.is_gone:
            yield Kept(part.path, resource, as_snapshot=policy == "Snapshot")


def _deletion_policy(template: Template, logical_id: str) -> Any:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"""
    return template.get("Resources", {}).get(logical_id, {}).get("DeletionPolicy", "Delete")


def lost(placed: Sequence[Placed], kept: Sequence[Kept]) -> tuple[Placed, ...]:
    """What holds data, and goes without a snapshot."""
    stays = {(one.path, one.resource.logical_id) for one in kept}
    return tuple(
        (path, resource)
        for path, resource in placed
        if resource.type in STATEFUL and (path, resource.logical_id) not in stays
    )


def refuse_losses_of(stack: DeployedStack, session: Session) -> None:
    """Raises: NeedsRecovery, where deleting the stack would take what holds data."""
    tree = tuple(inventory(session.cloudformation, stack.id))
    takes = lost(there(tree), kept(session.cloudformation, tree))
    if takes:
        names = ", ".join("/".join((*path, resource.logical_id)) for path, resource in takes)
        raise NeedsRecovery(
            f"{stack.name} is {stack.status}, and still has what holds data: {names}",
            f"save it, then {session.target.command(Command.RECOVER_BY_DELETING)}",
        )


def blocked(api: Api, placed: Sequence[Placed], kept: Sequence[Kept]) -> tuple[Blocked, ...]:
    """What CloudFormation can't delete, as far as it can be known before; what can't be looked at isn't told."""
    stays = {(one.path, one.resource.logical_id) for one in kept}
    asked = [one for one in placed if one[1].type in REASONS and (one[0], one[1].logical_id) not in stays]
    with ThreadPoolExecutor(LOOKS_AT_ONCE) as threads:
        reasons = list(threads.map(lambda one: _why(api, one[1]), asked))
    return tuple(Blocked(path, resource, why) for (path, resource), why in zip(asked, reasons, strict=True) if why)


def _why(api: Api, resource: StackResource) -> str:
    try:
        return REASONS[resource.type](api, resource.physical_id)
    except Refused:
        return ""


def _bucket(api: Api, name: str) -> str:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html"""
    told = api.call("s3", "list_object_versions", Bucket=name, MaxKeys=1)
    if not told.get("Versions") and not told.get("DeleteMarkers"):
        return ""
    return "it isn't empty, and Object Lock keeps what is in it" if _is_locked(api, name) else "it isn't empty"


def _is_locked(api: Api, name: str) -> bool:
    try:
        told = api.call("s3", "get_object_lock_configuration", Bucket=name)
    except Refused as error:
        if isinstance(error, NotFound) or error.code == UNLOCKED:
            return False
        raise
    return bool(told.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled"))


def _vault(api: Api, name: str) -> str:
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/deleting-a-vault.html"""
    told = api.call("backup", "describe_backup_vault", BackupVaultName=name)
    points = told.get("NumberOfRecoveryPoints") or 0
    if not points:
        return ""
    noun = "recovery point" if points == 1 else "recovery points"
    return f"it holds {points} {noun}{', and is locked' if told.get('Locked') else ''}"


REASONS: Final = {"AWS::S3::Bucket": _bucket, "AWS::Backup::BackupVault": _vault}
"""By type: why one of that physical id can't be deleted, or nothing."""
