"""The load balancer that is the only way in: HTTPS, a firewall for the web, and logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from policies.kms import LogGroups, TopicPublisher
from stratopause.environments.schema import IngressSettings, ServiceSettings
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import (
    BucketName,
    KeyArn,
    ListenerArn,
    LoadBalancerDnsName,
    LoadBalancerName,
    SecurityGroupId,
    SubnetIds,
    TargetGroupArn,
    TargetGroupName,
    TopicArn,
    Url,
    VpcId,
)


@dataclass(frozen=True)
class Parameters:
    vpc_id: VpcId
    subnet_ids: SubnetIds
    security_group_id: SecurityGroupId
    log_bucket_name: BucketName
    logs_key_arn: Annotated[KeyArn, LogGroups()]
    topic_arn: Annotated[TopicArn, TopicPublisher("cloudwatch")]


@dataclass(frozen=True)
class Outputs:
    load_balancer_dns_name: Annotated[LoadBalancerDnsName, "The load balancer's own DNS name"]
    load_balancer_name: Annotated[LoadBalancerName, "What the load balancer's metrics are found by"]
    target_group_arn: Annotated[TargetGroupArn, "Where the service's tasks are registered"]
    target_group_name: Annotated[TargetGroupName, "What the target group's metrics are found by"]
    listener_arn: Annotated[ListenerArn, "The HTTPS listener, to add rules to"]
    url: Annotated[Url, "Where patients and staff reach the platform"]


class Ingress(Stack[Parameters, Outputs]):
    description = "The load balancer that is the only way in: HTTPS, a firewall for the web, and logs."

    def __init__(self, prefix: str, settings: IngressSettings, service: ServiceSettings, log_days: int) -> None:
        super().__init__()
        self.prefix = prefix
        self.settings = settings
        self.service = service
        self.log_days = log_days

    def resources(self, given: Parameters) -> Outputs:
        raise NotImplementedError
