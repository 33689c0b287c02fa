"""What took long, as bars over the time of the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from stratopause.deployer.events import Happened
from stratopause.deployer.timeline import Span, spans
from stratopause.reports.wording import clean, duration, place

MOST: Final = 10
"""So many resources, those that took longest."""
LEAST_SECONDS: Final = 20.0
"""A run that took less needs no chart."""
NARROWEST: Final = 10


def chart(happened: Sequence[Happened], width: int) -> Iterator[str]:
    """One line for each of those that took longest, in the order in which they began; none after a short run.

    `width` is in characters.
    """
    if not happened:
        return
    begin, end = min(one.event.time for one in happened), max(one.event.time for one in happened)
    whole = (end - begin).total_seconds()
    longest = [span for span in _longest(spans(happened), end) if span.seconds(end) > 0]
    if whole < LEAST_SECONDS or not longest:
        return
    names = [place("", span.path, span.logical_id).lstrip("/") for span in longest]
    times = [duration(span.seconds(end)) for span in longest]
    room = max(NARROWEST, min(60, width - 40))
    named = max(8, min(max(map(len, names)), width - room - max(map(len, times)) - 8))
    yield f"what took long, of {duration(whole)}:"
    for span, name, took in zip(longest, names, times, strict=True):
        yield f"  {_cut(name, named):{named}}  |{_bar(span, begin, end, room)}|  {took:>{max(map(len, times))}}"


def _longest(found: Sequence[Span], end: datetime) -> list[Span]:
    """Resources, not the nested stacks that hold them: those take as long as what is in them."""
    leaves = [span for span in found if not span.is_nested_stack]
    kept = sorted(leaves, key=lambda span: span.seconds(end), reverse=True)[:MOST]
    return sorted(kept, key=lambda span: (span.begin, span.path, span.logical_id))


def _bar(span: Span, begin: datetime, end: datetime, room: int) -> str:
    whole = (end - begin).total_seconds()
    start = int((span.begin - begin).total_seconds() / whole * room)
    length = max(1, round(span.seconds(end) / whole * room))
    start = min(start, room - 1)
    sign = "!" if span.status.is_failure else "="
    return f"{' ' * start}{sign * min(length, room - start)}".ljust(room)


def _cut(name: str, width: int) -> str:
    """The end of a name tells more than its beginning."""
    name = clean(name)
    return name if len(name) <= width else f"…{name[-(width - 1) :]}"
