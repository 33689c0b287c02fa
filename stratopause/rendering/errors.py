"""What can go wrong between a stack and its template on disk.

RenderingError
├── LimitExceeded     a template that CloudFormation would refuse
├── CannotWrite       an output directory that can't be written
└── OutOfDate         committed templates that aren't what the code renders
"""

from __future__ import annotations

from stratopause.errors import StratopauseError


class RenderingError(StratopauseError):
    """Templates can't be rendered or written."""


class LimitExceeded(RenderingError):
    """A template is over one of CloudFormation's limits."""


class CannotWrite(RenderingError):
    """A file or directory refuses to be read or written."""


class OutOfDate(RenderingError):
    """The templates on disk aren't those that the code renders."""
