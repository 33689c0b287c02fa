"""Lines as wide as they may be, and no wider."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, Final

from stratopause.deployer.review.contexts import UNKNOWN
from stratopause.reports.wording import clean

KEPT: Final = 8
"""So many characters of what two long values have in common stay before their difference."""


MISSING: Final = object()


def cut(text: str, width: int) -> str:
    """`text`, with a sign in place of what doesn't fit.

    >>> cut("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"


def wrapped(text: str, width: int, indent: str, hanging: str = "    ") -> Iterator[str]:
    """`text` on as many lines as it takes; a word is never broken, so that it can be copied."""
    yield from textwrap.wrap(
        clean(text),
        max(width, len(indent) + 20),
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def difference(before: str | None, after: str | None, width: int) -> str:
    """`db.t4g.micro → db.r6g.large`; of long values what differs. Empty where no value is told."""
    if before is None and after is None:
        return ""
    old, new = (_value(value) for value in (before, after))
    if len(old) + len(new) + 3 > width:
        common = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), 0)
        if common > 2 * KEPT:
            old, new = (f"…{value[common - KEPT :]}" for value in (old, new))
    room = max(width - 3, 2 * KEPT)
    of_old = max(room // 2, room - len(new))
    return f"{cut(old, of_old)} → {cut(new, max(room - len(old), room // 2))}"


def differences(before: str | None, after: str | None) -> Iterator[tuple[str, str | None, str | None]]:
    """Path, value before and value after of each part in which two JSON texts differ; none if they aren't.

    >>> list(differences('{"a": [1, 2]}', '{"a": [1, 3]}'))
    [('a.1', '2', '3')]
    """
    try:
        old, new = (json.loads(text) if text and text[0] in "{[" else None for text in (before, after))
    except (ValueError, RecursionError):
        return
    if old is not None and new is not None:
        yield from _differences(old, new, ())


def fitting(parts: Iterable[str], width: int, noun: str) -> str:
    """As many of `parts` as fit on one line, then how many more there are.

    >>> fitting(["9 Subnet", "5 RouteTable", "1 VPC"], 26, "type")
    '9 Subnet, and 2 more types'
    """
    every = list(parts)
    for shown in range(len(every), 0, -1):
        left = len(every) - shown
        more = f", and {left} more {noun}{'s' * (left != 1)}" if left else ""
        line = ", ".join(every[:shown]) + more
        if len(line) <= width or shown == 1:
            return line
    return ""


def _differences(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str | None, str | None]]:
    if old == new:
        return
    sides = [_parts(value) for value in (old, new)]
    if type(old) is type(new) and sides[0] is not None and sides[1] is not None:
        for key in dict.fromkeys((*sides[0], *sides[1])):
            yield from _differences(sides[0].get(key, MISSING), sides[1].get(key, MISSING), (*path, key))
    else:
        yield ".".join(path), _text(old), _text(new)


def _parts(value: Any) -> dict[str, Any] | None:
    if isinstance(value, list):
        return {str(number): one for number, one in enumerate(value)}
    return value if isinstance(value, dict) else None


def _text(value: Any) -> str | None:
    if value is MISSING:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _value(value: str | None) -> str:
    if value is None:
        return "(none)"
    return clean(value.replace(UNKNOWN, "(known after apply)")) or '""'
