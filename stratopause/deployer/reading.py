"""A change set read from its root down through every nested stack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from stratopause.deployer.changes import ChangeSet, Review, StackChanges
from stratopause.deployer.stacks import Path


class ChangeSets(Protocol):
    """As much of CloudFormation as reading a change set needs."""

    def change_set(self, change_set_id: str) -> ChangeSet:
        """The change set with the changes on every page."""
        ...


def read(change_sets: ChangeSets, change_set: ChangeSet) -> Review:
    """Read those of the stacks nested in `change_set`."""
    return Review(change_set, tuple(_read(change_sets, change_set, ())))


def why_it_failed(change_sets: ChangeSets, change_set: ChangeSet) -> str:
    """The reason in the deepest change set that failed, for the root only says that a nested one did."""
    for change in change_set.changes:
        if change.change_set_id is not None:
            nested = change_sets.change_set(change.change_set_id)
            if nested.has_failed and not nested.says_no_changes:
                return f"{change.logical_id}: {why_it_failed(change_sets, nested)}"
    return change_set.reason or "CloudFormation gives no reason"


def _read(change_sets: ChangeSets, change_set: ChangeSet, path: Path) -> Iterator[StackChanges]:
    yield StackChanges(path, change_set.changes)
    for change in change_set.changes:
        if change.change_set_id is not None:
            nested = change_sets.change_set(change.change_set_id)
            yield from _read(change_sets, nested, (*path, change.logical_id))
