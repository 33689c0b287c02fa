"""What a change set would do that the stack policies don't let happen, before it is tried and rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from stratopause.deployer.changes import STATEFUL, Kind, ResourceChange
from stratopause.deployer.protection.policies import guarded, name_of
from stratopause.deployer.protection.setting import deployed_tree
from stratopause.deployer.services import CloudFormation
from stratopause.deployer.stacks import Path

GOES: Final = frozenset({Kind.REMOVE, Kind.REPLACE, Kind.MAYBE_REPLACE, Kind.UNKNOWN})


def forbidden(cloudformation: CloudFormation, changes: Iterable[tuple[Path, ResourceChange]]) -> tuple[str, ...]:
    """Names (`Database/Instance`) of what holds data and goes, be it kept by a deletion policy or not; sorted.

    Of a nested stack that goes, the stack is named, and what it holds. These are what `lifted` must be allowed.
    """
    return tuple(sorted(set(_forbidden(cloudformation, changes))))


def _forbidden(cloudformation: CloudFormation, changes: Iterable[tuple[Path, ResourceChange]]) -> Iterator[str]:
    for path, change in changes:
        place = (*path, change.logical_id)
        if change.kind in GOES and change.type in STATEFUL:
            yield name_of(place)
        elif change.kind is Kind.REMOVE and change.is_nested_stack and change.physical_id:
            held = guarded(deployed_tree(cloudformation, change.physical_id))
            if held:
                yield name_of(place)
            yield from (name_of((*place, *below, one)) for below, ids in held.items() for one in ids)
