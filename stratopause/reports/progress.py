"""How far an operation is: a tree that is drawn again and again at a terminal, a line per event of note elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from stratopause.deployer.changes import Review
from stratopause.deployer.diagnosis import was_cancelled
from stratopause.deployer.events import Happened
from stratopause.deployer.stacks import Path, StackEvent
from stratopause.deployer.status import ResourceStatus
from stratopause.deployer.timeline import Span, spans
from stratopause.reports.timeline import chart
from stratopause.reports.wording import clean, duration, failure, place

WORTH_A_LINE: Final = 60.0
"""Seconds that a resource takes before its end is told where there is no tree."""
SPARE_LINES: Final = 2
"""Of the terminal's height: one for the cursor, one so that nothing scrolls."""
IN_A_LOG: Final = 110
"""The width of a chart where there is no terminal."""

DOING: Final[Mapping[str, str]] = {
    "REVIEW_IN_PROGRESS": "to be created",
    "CREATE_IN_PROGRESS": "creating",
    "UPDATE_IN_PROGRESS": "updating",
    "DELETE_IN_PROGRESS": "deleting",
    "IMPORT_IN_PROGRESS": "importing",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "clearing up",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "clearing up",
    "ROLLBACK_IN_PROGRESS": "rolling back",
    "UPDATE_ROLLBACK_IN_PROGRESS": "rolling back",
    "IMPORT_ROLLBACK_IN_PROGRESS": "rolling back",
    "CREATE_COMPLETE": "created",
    "UPDATE_COMPLETE": "updated",
    "DELETE_COMPLETE": "deleted",
    "IMPORT_COMPLETE": "imported",
    "CREATE_FAILED": "failed",
    "UPDATE_FAILED": "failed",
    "DELETE_FAILED": "not deleted",
    "ROLLBACK_COMPLETE": "rolled back",
    "UPDATE_ROLLBACK_COMPLETE": "rolled back",
    "IMPORT_ROLLBACK_COMPLETE": "rolled back",
}
"""What stands in a narrow column for a status."""


class Line(Struct, frozen=True):
    """One line of the tree. The lower its `rank`, then the more `seconds` it takes, the longer it stays where there is
    too little room.
    """

    rank: int
    depth: int
    name: str
    told: str
    status: str
    took: str
    style: str = ""
    seconds: float = 0.0


