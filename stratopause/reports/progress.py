"""How far each stack of a tree is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from stratopause.deployer.changes import Review
from stratopause.deployer.events import Happened
from stratopause.deployer.stacks import Path
from stratopause.deployer.status import ResourceStatus
from stratopause.reports.wording import duration, failure, place


@dataclass
class Row:
    """One stack: which of its resources are done, out of how many if the review has told; `since` its first event."""

    total: int | None = None
    since: float | None = None
    ended: float | None = None
    status: ResourceStatus = field(default_factory=lambda: ResourceStatus(""))
    done: set[str] = field(default_factory=set)
    at_work: str = ""

    def take(self, happened: Happened, now: float) -> None:
        event = happened.event
        self.since = now if self.since is None else self.since
        if event.is_of_its_stack:
            self.status = event.status
            self.ended = None if event.status.is_in_progress else now
        elif event.status.is_in_progress:
            self.at_work = event.logical_id
        elif event.nested_stack_id is None:
            self.done.add(event.logical_id)

    def took(self, now: float) -> str:
        """How long its operation takes, or took; empty before it begins."""
        return "" if self.since is None else duration((self.ended or now) - self.since)


class Board:
    """A table that is drawn again while events come in; on what isn't a terminal, a line per event of note."""

    def __init__(self, console: Console, now: Callable[[], float]) -> None:
        self.console = console
        self.now = now
        self.rows: dict[Path, Row] = {}
        self.root = ""
        self._live: Live | None = None

    def begin(self, root: str, review: Review | None = None) -> None:
        self.root, self.rows = root, {}
        for stack in review.stacks if review else ():
            total = sum(not change.is_nested_stack for change in stack.changes)
            self.rows[stack.path] = Row(total)
        if self.console.is_terminal:
            self._live = Live(get_renderable=self.table, console=self.console, refresh_per_second=8, transient=True)
            self._live.start()

    def take(self, happened: Happened) -> None:
        row = self.rows.setdefault(happened.path, Row())
        row.take(happened, self.now())
        event = happened.event
        if event.status.is_failure and not event.is_of_its_stack:
            self.console.print(Text(f"  {event.status} {failure(happened)}", style="red"), soft_wrap=True)
        elif event.is_of_its_stack and not self.console.is_terminal:
            self.console.print(Text(f"  {event.status} {place(happened.root, happened.path)}"), soft_wrap=True)

    def end(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def table(self) -> RenderableType:
        table = Table(box=None, pad_edge=False)
        for title in ("stack", "resources", "status", "", "time"):
            table.add_column(title, overflow="ellipsis", no_wrap=True)
        for path, row in sorted(self.rows.items()):
            total = "" if row.total is None else f"/{row.total}"
            at_work = place(row.at_work, ()) if row.status.is_in_progress else ""
            table.add_row(
                Text("  " * len(path) + place(self.root if not path else path[-1], ())),
                f"{len(row.done)}{total}",
                Text(str(row.status), style=_style(row.status)),
                Text(at_work, style="dim"),
                row.took(self.now()),
            )
        return table


def _style(status: ResourceStatus) -> str:
    if status.is_failure or "ROLLBACK" in status:
        return "red"
    return "cyan" if status.is_in_progress else "green"
