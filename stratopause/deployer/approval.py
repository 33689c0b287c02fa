"""Who said yes, and how."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Struct

from stratopause.deployer.planfile import Arn, Digest, Moment
from stratopause.environments.schema import one_of

How = Literal["terminal", "yes", "console"]


class Approval(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`who` is an ARN; None while `pending`: CloudTrail hasn't told yet who executed the change set in the console."""

    how: Annotated[How, one_of('"terminal", "yes" or "console"', "terminal")]
    when: Moment
    who: Arn | None = None
    plan_digest: Digest | None = None
    pending: Annotated[bool, one_of("true or false", False)] = False
