"""A run in GitHub Actions: annotations on the run, and a summary on its page."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stratopause.deployer.changes import Review
from stratopause.deployer.diagnosis import Diagnosis, diagnosed
from stratopause.deployer.events import Event, Executing, Happened, ReviewReady, RollingBack
from stratopause.deployer.outcomes import Outcome
from stratopause.deployer.stacks import Output
from stratopause.errors import StratopauseError
from stratopause.reports.annotations import LONGEST, Commands
from stratopause.reports.outputs import output_rows
from stratopause.reports.sentences import sentence
from stratopause.reports.timeline import chart
from stratopause.reports.wording import clean, cut, failure, place

WIDTH: Final = 110
PLAIN: Final = frozenset(" .,/-")


class GitHub:
    """`choose.Reader` for whoever looks at a workflow run; without a `summary` file there are annotations only."""

    def __init__(self, commands: Commands, summary: Path | None) -> None:
        self.commands = commands
        self.summary = summary
        self.happened: list[Happened] = []
        self.review: Review | None = None

    def show(self, event: Event) -> None:
        match event:
            case Happened():
                self.happened.append(event)
            case ReviewReady():
                self.review = event.review
            case Executing():
                self.review, self.happened = event.review, []
            case RollingBack():
                told = diagnosed(event.cause, event.evidence)
                self.commands.annotate("warning", f"{event.stack} is being rolled back", _in_full(told))

    def conclude(self, outcome: Outcome) -> None:
        diagnosis: Diagnosis | None = getattr(outcome, "diagnosis", None)
        first = sentence(outcome).splitlines()[0]
        if outcome.exit_code:
            self.commands.annotate("error", first, _in_full(diagnosis) or sentence(outcome))
        self._summarise(first, diagnosis, getattr(outcome, "outputs", ()))

    def fail(self, error: BaseException) -> None:
        told = error.message if isinstance(error, StratopauseError) else f"{type(error).__name__}: {error}"
        next_step = error.next_step if isinstance(error, StratopauseError) else None
        message = told + (f"\nnext: {next_step}" if next_step else "")
        self.commands.annotate("error", "the deployment can't go on", message)
        self._summarise(cut(told, LONGEST), None, ())

    def _summarise(self, headline: str, diagnosis: Diagnosis | None, outputs: tuple[Output, ...]) -> None:
        """One that can't be written is missing; that changes nothing of how the command ends."""
        if self.summary is None:
            return
        text = "\n".join(self._markdown(headline, diagnosis, outputs)) + "\n"
        try:
            with self.summary.open("a", encoding="utf-8", errors="replace") as file:
                file.write(text)
        except OSError as error:
            self.commands.annotate("warning", "no step summary", f"it can't be written: {error.strerror}")

    def _markdown(self, headline: str, diagnosis: Diagnosis | None, outputs: tuple[Output, ...]) -> Iterator[str]:
        yield f"### {literal(headline)}\n"
        if self.review is not None:
            yield f"{_counts(self.review)}\n"
        if diagnosis is not None:
            yield from _explained(diagnosis)
        lines = list(chart(self.happened, WIDTH))
        if lines:
            yield f"<pre>\n{html.escape(chr(10).join(lines))}\n</pre>\n"
        if outputs:
            yield "| output | value |\n| --- | --- |"
            for name, value, _ in output_rows(outputs, {}):
                yield f"| {literal(name)} | {literal(cut(value, LONGEST))} |"


def literal(text: str) -> str:
    """`text` as Markdown that shows it and does nothing else: marks, markup and links are written as numbers."""
    return "".join(one if one.isalnum() or one in PLAIN else f"&#{ord(one)};" for one in clean(text))


def _explained(diagnosis: Diagnosis) -> Iterator[str]:
    event = diagnosis.cause.event
    where = place(diagnosis.cause.root, diagnosis.cause.path, event.logical_id)
    yield f"**{literal(where)}** ({literal(event.type)}): {literal(cut(event.reason, LONGEST))}\n"
    yield f"That is: {literal(diagnosis.plain)}.\n"
    for line in diagnosis.evidence:
        yield f"- {literal(cut(line, LONGEST))}"
    yield f"\nNext: {literal(diagnosis.next_step)}\n"


def _in_full(diagnosis: Diagnosis | None) -> str:
    if diagnosis is None:
        return ""
    lines = (failure(diagnosis.cause), f"that is: {diagnosis.plain}", *map(cut, diagnosis.evidence))
    return "\n".join((*lines, f"next: {diagnosis.next_step}"))


def _counts(review: Review) -> str:
    kinds = Counter(str(change.kind) for _, change in review.all() if not change.is_nested_stack)
    return ", ".join(f"{count} to {kind}" for kind, count in sorted(kinds.items())) or "No resource changes."
