"""What the checks before a deployment found, worst first."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rich.text import Text

from stratopause.deployer.preflight.findings import Finding, State
from stratopause.reports.wording import clean, counted, place

STYLES = {
    State.FAILED: "bold red",
    State.WARNING: "bold yellow",
    State.UNANSWERED: "bold blue",
    State.PASSED: "bold green",
}


def lines(root: str, findings: Collection[Finding]) -> Iterator[Text]:
    """A heading for each state, and below it a line for each finding and one for what to do about it.

    What passed takes one line in all, with the checks that have nothing else to tell.
    """
    for state in State:
        found = [one for one in findings if one.state is state]
        if not found:
            continue
        yield Text(f"{state} ({len(found)})", style=STYLES[state])
        if state is State.PASSED:
            yield Text(f"  {', '.join(dict.fromkeys(clean(one.check) for one in found))}")
        elif state is State.UNANSWERED:
            yield from _together(found)
        else:
            for one in found:
                yield from _finding(root, one)


def notable(root: str, findings: Collection[Finding]) -> Iterator[Text]:
    """One line, and below it only what somebody must look at: what failed, and warnings."""
    yield Text(f"checked before the deployment: {summary(findings)}")
    for one in findings:
        if one.state in {State.FAILED, State.WARNING}:
            yield from _finding(root, one)


def summary(findings: Collection[Finding]) -> str:
    """`2 failed, 1 warning, 3 unanswered, 30 passed`."""
    numbers = {state: sum(one.state is state for one in findings) for state in State}
    warnings = counted(numbers[State.WARNING], "warning")
    return (
        f"{numbers[State.FAILED]} failed, {warnings}, "
        f"{numbers[State.UNANSWERED]} unanswered, {numbers[State.PASSED]} passed"
    )


def _finding(root: str, one: Finding) -> Iterator[Text]:
    where = f" {place(root, one.place)}" if one.place else ""
    yield Text.assemble("  ", (clean(one.check), "bold"), f"{where}: {clean(one.message)}")
    if one.next_step:
        yield Text(f"    next: {clean(one.next_step)}", style="dim")


def _together(found: Collection[Finding]) -> Iterator[Text]:
    """Checks that go unanswered for one reason share its line."""
    for reason, step in dict.fromkeys((one.message, one.next_step) for one in found):
        checks = dict.fromkeys(one.check for one in found if (one.message, one.next_step) == (reason, step))
        yield Text.assemble("  ", (clean(", ".join(checks)), "bold"), f": {clean(reason)}")
        if step:
            yield Text(f"    next: {clean(step)}", style="dim")
