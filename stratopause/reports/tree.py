"""The stacks of a review, each with its resources and what changes about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct
from rich.text import Text

from stratopause.deployer.changes import STATEFUL, Kind, PropertyChange, ResourceChange, Review, StackChanges
from stratopause.deployer.review.contexts import keys
from stratopause.deployer.review.judgement import Judgement
from stratopause.deployer.review.noise import Certainty
from stratopause.deployer.review.secrets import shown
from stratopause.reports.layout import difference, differences, fitting, wrapped
from stratopause.reports.wording import MARKS, clean, counted

FEW: Final = 6
"""So many additions to a stack are listed one by one."""

DOUBTFUL: Final = {Certainty.MAYBE: ("?", "dim"), Certainty.NOTHING: ("=", "dim")}
RECREATED: Final = {"Always": " (replaces it)", "Conditionally": " (may replace it)"}
REPLACING: Final = frozenset({Kind.REPLACE, Kind.MAYBE_REPLACE})
PROPERTY: Final = " " * 10


class Tree(Struct, frozen=True):
    """`everything`: each addition by itself, and what may change or doesn't, too."""

    review: Review
    judgement: Judgement
    width: int
    everything: bool = False

    def lines(self) -> Iterator[Text]:
        for stack in self.review.stacks:
            yield from self._stack(stack)

    def doubtful(self) -> Iterator[Text]:
        """One line for each stack whose resources may change."""
        for stack in self.review.stacks:
            may = [one for one in stack.changes if self._is_doubtful(stack, one)]
            if may:
                causes = sorted(
                    {name for one in may for cause in self._causes(stack, one) for name in cause.split(", ")}
                )
                replaced = sum(self.judgement.kind(stack.path, one) is not Kind.MODIFY for one in may)
                line = f"{_named(stack)}: {counted(len(may), 'resource')} may change"
                line += f", {replaced} of them by replacement" if replaced else ""
                line += _if(causes, self.width)
                yield from (Text(one, "dim") for one in wrapped(line, self.width, "    "))

    def _is_doubtful(self, stack: StackChanges, change: ResourceChange) -> bool:
        return not change.is_nested_stack and self.judgement.of(stack.path, change) is Certainty.MAYBE

    def _causes(self, stack: StackChanges, change: ResourceChange) -> Iterator[str]:
        for detail in change.details:
            if (cause := self.judgement.causes.get((stack.path, change.logical_id, detail.path))) is not None:
                yield cause

    def _stack(self, stack: StackChanges) -> Iterator[Text]:
        listed = [one for one in stack.changes if self._is_listed(stack, one)]
        added = [one for one in listed if one.kind is Kind.ADD]
        is_folded = not self.everything and (len(added) > FEW or stack.path in self.judgement.new_stacks)
        alone = [one for one in listed if not (is_folded and one.kind is Kind.ADD)]
        if alone:
            yield Text(f"    {_named(stack)}: {counts(self.kinds(stack, listed))}", "bold")
        for change in sorted(alone, key=self._weight(stack)):
            yield from self._resource(stack, change)
        if is_folded and added:
            head = f"      + {len(added)} new: " if alone else f"    + {_named(stack)}, {len(added)} new: "
            yield Text(head + fitting(_types(added), self.width - len(head), "type"), "green")

    def _weight(self, stack: StackChanges) -> Callable[[ResourceChange], tuple[int, int]]:
        order = list(reversed(MARKS))
        return lambda change: (
            -self.judgement.of(stack.path, change),
            order.index(self.judgement.kind(stack.path, change)),
        )

    def kinds(self, stack: StackChanges, changes: Iterable[ResourceChange]) -> Iterator[Kind]:
        """What happens to the resources among `changes`, not to the nested stacks that hold others."""
        return (self.judgement.kind(stack.path, one) for one in changes if not one.is_nested_stack)

    def _is_listed(self, stack: StackChanges, change: ResourceChange) -> bool:
        """A nested stack stands for itself only if nothing below it does, or it goes."""
        if not self.everything and not self.judgement.is_real(stack.path, change):
            return False
        if not change.is_nested_stack or change.kind not in {Kind.ADD, Kind.MODIFY}:
            return True
        inside = (*stack.path, change.logical_id)
        return not change.is_automatic and not any(
            path[: len(inside)] == inside and (self.everything or self.judgement.is_real(path, one))
            for path, one in self.review.all()
        )

    def _resource(self, stack: StackChanges, change: ResourceChange) -> Iterator[Text]:
        kind = self.judgement.kind(stack.path, change)
        mark, style = DOUBTFUL.get(self.judgement.of(stack.path, change), MARKS[kind])
        said = "" if kind in {Kind.ADD, Kind.MODIFY, Kind.UNKNOWN} else f": {kind}"
        line = f"{mark} {change.logical_id} {change.type}{said}"
        yield from (Text(one, style) for one in wrapped(line, self.width, "      "))
        told = _by_path(change)
        doubtful = (
            [] if self.everything else [path for path in told if self._of(stack, change, path) is Certainty.MAYBE]
        )
        for path, details in told.items():
            if self.everything or self._of(stack, change, path) is Certainty.REAL:
                for one in self._property(stack, change, path, details):
                    yield Text(one, "dim" if style == "dim" else "")
        if doubtful:
            causes = {self.judgement.causes.get((stack.path, change.logical_id, path), "") for path in doubtful}
            names = sorted({name for cause in causes - {""} for name in cause.split(", ")})
            line = f"{len(doubtful)} more of its properties may change{_if(names, self.width)}"
            yield from (Text(one, "dim") for one in wrapped(line, self.width, PROPERTY))

    def _of(self, stack: StackChanges, change: ResourceChange, path: str) -> Certainty:
        return self.judgement.of_property(stack.path, change, path)

    def _property(
        self, stack: StackChanges, change: ResourceChange, path: str, details: list[PropertyChange]
    ) -> Iterator[str]:
        """All that is told of a property: its values on one line, or one for each part of a long one."""
        because = self._because(stack, change, path, details)
        before, after = (
            next((value for one, told in values if (value := shown(change, one, told)) is not None), None)
            for values in ([(one, one.before) for one in details], [(one, one.after) for one in details])
        )
        head = f"{PROPERTY}{clean(readable(path))}"
        parts = list(differences(before, after)) or [("", before, after)]
        for name, old, new in parts[: len(parts) if self.everything else FEW]:
            label = f"{head}.{clean(name)}" if name else head
            room = self.width - len(label) - 2
            is_short = len(parts) == 1 and room - len(because) > 2 * FEW
            values = difference(old, new, room - len(because) * is_short)
            yield (f"{label}: {values}" if values else label) + because * is_short
            if not is_short and because and name == parts[0][0]:
                yield f"{PROPERTY}  {because.strip(', ')}"
        if not self.everything and len(parts) > FEW:
            yield f"{PROPERTY}  and {counted(len(parts) - FEW, 'more part')}"

    def _because(self, stack: StackChanges, change: ResourceChange, path: str, details: list[PropertyChange]) -> str:
        certain = self._of(stack, change, path) is Certainty.REAL
        needs = {one.requires_recreation for one in details}
        told = "".join(text for need, text in RECREATED.items() if need in needs) if change.kind in REPLACING else ""
        cause = self.judgement.causes.get((stack.path, change.logical_id, path))
        if cause is not None:
            told += f", {'because' if certain else 'if'} {clean(cause)} changes"
        return told


