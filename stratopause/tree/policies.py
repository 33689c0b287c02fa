"""What a policy allows, as IAM evaluates it, on text that is known in part.

A policy is judged for a request: who asks, for which action, on what, and which condition keys come with it. Where
something isn't known the answer is the one that finds nothing: a rule may only speak of what is certain.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from stratopause.tree.evaluation import as_text
from stratopause.tree.text import ACCOUNT, BEGIN, END, PARTITION, is_known, lower, may_be, may_equal, unknown

ROOT: Final = f"arn:{PARTITION}:iam::{ACCOUNT}:root"
_VARIABLE: Final = re.compile(r"\$\{[^{}]*\}")

Statement = Mapping[str, Any]


class Request(NamedTuple):
    """One call of AWS.

    `service` is the principal of a service (`logs.eu-central-1.amazonaws.com`); without one it is somebody of this
    account who asks: `role` (an ARN) if that is known. `context` holds condition keys in lower case: text that is known
    in part, or None for a key that surely doesn't come; what isn't in it isn't known.
    """

    action: str
    resource: str = "*"
    service: str = ""
    role: str = ""
    context: Mapping[str, str | None] = {}


def document(value: Any) -> Mapping[str, Any]:
    """A policy, which may be written as text; empty if it is none."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def statements(policy: Any) -> list[Statement]:
    found = document(policy).get("Statement", [])
    return [one for one in many(found) if isinstance(one, Mapping)]


def many(value: Any) -> list[Any]:
    """IAM takes a single value wherever it takes a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def texts(value: Any) -> list[str]:
    return [as_text(one) for one in many(value)]


def _patterns(value: Any) -> list[str]:
    """What `${aws:PrincipalAccount}` and other variables are is known only once somebody asks.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    return [_VARIABLE.sub(unknown("policy variable"), text) for text in texts(value)]


def allows(policies: Iterable[Any], request: Request) -> bool:
    """Whether a statement of these policies may allow the request, and none surely denies it."""
    found = [statement for policy in policies for statement in statements(policy)]
    if any(one.get("Effect") == "Deny" and matches(one, request, certainly=True) for one in found):
        return False
    return any(one.get("Effect") == "Allow" and matches(one, request) for one in found)


def matches(statement: Statement, request: Request, *, certainly: bool = False) -> bool:
    """Whether a statement is about the request: maybe, or `certainly`."""
    return (
        _principal(statement, request, certainly=certainly)
        and _action(statement, request, certainly=certainly)
        and _resource(statement, request, certainly=certainly)
        and conditions_hold(statement, request.context, certainly=certainly)
    )


def _named(statement: Statement, element: str, text: str, *, ignore_case: bool = False) -> bool:
    if element in statement:
        return any(may_be(one, text, ignore_case=ignore_case) for one in _patterns(statement[element]))
    if f"Not{element}" in statement:
        return not any(may_be(one, text, ignore_case=ignore_case) for one in texts(statement[f"Not{element}"]))
    return False


def _action(statement: Statement, request: Request, *, certainly: bool) -> bool:
    unknown = not all(map(is_known, [*texts(statement.get("Action")), *texts(statement.get("NotAction"))]))
    if unknown and (certainly or "NotAction" in statement):
        return not certainly
    return _named(statement, "Action", request.action, ignore_case=True)


def _resource(statement: Statement, request: Request, *, certainly: bool) -> bool:
    named = [*_patterns(statement.get("Resource")), *_patterns(statement.get("NotResource"))]
    if not named:
        return True  # a trust policy
    if certainly:
        return all(map(is_known, [*named, request.resource])) and _named(statement, "Resource", request.resource)
    return request.resource == "*" or _named(statement, "Resource", request.resource)


def _principal(statement: Statement, request: Request, *, certainly: bool) -> bool:
    if "NotPrincipal" in statement:
        return not certainly
    if "Principal" not in statement:
        return True  # an identity's policy
    principal = statement["Principal"]
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return not certainly
    if request.service:
        return any(may_equal(one, request.service) for one in texts(principal.get("Service"))) or "*" in texts(
            principal.get("AWS")
        )
    return any(_is_of_account(one, request.role, certainly=certainly) for one in texts(principal.get("AWS")))


