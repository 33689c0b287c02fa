"""What the command line exits with: the one place where the numbers stand."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
"""Done, or nothing to do."""
ERROR: Final = 1
"""A mistake in what was given, or AWS can't be reached or refuses."""
USAGE: Final = 2
"""The command line itself is wrong (argparse's own)."""
CHANGES: Final = 2
"""With `--detailed-exitcode`: there is something to change."""
NOT_APPROVED: Final = 3
"""Declined, or nobody there to approve; nothing was changed."""
ROLLED_BACK: Final = 4
"""The deployment failed and CloudFormation restored what was there."""
NEEDS_RECOVERY: Final = 5
"""The stack is in a state that only a person leads it out of."""
BUSY: Final = 6
"""Another operation on the stack is running."""
STALE: Final = 7
"""The plan is no longer that which was reviewed: it was altered, or the stack has changed since."""
PREFLIGHT_FAILED: Final = 8
"""A check before the deployment found what would fail."""
INTERNAL_ERROR: Final = 70
"""A mistake of ours (`EX_SOFTWARE` of sysexits.h)."""
INTERRUPTED: Final = 130
"""Ctrl-C; a stack operation that has begun goes on."""
