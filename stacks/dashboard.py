"""One dashboard over all stacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stratopause.wiring.stack import Stack
from stratopause.wiring.values import (
    CacheId,
    ClusterName,
    DatabaseIdentifier,
    LoadBalancerName,
    ServiceName,
    TargetGroupName,
    Url,
)


@dataclass(frozen=True)
class Parameters:
    load_balancer_name: LoadBalancerName
    target_group_name: TargetGroupName
    cluster_name: ClusterName
    service_name: ServiceName
    database_identifier: DatabaseIdentifier
    cache_id: CacheId


@dataclass(frozen=True)
class Outputs:
    url: Annotated[Url, "The dashboard in the console"]


class Dashboard(Stack[Parameters, Outputs]):
    description = "One dashboard over all stacks."

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def resources(self, given: Parameters) -> Outputs:
        raise NotImplementedError
