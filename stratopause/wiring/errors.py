"""Stacks that don't fit together."""

from __future__ import annotations

from stratopause.errors import StratopauseError


class WiringError(StratopauseError):
    """A stack is given, or gives, something else than it declares."""
