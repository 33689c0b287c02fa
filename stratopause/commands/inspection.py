"""`status`: how a stack is, for a person or as JSON."""

from __future__ import annotations

import json
import sys

from stratopause.commands.undertaking import Undertaking
from stratopause.deployer.inspection import StatusReport
from stratopause.deployer.inspection import status as look_at
from stratopause.reports.console import ConsoleReport


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
