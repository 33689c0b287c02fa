"""IAM policy documents compared by what they allow, not by how they are written.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from stratopause.deployer.review.contexts import UNKNOWN, at, may_become

Words = frozenset[str]
Condition = tuple[str, str, Words]
"""An operator, a condition key, and the values."""

HOLDER: Final = "whoever has the policy"
ANYBODY: Final = "*"
EVERYTHING_BUT: Final = "everything but "

NARROWING: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "kms:calleraccount",
        "kms:viaservice",
    }
)
"""With one of these, anybody isn't anybody.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""


class NotAPolicy(Exception):
    """What stands in place of a policy document can't be read, or isn't known yet."""


class Statement(Struct, frozen=True):
    """`NotAction` and the like are one word, `everything but …`."""

    allows: bool
    who: Words
    actions: Words
    resources: Words
    conditions: frozenset[Condition] = frozenset()

    @property
    def is_wide(self) -> bool:
        """It allows anybody something, or somebody every action of a service."""
        return self.allows and (self.is_for_anybody or any(_is_every(action) for action in self.actions))

    @property
    def is_for_anybody(self) -> bool:
        open_to_all = any(one == ANYBODY or one.startswith(EVERYTHING_BUT) for one in self.who)
        return open_to_all and not any(
            key.lower() in NARROWING and not _is_negative(operator) and ANYBODY not in values
            for operator, key, values in self.conditions
        )

    def covers(self, who: str, action: str, resource: str) -> bool:
        return (
            any(one in {ANYBODY, who} for one in self.who)
            and any(_matches(one.lower(), action.lower()) for one in self.actions)
            and any(_matches(one, resource) for one in self.resources)
        )

    def is_as_free_as(self, other: Statement) -> bool:
        """Its conditions hold wherever those of `other` do."""
        return all(any(_follows(own, given) for given in other.conditions) for own in self.conditions)


Policy = tuple[Statement, ...]

FULL_ACCESS: Final[Policy] = (Statement(True, frozenset({ANYBODY}), frozenset({"*"}), frozenset({"*"})),)


def policy(document: Any, like: Any = None) -> Policy:
    """The statements of a document, given as an object or as JSON; what isn't known yet is taken to be as in `like`.

    Raises:
        NotAPolicy: it can't be read.
    """
    if document is None:
        return ()
    found, old = _loaded(document), None if like is None else _loaded(like)
    if old is not None:
        found = _settled(found, old, _words_by_key(old))
    statements = found.get("Statement", [])
    return tuple(map(_statement, statements if isinstance(statements, list) else [statements]))


def widened(before: Policy, after: Policy) -> Iterator[tuple[str, bool]]:
    """A sentence for whatever `after` allows and `before` doesn't, and whether that is wide."""
    for statement in after:
        if statement.allows and statement not in before:
            yield from _granted(before, statement)
    for statement in before:
        if not statement.allows and statement not in after:
            yield from _no_longer_denied(after, statement)


def wide(after: Policy) -> Iterator[tuple[str, bool]]:
    """A sentence for whatever is wide by itself."""
    for statement in after:
        if statement.is_wide:
            yield f"allows {_told(statement)}", True


def _granted(before: Policy, new: Statement) -> Iterator[tuple[str, bool]]:
    allowing = [one for one in before if one.allows]
    free = [one for one in allowing if one.is_as_free_as(new)]
    found = _uncovered(free, new)
    for (who, resources), actions in found.items():
        part = Statement(True, who, actions, resources, new.conditions)
        if not _uncovered(allowing, part):
            lost = {
                one for old in allowing for one in old.conditions if not any(_follows(one, x) for x in new.conditions)
            }
            yield f"allows {_told(part)}, no longer only if {_if(frozenset(lost))}", part.is_wide
        else:
            yield f"allows {_told(part)}", part.is_wide


def _no_longer_denied(after: Policy, old: Statement) -> Iterator[tuple[str, bool]]:
    denying = [one for one in after if not one.allows and one.is_as_free_as(old)]
    for (who, resources), actions in _uncovered(denying, old).items():
        part = Statement(False, who, actions, resources, old.conditions)
        yield f"no longer denies {_told(part)}", False


def _uncovered(known: list[Statement], new: Statement) -> dict[tuple[Words, Words], Words]:
    """The actions of `new` that none of `known` has, by whom and on what that is so."""
    found: dict[tuple[Words, Words], set[str]] = {}
    for action in new.actions:
        missing = [
            (who, resource)
            for who in new.who
            for resource in new.resources
            if not any(one.covers(who, action, resource) for one in known)
        ]
        if missing:
            place = frozenset(who for who, _ in missing), frozenset(resource for _, resource in missing)
            found.setdefault(place, set()).add(action)
    return {place: frozenset(found[place]) for place in sorted(found, key=lambda one: tuple(map(sorted, one)))}


def _loaded(document: Any) -> Mapping[str, Any]:
    try:
        found = json.loads(document) if isinstance(document, str) else document
    except (ValueError, RecursionError):
        raise NotAPolicy from None
    if not isinstance(found, Mapping):
        raise NotAPolicy
    return found


