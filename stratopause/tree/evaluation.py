"""What CloudFormation's functions come to, through every level of nesting, as far as a template says.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from stratopause.tree.text import NO_VALUE, Reference, is_another, is_literal, pseudo, shown, unknown

if TYPE_CHECKING:
    from stratopause.tree.model import Stack

_VARIABLE: Final = re.compile(r"\$\{(!?)([^}]*)\}")
_COMPUTING: Final = "is computed from itself"

MAX_TEXT: Final = 100_000
"""What functions put into one text, at most: one that puts a text into itself twice doubles it at every level."""
MAX_PARAMETER: Final = 4_096
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
_TOO_LONG: Final = "a text that is too long"


def resolve(stack: Stack, value: Any) -> Any:
    """A value of a stack's template; what can't be known becomes text that says so."""
    if isinstance(value, dict):
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](stack, argument)
            if name.startswith("Fn::"):
                return unknown(name)
        resolved = {name: resolve(stack, part) for name, part in value.items()}
        return {name: part for name, part in resolved.items() if part != NO_VALUE}
    if isinstance(value, list):
        return [part for part in (resolve(stack, part) for part in value) if part != NO_VALUE]
    return value


def output(stack: Stack, name: str) -> Any:
    """What a stack gives under a name."""
    declared = stack.section("Outputs").get(name)
    if not isinstance(declared, dict) or "Value" not in declared:
        return unknown(f"{stack.name} has no output {name}")
    if not holds(stack, declared.get("Condition")):
        return unknown(f"the output {name} of {stack.name} isn't made")
    return _once(stack, f"output {name}", lambda: _flat(resolve(stack, declared["Value"])))


def _flat(value: Any) -> Any:
    """Stacks pass text to each other, and nothing deeper than a list of it."""
    return [as_text(part) for part in value] if isinstance(value, list) else _text_only(value)


def _text_only(value: Any) -> Any:
    return as_text(value) if isinstance(value, dict) else value


def parameter(stack: Stack, name: str) -> Any:
    """What a parameter is: what the parent passes, what the scenario says, or its default."""
    return _once(stack, f"parameter {name}", lambda: _parameter(stack, name))


def _parameter(stack: Stack, name: str) -> Any:
    declared = stack.section("Parameters").get(name)
    declared = declared if isinstance(declared, dict) else {}
    kind = str(declared.get("Type", "String"))
    if stack.parent is not None and name in stack.given:
        value: Any = stack.given[name]
    elif stack.parent is None and name in stack.tree.scenario.parameters:
        value = stack.tree.scenario.parameters[name]
    elif "Default" not in declared:
        return unknown(f"parameter {name}")
    else:
        value = declared["Default"]
    if kind.startswith("AWS::SSM::Parameter::Value<"):
        # Whoever gives it gives the name of what it is.
        return unknown(f"parameter of Systems Manager {value}")
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [part.strip() for part in str(value).split(",")] if not isinstance(value, list) else _flat(value)
    # CloudFormation joins a list that is passed to a nested stack.
    text = ",".join(map(as_text, value)) if isinstance(value, list) else _text_only(value)
    return unknown(_TOO_LONG) if isinstance(text, str) and len(text) > MAX_PARAMETER else text


def holds(stack: Stack, condition: Any) -> bool:
    """Whether a named condition holds; without one it does."""
    if condition is None:
        return True
    name = str(condition)
    if name not in stack.section("Conditions"):
        return True
    return bool(_once(stack, f"condition {name}", lambda: _decided(stack, name)))


def _decided(stack: Stack, name: str) -> bool:
    found = _truth(stack, stack.section("Conditions")[name])
    if found is not None:
        return found
    stack.tree.undecided.add((stack.place, name))
    return stack.tree.scenario.conditions.get((stack.place, name), True)


def _truth(stack: Stack, condition: Any) -> bool | None:
    """Whether a condition holds; None if it can't be told."""
    if isinstance(condition, dict) and len(condition) == 1:
        ((name, argument),) = condition.items()
        if name == "Condition":
            return holds(stack, argument)
        if isinstance(argument, list):
            if name == "Fn::Equals" and len(argument) == 2:
                return _equal(stack, argument[0], argument[1])
            parts = [_truth(stack, part) for part in argument]
            if name == "Fn::Not" and len(parts) == 1:
                return None if parts[0] is None else not parts[0]
            if name == "Fn::And":
                return False if False in parts else None if None in parts else True
            if name == "Fn::Or":
                return True if True in parts else None if None in parts else False
    return None


