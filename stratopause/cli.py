"""How a command begins and ends: its words, its exit code, and one clear line where it can't do what it was asked."""

from __future__ import annotations

import argparse
import atexit
import errno
import gc
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from stratopause.errors import StratopauseError
from stratopause.exit_codes import DONE, ERROR, INTERNAL_ERROR, INTERRUPTED

# argparse looks for a translation of each of its words, file by file, and there are none.
argparse._ = str  # type: ignore[attr-defined]


FINDING_FORMATS = ("text", "json", "sarif", "junit", "github", "controls")
"""Of what lint finds: a module of `reports.linted` for each."""


class Parser(argparse.ArgumentParser):
    """argparse's, but for where it learns how wide the terminal is.

    It asks for each argument, and asks `shutil`, which loads three libraries of compression with itself.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_formatter, **options)


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.HelpFormatter(prog, width=_columns() - 2)


def _columns() -> int:
    try:
        return int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size().columns or 80
    except (ValueError, OSError):
        return 80


def shortest(path: str) -> str:
    """From the working directory, unless somebody has deleted that, which `run` complains about."""
    try:
        return os.path.relpath(path)
    except FileNotFoundError:
        return path


def describe_findings(parser: argparse.ArgumentParser) -> None:
    """What every command takes that lints."""
    parser.add_argument("--format", choices=FINDING_FORMATS, default="text", help="of the findings (text)")
    parser.add_argument("--output", metavar="FILE", help="write findings there")
    parser.add_argument("--explain", metavar="RULE", help="say what a rule means, and do nothing else")


def run(command: Callable[[], int], verbose: bool = False) -> int:
    """Run a command and return its exit code; `verbose` shows tracebacks."""
    try:
        os.getcwd()  # noqa: PTH109 - pathlib is what a quick command does without
    except FileNotFoundError:
        return _say(ERROR, "error: the working directory was deleted", "change to one that is there")
    try:
        code = command()
        _flush()
    except StratopauseError as error:
        return _explain(error, verbose)
    except KeyboardInterrupt:
        return _say(INTERRUPTED, "interrupted")
    except OSError as error:
        return _unwritten(error, verbose)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told in one line
        return _fail(error, verbose)
    return code


def _unwritten(error: OSError, verbose: bool) -> int:
    """Whoever read has left, or where it writes to is full; nothing more can be written there."""
    if error.errno not in {errno.EPIPE, errno.ENOSPC}:
        return _fail(error, verbose)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        return DONE
    return _say(ERROR, "error: there is no space left where it writes to", "make room, or write elsewhere")


def _fail(error: Exception, verbose: bool) -> int:
    if verbose:
        raise error
    told = f"internal error: {type(error).__name__}: {error}"
    return _say(INTERNAL_ERROR, told, "run it again with --verbose and report it")


def leave(main: Callable[[], int]) -> NoReturn:
    """Run `main` and end the process with its exit code, without taking the interpreter down.

    Freeing each object by itself is a tenth of a render; the system takes all of them at once. What is
    registered for the end runs nevertheless. A process with threads, under a profiler, or with text that
    can't be written ends as usual. What ends jobs and containers, or closes a terminal, ends it as Ctrl-C does.
    """
    _take_for_ctrl_c("SIGTERM", "SIGHUP")
    # A stream that was closed before the start is None, and would be an error wherever something is written.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    # Loading libraries makes much and leaves no garbage: at the usual 700 a fifth of the time goes into looking for it.
    gc.set_threshold(100_000)
    try:
        code = main()
    except SystemExit as end:  # argparse's, after the help or for a wrong command line
        code = int(end.code or DONE)
    except KeyboardInterrupt:  # while the command line is read
        code = _say(INTERRUPTED, "interrupted")
    if "threading" in sys.modules or sys.getprofile():
        sys.exit(code)
    atexit._run_exitfuncs()  # noqa: SLF001 - as multiprocessing does where it ends a process
    try:
        _flush()
    except OSError:
        sys.exit(code)
    os._exit(code)


def _take_for_ctrl_c(*names: str) -> None:
    """Unless somebody has them ignored; Windows doesn't know all of them."""
    for name in names:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _flush() -> None:
    # A stream that was closed before the start is None.
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()


def _explain(error: StratopauseError, verbose: bool) -> int:
    if verbose:
        import traceback

        traceback.print_exception(error)
    return _say(error.exit_code, f"error: {error.message}", error.next_step)


def _say(code: int, line: str, next_step: str | None = None) -> int:
    sys.stderr.write(f"{_visible(line)}\n" + (f"  next: {_visible(next_step)}\n" if next_step else ""))
    return code


def _visible(text: str) -> str:
    """With what a terminal would obey made visible; no line of it begins as a command to a runner of workflows does."""
    shown = "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text)
    return "\n".join(f"| {line}" if line.lstrip().startswith("::") else line for line in shown.split("\n"))