class Board:
    """`time` is that of the day, since elapsed time is counted from when CloudFormation says that something began."""

    def __init__(self, console: Console, time: Callable[[], datetime], is_live: bool | None = None) -> None:
        self.console = console
        self.time = time
        self.is_live = console.is_terminal and not console.is_dumb_terminal if is_live is None else is_live
        self.root = ""
        self.happened: list[Happened] = []
        self.totals: dict[Path, int] = {}
        self._began: dict[tuple[Path, str], datetime] = {}
        self._live: Live | None = None

    def begin(self, root: str, review: Review | None = None) -> None:
        self.root, self.happened, self._began = root, [], {}
        self.totals = {
            stack.path: sum(not change.is_nested_stack for change in stack.changes)
            for stack in (review.stacks if review else ())
        }
        if self.is_live:
            self.end()
            self._live = Live(get_renderable=self.tree, console=self.console, refresh_per_second=4, transient=True)
            self._live.start()

    def take(self, happened: Happened) -> None:
        self.happened.append(happened)
        event = happened.event
        if event.status.is_failure and not event.is_of_its_stack:
            if not was_cancelled(event.reason) and not self._is_repeated(happened):
                self._say(f"  {clean(event.status)} {failure(happened)}", "red")
        elif not self.is_live:
            self._tell(happened)

    def end(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def conclude(self) -> None:
        """End, and show what took long."""
        self.end()
        width = self.console.width if self.console.is_terminal else IN_A_LOG
        for line in chart(self.happened, width):
            self._say(line, "dim")
        self.happened = []

    def tree(self) -> RenderableType:
        """As much of it as fits on the terminal."""
        shown = fitted(tuple(self.lines()), self.console.height - SPARE_LINES)
        return Group(*drawn(shown, self.console.width - 1))

    def lines(self) -> Iterator[Line]:
        """The root, then each stack with what is at work in it, then what is to come."""
        now, happened = self.time(), tuple(self.happened)
        every = spans(happened)
        paths = {one.path for one in happened}
        yield self._of_stack((), happened, every, now)
        for path in sorted(paths | {()}):
            if path:
                yield self._of_stack(path, happened, every, now)
            for span in every:
                if span.path == path and span.end is None and (*path, span.logical_id) not in paths:
                    seconds = span.seconds(now)
                    told = clean(span.type.removeprefix("AWS::"))
                    said, style = _status(span.status)
                    yield Line(2, len(path) + 1, clean(span.logical_id), told, said, duration(seconds), style, seconds)
        yield from self._to_come(paths)

    def _to_come(self, begun: set[Path]) -> Iterator[Line]:
        waiting = {path: total for path, total in self.totals.items() if path not in begun and total}
        if waiting:
            names = ", ".join(f"{clean('/'.join(path)) or self.root} {total}" for path, total in waiting.items())
            yield Line(3, 1, f"to come: {names}", "", "", "")

    def _of_stack(self, path: Path, happened: Sequence[Happened], every: Sequence[Span], now: datetime) -> Line:
        own = [one.event for one in happened if one.path == path and one.event.is_of_its_stack]
        status = own[-1].status if own else ResourceStatus("")
        until = own[-1].time if own and not status.is_in_progress else now
        took = duration(max(0.0, (until - _since(own)).total_seconds())) if own else ""
        told = self._counted(path, every, status)
        rank = 0 if not path else 1 if status.is_in_progress else 4
        said, style = _status(status)
        return Line(rank, len(path), place(path[-1] if path else self.root, ()), told, said, took, style)

    def _counted(self, path: Path, every: Sequence[Span], status: ResourceStatus) -> str:
        """`12 of 14 done`; of the root, that of the whole tree."""
        inside = [span for span in every if not span.is_nested_stack and (not path or span.path == path)]
        done = len({(span.path, span.logical_id) for span in inside if span.end is not None})
        total = sum(self.totals.values()) if not path else self.totals.get(path, 0)
        if status.is_rollback or status.startswith("DELETE"):
            return ""
        goes_on = status.is_in_progress and total
        return f"{done} of {max(done, total)} done" if goes_on else f"{done} done" if status else ""

    def _tell(self, happened: Happened) -> None:
        """A stack's own events, and the end of a resource that took long."""
        event, took = happened.event, self._took(happened)
        where = place(happened.root, happened.path, "" if event.is_of_its_stack else event.logical_id)
        after = f", after {duration(took)}" if took and not event.status.is_in_progress else ""
        if event.is_of_its_stack:
            self._say(f"  {clean(event.status)} {where}{after}")
        elif took >= WORTH_A_LINE and event.nested_stack_id is None and not event.status.is_in_progress:
            self._say(f"  {clean(event.status)} {where} ({clean(event.type)}){after}")

    def _took(self, happened: Happened) -> float:
        """Seconds since the stack or the resource began what it is at, or has ended now."""
        event = happened.event
        at = (happened.path, "" if event.is_of_its_stack else event.logical_id)
        began = self._began.setdefault(at, event.time)
        if not event.status.is_in_progress:
            del self._began[at]
        return (event.time - began).total_seconds()

    def _is_repeated(self, happened: Happened) -> bool:
        """A parent says of a nested stack what was told of a resource in it already."""
        inner = (*happened.path, happened.event.logical_id)
        return any(one.path[: len(inner)] == inner and one.event.status.is_failure for one in self.happened)

    def _say(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style=style), soft_wrap=True)


def fitted(lines: Sequence[Line], height: int) -> Sequence[Line]:
    """As many as fit, those of the lowest rank first, in their order; the last line says how many are left out."""
    height = max(2, height)
    if len(lines) <= height:
        return lines
    by_rank = sorted(range(len(lines)), key=lambda index: (lines[index].rank, -lines[index].seconds, index))
    kept = sorted(by_rank[: height - 1])
    return (*(lines[index] for index in kept), Line(0, 1, f"… and {len(lines) - len(kept)} more", "", "", ""))


def _since(own: Sequence[StackEvent]) -> datetime:
    """When a stack began what its last event tells of: a rollback goes on with the operation, one that comes after its
    end is another.
    """
    since = own[-1].time
    for event in reversed(own[:-1]):
        if not event.status.is_in_progress:
            break
        since = event.time
    return since


def drawn(lines: Sequence[Line], width: int) -> Iterator[Text]:
    """In columns, each line `width` characters at most: what doesn't fit is cut, but never how long it takes."""
    rows = [line for line in lines if line.took or line.status]
    took, status, told = (max((cell_len(getattr(row, name)) for row in rows), default=0) for name in _COLUMNS)
    name = max((cell_len(row.name) + 2 * row.depth for row in rows), default=0)
    told = min(told, max(12, (width - took - status - 6) // 2))
    name = max(8, min(name, width - told - status - took - 6))
    for line in lines:
        text = Text("  " * line.depth + line.name, "bold" if line.depth == 0 else "" if line in rows else "dim")
        if line not in rows:
            text.truncate(width, overflow="ellipsis")
            yield text
            continue
        cells = ((text, name), (Text(line.told, "dim"), told), (Text(line.status, line.style), status))
        for cell, room in cells:
            cell.truncate(room, overflow="ellipsis", pad=True)
        yield Text("  ").join((*(cell for cell, _ in cells), Text(line.took.rjust(took))))


_COLUMNS: Final = ("took", "status", "told")


def _status(status: ResourceStatus) -> tuple[str, str]:
    """In words for a narrow column, and their style."""
    style = "red" if status.is_failure or status.is_rollback else "cyan" if status.is_in_progress else "green"
    return clean(DOING.get(status, status.lower().replace("_", " "))), style
