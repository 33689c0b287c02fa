"""Which changes are real, which may come to nothing, and which do.

A parent that passes a nested stack's output on lists a change of it whenever that nested stack is listed itself,
which it always is; so in the stacks below, down to a replacement that never happens.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from stratopause.deployer.changes import Kind, PropertyChange, ResourceChange, Review
from stratopause.deployer.review.causes import REFERENCES, Cause, Causes
from stratopause.deployer.review.contexts import ABSENT, UNKNOWN, at, keys, may_be_equal, may_become, parsed
from stratopause.deployer.review.outputs import Givers
from stratopause.deployer.stacks import Path

SURELY_WHOLE: Final = 128
"""A value of so many characters at most wasn't cut: of longer ones equality proves nothing without the context."""

Place = tuple[Path, str]
"""The path of a stack, and the logical id of a resource in it."""


class Certainty(IntEnum):
    """How sure it is that a resource changes; the greater overrules the smaller."""

    NOTHING = 0
    """It is provably the same afterwards."""
    MAYBE = 1
    """That depends on a value which is known only while the change set runs."""
    REAL = 2


def certainties(review: Review, givers: Givers | None = None) -> Mapping[Place, Certainty]:
    """That of each change; `givers` tell which resources an output of a nested stack is made of."""
    known = {(path, change.logical_id): _by_itself(change) for path, change in review.all()}
    sources = _Sources(review, givers or {}, known)
    while grown := [
        place for place, certainty in known.items() if certainty is not Certainty.REAL and sources.prove(place)
    ]:
        known.update(dict.fromkeys(grown, Certainty.REAL))
    return known


def _by_itself(change: ResourceChange) -> Certainty:
    """As far as the change itself tells."""
    if change.action != "Modify" or not change.details or not _is_explained(change) or not _contexts_agree(change):
        return Certainty.REAL
    return max(_of_detail(change, detail) for detail in change.details)


def _of_detail(change: ResourceChange, detail: PropertyChange) -> Certainty:
    if detail.source == "Automatic":
        return Certainty.NOTHING
    if detail.evaluation != "Dynamic" and not _is_passed_on(detail):
        return Certainty.REAL
    if detail.kind in {"Add", "Remove"}:
        return Certainty.REAL
    if _is_unknown(change, detail):
        return Certainty.MAYBE
    return Certainty.NOTHING if _is_same(change, detail) else Certainty.REAL


class _Sources:
    """What gives the values that aren't known yet."""

    def __init__(self, review: Review, givers: Givers, known: Mapping[Place, Certainty]) -> None:
        self.review, self.givers, self.known, self.causes = review, givers, known, Causes(review)

    def prove(self, place: Place) -> bool:
        """The change at `place` is real, since what it takes a value from gives another one."""
        path, logical_id = place
        change = self.causes.change(path, logical_id)
        return change is not None and any(
            self._gives_another_value(cause)
            for detail in change.details
            if _of_detail(change, detail) is Certainty.MAYBE
            for cause in self.causes.of(path, detail)
        )

    def _gives_another_value(self, cause: Cause) -> bool:
        change = self.causes.change(cause.path, cause.logical_id)
        if change is None or cause.is_parameter:
            return False
        if not change.is_nested_stack or change.kind is Kind.ADD:
            return self._is_new(cause.path, change)
        inside = (*cause.path, cause.logical_id)
        giving = self.givers.get((inside, cause.attribute))
        if giving is None:
            return any(
                self._is_new(path, one) and one.kind is Kind.REPLACE
                for path, one in self.review.all()
                if path[: len(inside)] == inside
            )
        found = ((path, self.causes.change(path, logical_id)) for path, logical_id in giving)
        return any(one is not None and self._is_new(path, one) for path, one in found)

    def _is_new(self, path: Path, change: ResourceChange) -> bool:
        """It is made anew, or really replaced."""
        if change.kind in {Kind.ADD, Kind.IMPORT}:
            return True
        return change.kind is Kind.REPLACE and self.known[path, change.logical_id] is Certainty.REAL


def _is_explained(change: ResourceChange) -> bool:
    """Each part of the resource that is said to change stands in the details."""
    return {*change.scope} <= {detail.attribute for detail in change.details}


def _is_passed_on(detail: PropertyChange) -> bool:
    """A nested stack takes the parameter for changed, since nobody knows yet whether it is."""
    return detail.source == "ParameterReference" and UNKNOWN in (detail.after or "")


def _is_unknown(change: ResourceChange, detail: PropertyChange) -> bool:
    """Only a value that is not known yet could make a difference."""
    if detail.after is not None:
        return UNKNOWN in detail.after and (detail.before is None or may_become(detail.before, detail.after))
    refers = any(one.path == detail.path and one.source in REFERENCES for one in change.details)
    return detail.before is None and refers


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
