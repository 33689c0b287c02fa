"""What holds data and would go, and what would be kept less well than before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

from msgspec import Struct

from stratopause.deployer.changes import STATEFUL, Kind, ResourceChange, Review
from stratopause.deployer.errors import SnapshotForgotten
from stratopause.deployer.reading import READERS
from stratopause.deployer.review.contexts import ABSENT, at, keys, parsed, properties
from stratopause.deployer.review.noise import Certainty, Place, Verdict
from stratopause.deployer.stacks import Path, StackResource
from stratopause.deployer.templates import Template

KEEPS: Final = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})
POLICIES: Final = ("DeletionPolicy", "UpdateReplacePolicy")
RESTORED_FROM: Final = frozenset({"DBSnapshotIdentifier", "DBClusterSnapshotIdentifier", "SnapshotIdentifier"})
"""Once set they must stay: without them the database is replaced by an empty one.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html
"""

HOW: Final[Mapping[Kind, str]] = {
    Kind.REMOVE: "is deleted",
    Kind.REPLACE: "is replaced by an empty one, and the old one deleted",
    Kind.MAYBE_REPLACE: "may be replaced by an empty one, and the old one deleted",
    Kind.UNKNOWN: "may go: CloudFormation can't tell what happens to it",
}


class Loss(Struct, frozen=True, order=True):
    """Data that would be lost with the resource `name` (`Database/Instance`); `how` follows its name."""

    name: str
    type: str
    how: str


class Stored(Struct, frozen=True):
    """A stateful resource in a stack that goes; nothing keeps it."""

    path: Path
    logical_id: str
    type: str


class Deployed(Protocol):
    """As much of CloudFormation as is asked about a nested stack that goes."""

    def resources(self, stack_id: str) -> tuple[StackResource, ...]: ...
    def template(self, stack_id: str) -> Template: ...


def stored_below(deployed: Deployed, review: Review) -> tuple[Stored, ...]:
    """What holds data in the nested stacks that `review` takes away: it lists only the stack itself."""
    gone = [(path, change) for path, change in review.all() if _takes_a_stack(change)]
    with ThreadPoolExecutor(READERS) as threads:
        found = threads.map(lambda one: list(_stored(deployed, one[1].physical_id, (*one[0], one[1].logical_id))), gone)
        return tuple(stored for below in found for stored in below)


def losses(review: Review, verdicts: Mapping[Place, Verdict], below: tuple[Stored, ...] = ()) -> tuple[Loss, ...]:
    """Sorted by name; `below` is what nested stacks that go take with them."""
    found = {
        Loss("/".join((*path, change.logical_id)), change.type, HOW[verdict.kind])
        for path, change in review.all()
        if _loses(change)
        and (verdict := verdicts[path, change]).certainty is not Certainty.NOTHING
        and verdict.kind in HOW
    }
    found |= {
        Loss("/".join((*one.path, one.logical_id)), one.type, f"is deleted with the nested stack {'/'.join(one.path)}")
        for one in below
    }
    return tuple(sorted(found))


def less_kept(review: Review) -> Iterator[tuple[Path, ResourceChange, str]]:
    """Each stateful resource whose policy would no longer keep it, and how that changes."""
    for path, change in review.all():
        if change.type in STATEFUL and change.kind in {Kind.MODIFY, Kind.REPLACE, Kind.MAYBE_REPLACE}:
            for policy in POLICIES:
                if (lowered := _lowered(change, policy)) is not None:
                    yield path, change, lowered


def refuse_forgotten_snapshots(review: Review) -> None:
    """A database that was restored from a snapshot keeps its name, or an empty one takes its place.

    Raises:
        SnapshotForgotten: a template doesn't name it any more.
    """
    for path, change in review.all():
        if change.kind in {Kind.MODIFY, Kind.REPLACE, Kind.MAYBE_REPLACE} and change.type.startswith("AWS::RDS::"):
            for name in sorted(RESTORED_FROM):
                if (snapshot := _forgotten(change, name)) is not None:
                    where = "/".join((*path, change.logical_id))
                    raise SnapshotForgotten(
                        f"{where} was restored from the snapshot {snapshot}, which the template doesn't name any more: "
                        f"an empty database would take its place",
                        f"set {name} of {where} to {snapshot} again: once set, it must stay",
                    )


def _loses(change: ResourceChange) -> bool:
    unsure = change.kind is Kind.UNKNOWN and change.type in STATEFUL
    return change.may_lose_data or (unsure and not change.policy_action.endswith(("Retain", "Snapshot")))


def _takes_a_stack(change: ResourceChange) -> bool:
    goes = change.kind in {Kind.REMOVE, Kind.REPLACE, Kind.UNKNOWN}
    return change.is_nested_stack and goes and bool(change.physical_id) and not change.policy_action.endswith("Retain")


def _stored(deployed: Deployed, stack_id: str, path: Path) -> Iterator[Stored]:
    template = deployed.template(stack_id)
    for resource in deployed.resources(stack_id):
        definition = template.get("Resources", {}).get(resource.logical_id, {})
        if resource.status.is_gone or keeps(resource.type, definition):
            continue
        if resource.is_nested_stack:
            yield from _stored(deployed, resource.physical_id, (*path, resource.logical_id))
        elif resource.type in STATEFUL:
            yield Stored(path, resource.logical_id, resource.type)


def keeps(type_: str, definition: Mapping[str, Any]) -> bool:
    """The deletion of its stack leaves the resource, or a snapshot of it.

    Without a policy a database leaves a snapshot, unless it is in a cluster, which does.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """
    policy = definition.get("DeletionPolicy")
    if policy is None:
        alone = type_ == "AWS::RDS::DBInstance" and "DBClusterIdentifier" not in definition.get("Properties", {})
        return alone or type_ == "AWS::RDS::DBCluster"
    return _is_kept(policy)


def _lowered(change: ResourceChange, policy: str) -> str | None:
    """`DeletionPolicy: Retain → Delete`, if so."""
    for detail in change.details:
        if detail.attribute == policy and detail.before in KEEPS and detail.after not in KEEPS:
            return f"{policy}: {detail.before} → {detail.after or 'none'}"
        if detail.attribute == policy and detail.before is None and detail.after not in KEEPS:
            told = _in_contexts(change, policy)
            return told if change.before_context else f"{policy} changes to {detail.after or 'what nobody tells'}"
    return _in_contexts(change, policy)


def _in_contexts(change: ResourceChange, policy: str) -> str | None:
    before, after = (at(parsed(one), policy) for one in (change.before_context, change.after_context))
    if parsed(change.after_context) is None or not _is_kept(before) or _is_kept(after):
        return None
    return f"{policy}: {before} → {'none' if after is ABSENT else after}"


def _is_kept(policy: Any) -> bool:
    return isinstance(policy, str) and policy in KEEPS


def _forgotten(change: ResourceChange, name: str) -> str | None:
    """The snapshot that only the template before names."""
    before, after = properties(change.before_context), properties(change.after_context)
    if before is not None and after is not None:
        return str(before[name]) if before.get(name) and not after.get(name) else None
    for detail in change.details:
        is_it = keys(detail.path) == ("Properties", name)
        if is_it and (detail.kind == "Remove" or (detail.before and not detail.after)):
            return detail.before or "that it names"
    return None
