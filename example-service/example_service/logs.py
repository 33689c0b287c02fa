"""One JSON object per line on stdout, which ECS hands to CloudWatch Logs."""

from __future__ import annotations

import json
import sys
import time


def log(event: str, **fields: str | float | bool | None) -> None:
    """Write one line. Fields are ours, never a client's: a path, a query or a header may hold patient data."""
    line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **fields}
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()
