"""A change set read from its root down through every nested stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from stratopause.deployer.changes import ChangeSet, Review, StackChanges
from stratopause.deployer.stacks import Path

READERS: Final = 8
"""So many nested change sets are read at once."""


class ChangeSets(Protocol):
    """As much of CloudFormation as reading a change set needs."""

    def change_set(self, change_set_id: str) -> ChangeSet:
        """The change set with the changes on every page."""
        ...


def read(change_sets: ChangeSets, change_set: ChangeSet) -> Review:
    """Read those of the stacks nested in `change_set`, all of one depth at once."""
    found: Mapping[Path, ChangeSet] = {(): change_set}
    level = found
    with ThreadPoolExecutor(READERS) as threads:
        while level:
            nested = dict(_nested(level))
            level = dict(zip(nested, threads.map(change_sets.change_set, nested.values()), strict=True))
            found = {**found, **level}
    return Review(change_set, tuple(_in_order(found, ())))


def why_it_failed(change_sets: ChangeSets, change_set: ChangeSet) -> str:
    """The reason in the deepest change set that failed, for the root only says that a nested one did."""
    for change in change_set.changes:
        if change.change_set_id is not None:
            nested = change_sets.change_set(change.change_set_id)
            if nested.has_failed and not nested.says_no_changes:
                return f"{change.logical_id}: {why_it_failed(change_sets, nested)}"
    return change_set.reason or "CloudFormation gives no reason"


def _nested(level: Mapping[Path, ChangeSet]) -> Iterator[tuple[Path, str]]:
    """Path and id of each change set that one of `level` names."""
    for path, change_set in level.items():
        for change in change_set.changes:
            if change.change_set_id is not None:
                yield (*path, change.logical_id), change.change_set_id


def _in_order(found: Mapping[Path, ChangeSet], path: Path) -> Iterator[StackChanges]:
    yield StackChanges(path, found[path].changes)
    for nested, _ in _nested({path: found[path]}):
        yield from _in_order(found, nested)
