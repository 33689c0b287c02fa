"""What a record says. None holds a value of a property, a parameter or an output."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from stratopause.deployer.approval import Approval
from stratopause.deployer.planfile import Digest, Moment

FIRST: Final = 1
LAST: Final = 9_999_999_999
NO_DIGEST: Final = "0" * 64

Number = Annotated[int, Meta(ge=FIRST, le=LAST, description="the number of a record, from 1", examples=[1])]


class Cause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The resource that failed first; `path` leads to its stack, as `Database/Inner`, and is empty for the root."""

    path: str
    logical_id: str
    type: str
    reason: str


class RecordedEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event of the stack at `path`."""

    path: str
    logical_id: str
    type: str
    status: str
    time: Moment
    reason: str = ""


class Began(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="began"):
    """A command is about to change the stack; `who` is the ARN of its caller.

    `allowed_losses` are the resources whose loss of data was allowed, `overrides` the paths of the stacks whose stack
    policy is lifted for this run.
    """

    command: str
    who: str
    commit: str = ""
    change_set: str | None = None
    plan_digest: Digest | None = None
    approval: Approval | None = None
    allowed_losses: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()


class Ended(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="ended"):
    """How the run came to its end: `outcome` as `Deployed`, `status` as UPDATE_COMPLETE, `outputs` by name alone.

    `policies` are the digests of all stack policies by the path of their stack; None where nobody looked.
    """

    outcome: str
    status: str = ""
    seconds: float = 0.0
    cause: Cause | None = None
    events: tuple[RecordedEvent, ...] = ()
    outputs: tuple[str, ...] = ()
    policies: dict[str, Digest] | None = None


class Restored(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="restored"):
    """Stack policies that a run had lifted stand again; digests by the path of their stack."""

    policies: dict[str, Digest]


class Recovered(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="recovered"):
    """`action` as `continue-rollback`, with `arguments` as they were given; `confirmed_by` is an ARN."""

    action: str
    confirmed_by: str
    arguments: tuple[str, ...] = ()


class ApprovalFound(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="approval-found"
):
    """Who executed the change set of `run` in the console, and when, as CloudTrail told later."""

    run: str
    who: str
    when: Moment


Body = Began | Ended | Restored | Recovered | ApprovalFound


class OpenRun(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run that hasn't ended; its Began is the record `number`."""

    run: str
    number: Number


class Awaited(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The approval of a run in the console at `when`, of which CloudTrail hasn't told yet."""

    run: str
    change_set: str
    when: Moment


class Standing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all records up to one come to, so that the newest alone has to be read.

    `policies` are the digests of the stack policies that stand, by the path of their stack; `lifted` are the paths of
    the stacks whose stack policy was lifted, and doesn't stand again yet.
    """

    open: OpenRun | None = None
    policies: dict[str, Digest] = {}
    lifted: tuple[str, ...] = ()
    awaited: tuple[Awaited, ...] = ()


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`previous` is the SHA-256 of the bytes of the record before, `digest` that of this one with NO_DIGEST in it."""

    version: Literal[1] = 1
    stack: str
    number: Number = FIRST
    previous: Digest = NO_DIGEST
    time: Moment
    run: str
    body: Body
    standing: Standing = Standing()
    digest: Digest = NO_DIGEST