def _statement(told: Any) -> Statement:
    if not isinstance(told, Mapping) or told.get("Effect") not in ("Allow", "Deny"):
        raise NotAPolicy
    principals = told.get("Principal", told.get("NotPrincipal"))
    return Statement(
        told["Effect"] == "Allow",
        _either(told, "Principal", _who(principals)),
        _either(told, "Action", _words(told.get("Action", told.get("NotAction")))),
        _either(told, "Resource", _words(told.get("Resource", told.get("NotResource", "*")))),
        frozenset(_conditions(told.get("Condition", {}))),
    )


def _either(told: Mapping[str, Any], name: str, words: Words) -> Words:
    return frozenset({EVERYTHING_BUT + ", ".join(sorted(words))}) if f"Not{name}" in told else words


def _words(value: Any) -> Words:
    values = value if isinstance(value, list) else [value]
    return frozenset(one if isinstance(one, str) else json.dumps(one, sort_keys=True) for one in values)


def _who(principals: Any) -> Words:
    """An account is the same whether it is named by its id or by its root user."""
    if principals is None:
        return frozenset({HOLDER})
    if not isinstance(principals, Mapping):
        return _words(principals)
    words = {word for kind in principals.values() for word in _words(kind)}
    return frozenset(re.sub(r"^arn:[^:]+:iam::(\d{12}):root$|^(\d{12})$", r"account \1\2", word) for word in words)


def _conditions(told: Any) -> Iterator[Condition]:
    if not isinstance(told, Mapping):
        raise NotAPolicy
    for operator, tests in told.items():
        if not isinstance(tests, Mapping):
            raise NotAPolicy
        for key, values in tests.items():
            yield (
                str(operator),
                str(key),
                frozenset(word.lower() if word in {"True", "False"} else word for word in _words(values)),
            )


def _follows(wanted: Condition, given: Condition) -> bool:
    """Whatever meets the condition `given`, meets `wanted`."""
    if wanted[:2] != given[:2]:
        return False
    if _is_negative(wanted[0]):
        return wanted[2] <= given[2]
    if wanted[0].removeprefix("ForAnyValue:").startswith(("String", "Arn", "IpAddress")):
        return given[2] <= wanted[2]
    return wanted[2] == given[2]


def _is_negative(operator: str) -> bool:
    return "Not" in operator


def _is_every(action: str) -> bool:
    return action.startswith(EVERYTHING_BUT) or action == "*" or action.endswith(":*")


@lru_cache(maxsize=65536)
def _matches(pattern: str, word: str) -> bool:
    """`word` may have a `*` of its own, which only a `*` matches."""
    if pattern == word:
        return True
    parts = (".*" if one == "*" else "[^*]" if one == "?" else re.escape(one) for one in pattern)
    return re.fullmatch("".join(parts), word, re.DOTALL) is not None


def _words_by_key(document: Any, key: str = "") -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    if isinstance(document, str):
        return {key: {document}}
    pairs = (
        document.items()
        if isinstance(document, Mapping)
        else [(key, one) for one in document]
        if isinstance(document, list)
        else []
    )
    for name, value in pairs:
        for where, words in _words_by_key(value, name).items():
            found.setdefault(where, set()).update(words)
    return found


def _settled(document: Any, old: Any, words: Mapping[str, set[str]], key: str = "") -> Any:
    """The document with each value that isn't known yet as it stood there, or in the same kind of place."""
    if isinstance(document, Mapping):
        return {name: _settled(value, at(old, str(name)), words, str(name)) for name, value in document.items()}
    if isinstance(document, list):
        return [_settled(one, at(old, str(number)), words, key) for number, one in enumerate(document)]
    if isinstance(document, str) and UNKNOWN in document:
        near = [old] if isinstance(old, str) and old != "*" else []
        found = (word for word in (*near, *sorted(words.get(key, set()) - {"*"}), "*") if may_become(word, document))
        return next((word for word in found if word in words.get(key, ())), document)
    return document


def _told(statement: Statement) -> str:
    """`s3:GetObject on arn:aws:s3:::a/* to anybody if aws:SourceVpce is vpce-1`."""
    to = "" if statement.who == {HOLDER} else f" to {_listed(statement.who, 'anybody')}"
    condition = f" if {_if(statement.conditions)}" if statement.conditions else ""
    return f"{_listed(statement.actions)} on {_listed(statement.resources)}{to}{condition}"


def _if(conditions: frozenset[Condition]) -> str:
    return " and ".join(
        f"{key} {operator} {_listed(values)}" for operator, key, values in sorted(conditions, key=_order)
    )


def _order(condition: Condition) -> tuple[str, str]:
    return condition[1], condition[0]


def _listed(words: Words, every: str = "anything") -> str:
    shown = (word.replace(UNKNOWN, "(known after apply)") for word in sorted(words))
    return ", ".join(every if word == "*" else word for word in shown)
