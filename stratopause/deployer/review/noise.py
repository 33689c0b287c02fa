"""Which changes are real, which may come to nothing, and which do.

A parent that passes a nested stack's output on lists a change of it whenever that nested stack is listed itself,
which it always is; so in the stacks below, down to a replacement that never happens.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from msgspec import Struct

from stratopause.deployer.changes import Kind, PropertyChange, ResourceChange, Review
from stratopause.deployer.review.causes import REFERENCES, Cause, Causes
from stratopause.deployer.review.contexts import ABSENT, UNKNOWN, at, keys, may_be_equal, may_become, parsed
from stratopause.deployer.review.outputs import Givers
from stratopause.deployer.stacks import Path

SURELY_WHOLE: Final = 128
"""A value of so many characters at most wasn't cut: of longer ones equality proves nothing without the context."""

Place = tuple[Path, ResourceChange]
"""A change, and the path of its stack."""


class Certainty(IntEnum):
    """How sure it is that a resource changes; the greater overrules the smaller."""

    NOTHING = 0
    """It is provably the same afterwards."""
    MAYBE = 1
    """That depends on a value which is known only while the change set runs."""
    REAL = 2


class Verdict(Struct, frozen=True):
    """How sure a change is, what it really comes to, and how sure each of its properties, by path."""

    certainty: Certainty
    kind: Kind
    properties: Mapping[str, Certainty]


def verdicts(review: Review, givers: Givers | None = None) -> Mapping[Place, Verdict]:
    """That on each change; `givers` tell which resources an output of a nested stack is made of."""
    judge = _Judge(review, givers or {})
    judge.follow_causes()
    return {(path, change): judge.verdict(path, change) for path, change in review.all()}


class _Judge:
    """Certainties only grow: from what a change tells itself to what follows from where its values come from."""

    def __init__(self, review: Review, givers: Givers) -> None:
        self.review, self.givers, self.causes = review, givers, Causes(review)
        self.known = {
            (path, change): [self._by_itself(path, change, detail) for detail in change.details]
            for path, change in review.all()
        }

    def follow_causes(self) -> None:
        grows = True
        while grows:
            grows = False
            for path, change in self.review.all():
                place = path, change
                of_causes = [self._by_causes(path, detail) for detail in change.details]
                found = list(map(max, self.known[place], of_causes))
                grows = grows or found != self.known[place]
                self.known[place] = found

    def verdict(self, path: Path, change: ResourceChange) -> Verdict:
        properties: dict[str, Certainty] = {}
        for detail, certainty in zip(change.details, self.known[path, change], strict=True):
            properties[detail.path] = max(certainty, properties.get(detail.path, Certainty.NOTHING))
        return Verdict(self._certainty(path, change), self._kind(path, change), properties)

    def _by_itself(self, path: Path, change: ResourceChange, detail: PropertyChange) -> Certainty:
        if detail.source == "Automatic":
            return Certainty.NOTHING
        if _is_unknown(change, detail):
            return Certainty.MAYBE
        if detail.kind in {"Add", "Remove"} or not _is_same(change, detail):
            return Certainty.REAL
        if detail.evaluation == "Dynamic":
            return Certainty.NOTHING
        # CloudFormation counts on the replacement of what gives the value, which may be noise itself.
        given = [self.causes.change(one.path, one.logical_id) for one in self.causes.of(path, detail)]
        replaced = [one for one in given if one is not None and one.kind in {Kind.REPLACE, Kind.MAYBE_REPLACE}]
        return Certainty.MAYBE if replaced and len(replaced) == len(given) else Certainty.REAL

    def _by_causes(self, path: Path, detail: PropertyChange) -> Certainty:
        found = [self._of_cause(cause) for cause in self.causes.of(path, detail)]
        return max(found, default=Certainty.NOTHING)

    def _of_cause(self, cause: Cause) -> Certainty:
        """How sure it is that another value comes from there."""
        change = self.causes.change(cause.path, cause.logical_id)
        if change is None or cause.is_parameter:
            return Certainty.NOTHING
        if not change.is_nested_stack or change.kind is Kind.ADD:
            return self._renewal(cause.path, change)
        inside = (*cause.path, cause.logical_id)
        giving = self.givers.get((inside, cause.attribute))
        if giving is None:
            below = ((path, one) for path, one in self.review.all() if path[: len(inside)] == inside)
            found = [self._renewal(path, one) for path, one in below if one.kind is not Kind.ADD]
        else:
            listed = ((path, self.causes.change(path, logical_id)) for path, logical_id in giving)
            found = [self._renewal(path, one) for path, one in listed if one is not None]
        return max(found, default=Certainty.NOTHING)

    def _renewal(self, path: Path, change: ResourceChange) -> Certainty:
        """How sure it is that there is another resource afterwards."""
        kind = self._kind(path, change)
        if kind in {Kind.ADD, Kind.IMPORT, Kind.REPLACE}:
            return Certainty.REAL
        return Certainty.MAYBE if kind in {Kind.MAYBE_REPLACE, Kind.UNKNOWN} else Certainty.NOTHING

    def _certainty(self, path: Path, change: ResourceChange) -> Certainty:
        if change.action != "Modify" or not change.details or not _is_explained(change) or not _contexts_agree(change):
            return Certainty.REAL
        return max(self.known[path, change])

    def _kind(self, path: Path, change: ResourceChange) -> Kind:
        """A replacement is no surer than what causes it."""
        if change.kind not in {Kind.REPLACE, Kind.MAYBE_REPLACE}:
            return change.kind
        known = zip(change.details, self.known[path, change], strict=True)
        causing = [
            certainty for detail, certainty in known if detail.requires_recreation in {"Always", "Conditionally"}
        ]
        certainty = max(causing, default=self._certainty(path, change))
        if certainty is Certainty.NOTHING:
            return Kind.MODIFY
        return change.kind if certainty is Certainty.REAL else Kind.MAYBE_REPLACE