def _is_of_account(principal: str, role: str, *, certainly: bool) -> bool:
    """Whether a principal is everybody of this account, or the role; one for another role is for nobody here."""
    if principal == "*":
        return True
    if may_equal(principal, ROOT) or may_equal(principal, ACCOUNT):
        # Who the account stands for is up to IAM.
        return not certainly or not role or not is_known(principal)
    return may_equal(principal, role) if role else not certainly


def services(statement: Statement) -> list[str]:
    """The service principals of a statement."""
    principal = statement.get("Principal")
    return texts(principal.get("Service")) if isinstance(principal, Mapping) else []


def accounts(statement: Statement) -> list[str]:
    """The AWS principals of a statement; `*` for everybody."""
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        return texts(principal.get("AWS"))
    return texts(principal)


def conditions(statement: Statement) -> Iterator[tuple[str, str, list[str]]]:
    """The operator, the key in lower case and the values of each condition."""
    found = statement.get("Condition")
    for operator, keys in found.items() if isinstance(found, Mapping) else ():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            yield str(operator), str(key).lower(), texts(values)


def conditions_hold(statement: Statement, context: Mapping[str, str | None], *, certainly: bool = False) -> bool:
    """Whether all conditions of a statement hold; what isn't known holds maybe, and not certainly."""
    for operator, key, values in conditions(statement):
        holds = _holds(operator, context, key, values)
        if holds is False or (holds is None and certainly):
            return False
    return True


def _holds(operator: str, context: Mapping[str, str | None], key: str, values: list[str]) -> bool | None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""
    if key not in context:
        return None
    quantifier, _, name = operator.rpartition(":")
    name, if_exists, _ = name.partition("IfExists")
    given = context[key]
    if name == "Null":
        return (given is None) == (as_text(values[0] if values else "true") == "true")
    if given is None:
        return bool(if_exists) or _holds_without(quantifier, name)
    found = _is_any(name.replace("Not", ""), [_VARIABLE.sub(_ANYTHING, value) for value in values], given)
    return None if found is None else found != ("Not" in name)


_ANYTHING: Final = unknown("policy variable")


def _holds_without(quantifier: str, name: str) -> bool:
    """Whether a condition holds if its key doesn't come: of no values all are equal, and none is different.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """
    if quantifier:
        return quantifier == "ForAllValues"
    return "Not" in name


def _is_any(operator: str, values: list[str], given: str) -> bool | None:
    match operator:
        case "StringEquals" | "Bool" | "NumericEquals":
            found = [may_equal(value, given) for value in values]
        case "StringEqualsIgnoreCase":
            found = [may_equal(lower(value), lower(given)) for value in values]
        case "StringLike":
            found = [may_be(value, given) for value in values]
        case "ArnLike" | "ArnEquals":
            return _any([_is_arn(value, given) for value in values])
        case _:
            return None
    if any(found) and not (is_known(given) and all(map(is_known, values))):
        return None  # what is unknown may be equal, and may not
    return any(found)


def _any(found: list[bool | None]) -> bool | None:
    return None if None in found and True not in found else True in found


def _is_arn(pattern: str, given: str) -> bool | None:
    """Whether an ARN is what a pattern says, each of the six parts for itself: a star takes no colon before the sixth.

    Of a pattern with fewer parts AWS says nothing, and an unknown text may go over several parts.
    """
    parts, of_given = _arn_parts(pattern), _arn_parts(given)
    known = is_known(pattern) and is_known(given)
    if len(parts) < _ARN_PARTS or len(of_given) < _ARN_PARTS or not all(map(is_known, parts[:-1] + of_given[:-1])):
        return known or None if pattern == given else (None if _may_begin(parts, of_given) else False)
    return (known or None) if all(map(may_be, parts, of_given)) else False


def _may_begin(parts: tuple[str, ...], of_given: tuple[str, ...]) -> bool:
    """Whether the parts before the first that isn't known may be the same."""
    for part, other in zip(parts, of_given, strict=False):
        if not (is_known(part) and is_known(other)):
            return True
        if not may_be(part, other):
            return False
    return True


_ARN_PARTS: Final = 6
_COLON: Final = re.compile(f":(?![^{BEGIN}]*{END})")
"""One that isn't in a token."""


@lru_cache(maxsize=5_000)
def _arn_parts(text: str) -> tuple[str, ...]:
    return tuple(_COLON.split(text, maxsplit=_ARN_PARTS - 1))
