"""`drift`: what differs from the templates, for a person or for a job that watches."""

from __future__ import annotations

import json
import sys

from stratopause.commands.undertaking import Undertaking, refuse_nowhere
from stratopause.deployer.drift import DriftReport, detect
from stratopause.exit_codes import CHANGES, DONE, ERROR
from stratopause.reports.console import ConsoleReport
from stratopause.reports.drift import notes, table


def drift(undertaking: Undertaking, in_json: bool, detailed: bool) -> int:
    """Look at every stack; `detailed` tells by the exit code what was found.

    Raises:
        StackAbsent: there is nothing to look at.
    """
    refuse_nowhere(undertaking)
    with ConsoleReport() as report:
        session = undertaking.session(report)
        found = detect(session)
        if in_json:
            sys.stdout.write(json.dumps(found.as_data(), indent=2) + "\n")
        elif found.has_drifted:
            report.out.print(table(found))
        for note in notes(found, session.target.command("plan")):
            report.err.print(note, soft_wrap=True)
        return exit_code(found) if detailed else DONE


def exit_code(found: DriftReport) -> int:
    """In sync is only what could be looked at as a whole."""
    if found.has_drifted:
        return CHANGES
    return DONE if found.is_whole else ERROR
