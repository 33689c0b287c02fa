"""`doctor`: what would fail in a deployment, before there is one."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping

from stratopause import exit_codes
from stratopause.commands.facts import facts
from stratopause.commands.undertaking import Undertaking, refuse_examples
from stratopause.deployer.preflight.examine import Choice, examine
from stratopause.deployer.preflight.findings import Finding, State
from stratopause.reports.console import ConsoleReport
from stratopause.reports.preflight import lines, summary


def doctor(undertaking: Undertaking, templates: Mapping[str, bytes], only: Collection[str], in_json: bool) -> int:
    """Print what the checks find; nothing is changed.

    Returns:
        0, or PREFLIGHT_FAILED where one failed.

    Raises:
        ExamplesLeft, WrongTarget, NoCredentials: before anything is looked at.
        UnknownCheck: `only` names a check that there isn't.
    """
    refuse_examples(undertaking.environment)
    with ConsoleReport() as report:
        session = undertaking.session(report)
        session.check_caller()
        report.say(f"looking at account {session.target.account} in {session.target.region}")
        services = session.means.services
        found = examine(services, session.target, templates, facts(undertaking.environment), Choice(only=only))
        if in_json:
            sys.stdout.write(json.dumps([one.as_data() for one in found], indent=2) + "\n")
        else:
            for line in lines(session.target.stack, found):
                report.out.print(line, soft_wrap=True)
        return _concluded(report, found)


def _concluded(report: ConsoleReport, found: Collection[Finding]) -> int:
    has_failed = any(one.state is State.FAILED for one in found)
    report.say(summary(found), "bold red" if has_failed else "bold green")
    return exit_codes.PREFLIGHT_FAILED if has_failed else exit_codes.DONE
