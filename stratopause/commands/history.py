"""`history`: what was done to a stack, when, by whom, and how it ended."""

from __future__ import annotations

import json
import sys

from stratopause.commands.undertaking import Undertaking, refuse_nowhere
from stratopause.deployer.records.recalling import recall
from stratopause.exit_codes import DONE, ERROR
from stratopause.reports.console import ConsoleReport
from stratopause.reports.history import note, table


def history(undertaking: Undertaking, in_json: bool, verify: bool) -> int:
    """Print the runs, the newest first.

    Returns:
        ERROR where the records aren't whole.

    Raises:
        DeploymentError: there is nothing to look at, or it can't be verified.
    """
    refuse_nowhere(undertaking)
    with ConsoleReport() as report:
        found = recall(undertaking.session(report), verify)
        if in_json:
            sys.stdout.write(json.dumps(found.as_data(), indent=2) + "\n")
        elif found.runs:
            report.out.print(table(found))
        report.say(note(found), "bold red" if found.is_broken else "")
        return ERROR if found.is_broken else DONE
