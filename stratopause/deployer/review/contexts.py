"""A resource whole, before and after a change, as a change set tells it; and values that aren't known yet."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

UNKNOWN: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""CloudFormation's words for a value, or a part of one, that another resource gives while the change set runs."""

ABSENT: Final = object()

Context = dict[str, Any]
"""`{"Properties": {...}, "DeletionPolicy": ...}`, as much of it as CloudFormation tells."""


@lru_cache(maxsize=4096)
def parsed(context: str) -> Context | None:
    """None where there is none, or it was cut."""
    try:
        found = json.loads(context)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("Properties", {}), dict):
        return None
    return found


def properties(context: str) -> dict[str, Any] | None:
    found = parsed(context)
    return None if found is None else dict(found.get("Properties", {}))


def at(value: Any, *path: str) -> Any:
    """The value at a path of keys and positions; ABSENT if there is none.

    >>> at({"Rules": [{"Port": 1}]}, "Rules", "0", "Port")
    1
    """
    for key in path:
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return ABSENT
    return value


def keys(path: str) -> tuple[str, ...]:
    """`/Properties/Tags/0/Value` in its parts."""
    return tuple(part for part in path.split("/") if part)


def may_become(before: str, after: str) -> bool:
    """`after`, where it isn't known yet, may turn out to be `before`.

    >>> may_become("arn:aws:s3:::a/*", "{{changeSet:KNOWN_AFTER_APPLY}}/*")
    True
    """
    return (
        UNKNOWN in after
        and re.fullmatch(".*".join(map(re.escape, after.split(UNKNOWN))), before, re.DOTALL) is not None
    )


def may_be_equal(before: Any, after: Any) -> bool:
    """Nothing in `after` is known to differ from `before`."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(may_be_equal(before[key], after[key]) for key in before)
    if isinstance(before, list) and isinstance(after, list):
        # A list that a nested stack takes, and that isn't known yet, has one element.
        if after == [UNKNOWN]:
            return True
        return len(before) == len(after) and all(map(may_be_equal, before, after))
    if isinstance(after, str) and UNKNOWN in after:
        return may_become(before, after) if isinstance(before, str) else after == UNKNOWN
    return bool(before == after)