def _equal(stack: Stack, one: Any, other: Any) -> bool | None:
    left, right = as_text(resolve(stack, one)), as_text(resolve(stack, other))
    note_parameters(stack, one, right)
    note_parameters(stack, other, left)
    if left == right:
        return True
    return False if all(is_literal(side) or is_another(side) for side in (left, right)) else None


def note_parameters(stack: Stack, value: Any, compared: str) -> None:
    """That a condition looks at a parameter of the root, at first or at second hand, and what it compares it with."""
    names = {name for name in _refs(value) if name in stack.section("Parameters")}
    while names and stack.parent is not None:
        nesting = stack.parent.section("Resources").get(stack.place.rpartition("/")[2], {})
        passed = nesting.get("Properties", {}).get("Parameters", {})
        stack, passed = stack.parent, passed if isinstance(passed, dict) else {}
        found = {ref for name in names for ref in _refs(passed.get(name))}
        names = {name for name in found if name in stack.section("Parameters")}
    for name in names:
        stack.tree.depends_on.setdefault(name, set()).update({compared} if is_literal(compared) else ())


def _refs(value: Any) -> list[str]:
    if isinstance(value, dict):
        if isinstance(value.get("Ref"), str):
            return [value["Ref"]]
        return [name for part in value.values() for name in _refs(part)]
    if isinstance(value, list):
        return [name for part in value for name in _refs(part)]
    return []


def _once(stack: Stack, what: str, compute: Callable[[], Any]) -> Any:
    values = stack.values
    if what not in values:
        values[what] = unknown(f"{what} of {stack.name} {_COMPUTING}")
        try:
            values[what] = compute()
        except RecursionError:
            values[what] = unknown(f"{what} of {stack.name} is too deep")
    return values[what]


