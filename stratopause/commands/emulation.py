"""Starting, stopping and finding the CloudFormation on this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from stratopause import emulator
from stratopause.exit_codes import DONE, ERROR


def start(directory: Path) -> int:
    """Start it, or find the one that runs; its endpoint goes to stdout."""
    sys.stdout.write(f"{emulator.start(directory).endpoint}\n")
    return DONE


def stop(directory: Path) -> int:
    """Stop it, with all that was deployed to it; there being none is no error."""
    emulator.stop(directory)
    return DONE


def status(directory: Path) -> int:
    """Print its endpoint and process id; there being none is told by the exit code, too."""
    running = emulator.status(directory)
    if running is None:
        sys.stderr.write("the emulator isn't running\n  next: python build.py emulator start\n")
        return ERROR
    sys.stdout.write(f"{running.endpoint} (process {running.pid})\n")
    return DONE


ACTIONS: Final[Mapping[str, Callable[[Path], int]]] = {"start": start, "stop": stop, "status": status}
