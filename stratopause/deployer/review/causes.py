"""Where a change comes from: followed through the parameters of nested stacks up to what gives the value.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from stratopause.deployer.changes import PropertyChange, ResourceChange, Review
from stratopause.deployer.review.contexts import keys
from stratopause.deployer.stacks import Path

REFERENCES: Final = frozenset({"ResourceReference", "ParameterReference", "ResourceAttribute"})


class Cause(Struct, frozen=True, order=True):
    """What gives a value in the stack at `path`: `Keys.KeyArn` of a nested stack, `Bucket.Arn`, or a parameter."""

    path: Path
    logical_id: str
    attribute: str = ""
    is_parameter: bool = False

    @property
    def name(self) -> str:
        """`Keys.KeyArn`; below the root with the path, `Database/Instance.Endpoint`."""
        own = f"{self.logical_id}.{self.attribute}" if self.attribute else self.logical_id
        return "/".join((*self.path, own))


class Causes:
    """Those of the changes in one review."""

    def __init__(self, review: Review) -> None:
        self._changes: Mapping[tuple[Path, str], ResourceChange] = {
            (path, change.logical_id): change for path, change in review.all()
        }

    def change(self, path: Path, logical_id: str) -> ResourceChange | None:
        return self._changes.get((path, logical_id))

    def of(self, path: Path, detail: PropertyChange) -> Iterator[Cause]:
        """What a change of a property in the stack at `path` comes from; nothing where somebody wrote it."""
        if not detail.cause or detail.source not in REFERENCES:
            return
        if detail.source != "ParameterReference":
            logical_id, _, attribute = detail.cause.partition(".")
            yield Cause(path, logical_id, attribute.removeprefix("Outputs."))
            return
        above = list(self._above(path, detail.cause))
        if above:
            yield from above
        else:
            yield Cause(path, detail.cause, is_parameter=True)

    def _above(self, path: Path, parameter: str) -> Iterator[Cause]:
        """What the parent of the stack at `path` gives it as `parameter`."""
        given = self.change(path[:-1], path[-1]) if path else None
        for detail in given.details if given else ():
            if keys(detail.path) in {("Properties", "Parameters", parameter), ("Properties", "Parameters")}:
                yield from self.of(path[:-1], detail)
