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
    judge = _Certainties(review, givers or {})
    return {(path, change.logical_id): judge.of(path, change) for path, change in review.all()}


class _Certainties:
    def __init__(self, review: Review, givers: Givers) -> None:
        self.review, self.givers, self.causes = review, givers, Causes(review)
        self.known: dict[Place, Certainty] = {}

    def of(self, path: Path, change: ResourceChange) -> Certainty:
        place = path, change.logical_id
        if place not in self.known:
            # What leads back to itself is left in doubt.
            self.known[place] = Certainty.MAYBE
            self.known[place] = self._judged(path, change)
        return self.known[place]

    def _judged(self, path: Path, change: ResourceChange) -> Certainty:
        if change.action != "Modify" or not change.details or not _is_explained(change):
            return Certainty.REAL
        found = max(self._of_detail(path, change, detail) for detail in change.details)
        return found if found is Certainty.REAL or _contexts_agree(change) else Certainty.REAL

    def _of_detail(self, path: Path, change: ResourceChange, detail: PropertyChange) -> Certainty:
        if detail.source == "Automatic":
            return Certainty.NOTHING
        if detail.evaluation != "Dynamic" and not _is_passed_on(detail):
            return Certainty.REAL
        if detail.kind in {"Add", "Remove"}:
            return Certainty.REAL
        if _is_unknown(change, detail):
            comes_true = any(self._gives_another_value(cause) for cause in self.causes.of(path, detail))
            return Certainty.REAL if comes_true else Certainty.MAYBE
        return Certainty.NOTHING if _is_same(change, detail) else Certainty.REAL

    def _gives_another_value(self, cause: Cause) -> bool:
        """What gives the value is itself really replaced or made anew."""
        change = self.causes.change(cause.path, cause.logical_id)
        if change is None or cause.is_parameter:
            return False
        if not change.is_nested_stack:
            return self._is_new(cause.path, change)
        inside = (*cause.path, cause.logical_id)
        giving = self.givers.get((inside, cause.attribute))
        if giving is None:
            return change.kind is Kind.ADD or any(
                one.kind is Kind.REPLACE and self.of(path, one) is Certainty.REAL
                for path, one in self.review.all()
                if path[: len(inside)] == inside
            )
        return any((one := self.causes.change(*place)) is not None and self._is_new(place[0], one) for place in giving)

    def _is_new(self, path: Path, change: ResourceChange) -> bool:
        if change.kind in {Kind.ADD, Kind.IMPORT}:
            return True
        return change.kind is Kind.REPLACE and self.of(path, change) is Certainty.REAL


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
