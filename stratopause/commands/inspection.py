"""The commands that look and change nothing."""

from __future__ import annotations

import json
import sys

from stratopause.commands.undertaking import Undertaking, refuse_nowhere
from stratopause.deployer.deployment import collect
from stratopause.deployer.inspection import StatusReport
from stratopause.deployer.inspection import status as look_at
from stratopause.deployer.outputs import as_json
from stratopause.reports.console import ConsoleReport


def outputs(undertaking: Undertaking, in_json: bool) -> int:
    refuse_nowhere(undertaking)
    with ConsoleReport() as report:
        stack = collect(undertaking.session(report))
        if in_json:
            sys.stdout.write(as_json(stack.outputs))
        else:
            report.outputs(stack.outputs)
        return 0


def status(undertaking: Undertaking, in_json: bool) -> int:
    with ConsoleReport() as report:
        if undertaking.is_nowhere:
            found = StatusReport(undertaking.environment.prefix, None)
        else:
            found = look_at(undertaking.session(report))
        if in_json:
            sys.stdout.write(json.dumps(found.as_data(), indent=2) + "\n")
        else:
            report.status(found)
        return 0
