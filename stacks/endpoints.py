"""Private ways to the AWS services that the platform's tasks call."""

from __future__ import annotations

from dataclasses import dataclass

from stratopause.wiring.records import Nothing
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import RouteTableIds, SecurityGroupId, SubnetIds, VpcId


@dataclass(frozen=True)
class Parameters:
    vpc_id: VpcId
    subnet_ids: SubnetIds
    route_table_ids: RouteTableIds
    service_security_group_id: SecurityGroupId


class Endpoints(Stack[Parameters, Nothing]):
    description = "Private ways to the AWS services that the platform's tasks call."

    def __init__(self, s3_prefix_list: str) -> None:
        super().__init__()
        self.s3_prefix_list = s3_prefix_list

    def resources(self, given: Parameters) -> Nothing:
        raise NotImplementedError
