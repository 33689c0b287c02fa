"""Buckets for the logs of load balancers and of access to buckets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stratopause.wiring.records import Nothing
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import BucketName


@dataclass(frozen=True)
class Outputs:
    access_log_bucket_name: Annotated[BucketName, "Who read or wrote objects in the platform's buckets"]
    load_balancer_log_bucket_name: Annotated[BucketName, "Which requests reached the load balancer"]


class Archive(Stack[Nothing, Outputs]):
    description = "Buckets for the logs of load balancers and of access to buckets."

    def __init__(self, prefix: str, archive_days: int) -> None:
        super().__init__()
        self.prefix = prefix
        self.archive_days = archive_days

    def resources(self, given: Nothing) -> Outputs:
        raise NotImplementedError
