"""Values that are known only after a change set was executed.

CloudFormation passes `{{changeSet:KNOWN_AFTER_APPLY}}` to a nested change set where a parameter comes from
a resource that doesn't exist yet. A child that selects from it makes the change set fail
(github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/759); here every computation on it does,
also where AWS may go on with the placeholder, and where no public source has a sentence it is worded here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ministack.services.cloudformation import engine

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
COMPUTING = ("Fn::Select", "Fn::Split", "Fn::Cidr", "Fn::FindInMap", "Fn::GetAZs", "Fn::Base64")
CONSTRAINTS = ("AllowedPattern", "AllowedValues", "MinLength", "MaxLength", "MinValue", "MaxValue")


class Attributes(dict[str, str]):
    """The attributes of a resource, where one that isn't known yet is there, too."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return UNKNOWN


def resource(record: dict[str, Any] | None) -> dict[str, Any]:
    """A resource as ministack's resolver takes it: its present values, or, given None, none that is known."""
    if record is None:
        return {"PhysicalResourceId": UNKNOWN, "Attributes": Attributes()}
    return {**record, "Attributes": Attributes(record.get("Attributes", {}))}


def whole(value: Any) -> Any:
    """A value with something unknown in it is unknown as a whole."""
    return UNKNOWN if UNKNOWN in str(value) else value


def problem(template: dict[str, Any], names: Collection[str]) -> str | None:
    """Why a template can't be reviewed while these of its parameters are unknown; None if it can."""
    return next(problems(template, names), None) if names else None


def problems(template: dict[str, Any], names: Collection[str]) -> Iterator[str]:
    """Everything in a template that can't do without the value of one of these parameters."""
    for name, definition in (template.get("Parameters") or {}).items():
        if name in names:
            yield from constraints(name, definition)
    for name, condition in (template.get("Conditions") or {}).items():
        if refers(condition, names):
            yield f"Template error: Condition {name} can not be evaluated before the change set is executed"
    for function, argument in computations([template.get("Resources"), template.get("Outputs")]):
        if refers(argument, names):
            yield refusal(function, argument)


def refers(node: Any, names: Collection[str]) -> bool:
    """Whether an expression uses one of these parameters."""
    return any(referred in names for referred, _ in engine._intrinsic_references(node))


def refusal(function: str, argument: Any) -> str:
    """For an element beyond the first the sentence for one that isn't there, since the placeholder is a single one.

    (Quoted in github.com/F5Networks/f5-aws-cloudformation/issues/80; that a review fails with it is inferred.)
    """
    index = str(argument[0]) if function == "Fn::Select" else ""
    if index.isdigit() and int(index) > 0:
        return f"Template error: Fn::Select cannot select nonexistent value at index {index}"
    return f"Template error: {function} can not be evaluated on {UNKNOWN}"


def constraints(name: str, definition: dict[str, Any]) -> Iterator[str]:
    """What the placeholder breaks of a parameter's declaration."""
    kind = str(definition.get("Type", "String"))
    if kind not in ("String", "CommaDelimitedList"):
        yield f"Template validation error: Parameter value {UNKNOWN} for parameter name {name} is not a valid {kind}"
    described = definition.get("ConstraintDescription")
    for constraint in CONSTRAINTS:
        if constraint in definition:
            yield f"Parameter {name} failed to satisfy constraint: {described or definition[constraint]}"


def computations(node: Any) -> Iterator[tuple[str, Any]]:
    """Every call of a function that computes on its argument's value."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in COMPUTING:
                yield key, value
            yield from computations(value)
    elif isinstance(node, list):
        for item in node:
            yield from computations(item)
