"""What only an environment knows of what is to be checked."""

from __future__ import annotations

from msgspec import Struct


class Facts(Struct, frozen=True):
    """What an environment says that no template tells.

    `domain` is what the certificate must cover, `trail_arn` the account's trail where another environment owns it,
    `signing_key` the key that plans are signed with, `role` (an ARN) whom CloudFormation acts as.
    """

    domain: str | None = None
    trail_arn: str | None = None
    signing_key: str | None = None
    role: str | None = None
