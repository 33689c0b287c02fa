"""What CloudFormation's validations and hooks found in a change set, and what else waits for the same stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol, TypeVar

from msgspec import Struct

from stratopause.deployer.changes import ChangeSet, Review
from stratopause.deployer.errors import NotFound, Refused
from stratopause.deployer.reading import READERS
from stratopause.deployer.stacks import HookResult, OperationEvent, Path

T = TypeVar("T")

REMEDIES: Final[Mapping[str, str]] = {
    "BUCKET_EMPTINESS_VALIDATION": "empty the bucket, or let its DeletionPolicy keep it",
    "NAME_CONFLICT_VALIDATION": "give it another name, or import, rename or remove what has that name",
    "PROPERTY_VALIDATION": "correct the property in the template",
}


class Observed(Protocol):
    """As much of CloudFormation as is asked here."""

    def failed_events(self, change_set_id: str) -> tuple[OperationEvent, ...]: ...
    def hook_results(self, change_set_id: str) -> tuple[HookResult, ...]: ...
    def change_sets(self, stack_id: str) -> tuple[ChangeSet, ...]: ...


class Finding(Struct, frozen=True, order=True):
    """What the validation or hook `by` says of `place` (`Database/Instance`); `path` leads into the template.

    It `blocks` where the change set can't be executed because of it.
    """

    blocks: bool
    place: str
    type: str
    by: str
    path: str
    reason: str
    remedy: str


class Findings(Struct, frozen=True):
    """`unread` says in sentences what couldn't be asked; `others` are change sets that wait for the same stack."""

    found: tuple[Finding, ...] = ()
    others: tuple[ChangeSet, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.found if one.blocks)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.found if not one.blocks)


def findings(cloudformation: Observed, review: Review) -> Findings:
    """Those of each change set of the tree in which something changes, and the other change sets of the root.

    Of one that has failed, every change set is asked about.
    """
    ids: dict[Path, str] = {(): review.change_set.id}
    quiet = {stack.path for stack in review.stacks if all(one.is_automatic for one in stack.changes)}
    for path, one in review.all():
        inside = (*path, one.logical_id)
        if one.change_set_id and (review.change_set.has_failed or inside not in quiet):
            ids[inside] = one.change_set_id
    unread: dict[str, None] = {}
    with ThreadPoolExecutor(READERS) as threads:
        events = threads.map(_asked(cloudformation.failed_events, "validations", unread), ids.values())
        hooks = threads.map(_asked(cloudformation.hook_results, "hooks", unread), ids.values())
        others = threads.submit(
            _asked(cloudformation.change_sets, "other change sets", unread), review.change_set.stack_id
        )
        found = {one for path, told in zip(ids, events, strict=True) for one in map(_validated(path), told)}
        found |= {one for path, told in zip(ids, hooks, strict=True) for one in _hooked(path, told)}
    waiting = tuple(one for one in others.result() if one.id != review.change_set.id)
    return Findings(tuple(sorted(found, key=lambda one: (not one.blocks, one))), waiting, tuple(sorted(unread)))


def _asked(ask: Callable[[str], tuple[T, ...]], what: str, unread: dict[str, None]) -> Callable[[str], tuple[T, ...]]:
    """`ask`, until AWS refuses it once: then that is noted, and nothing found."""

    def asked(about: str) -> tuple[T, ...]:
        if any(one.startswith(f"{what} ") for one in tuple(unread)):
            return ()
        try:
            return ask(about)
        except NotFound:
            return ()
        except Refused as error:
            unread[f"{what} can't be shown: {error.message}"] = None
            return ()

    return asked


def _validated(path: Path) -> Callable[[OperationEvent], Finding]:
    def finding(event: OperationEvent) -> Finding:
        return Finding(
            blocks=event.mode != "WARN",
            place="/".join((*path, event.logical_id)) if event.logical_id else "/".join(path),
            type=event.type,
            by=event.name or event.kind,
            path=event.path,
            reason=event.reason or "CloudFormation gives no reason",
            remedy=REMEDIES.get(event.name, "correct the template, then plan again"),
        )

    return finding


def _hooked(path: Path, results: tuple[HookResult, ...]) -> Iterator[Finding]:
    for one in results:
        if one.has_failed:
            yield Finding(
                blocks=one.mode != "WARN",
                place="/".join(path),
                type="",
                by=one.hook,
                path="",
                reason=one.reason or "the hook gives no reason",
                remedy=" ".join(one.remedies) or "ask whoever owns the hook",
            )
