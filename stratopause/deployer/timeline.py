"""What took how long in an operation, from its events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from stratopause.deployer.events import Happened
from stratopause.deployer.stacks import Path
from stratopause.deployer.status import ResourceStatus


class Span(Struct, frozen=True):
    """A resource from its first event to its last; `end` is None while it is at work."""

    path: Path
    logical_id: str
    type: str
    begin: datetime
    end: datetime | None
    status: ResourceStatus
    is_nested_stack: bool = False

    def seconds(self, now: datetime) -> float:
        """How long it took, or has taken until `now`; never below 0, for clocks differ."""
        return max(0.0, ((self.end or now) - self.begin).total_seconds())


def spans(happened: Iterable[Happened]) -> tuple[Span, ...]:
    """One for each resource and each thing that was done to it, in the order in which they began.

    What is done again, in a rollback for example, is a span of its own. The stacks' own events make none: a nested
    stack is a resource of its parent.
    """
    done: list[Span] = []
    running: dict[tuple[Path, str], int] = {}
    for one in happened:
        event, place = one.event, (one.path, one.event.logical_id)
        if event.is_of_its_stack:
            continue
        if place not in running:
            running[place] = len(done)
            done.append(Span(*place, event.type, event.time, None, event.status, event.nested_stack_id is not None))
        span = done[running[place]]
        is_nested = span.is_nested_stack or event.nested_stack_id is not None
        end = None if event.status.is_in_progress else event.time
        done[running[place]] = Span(*place, event.type, span.begin, end, event.status, is_nested)
        if end is not None:
            del running[place]
    return tuple(sorted(done, key=lambda span: span.begin))


def at_work(happened: Iterable[Happened], now: datetime) -> tuple[tuple[Path, str, float], ...]:
    """The resources at work and for how many seconds, the longest first; nested stacks stand for themselves only
    where nothing in them is known to be at work.
    """
    running = [span for span in spans(happened) if span.end is None]
    inner = {span.path for span in running}
    outermost = [
        span
        for span in running
        if not any(path[: len(span.path) + 1] == (*span.path, span.logical_id) for path in inner)
    ]
    return tuple(
        (span.path, span.logical_id, span.seconds(now)) for span in sorted(outermost, key=lambda span: span.begin)
    )
