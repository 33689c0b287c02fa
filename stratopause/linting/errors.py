"""What can go wrong.

LintError: there is nothing to lint, or nothing to lint it by
└── WaiverError: the file of waivers can't be used
"""

from __future__ import annotations

from stratopause.errors import StratopauseError


class LintError(StratopauseError):
    """There is nothing to lint, or nothing to lint it by."""


class WaiverError(LintError):
    """The file of waivers can't be used."""
