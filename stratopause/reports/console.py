"""A deployment as a person at a terminal reads it: progress and questions on stderr, data on stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Final, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from stratopause.deployer.clock import SystemClock
from stratopause.deployer.events import (
    Attached,
    Deleting,
    DestructionReady,
    Ended,
    Event,
    Examined,
    Executing,
    Happened,
    Question,
    ReviewReady,
    RollingBack,
    StillAtWork,
)
from stratopause.deployer.outcomes import Outcome
from stratopause.deployer.stacks import Output
from stratopause.reports.outputs import output_rows
from stratopause.reports.sentences import sentence
from stratopause.reports.wording import clean, failure, place, question

if TYPE_CHECKING:
    from stratopause.deployer.inspection import StatusReport
    from stratopause.reports.progress import Board

WIDE: Final = 10_000
"""What isn't a terminal gets its data on one line each, for `grep` and `awk`."""

IN_A_LOG: Final = 160
"""The width of a review where there is no terminal."""


class ConsoleReport(AbstractContextManager["ConsoleReport"]):
    """`events.Conversation` with whoever sits there. Nothing that comes from AWS is read as markup or control."""

    everything = False
    """Reviews show each addition by itself, and what only may change."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None, answers: TextIO | None = None) -> None:
        self.out = Console(file=out or sys.stdout, highlight=False, markup=False, emoji=False)
        if not self.out.is_terminal:
            self.out.width = WIDE
        self.err = Console(file=err or sys.stderr, highlight=False, markup=False, emoji=False)
        self.answers = answers or sys.stdin
        self._board: Board | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def board(self) -> Board:
        if self._board is None:
            # Loaded here: where nothing changes, no progress is shown.
            from stratopause.reports.progress import Board

            self._board = Board(self.err, SystemClock().time, None if not os.environ.get("CI") else False)
        return self._board

    def _end(self) -> None:
        if self._board is not None:
            self._board.end()

    @property
    def can_ask(self) -> bool:
        return self.answers.isatty() and self.err.file.isatty()

    def agrees(self, asked: Question) -> bool:
        return self._answer(f"{question(asked)} [y/N]").lower() in {"y", "yes"}

    def types(self, name: str) -> bool:
        return self._answer(f"Type {name} to destroy it:") == name

    def show(self, event: Event) -> None:
        match event:
            case Happened():
                self.board.take(event)
            case ReviewReady():
                from stratopause.reports.review import review

                self._lines(review(event, self.err.width if self.err.is_terminal else IN_A_LOG, self.everything))
            case Examined():
                from stratopause.reports.preflight import notable

                self._lines(notable(event.stack, event.findings))
            case DestructionReady():
                from stratopause.reports.review import destruction

                self._lines(destruction(event))
            case _:
                if isinstance(event, Ended):
                    self.board.conclude()
                if not (isinstance(event, StillAtWork) and self.board.is_live):
                    self.say(sentence(event), "bold red" if isinstance(event, RollingBack) else "")
                if isinstance(event, Executing | Deleting | Attached):
                    self.board.begin(event.stack, getattr(event, "review", None))

    def conclude(self, outcome: Outcome) -> int:
        """Say how it ended; return the exit code."""
        self._end()
        self.say(sentence(outcome), "bold green" if outcome.exit_code == 0 else "bold red")
        return outcome.exit_code

    def outputs(self, outputs: Iterable[Output], nested: Mapping[str, Iterable[Output]] | None = None) -> None:
        """A table; a value is never broken, so that it can be copied, and a narrow terminal shows no descriptions.

        `nested` are the Outputs of nested stacks by their path.
        """
        rows = [("output", "value", "what for"), *output_rows(outputs, nested or {})]
        widths = [max(cell_len(row[column]) for row in rows) for column in range(3)]
        columns = 3 if sum(widths) + 4 <= self.out.width else 2
        for row in rows:
            cells = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
            style = "bold" if row is rows[0] else ""
            self.out.print(Text("  ".join(cells[:columns]).rstrip(), style=style), soft_wrap=True)

    def status(self, report: StatusReport) -> None:
        if report.stack is None:
            self.out.print(Text(f"{report.name} doesn't exist"))
            return
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for title in ("stack", "status", "since"):
            table.add_column(title, overflow="fold")
        rows = [(report.name, str(report.stack.status), report.stack.since)]
        rows += [(place(report.name, nested.path), str(nested.status), nested.since) for nested in report.nested]
        for name, status, since in rows:
            table.add_row(Text(clean(name)), Text(clean(status)), Text(f"{since:%Y-%m-%d %H:%M:%S %Z}"))
        self.out.print(table)
        if report.failure is not None:
            self.out.print(Text(f"last failure: {failure(report.failure)}"), soft_wrap=True)

    def say(self, text: str, style: str = "") -> None:
        self.err.print(Text(text, style=style), soft_wrap=True)

    def _lines(self, lines: Iterable[Text]) -> None:
        for line in lines:
            self.err.print(line, soft_wrap=True)

    def _answer(self, prompt: str) -> str:
        self.err.print(Text(clean(prompt), style="bold"), end=" ", soft_wrap=True)
        try:
            return self.answers.readline().strip()
        except KeyboardInterrupt:
            self.err.print()
            raise
