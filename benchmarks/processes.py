"""Whole processes, timed from their start to their end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import BinaryIO

# Without its compiled files the interpreter would be measured compiling, time and again.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Command:
    """What a user types, and where; `allowed` are the exit codes that mean that it did its work."""

    arguments: Sequence[str | Path]
    directory: Path
    allowed: frozenset[int] = frozenset({0})


@dataclass(frozen=True)
class Measurement:
    """One run: seconds by the clock, and the peak of its memory in MiB."""

    seconds: float
    mebibytes: float


class BenchmarkError(Exception):
    """A command that failed; its time would say nothing."""


def run(command: Command) -> Measurement:
    """Run once and wait for it; raises `BenchmarkError` with what it wrote."""
    (measurement,) = together([command])
    return measurement


def together(commands: Sequence[Command]) -> list[Measurement]:
    """Run all at the same time; each is measured from the common start to its own end."""
    with tempfile.TemporaryFile() as written:
        start = time.perf_counter()
        processes = {_start(command, written): command for command in commands}
        ended: dict[int, Measurement] = {}
        for _ in commands:
            pid, status, usage = os.wait3(0)
            ended[pid] = Measurement(time.perf_counter() - start, _mebibytes(usage.ru_maxrss))
            command = processes[pid]
            code = os.waitstatus_to_exitcode(status)
            if code not in command.allowed:
                written.seek(0)
                told = written.read().decode(errors="replace").strip()
                raise BenchmarkError(f"{' '.join(map(str, command.arguments))} exited with {code}\n{told}")
        return [ended[pid] for pid in processes]


def medians(commands: Mapping[str, Command], runs: int) -> dict[str, float]:
    """Median seconds by name. The runs are interleaved, so that a busy moment falls on all alike."""
    for command in commands.values():
        run(command)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(runs):
        _progress(f"run {number + 1} of {runs}: {', '.join(commands)}")
        for name, command in commands.items():
            seconds[name].append(run(command).seconds)
    _progress("")
    return {name: median(times) for name, times in seconds.items()}


def _start(command: Command, written: BinaryIO) -> int:
    process = subprocess.Popen(
        list(map(str, command.arguments)),
        cwd=command.directory,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=written,
        stderr=written,
    )
    # Waited for by its id, with its memory, which Popen doesn't tell.
    process.returncode = 0
    return process.pid


def _mebibytes(maximum: int) -> float:
    # getrusage(2): kilobytes on Linux, bytes on macOS.
    return maximum / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()
