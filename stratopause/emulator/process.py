"""The emulator's life: a process in the background, found again by its directory.

A process id alone proves nothing, since another program may have it by now: an emulator counts as
running only if it answers at its endpoint with the token of its start.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from stratopause.emulator import files
from stratopause.emulator.errors import EmulatorNotReady
from stratopause.emulator.files import Running

DIRECTORY = Path(".emulator")
READY_SECONDS = 90.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 5.0

# What a Python process needs of its surroundings. Everything else stays out: AWS variables and profiles,
# proxies, the address of a Docker daemon, and the switches that ministack itself reads.
INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "SYSTEMROOT", "VIRTUAL_ENV")
INHERITED_PREFIXES = ("LC_", "PYTHON", "COVERAGE_")

# The processes that this one started: they must be waited for, or they stay as zombies.
_started: dict[int, subprocess.Popen[bytes]] = {}


def start(directory: Path = DIRECTORY, region: str = "us-east-1") -> Running:
    """Starts an emulator in the background, or gives the one that runs already.

    `EmulatorNotReady` with the end of its log if it doesn't answer within 90 seconds.
    """
    with files.locked(directory):
        running = status(directory)
        if running is not None:
            return running
        files.forget(directory)
        process = _spawn(directory, region)
        try:
            return _wait_until_ready(directory, process)
        except BaseException:
            _end(process.pid)
            raise


def stop(directory: Path = DIRECTORY) -> Running | None:
    """Ends the emulator and waits until it is gone; gives the one that ran, None where none did."""
    if not directory.is_dir():
        return None
    with files.locked(directory):
        running = status(directory)
        if running is not None:
            _end(running.pid)
        files.forget(directory)
        return running


def status(directory: Path = DIRECTORY) -> Running | None:
    """The emulator that runs there; None if none does, whatever an old file says."""
    running = files.read(directory)
    if running is None or not _answers(running):
        return None
    return running


def _spawn(directory: Path, region: str) -> subprocess.Popen[bytes]:
    where = ("--directory", str(directory.resolve()), "--region", region)
    command = [sys.executable, "-m", "stratopause.emulator", *where]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment(),
            start_new_session=True,
        )
    _started[process.pid] = process
    return process


def environment() -> dict[str, str]:
    """What the emulator's process inherits, and where it finds this package."""
    inherited = {
        name: value for name, value in os.environ.items() if name in INHERITED or name.startswith(INHERITED_PREFIXES)
    }
    source = str(Path(__file__).resolve().parents[2])
    path = [source, *filter(None, [inherited.get("PYTHONPATH")])]
    return {**inherited, "PYTHONPATH": os.pathsep.join(path)}


def _wait_until_ready(directory: Path, process: subprocess.Popen[bytes]) -> Running:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        running = files.read(directory)
        if running is not None and running.pid == process.pid and _answers(running):
            return running
        if process.poll() is not None:
            raise _not_ready(directory, f"the emulator ended at once with exit code {process.returncode}")
        time.sleep(0.05)
    raise _not_ready(directory, f"the emulator didn't answer within {READY_SECONDS:.0f} seconds")


def _not_ready(directory: Path, problem: str) -> EmulatorNotReady:
    lines = files.last_lines(directory)
    told = f"{problem}; the end of {directory / 'log'}:\n{lines}" if lines else problem
    return EmulatorNotReady(told, "run it again; if it fails again, read the log")


def _answers(running: Running) -> bool:
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import urlsplit

    try:
        address = urlsplit(running.endpoint)
        if address.hostname != "127.0.0.1":
            return False
        connection = HTTPConnection(address.hostname, address.port, timeout=ANSWER_SECONDS)
    except ValueError:  # a port that isn't one
        return False
    try:
        connection.request("GET", "/_stratopause/token")
        return connection.getresponse().read().decode("ascii", "replace") == running.token
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _end(pid: int) -> None:
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, signal_number)
        except ProcessLookupError:
            return
        if _gone(pid):
            return


def _gone(pid: int) -> bool:
    process = _started.get(pid)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if process is None:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
        elif process.poll() is not None:
            del _started[pid]
            return True
        time.sleep(0.02)
    return False
