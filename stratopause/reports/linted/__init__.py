"""What lint has found, for each of its readers: one module per format."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import NamedTuple, Protocol, cast

from stratopause.linting.findings import Finding, RuleFacts


class Linted(NamedTuple):
    """One environment, or one directory of templates; the files of findings are paths as a reader finds them."""

    environment: str
    name: str
    files: int
    findings: tuple[Finding, ...]
    rules: dict[str, RuleFacts]
    waived: tuple[str, ...]
    """The rules of the findings that somebody answers for."""


class Format(Protocol):
    def text(self, linted: Sequence[Linted]) -> str: ...


def report(form: str, linted: Sequence[Linted]) -> str:
    """What a reader of that format gets; ends with a newline unless it is empty."""
    module = cast("Format", importlib.import_module(f"{__name__}.as_{form}"))
    return module.text(linted)