def _is_explained(change: ResourceChange) -> bool:
    """Each part of the resource that is said to change stands in the details."""
    return {*change.scope} <= {detail.attribute for detail in change.details}


def _is_unknown(change: ResourceChange, detail: PropertyChange) -> bool:
    """Only a value that is not known yet could make a difference.

    A list that isn't known yet has one element that isn't, and seems to lose the others.
    """
    if detail.kind == "Add" or (detail.evaluation != "Dynamic" and detail.source not in REFERENCES):
        return False
    beside = [one for one in change.details if one.source in REFERENCES and _is_below(detail.path, one.path)]
    if detail.after is None:
        is_in_unknown_list = any(one.path != detail.path and UNKNOWN in (one.after or "") for one in beside)
        is_told_nothing = detail.before is None and detail.kind != "Remove" and bool(beside)
        return detail.evaluation == "Dynamic" and (is_in_unknown_list or is_told_nothing)
    if detail.kind == "Remove" or UNKNOWN not in detail.after:
        return False
    passed_on = detail.evaluation == "Dynamic" or detail.source == "ParameterReference"
    return passed_on and (detail.before is None or may_become(detail.before, detail.after))


def _is_below(path: str, other: str) -> bool:
    return path == other or path.startswith(f"{other}/")


def _is_same(change: ResourceChange, detail: PropertyChange) -> bool:
    """The value is provably the same: told whole, before and after."""
    if detail.before is None or detail.before != detail.after:
        return False
    before, after = (
        at(parsed(context), *keys(detail.path)) for context in (change.before_context, change.after_context)
    )
    if before is ABSENT or after is ABSENT:
        return len(detail.before) <= SURELY_WHOLE
    return bool(before == after)


def _contexts_agree(change: ResourceChange) -> bool:
    """The resource as a whole, where CloudFormation tells it, isn't known to differ."""
    before, after = parsed(change.before_context), parsed(change.after_context)
    return before is None or after is None or may_be_equal(before, after)
