"""Versions of engines, compared. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any


def is_of(wanted: str, version: str) -> bool:
    """`18` is also 18.1, and never 180."""
    return version == wanted or version.startswith(f"{wanted}.")


def order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def newest(versions: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return max(versions, key=lambda one: order(one["EngineVersion"]))


def nearest(wanted: str, versions: Iterable[str], most: int = 3) -> Sequence[str]:
    """Up to `most` of the versions, those that follow or precede `wanted` most closely, in their own order."""
    ordered = sorted(set(versions), key=order)
    middle = sum(order(one) < order(wanted) for one in ordered)
    start = max(0, min(middle - most // 2, len(ordered) - most))
    return ordered[start : start + most]
