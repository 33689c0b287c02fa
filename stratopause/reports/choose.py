"""Who reads along: chosen once, by what the command was asked and by the variables of where it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from stratopause.deployer.events import Conversation, Event, Question
from stratopause.deployer.inspection import StatusReport
from stratopause.deployer.outcomes import Outcome
from stratopause.deployer.stacks import Output
from stratopause.reports.console import ConsoleReport


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
def open_report(json: bool = False, everything: bool = False) -> Iterator[Report]:
    """The report of one command; with `json` stdout has one JSON object per line and nothing else.

    With `everything` a review shows each addition by itself, and what only may change.
    """
    with ConsoleReport() as console:
        console.everything = everything
        yield Together(console, is_data=json)
