"""What a setting is, of whatever type a template writes it; None where that isn't known."""

from __future__ import annotations

import re
from typing import Any, Final

from stratopause.tree.evaluation import as_text
from stratopause.tree.text import is_literal

_WHOLE: Final = re.compile(r"\s*([-+]?\d{1,18})(\.0+)?\s*")


def literal(value: Any) -> str | None:
    """A text, number or truth value as text."""
    if isinstance(value, (dict, list)) or value is None:
        return None
    text = as_text(value)
    return text if is_literal(text) else None


def flag(value: Any, *, default: bool = False) -> bool | None:
    """A truth value; `default` where nothing is written."""
    if value is None:
        return default
    return {"true": True, "false": False}.get((literal(value) or "").strip().lower())


def number(value: Any, *, default: int | None = None) -> int | None:
    """A whole number; `default` where nothing is written."""
    if value is None:
        return default
    match = _WHOLE.fullmatch(literal(value) or "")
    return int(match[1]) if match else None


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, or the one that stands for it."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]
