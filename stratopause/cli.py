"""How a command ends: its exit code, and one clear line where it can't do what it was asked."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from stratopause.errors import StratopauseError
from stratopause.exit_codes import DONE, INTERNAL_ERROR, INTERRUPTED


def run(command: Callable[[], int], verbose: bool = False) -> int:
    """Run a command and return its exit code; `verbose` shows tracebacks."""
    try:
        code = command()
        sys.stdout.flush()
    except StratopauseError as error:
        return _explain(error, verbose)
    except KeyboardInterrupt:
        return _say(INTERRUPTED, "interrupted")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        if verbose:
            raise
        return _say(
            INTERNAL_ERROR,
            f"internal error: {type(error).__name__}: {error}",
            "run it again with --verbose and report it",
        )
    return code


def _explain(error: StratopauseError, verbose: bool) -> int:
    if verbose:
        import traceback

        traceback.print_exception(error)
    return _say(error.exit_code, f"error: {error.message}", error.next_step)


def _say(code: int, line: str, next_step: str | None = None) -> int:
    sys.stderr.write(f"{line}\n" + (f"  next: {next_step}\n" if next_step else ""))
    return code
