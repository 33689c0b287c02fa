"""`python -m example_service`: serve until told to stop."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial

import boto3

from example_service import dependencies, settings
from example_service.logs import log
from example_service.readiness import Readiness
from example_service.server import Server


def main() -> int:
    """Serve; the exit code is 0 after SIGTERM, with which ECS stops a task, and 2 for wrong settings."""
    try:
        given = settings.read(os.environ)
    except settings.SettingsError as error:
        log("wrong settings", error=str(error))
        return 2
    session = boto3.Session()
    readiness = Readiness(
        {
            "database": partial(dependencies.ask_database, session, given),
            "cache": partial(dependencies.ask_cache, session, given),
        }
    )
    # A container's network is its own, and its security group lets in only the load balancer.
    with Server(("0.0.0.0", given.port), readiness) as server:  # noqa: S104
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        log("serving", port=given.port)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            log("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
