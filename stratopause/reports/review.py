"""A change set, or a destruction, as it is approved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from stratopause.deployer.changes import Kind, ResourceChange, Review, StackChanges
from stratopause.deployer.events import DestructionReady, ReviewReady
from stratopause.deployer.stacks import Path
from stratopause.reports.wording import MARKS, clean, counted, place, what_changes


def review(ready: ReviewReady) -> RenderableType:
    """What may lose data first, then every resource of every stack."""
    changes = ready.review
    parts: list[RenderableType] = [Text(f"{ready.stack}: {_counts(change for _, change in changes.all())}", "bold")]
    if changes.alarms:
        parts.append(Text("  These hold data, and go without a snapshot:", "bold red"))
        parts += [_line(change, place("", path).lstrip("/")) for path, change in changes.alarms]
    parts.append(_tree(ready.stack, changes))
    if ready.link:
        parts.append(Text(f"In the console: {ready.link}", "dim"))
    return Group(*parts)


def destruction(ready: DestructionReady) -> RenderableType:
    parts = [Text(f"{ready.stack}: {counted(ready.resources, 'resource')} to delete", "bold red")]
    for kept in ready.kept:
        stays = "leaves a snapshot" if kept.as_snapshot else "stays"
        where = place(ready.stack, kept.path, kept.resource.logical_id)
        parts.append(Text(f"  {stays}: {where} ({clean(kept.resource.type)}) {clean(kept.resource.physical_id)}"))
    for path, resource in ready.protected:
        parts.append(Text(f"  protection will be lifted: {place(ready.stack, path, resource.logical_id)}", "yellow"))
    return Group(*parts)


def _tree(root: str, review: Review) -> Tree:
    branches: dict[Path, Tree] = {}
    for stack in review.stacks:
        label = Text(f"{place(stack.path[-1], ()) if stack.path else root}  ", "bold")
        label.append(_counts(stack.changes), "dim")
        above = branches.get(stack.path[:-1]) if stack.path else None
        branches[stack.path] = Tree(label, guide_style="dim") if above is None else above.add(label)
        for line in _lines(stack, review):
            branches[stack.path].add(line)
    return branches[()]


def _lines(stack: StackChanges, review: Review) -> Iterator[Text]:
    """A nested stack with changes of its own speaks for itself."""
    detailed = {one.path for one in review.stacks}
    order = sorted(stack.changes, key=lambda change: list(MARKS).index(change.kind), reverse=True)
    for change in order:
        if (*stack.path, change.logical_id) not in detailed or change.kind in {Kind.REMOVE, Kind.REPLACE}:
            yield _line(change)


def _line(change: ResourceChange, where: str = "") -> Text:
    mark, style = MARKS[change.kind]
    return Text(f"{'    ' if where else ''}{mark} {where + '/' if where else ''}{what_changes(change)}", style)


def _counts(changes: Iterable[ResourceChange]) -> str:
    """`3 to add, 1 to modify`: resources, not the nested stacks that hold them."""
    kinds = Counter(change.kind for change in changes if not change.is_nested_stack)
    return ", ".join(f"{kinds[kind]} to {kind}" for kind in MARKS if kinds[kind]) or "no resource of its own"
