"""A change set, or a destruction, as it is approved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.text import Text

from stratopause.deployer.changes import Kind, ResourceChange, Review, StackChanges
from stratopause.deployer.events import DestructionReady, ReviewReady
from stratopause.reports.wording import MARKS, clean, counted, place, what_changes


def review(ready: ReviewReady) -> Iterator[Text]:
    """What may lose data first, then every resource of every stack, removals and replacements before the rest."""
    changes = ready.review
    yield Text(f"{ready.stack}: {_counts(change for _, change in changes.all())}", "bold")
    if changes.alarms:
        yield Text("  these hold data, and go without a snapshot:", "bold red")
    for path, change in changes.alarms:
        yield _line(change, "    ", place("", path, "").lstrip("/"))
    for stack in changes.stacks:
        if _has_something(stack, changes):
            yield from _stack(stack, changes)
    if ready.link:
        yield Text(f"  in the console: {ready.link}", "dim")


def destruction(ready: DestructionReady) -> Iterator[Text]:
    yield Text(f"{ready.stack}: {counted(ready.resources, 'resource')} to delete", "bold red")
    for kept in ready.kept:
        stays = "leaves a snapshot" if kept.as_snapshot else "stays"
        where = place(ready.stack, kept.path, kept.resource.logical_id)
        yield Text(f"  {stays}: {where} ({clean(kept.resource.type)}) {clean(kept.resource.physical_id)}")
    for path, resource in ready.protected:
        yield Text(f"  protection will be lifted: {place(ready.stack, path, resource.logical_id)}", "yellow")


def _stack(stack: StackChanges, review: Review) -> Iterator[Text]:
    indent = "  " * max(1, len(stack.path))
    if stack.path:
        yield Text(f"{indent}{clean(stack.path[-1])}: {_counts(stack.changes)}", "bold")
    detailed = {one.path for one in review.stacks if _has_something(one, review)}
    for change in sorted(stack.changes, key=lambda change: list(MARKS).index(change.kind), reverse=True):
        speaks_for_itself = (*stack.path, change.logical_id) in detailed and change.kind in {Kind.ADD, Kind.MODIFY}
        if not speaks_for_itself and not change.is_automatic:
            yield _line(change, f"{indent}  " if stack.path else indent)


def _has_something(stack: StackChanges, review: Review) -> bool:
    return any(path[: len(stack.path)] == stack.path and not change.is_automatic for path, change in review.all())


def _line(change: ResourceChange, indent: str, where: str = "") -> Text:
    mark, style = MARKS[change.kind]
    return Text(f"{indent}{mark} {f'{where}/' if where else ''}{what_changes(change)}", style)


def _counts(changes: Iterable[ResourceChange]) -> str:
    """`3 to add, 1 to modify`: resources, not the nested stacks that hold them."""
    kinds = Counter(change.kind for change in changes if not change.is_nested_stack)
    return ", ".join(f"{kinds[kind]} to {kind}" for kind in MARKS if kinds[kind]) or "no resource of its own"
