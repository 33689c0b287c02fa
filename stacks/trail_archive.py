"""The bucket that keeps the record of API calls, locked against change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from policies.kms import Trail, ViaService
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import BucketName, KeyArn


@dataclass(frozen=True)
class Parameters:
    access_log_bucket_name: BucketName
    archive_key_arn: Annotated[KeyArn, ViaService("s3"), Trail()]


@dataclass(frozen=True)
class Outputs:
    trail_bucket_name: Annotated[BucketName, "The record of every API call"]


class TrailArchive(Stack[Parameters, Outputs]):
    description = "The bucket that keeps the record of API calls, locked against change."

    def __init__(self, trail_arn: str, archive_days: int) -> None:
        super().__init__()
        self.trail_arn = trail_arn
        self.archive_days = archive_days

    def resources(self, given: Parameters) -> Outputs:
        raise NotImplementedError