def counts(kinds: Iterable[Kind]) -> str:
    """`3 to add, 1 to modify`."""
    counted = Counter(kinds)
    return (
        ", ".join(f"{counted[kind]} to {kind}" for kind in reversed(MARKS) if counted[kind]) or "no resource of its own"
    )


def _if(causes: Sequence[str], width: int) -> str:
    """`, if Keys.KeyArn does`."""
    return f", if {fitting(causes, width // 2, 'cause')} {'does' if len(causes) == 1 else 'do'}" if causes else ""


def readable(path: str) -> str:
    """`/Properties/Tags/0/Value` as `Tags.0.Value`."""
    parts = keys(path)
    return ".".join(parts[1:] if parts[:1] == ("Properties",) and len(parts) > 1 else parts)


def _named(stack: StackChanges) -> str:
    return clean("/".join(stack.path)) or "the root stack"


def _types(changes: Sequence[ResourceChange]) -> Iterator[str]:
    kinds = Counter(clean(one.type.removeprefix("AWS::")) for one in changes if not one.is_nested_stack)
    weight = {clean(one.type.removeprefix("AWS::")): _importance(one) for one in changes}
    for kind, count in sorted(kinds.items(), key=lambda one: (weight[one[0]], -one[1], one[0])):
        yield f"{count} {kind}"


def _importance(change: ResourceChange) -> int:
    """What holds data first, then who may do what."""
    return 0 if change.type in STATEFUL else 1 if change.type.startswith("AWS::IAM::") else 2


def _by_path(change: ResourceChange) -> dict[str, list[PropertyChange]]:
    """What replaces the resource first; a part of what is told as a whole isn't told again."""
    found: dict[str, list[PropertyChange]] = {}
    whole = {one.path for one in change.details if one.before is not None and one.after is not None}
    for detail in change.details if change.kind is not Kind.ADD else ():
        above = any(detail.path.startswith(f"{path}/") for path in whole)
        if detail.source != "Automatic" and not above:
            found.setdefault(detail.path, []).append(detail)
    return dict(
        sorted(found.items(), key=lambda one: (all(d.requires_recreation not in RECREATED for d in one[1]), one[0]))
    )