def as_text(value: Any) -> str:
    """As CloudFormation writes a value into a string."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list)):
        return unknown("no text")
    return str(value)


def _ref(stack: Stack, name: Any) -> Any:
    if not isinstance(name, str):
        return unknown("Ref of no name")
    if name.startswith("AWS::"):
        if name == "AWS::NoValue":
            return NO_VALUE
        return _pseudo(stack, name)
    if name in stack.section("Parameters"):
        return parameter(stack, name)
    if name in stack.resources:
        return str(Reference(stack.resources[name].place))
    return unknown(f"no {name} in {stack.name}")


def _pseudo(stack: Stack, name: str) -> Any:
    if name == "AWS::NotificationARNs":
        return [unknown("notification topics")]
    if stack.parent is not None and name in {"AWS::StackId", "AWS::StackName"}:
        # A nested stack's own, not the root's; its id is what a `Ref` in the parent gives.
        return str(Reference(stack.place, "StackName" if name == "AWS::StackName" else ""))
    return pseudo(name)


def _get_att(stack: Stack, argument: Any) -> Any:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
        return unknown("GetAtt of no attribute")
    logical_id, attribute = argument[0], as_text(resolve(stack, argument[1]))
    if attribute.startswith("Outputs.") and logical_id in stack.nested:
        return output(stack.nested[logical_id], attribute.removeprefix("Outputs."))
    if logical_id not in stack.resources:
        return unknown(f"no {logical_id} in {stack.name}")
    return str(Reference(stack.resources[logical_id].place, attribute))


def _sub(stack: Stack, argument: Any) -> Any:
    text, variables = (
        (argument[0], argument[1]) if isinstance(argument, list) and len(argument) == 2 else (argument, {})
    )
    if not isinstance(text, str) or not isinstance(variables, dict):
        return unknown("Sub of no text")

    resolved: dict[str, str] = {}
    left = MAX_TEXT

    def put(match: re.Match[str]) -> str:
        nonlocal left
        literal, name = match[1], match[2].strip()
        if literal:
            return f"${{{match[2]}}}"
        if name not in resolved:
            if name in variables:
                value = resolve(stack, variables[name])
            else:
                value = _get_att(stack, name) if "." in name else _ref(stack, name)
            resolved[name] = as_text(value)
        left -= len(resolved[name])
        return resolved[name] if left >= 0 else ""

    found = _VARIABLE.sub(put, text)
    return found if left >= 0 else unknown(_TOO_LONG)


def _join(stack: Stack, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        return unknown("Join of no list")
    parts = resolve(stack, argument[1])
    if not isinstance(parts, list):
        return unknown("Join of no list")
    between, written = as_text(argument[0]), [as_text(part) for part in parts]
    if sum(map(len, written)) + len(between) * len(written) > MAX_TEXT:
        return unknown(_TOO_LONG)
    return between.join(written)


def _split(stack: Stack, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2 or not argument[0]:
        return unknown("Split of no text")
    text = as_text(resolve(stack, argument[1]))
    return text.split(str(argument[0])) if is_literal(text) else unknown(f"part of {shown(text)}")


def _select(stack: Stack, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        return unknown("Select of no list")
    index, values = as_text(resolve(stack, argument[0])), resolve(stack, argument[1])
    if isinstance(values, list) and index.isdecimal() and len(index) < 10 and int(index) < len(values):
        return values[int(index)]
    # Which item it is counts: two of one unknown list aren't the same.
    return unknown(f"item {index} of {shown(values)}") if isinstance(values, str) else unknown("Select")


def _if(stack: Stack, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 3:
        return unknown("If of no choice")
    return resolve(stack, argument[1] if holds(stack, argument[0]) else argument[2])


def _find_in_map(stack: Stack, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) < 3:
        return unknown("FindInMap of no key")
    keys = [as_text(resolve(stack, key)) for key in argument[:3]]
    found: Any = stack.section("Mappings")
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            break
        found = found[key]
    else:
        return found
    default = argument[3].get("DefaultValue") if len(argument) > 3 and isinstance(argument[3], dict) else None
    if default is not None and all(map(is_literal, keys)):
        return resolve(stack, default)
    return unknown("FindInMap")


def _base64(stack: Stack, argument: Any) -> Any:
    text = as_text(resolve(stack, argument))
    return base64.b64encode(text.encode()).decode() if is_literal(text) else unknown("Base64")


def _cidr(stack: Stack, argument: Any) -> Any:
    values = resolve(stack, argument)
    try:
        block, count, bits = ipaddress.ip_network(values[0]), int(values[1]), int(values[2])
        subnets = block.subnets(new_prefix=block.max_prefixlen - bits)
        return [str(subnet) for subnet, _ in zip(subnets, range(min(count, 256)), strict=False)]
    except (ValueError, TypeError, LookupError, OverflowError):
        return unknown("Cidr")


def _to_json(stack: Stack, argument: Any) -> Any:
    return json.dumps(resolve(stack, argument), sort_keys=True, ensure_ascii=False, default=str)


def _length(stack: Stack, argument: Any) -> Any:
    values = resolve(stack, argument)
    return len(values) if isinstance(values, list) else unknown("Length")


def _import(stack: Stack, argument: Any) -> Any:
    return unknown(f"imported {as_text(resolve(stack, argument))}")


_FUNCTIONS: Final[dict[str, Callable[[Stack, Any], Any]]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": lambda _, __: unknown("GetAZs"),
    "Fn::ToJsonString": _to_json,
    "Fn::Length": _length,
    "Fn::ImportValue": _import,
}
