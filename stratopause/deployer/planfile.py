"""A plan on its way from those who reviewed it to those who apply it: one file, refused if a single byte differs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from stratopause.deployer import canonical, files
from stratopause.deployer.errors import AlteredPlan, PlanUnreadable, WrongTarget
from stratopause.deployer.target import Target
from stratopause.environments.schema import one_of, text

VERSION: Final = 1
LARGEST: Final = 1024 * 1024
PLAN_AGAIN: Final = "make the plan again, and apply that one"

Digest = Annotated[str, text("[0-9a-f]{64}", "a SHA-256 in 64 hexadecimal digits", "0" * 64)]
Arn = Annotated[str, text("arn:[!-~]{1,2043}", "an ARN", "arn:aws:iam::111122223333:role/deployer")]
Name = Annotated[str, text("[A-Za-z0-9][A-Za-z0-9-]{0,127}", "letters, digits and hyphens", "stratopause-dev")]
Line = Annotated[str, text("[ -~]{0,1024}", "a line of ASCII, up to 1024 characters", "Database/Instance")]
Moment = Annotated[datetime, Meta(tz=True, description="a time in ISO 8601", examples=["2026-01-31T12:00:00Z"])]


class PlannedTemplate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template as it was uploaded: under `key`, with the SHA-256 `digest`; `changed` if the stack has another."""

    name: Line
    key: Line
    digest: Digest
    changed: Annotated[bool, one_of("true or false", True)]


class PlanFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was planned, by digests and names: no value of a property or a parameter.

    `stack_id`, `change_set` and `created_by` are ARNs; `losses` name what would lose data, as `Database/Instance`.
    `review_digest` is that of the review as it was shown.
    """

    version: Annotated[Literal[1], one_of("1", 1)] = VERSION
    environment: Name
    suffix: Name | None = None
    account: Annotated[str, text("[0-9]{12}", "an account id of 12 digits", "111122223333")]
    region: Annotated[str, text("[a-z0-9-]{1,32}", "a region of AWS", "eu-central-1")]
    partition: Annotated[str, text("[a-z-]{1,32}", "a partition of AWS", "aws")]
    stack: Name
    stack_id: Arn
    change_set: Arn
    change_set_type: Annotated[Literal["CREATE", "UPDATE"], one_of('"CREATE" or "UPDATE"', "UPDATE")]
    bucket: Line
    templates: tuple[PlannedTemplate, ...]
    parameters_digest: Digest
    review_digest: Digest
    commit: Line
    created: Moment
    created_by: Arn
    run: Name
    losses: tuple[Line, ...] = ()
    tool_version: Line


class Signature(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of the plan's digest, by the KMS key with the ARN `key`."""

    key: Arn
    algorithm: Line
    value: Annotated[bytes, Meta(max_length=4096, description="a signature in Base64", examples=["c2lnbmF0dXJl"])]


class SignedPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As it stands in the file; nobody has verified `signature` yet."""

    plan: PlanFile
    digest: Digest
    signature: Signature | None = None


class _Versioned(Struct, frozen=True):
    version: object = None


class _OfSomeVersion(Struct):
    plan: _Versioned = _Versioned()


def digest(plan: PlanFile) -> str:
    """SHA-256 of the plan as canonical JSON, in hexadecimal digits."""
    return canonical.digest(plan)


def write(plan: PlanFile, file: Path, signature: Signature | None = None) -> SignedPlan:
    """Raises: CannotWrite."""
    signed = SignedPlan(plan=plan, digest=digest(plan), signature=signature)
    files.write(file, _content(signed), "name a file in a directory that can be written")
    return signed


def read(file: Path) -> SignedPlan:
    """The plan in `file`, exactly as it was written.

    Raises:
        PlanUnreadable: it can't be read, or is no plan that this version reads.
        AlteredPlan: a byte of it is another.
    """
    try:
        body = files.read(file, LARGEST)
    except (OSError, ValueError) as error:
        raise PlanUnreadable(f"{file}: can't be read ({files.reason(error)})", "name the file of a plan") from None
    if len(body) > LARGEST:
        raise PlanUnreadable(f"{file}: larger than {LARGEST // 1024} KiB", PLAN_AGAIN)
    signed = _decoded(body, file)
    if signed.digest != digest(signed.plan) or _content(signed) != body:
        raise AlteredPlan(f"{file}: it was altered after it was written", PLAN_AGAIN)
    return signed


def hold_against(plan: PlanFile, target: Target) -> None:
    """Raises: WrongTarget, where the plan is for another environment, copy, account, region or stack."""
    for what in ("environment", "suffix", "account", "region", "partition", "stack"):
        planned, here = getattr(plan, what), getattr(target, what)
        if planned != here:
            raise WrongTarget(f"the plan is for {what} {planned}, this is {here}", "apply it where it was planned for")


def _content(signed: SignedPlan) -> bytes:
    return msgspec.json.format(canonical.encoded(signed), indent=2) + b"\n"


def _decoded(body: bytes, file: Path) -> SignedPlan:
    try:
        version = canonical.decoded(body, _OfSomeVersion).plan.version
        if isinstance(version, int) and version > VERSION:
            raise PlanUnreadable(
                f"{file}: a plan of version {version}, this one reads version {VERSION}",
                "apply it with the version that made it, or plan again",
            )
        return canonical.decoded(body, SignedPlan)
    except canonical.Malformed as error:
        raise PlanUnreadable(f"{file}: {error}", PLAN_AGAIN) from None
