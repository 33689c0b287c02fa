"""What was done to a stack, as a table with a row for each run."""

from __future__ import annotations

from typing import Final

from rich.table import Table
from rich.text import Text

from stratopause.deployer.records.recalling import History
from stratopause.deployer.records.runs import Run
from stratopause.reports.wording import clean, counted, duration

TITLES: Final = ("when", "command", "who", "outcome", "took", "plan")
SHORT: Final = 12
"""Digits of a digest; `--json` has it whole."""


def table(history: History) -> Table:
    shown = Table(box=None, pad_edge=False)
    for title in TITLES:
        shown.add_column(title, overflow="fold")
    for run in history.runs:
        shown.add_row(*(Text(clean(cell) or "-") for cell in _cells(run)))
    return shown


def note(history: History) -> str:
    """How many records there are, and whether they are whole if somebody asked; of what is wrong, the first."""
    stack, findings = history.stack, history.findings
    if findings:
        more = f" (and {len(findings) - 1} more, see --json)" if len(findings) > 1 else ""
        where = f"record {findings[0].number} of {stack}" if findings[0].number else f"records of {stack}"
        next_step = (
            f"compare it with the older versions of records/{stack}/ in the bucket, and with other machines' copies"
        )
        return f"{where}: {clean(findings[0].problem)}{more}\n  next: {next_step}"
    if not history.records:
        return f"no records of {stack}"
    whole = "" if findings is None else ": each follows from the one before"
    return f"{counted(history.records, 'record')} of {stack}{whole}"


def _cells(run: Run) -> tuple[str, ...]:
    who = _short(run.who) or ("in the console, not known yet" if run.approval == "console" else "")
    took = "" if run.seconds is None else duration(run.seconds)
    outcome = f"{run.outcome} ({run.status})" if run.status else run.outcome
    return f"{run.when:%Y-%m-%d %H:%M:%S %Z}", run.command, who, outcome, took, run.plan_digest[:SHORT]


def _short(arn: str) -> str:
    """`assumed-role/deployer/me` of `arn:aws:sts::111122223333:assumed-role/deployer/me`."""
    return arn.split(":", 5)[5] if arn.count(":") >= 5 else arn
