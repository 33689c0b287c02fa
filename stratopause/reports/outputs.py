"""Outputs as rows of a table, without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stratopause.deployer.outputs import name_of
from stratopause.deployer.secrecy import masked
from stratopause.deployer.stacks import Output
from stratopause.reports.wording import clean

Row = tuple[str, str, str]


def output_rows(outputs: Iterable[Output], nested: Mapping[str, Iterable[Output]]) -> list[Row]:
    """Name, value and description, sorted by name; those of nested stacks (`Database/endpoint`) after the root's."""
    rows = sorted(_row(one) for one in outputs)
    for path, theirs in sorted(nested.items()):
        rows += sorted(_row(one, f"{path}/") for one in theirs)
    return rows


def _row(output: Output, before: str = "") -> Row:
    name = clean(before + name_of(output.logical_id))
    return name, clean(masked(output.logical_id, output.value)), clean(output.description)
