"""What AWS refuses of a request's parameters and capabilities, and ministack lets pass.

ministack ignores a parameter that the template doesn't declare, names only the first that has no value,
and checks capabilities only with its authorization switched on.
"""

from __future__ import annotations

from typing import Any

from stratopause.emulator.cloudformation.corrections import Function, corrects


@corrects("_resolve_parameters")
def resolve_parameters(
    original: Function, template: dict[str, Any], provided: list[dict[str, Any]], previous: Any = None
) -> dict[str, Any]:
    """The values of a template's parameters; ValueError for one too many or too few, as AWS words it."""
    declared = template.get("Parameters") or {}
    given = {entry["Key"] for entry in provided if "Key" in entry}
    undeclared = [entry["Key"] for entry in provided if entry.get("Key") and entry["Key"] not in declared]
    if undeclared:
        raise ValueError(f"Parameters: [{', '.join(undeclared)}] do not exist in the template")
    missing = [name for name, definition in declared.items() if name not in given and "Default" not in definition]
    if missing:
        raise ValueError(f"Parameters: [{', '.join(missing)}] must have values")
    values: dict[str, Any] = original(template, provided, previous)
    return values


@corrects("_capabilities_enforced")
def capabilities_enforced(_original: Function) -> bool:
    """Always: a deployment that forgets CAPABILITY_NAMED_IAM has to fail here, as it does on AWS."""
    return True
