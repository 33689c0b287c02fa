"""What has drifted, as a table with a row for each property, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rich.table import Table
from rich.text import Text

from stratopause.deployer.drift import DriftReport, hide
from stratopause.deployer.stacks import Path, PropertyDrift, ResourceDrift
from stratopause.reports.wording import clean, counted, place

LONGEST: Final = 80
"""Characters of a value that are shown; `--json` has it whole."""
MOST_TYPES: Final = 5
DELETED: Final = PropertyDrift("", "there", "deleted", "REMOVE")


def table(report: DriftReport) -> Table:
    shown = Table(box=None, pad_edge=False)
    for title in ("resource", "property", "expected", "actual"):
        shown.add_column(title, overflow="fold")
    for path, resource in report.all():
        where = f"{place(report.name, path, resource.logical_id)} ({clean(resource.type)})"
        for one in map(hide, resource.differences or (DELETED,)):
            expected, actual = (Text(_short(value)) for value in (one.expected, one.actual))
            shown.add_row(Text(where), Text(clean(one.path) or "-"), expected, actual)
    return shown


def notes(report: DriftReport, plan: str) -> Iterator[Text]:
    """What the table can't say; `plan` is the command that plans a change set."""
    for stack in report.stacks:
        if stack.problem:
            where = place(report.name, stack.path)
            yield Text(f"warning: {where} couldn't be looked at as a whole: {clean(stack.problem)}", "yellow")
    types = Counter(one.type for stack in report.stacks for one in stack.unchecked)
    if types:
        yield Text(f"CloudFormation can't compare {counted(types.total(), 'resource')}: {_most(types)}")
    drifted = sum(1 for _ in report.all())
    if drifted:
        yield Text(f"{counted(drifted, 'resource')} of {report.name} drifted", "bold red")
        yield from _ways_back(report, plan)
    elif report.is_whole:
        where = ", as far as CloudFormation can compare" if types else ""
        yield Text(f"{report.name} is as its templates say{where}", "bold green")
    else:
        yield Text(f"{report.name}: no drift found where it could be looked at", "bold yellow")


def _most(types: Counter[str]) -> str:
    """`AWS::EC2::Subnet (6), AWS::KMS::Key (4) and 3 more types, which --json names`."""
    named = sorted(types.items(), key=lambda one: (-one[1], one[0]))
    told = ", ".join(f"{clean(kind)} ({count})" for kind, count in named[:MOST_TYPES])
    more = len(named) - MOST_TYPES
    return f"{told} and {counted(more, 'more type')}, which --json names" if more > 0 else told


def _ways_back(report: DriftReport, plan: str) -> Iterator[Text]:
    """Not everything comes back by a change set.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
    """
    yield Text(f"  next: {plan} --revert-drift")
    yield Text("  what that plan doesn't list, AWS manages itself or can't revert; by hand:")
    for path, resource in report.all():
        for difference in map(hide, resource.differences or (DELETED,)):
            yield Text(f"    {_by_hand(path, resource, difference)}")


def _by_hand(path: Path, resource: ResourceDrift, difference: PropertyDrift) -> str:
    what = place("", path, resource.logical_id).lstrip("/")
    if resource.status == "DELETED":
        return f"take {what} out of its template, deploy, then put it back and deploy again"
    what = f"{clean(difference.path)} of {what} ({clean(resource.physical_id)})"
    if difference.kind == "ADD":
        return f"remove {what}"
    return f"set {what} to {_short(difference.expected)}"


def _short(value: str) -> str:
    text = clean(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
