"""The security groups of the load balancer and the service, and what may pass between the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stratopause.wiring.stack import Stack
from stratopause.wiring.values import SecurityGroupId, VpcId


@dataclass(frozen=True)
class Parameters:
    vpc_id: VpcId


@dataclass(frozen=True)
class Outputs:
    load_balancer_security_group_id: Annotated[SecurityGroupId, "What the load balancer may reach and be reached from"]
    service_security_group_id: Annotated[SecurityGroupId, "What the service's tasks may reach and be reached from"]


class Access(Stack[Parameters, Outputs]):
    description = "The security groups of the load balancer and the service, and what may pass between the two."

    def __init__(self, allowed_cidrs: tuple[str, ...], service_port: int) -> None:
        super().__init__()
        self.allowed_cidrs = allowed_cidrs
        self.service_port = service_port

    def resources(self, given: Parameters) -> Outputs:
        raise NotImplementedError
