"""Records as a chain: each holds the digest of the one before, so that none can be changed, taken out or moved.

That the newest ones are missing, the chain alone can't tell: a copy elsewhere can. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from stratopause.deployer import canonical
from stratopause.deployer.canonical import Malformed
from stratopause.deployer.records.entries import (
    FIRST,
    NO_DIGEST,
    ApprovalFound,
    Awaited,
    Began,
    Ended,
    Entry,
    OpenRun,
    Restored,
    Standing,
)

LARGEST: Final = 1024 * 1024
CLOUDTRAIL_KEEPS: Final = timedelta(days=90)
"""https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html"""
NEVER_EXECUTED: Final = frozenset({"Declined", "NotExecuted"})
"""Outcomes after which CloudTrail has nothing to tell of who approved."""


class Link(Struct, frozen=True):
    """A record as it is stored; `entry` is None where it can't be read."""

    number: int
    body: bytes
    entry: Entry | None

    @classmethod
    def of(cls, entry: Entry) -> Link:
        return cls(entry.number, canonical.encoded(entry), entry)

    @classmethod
    def stored(cls, number: int, body: bytes) -> Link:
        try:
            return cls(number, body, read(body))
        except Malformed:
            return cls(number, body, None)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @property
    def standing(self) -> Standing:
        return self.entry.standing if self.entry else Standing()


class Finding(Struct, frozen=True):
    """What is wrong with the record `number`."""

    number: int
    problem: str


def read(body: bytes) -> Entry:
    """A record by itself.

    Raises:
        Malformed: it isn't one, or not as it was written.
    """
    if len(body) > LARGEST:
        raise Malformed(f"it is larger than {LARGEST // 1024} KiB")
    entry = canonical.decoded(body, Entry)
    if entry.digest != _digest(entry) or canonical.encoded(entry) != body:
        raise Malformed("it was altered")
    return entry


def after(before: Link | None, entry: Entry) -> Entry:
    """`entry` as it follows `before`."""
    number = before.number + 1 if before else FIRST
    linked = replace(
        entry,
        number=number,
        previous=before.digest if before else NO_DIGEST,
        standing=_standing(before.standing if before else Standing(), replace(entry, number=number)),
    )
    return replace(linked, digest=_digest(linked))


def says_the_same(one: Entry, other: Entry) -> bool:
    """They are one record, whichever place in the chain it was given."""
    return (one.stack, one.time, one.run, one.body) == (other.stack, other.time, other.run, other.body)


def findings(stack: str, links: Mapping[int, Link]) -> Iterator[Finding]:
    """What is wrong with the records of `stack`, by their numbers, the first one first."""
    for number in range(FIRST, max(links, default=0) + 1):
        if number not in links:
            yield Finding(number, "it is missing")
        elif problem := _problem(stack, links[number], links.get(number - 1)):
            yield Finding(number, problem)


def _problem(stack: str, link: Link, before: Link | None) -> str:
    """Empty where there is none; without `before`, what it follows from can't be checked unless it is the first."""
    try:
        entry = read(link.body)
    except Malformed as error:
        return f"it isn't what was written: {error}"
    if (entry.stack, entry.number) != (stack, link.number):
        return f"it is record {entry.number} of {entry.stack}"
    if before is None and link.number > FIRST:
        return ""
    if entry.previous != (before.digest if before else NO_DIGEST):
        return f"it doesn't follow from record {link.number - 1}: one of the two was altered"
    if (before is None or before.entry) and entry != after(before, entry):
        return "what it says all records come to isn't so"
    return ""


def _digest(entry: Entry) -> str:
    return canonical.digest(replace(entry, digest=NO_DIGEST))


def _standing(before: Standing, entry: Entry) -> Standing:
    still = tuple(one for one in before.awaited if entry.time - one.when < CLOUDTRAIL_KEEPS)
    before = replace(before, awaited=still)
    match entry.body:
        case Began():
            return _begun(before, entry, entry.body)
        case Ended():
            return _ended(before, entry.run, entry.body)
        case Restored(policies=policies):
            return _standing_again(before, policies)
        case ApprovalFound(run=run):
            return _awaiting_no_more(before, run)
        case _:
            return before


def _begun(before: Standing, entry: Entry, began: Began) -> Standing:
    awaited = before.awaited
    if began.approval is not None and began.approval.pending and began.change_set:
        awaited += (Awaited(run=entry.run, change_set=began.change_set, when=began.approval.when),)
    return replace(
        before,
        open=OpenRun(run=entry.run, number=entry.number),
        policies={path: digest for path, digest in before.policies.items() if path not in began.overrides},
        lifted=tuple(dict.fromkeys((*before.lifted, *began.overrides))),
        awaited=awaited,
    )


def _ended(before: Standing, run: str, ended: Ended) -> Standing:
    if before.open is not None and before.open.run == run:
        before = replace(before, open=None)
    if ended.outcome in NEVER_EXECUTED:
        before = _awaiting_no_more(before, run)
    if ended.policies is None:
        return before
    return replace(_standing_again(before, ended.policies), policies=ended.policies)


def _awaiting_no_more(before: Standing, run: str) -> Standing:
    return replace(before, awaited=tuple(one for one in before.awaited if one.run != run))


def _standing_again(before: Standing, policies: Mapping[str, str]) -> Standing:
    lifted = tuple(path for path in before.lifted if path not in policies)
    return replace(before, policies={**before.policies, **policies}, lifted=lifted)
