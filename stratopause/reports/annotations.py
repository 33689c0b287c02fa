"""Workflow commands, which a runner of GitHub Actions obeys where they stand in a log.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final, TextIO

LONGEST: Final = 2000
"""So many characters of a text that comes from outside; GitHub takes 64 KiB of an annotation, 1 MiB of a summary."""


class Commands:
    """Writes workflow commands; between them a runner obeys nothing that stands in the log, wherever it comes from."""

    def __init__(self, err: TextIO, token: Callable[[], str] = secrets.token_hex) -> None:
        self.err = err
        self.token = token
        self._stopped = ""

    def stop(self) -> None:
        self._stopped = self.token()
        self._write(f"::stop-commands::{self._stopped}")

    def resume(self) -> None:
        if self._stopped:
            self._write(f"::{self._stopped}::")
        self._stopped = ""

    def annotate(self, level: str, title: str, message: str) -> None:
        """`level` is error, warning or notice."""
        self.resume()
        self._write(annotation(level, title, message))
        self.stop()

    def _write(self, line: str) -> None:
        self.err.write(line + "\n")
        self.err.flush()


def annotation(level: str, title: str, message: str, file: str = "", line: int = 0, column: int = 0) -> str:
    """A line that annotates a run or, with a `file`, a place in it; `level` is error, warning or notice."""
    text = "\n".join(" ".join(map(_visible, part.split())) for part in message[:LONGEST].split("\n"))
    place = f"file={_property(_visible(file))},line={line},col={column}," if file else ""
    return f"::{level} {place}title={_property(_visible(title[:LONGEST]))}::{_data(text)}"


def _visible(text: str) -> str:
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def _data(text: str) -> str:
    """https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts"""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
