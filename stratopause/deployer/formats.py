"""Outputs as their consumers read them: a shell, a GitHub workflow, Systems Manager. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from stratopause.deployer.outputs import collect, name_of, public
from stratopause.deployer.stacks import Output

JOINT: Final = "__"
"""Between the stack's name and the Output's: no logical id comes to two underscores by itself."""


def flat(outputs: Iterable[Output], nested: Mapping[str, Iterable[Output]] | None = None) -> dict[str, str]:
    """Values by name, without secrets; those of the nested stack `Database` as `database__endpoint`.

    Raises:
        InvalidOutputs: two Outputs have one name.
    """
    values = collect(public(outputs))
    for path, theirs in sorted((nested or {}).items()):
        stack = JOINT.join(map(name_of, path.split("/")))
        values |= {f"{stack}{JOINT}{name}": value for name, value in collect(public(theirs)).items()}
    return values


def as_env(values: Mapping[str, str]) -> str:
    """`DB_ENDPOINT='...'` on lines that a POSIX shell reads: between single quotes it expands nothing."""
    return "".join(f"{_variable(name)}={_quoted(value)}\n" for name, value in values.items())


def as_github(values: Mapping[str, str]) -> str:
    """`name=value`, or a block with a delimiter that the value doesn't contain, so that it can add no line of its own.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
    """
    return "".join(_github(name, value) for name, value in values.items())


def as_ssm(values: Mapping[str, str], stack: str) -> dict[str, str]:
    """Values by the name of their parameter, `/clinic-dev/outputs/db_endpoint`; a parameter can't be empty."""
    return {f"/{stack}/outputs/{name.replace(JOINT, '/')}": value for name, value in values.items() if value}


def _variable(name: str) -> str:
    upper = name.upper()
    return f"_{upper}" if upper[:1].isdigit() else upper


def _quoted(value: str) -> str:
    quote = "'\"'\"'"
    return f"'{value.replace(chr(39), quote)}'"


def _github(name: str, value: str) -> str:
    if "\n" not in value and "\r" not in value:
        return f"{name}={value}\n"
    delimiter = "END"
    while delimiter in value:
        delimiter += "_"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"
