"""A CloudFormation on this machine: ministack, and what it lacks of AWS.

>>> from stratopause.emulator import start, stop      # doctest: +SKIP
>>> start().endpoint                                  # doctest: +SKIP
'http://127.0.0.1:40511'

Importing this package starts nothing and imports nothing of ministack.
"""

from __future__ import annotations

from stratopause.emulator.files import Running
from stratopause.emulator.process import start, status, stop

__all__ = ["Running", "start", "status", "stop"]
