"""An emulator that is at rest whenever it answers: `python -m benchmarks.instant DIRECTORY`.

A deployer that looks every 30 seconds would otherwise be measured waiting. Here CloudFormation doesn't pause between
resources, and a request waits until no stack is at work; the time until then is CloudFormation's own.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from stratopause.emulator import application, server


def main() -> None:
    """Serves until it is told to end."""
    corrected = application.corrected
    application.corrected = lambda: patient(corrected())
    server.serve(Path(sys.argv[1]), "us-east-1")


def patient(app: server.Application) -> server.Application:
    """The application, for requests that can wait."""
    from ministack.services import cloudformation

    from stratopause.emulator.cloudformation import operations

    operations.PACE_SECONDS = 0

    def is_busy() -> bool:
        stacks: list[dict[str, Any]] = list(cloudformation._stacks._data.values())  # noqa: SLF001
        statuses = [stack["StackStatus"] for stack in stacks]
        return any(status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS" for status in statuses)

    async def answer(scope: server.Message, receive: server.Receive, send: server.Send) -> None:
        while scope["type"] == "http" and is_busy():  # noqa: ASYNC110 ministack tells nobody
            await asyncio.sleep(0.001)
        await app(scope, receive, send)

    return answer


if __name__ == "__main__":
    main()
