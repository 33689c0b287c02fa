"""The emulator's directory: who runs (`running.json`), its log, and the lock of those who start and stop it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from stratopause.emulator.errors import DirectoryUnusable

LOG_LINES = 12


@dataclass(frozen=True)
class Running:
    """An emulator that runs: the URL of its endpoint, its process, and the mark that this start of it answers with."""

    endpoint: str
    pid: int
    token: str


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Holds the directory for one start or stop at a time; another waits."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("w")
    except OSError as problem:
        message = f"{directory}: {problem.strerror}; the emulator keeps its endpoint and its log there"
        raise DirectoryUnusable(message, "make it a directory that you may write") from problem
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read(directory: Path) -> Running | None:
    """What the last start wrote; None where there is nothing, or nothing that makes sense."""
    try:
        told = json.loads((directory / "running.json").read_text("utf-8"))
        return Running(str(told["endpoint"]), int(told["pid"]), str(told["token"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(directory: Path, running: Running) -> None:
    """Tells others who runs, in one step."""
    temporary = directory / f"running.json.{os.getpid()}"
    temporary.write_text(json.dumps(asdict(running)) + "\n", "utf-8")
    temporary.replace(directory / "running.json")


def forget(directory: Path, running: Running | None = None) -> None:
    """Removes what was written; with `running`, only if it is that one's."""
    if running is None or read(directory) == running:
        (directory / "running.json").unlink(missing_ok=True)


def last_lines(directory: Path) -> str:
    """The end of the log."""
    try:
        lines = (directory / "log").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-LOG_LINES:])
