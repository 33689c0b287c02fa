"""The emulator's own process: `python -m stratopause.emulator --directory .emulator --region eu-central-1`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from stratopause.emulator.errors import EmulatorError
from stratopause.emulator.server import serve


def main() -> int:
    """Serves until it is told to end."""
    parser = argparse.ArgumentParser(prog="python -m stratopause.emulator")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--region", required=True)
    arguments = parser.parse_args()
    try:
        serve(arguments.directory, arguments.region)
    except EmulatorError as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
