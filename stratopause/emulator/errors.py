"""What can go wrong with the emulator.

EmulatorError
├── EmulatorMissing     ministack isn't installed, or another version of it
├── EmulatorNotReady    it was started and didn't answer
└── DirectoryUnusable   its directory can't be written
"""

from __future__ import annotations

from stratopause.errors import StratopauseError


class EmulatorError(StratopauseError):
    """A local CloudFormation that can't be started or stopped."""


class EmulatorMissing(EmulatorError):
    """ministack isn't installed, or not in the version that is corrected here."""


class EmulatorNotReady(EmulatorError):
    """The process ended, or doesn't answer."""


class DirectoryUnusable(EmulatorError):
    """The directory of the emulator can't be made, read or written."""
