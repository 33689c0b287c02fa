"""A review with what it means: the one thing that is shown, asked about and recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from msgspec import Struct, field

from stratopause.deployer.changes import Kind, ResourceChange, Review
from stratopause.deployer.review.broadening import Broadening, broadenings, new_stacks, unread_additions
from stratopause.deployer.review.causes import Causes
from stratopause.deployer.review.findings import Findings, Observed, findings
from stratopause.deployer.review.losses import Deployed, Loss, Stored, less_kept, losses, stored_below
from stratopause.deployer.review.noise import Certainty, Place, Verdict, verdicts
from stratopause.deployer.review.outputs import Givers
from stratopause.deployer.stacks import Path


class Account(Observed, Deployed, Protocol):
    """As much of CloudFormation as judging a review needs."""


class Warned(Struct, frozen=True):
    """Something to know of the resource or stack `name` (empty: of the whole)."""

    name: str
    text: str


class Judgement(Struct, frozen=True):
    """Losses and broadenings are of what really changes or may; `replacements` by the path of their stack.

    `causes` names what the change of a property comes from, by place and path of the property: `Keys.KeyArn`.
    """

    losses: tuple[Loss, ...] = ()
    replacements: tuple[tuple[Path, ResourceChange], ...] = ()
    broadenings: tuple[Broadening, ...] = ()
    warnings: tuple[Warned, ...] = ()
    verdicts: Mapping[Place, Verdict] = field(default_factory=dict)
    causes: Mapping[tuple[Path, str, str], str] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    new_stacks: frozenset[Path] = frozenset()

    @property
    def loss_names(self) -> tuple[str, ...]:
        """`Database/Instance`, as `--allow-data-loss` takes them."""
        return tuple(loss.name for loss in self.losses)

    def of(self, path: Path, change: ResourceChange) -> Certainty:
        verdict = self.verdicts.get((path, change))
        return Certainty.REAL if verdict is None else verdict.certainty

    def kind(self, path: Path, change: ResourceChange) -> Kind:
        """What the change really comes to: a replacement is no surer than its cause."""
        verdict = self.verdicts.get((path, change))
        return change.kind if verdict is None else verdict.kind

    def of_property(self, path: Path, change: ResourceChange, name: str) -> Certainty:
        verdict = self.verdicts.get((path, change))
        return Certainty.REAL if verdict is None else verdict.properties.get(name, Certainty.REAL)

    def is_real(self, path: Path, change: ResourceChange) -> bool:
        return self.of(path, change) is Certainty.REAL


def judge(
    review: Review, below: tuple[Stored, ...] = (), found: Findings | None = None, givers: Givers | None = None
) -> Judgement:
    """`below` is what holds data in nested stacks that go; `givers` come from the templates to be deployed."""
    found_out = verdicts(review, givers)
    return Judgement(
        losses=losses(review, found_out, below),
        replacements=tuple(
            (path, change)
            for path, change in review.all()
            if (verdict := found_out[path, change]).kind in {Kind.REPLACE, Kind.MAYBE_REPLACE}
            and verdict.certainty is Certainty.REAL
        ),
        broadenings=broadenings(review, found_out),
        warnings=tuple(_warnings(review)),
        verdicts=found_out,
        causes=dict(_causes(review)),
        findings=found or Findings(),
        new_stacks=new_stacks(review),
    )


def judged(cloudformation: Account, review: Review, givers: Givers | None = None) -> Judgement:
    """`judge`, after asking what must be known for it."""
    return judge(review, stored_below(cloudformation, review), findings(cloudformation, review), givers)


def _warnings(review: Review) -> Iterator[Warned]:
    for path, change, lowered in less_kept(review):
        yield Warned("/".join((*path, change.logical_id)), lowered)
    if unread := unread_additions(review):
        yield Warned("", f"nobody can say how open these are, CloudFormation doesn't tell them: {', '.join(unread)}")
    if review.change_set.reason:
        yield Warned("", f"CloudFormation says: {review.change_set.reason}")


def _causes(review: Review) -> Iterator[tuple[tuple[Path, str, str], str]]:
    causes = Causes(review)
    for path, change in review.all():
        for detail in change.details:
            if names := sorted({cause.name for cause in causes.of(path, detail)}):
                yield (path, change.logical_id, detail.path), ", ".join(names)
