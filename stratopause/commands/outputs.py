"""`outputs`: what a stack gives, in the form that its consumer reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from stratopause.commands.undertaking import Undertaking, refuse_nowhere
from stratopause.deployer import collecting, formats
from stratopause.deployer.errors import CannotWrite
from stratopause.deployer.outputs import as_json
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import Output
from stratopause.deployer.templates import Template, address, parse
from stratopause.exit_codes import DONE
from stratopause.reports.console import ConsoleReport

Nested = Mapping[str, tuple[Output, ...]] | None


def outputs(undertaking: Undertaking, templates: Mapping[str, bytes], form: str, with_nested: bool) -> int:
    """Collect the outputs into their file, and give them in `form`: table, json, env, github or ssm.

    Raises:
        StackAbsent: there is nothing to read from.
        OutputsBroken: after all that, because they aren't what the root of `templates` declares.
    """
    refuse_nowhere(undertaking)
    with ConsoleReport() as report:
        session = undertaking.session(report)
        stack = collecting.find(session)
        nested = collecting.nested(session, stack.id) if with_nested else None
        collecting.write(session, stack.outputs)
        give(session, report, form, stack.outputs, nested)
        collecting.check(session, stack.outputs, root_of(templates))
        collecting.check(session, _with_their_stack(nested or {}))
    return DONE


def give(session: Session, report: ConsoleReport, form: str, found: tuple[Output, ...], nested: Nested) -> None:
    values = formats.flat(found, nested)
    match form:
        case "json":
            sys.stdout.write(as_json(found, nested))
        case "env":
            sys.stdout.write(formats.as_env(values))
        case "github":
            _to_github(formats.as_github(values))
        case "ssm":
            _to_parameters(session, values)
        case _:
            report.outputs(found, nested)


def root_of(templates: Mapping[str, bytes]) -> Template:
    root = address(templates, str)[-1]
    return parse(root.name, root.body)


def _with_their_stack(nested: Mapping[str, tuple[Output, ...]]) -> tuple[Output, ...]:
    """`Database/Endpoint`."""
    return tuple(
        replace(one, logical_id=f"{path}/{one.logical_id}") for path, theirs in nested.items() for one in theirs
    )


def _to_github(text: str) -> None:
    """To the workflow's file where there is one.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    """
    file = os.environ.get("GITHUB_OUTPUT")
    if not file:
        sys.stdout.write(text)
        return
    try:
        with Path(file).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise CannotWrite(f"can't write {file}: {error.strerror}", "check GITHUB_OUTPUT") from None


def _to_parameters(session: Session, values: Mapping[str, str]) -> None:
    """Each as a parameter of Systems Manager; the names of those that were written go to stdout."""
    session.check_caller()
    parameters = formats.as_ssm(values, session.target.stack)
    for name in session.means.services.parameters.put(parameters, session.target.tags):
        sys.stdout.write(f"{name}\n")
