"""`watch`: following what runs already."""

from __future__ import annotations

from stratopause.commands.undertaking import Undertaking, refuse_nowhere
from stratopause.deployer.attaching import watch as follow_on
from stratopause.deployer.outcomes import Deployed
from stratopause.deployer.recording import recorded
from stratopause.reports.choose import open_report


def watch(undertaking: Undertaking, in_json: bool, minutes: float | None = None) -> int:
    """Follow the operation to its end, or for so many `minutes`.

    Raises:
        StackAbsent: there is nothing to look at.
        LostSight: the stack goes on, but isn't followed any more.
    """
    refuse_nowhere(undertaking)
    with open_report(in_json) as report:
        session = undertaking.session(report)
        with recorded(session):
            outcome = follow_on(session, None if minutes is None else minutes * 60)
        code = report.conclude(outcome)
        if isinstance(outcome, Deployed):
            report.outputs(outcome.outputs)
        return code
