"""Who reads along: chosen once, by what the command was asked and by the variables of where it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from stratopause.deployer.clock import SystemClock
from stratopause.deployer.events import Conversation, Event, Question
from stratopause.deployer.outcomes import Outcome
from stratopause.deployer.stacks import Output
from stratopause.reports.console import ConsoleReport

if TYPE_CHECKING:
    from stratopause.deployer.inspection import StatusReport
    from stratopause.reports.annotations import Commands


class Report(Conversation, Protocol):
    """A conversation that a command brings to its end."""

    def conclude(self, outcome: Outcome) -> int:
        """Say how it ended; return the exit code."""
        ...

    def outputs(self, outputs: Iterable[Output]) -> None: ...
    def status(self, report: StatusReport) -> None: ...
    def say(self, text: str, style: str = "") -> None: ...


class Reader(Protocol):
    """One who only listens."""

    def show(self, event: Event) -> None: ...
    def conclude(self, outcome: Outcome) -> None: ...
    def fail(self, error: BaseException) -> None:
        """The command ends by `error`."""
        ...


class Together:
    """A report at the console, with others who listen; tables for people are left out where stdout is data."""

    def __init__(self, console: ConsoleReport, readers: tuple[Reader, ...] = (), is_data: bool = False) -> None:
        self.console = console
        self.readers = readers
        self.is_data = is_data

    @property
    def can_ask(self) -> bool:
        return self.console.can_ask

    def agrees(self, question: Question) -> bool:
        return self.console.agrees(question)

    def types(self, name: str) -> bool:
        return self.console.types(name)

    def show(self, event: Event) -> None:
        self.console.show(event)
        for reader in self.readers:
            reader.show(event)

    def conclude(self, outcome: Outcome) -> int:
        for reader in self.readers:
            reader.conclude(outcome)
        return self.console.conclude(outcome)

    def outputs(self, outputs: Iterable[Output]) -> None:
        if not self.is_data:
            self.console.outputs(outputs)

    def status(self, report: StatusReport) -> None:
        if not self.is_data:
            self.console.status(report)

    def say(self, text: str, style: str = "") -> None:
        self.console.say(text, style)


@contextmanager
def open_report(json: bool = False, everything: bool = False, streams: bool = True) -> Iterator[Report]:
    """The report of one command, with whoever else reads along where it runs.

    With `json` stdout is data: one JSON object for each event, or, unless it `streams`, what the command itself writes.
    With `everything` a review shows each addition by itself, and what only may change.
    """
    commands = _workflow_commands() if _is_set("GITHUB_ACTIONS") else None
    readers = tuple(_readers(commands, json and streams))
    if commands is not None:
        commands.stop()
    try:
        with ConsoleReport() as console, _told_of_errors(readers):
            console.everything = everything
            yield Together(console, readers, is_data=json)
    finally:
        if commands is not None:
            commands.resume()


def _workflow_commands() -> Commands:
    from stratopause.reports.annotations import Commands

    return Commands(sys.stderr)


def _readers(commands: Commands | None, streams: bool) -> Iterator[Reader]:
    if streams:
        from stratopause.reports.jsonlines import JsonLines

        yield JsonLines(sys.stdout, SystemClock().time)
    if commands is not None:
        from stratopause.reports.github import GitHub

        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        yield GitHub(commands, Path(summary) if summary else None)


@contextmanager
def _told_of_errors(readers: tuple[Reader, ...]) -> Iterator[None]:
    """Tell what ends the command; whoever reads stdout being gone is nobody's business any more."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        for reader in readers:
            reader.fail(error)
        raise


def _is_set(variable: str) -> bool:
    return os.environ.get(variable, "").lower() not in {"", "0", "false"}
