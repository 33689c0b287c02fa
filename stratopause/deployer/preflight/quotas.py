"""Whether what is added still fits into the account's quotas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, Final

from msgspec import Struct

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, failed, passed
from stratopause.deployer.preflight.lookups import TRAILS
from stratopause.deployer.preflight.needs import Resource
from stratopause.deployer.preflight.scene import Scene

LIMIT: Final = Call("service-quotas", "get_service_quota", "servicequotas:GetServiceQuota")
DEFAULT: Final = Call("service-quotas", "get_aws_default_service_quota", "servicequotas:GetAWSDefaultServiceQuota")
VPCS: Final = Call("ec2", "describe_vpcs", "ec2:DescribeVpcs")
ADDRESSES: Final = Call("ec2", "describe_addresses", "ec2:DescribeAddresses")
GATEWAYS: Final = Call("ec2", "describe_nat_gateways", "ec2:DescribeNatGateways")
SUBNETS: Final = Call("ec2", "describe_subnets", "ec2:DescribeSubnets")
METRIC: Final = Call("cloudwatch", "get_metric_statistics", "cloudwatch:GetMetricStatistics")
TRAIL: Final = "AWS::CloudTrail::Trail"
MOST_TRAILS: Final = 5
"""https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html: can't be raised"""


class Quota(Struct, frozen=True):
    """`adds` is how much comes new, by zone where the quota is one per zone, else under ""; `used` how much is there.

    `used` gets what Service Quotas tells of the quota.
    """

    check: str
    what: str
    service: str
    code: str
    adds: Callable[[Scene], Counter[str]]
    used: Callable[[Scene, dict[str, Any]], Counter[str]]
    calls: tuple[Call, ...]


def quota(one: Quota, scene: Scene) -> Iterator[Finding]:
    adds = one.adds(scene)
    if not any(adds.values()):
        return
    told = _limit(scene, one)
    limit = int(told["Value"])
    used = one.used(scene, told)
    for zone, number in sorted(adds.items()):
        where = f" in {zone}" if zone else f" in {scene.target.region}"
        message = f"{used[zone]} of {limit} {one.what}{where} are used, this adds {number}"
        wanted = used[zone] + number
        if wanted > limit:
            yield failed(message, f"{_raise(scene, one)} --desired-value {wanted}")
        else:
            yield passed(message)


def _limit(scene: Scene, one: Quota) -> dict[str, Any]:
    """What was never raised is told as a default only."""
    asked = {"ServiceCode": one.service, "QuotaCode": one.code}
    told = scene.asking.find(LIMIT, **asked) or scene.asking.ask(DEFAULT, **asked)
    return dict(told["Quota"])


def _raise(scene: Scene, one: Quota) -> str:
    return (
        "delete what isn't needed, or ask for more: aws service-quotas request-service-quota-increase "
        f"--region {scene.target.region} --service-code {one.service} --quota-code {one.code}"
    )


def _count(*types: str) -> Callable[[Scene], Counter[str]]:
    return lambda scene: Counter({"": sum(1 for _ in scene.added(*types))})


def _vpcs(scene: Scene, _: dict[str, Any]) -> Counter[str]:
    return Counter({"": sum(1 for _ in scene.asking.every(VPCS, "Vpcs"))})


def _addresses(scene: Scene, _: dict[str, Any]) -> Counter[str]:
    return Counter({"": len(scene.asking.ask(ADDRESSES)["Addresses"])})


def _gateways_added(scene: Scene) -> Counter[str]:
    subnets = (scene.needs.at(one.made("SubnetId")) for one in scene.added("AWS::EC2::NatGateway"))
    return Counter(zone for one in subnets if one and (zone := one.text("AvailabilityZone")))


def _gateways(scene: Scene, _: dict[str, Any]) -> Counter[str]:
    filters = [{"Name": "state", "Values": ["pending", "available"]}]
    subnets = [one["SubnetId"] for one in scene.asking.every(GATEWAYS, "NatGateways", Filter=filters)]
    if not subnets:
        return Counter()
    wanted = [{"Name": "subnet-id", "Values": sorted(set(subnets))}]
    told = scene.asking.every(SUBNETS, "Subnets", Filters=wanted)
    zones = {one["SubnetId"]: one["AvailabilityZone"] for one in told}
    return Counter(zones[one] for one in subnets if one in zones)


def _processors_added(scene: Scene) -> Counter[str]:
    """Virtual CPUs of the tasks that a new service starts with."""
    units = sum(_tasks(scene, one) * _size(scene, one) for one in scene.added("AWS::ECS::Service"))
    return Counter({"": -(-units // 1024)})


def _tasks(scene: Scene, service: Resource) -> int:
    least = [
        one.number("MinCapacity") or 0
        for one in scene.needs.of("AWS::ApplicationAutoScaling::ScalableTarget")
        if one.place[:-1] == service.place[:-1]
    ]
    desired = service.number("DesiredCount")
    return max([1, *least]) if desired is None else desired


def _size(scene: Scene, service: Resource) -> int:
    task = scene.needs.at(service.made("TaskDefinition"))
    return (task.number("Cpu") or 0) if task else 0


def _processors(scene: Scene, told: dict[str, Any]) -> Counter[str]:
    """The highest use of the last hour: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Quotas-Visualize-Alarms.html"""
    metric = told.get("UsageMetric")
    if not metric:
        return Counter()
    points = scene.asking.ask(
        METRIC,
        Namespace=metric["MetricNamespace"],
        MetricName=metric["MetricName"],
        Dimensions=[{"Name": name, "Value": value} for name, value in sorted(metric["MetricDimensions"].items())],
        StartTime=scene.now - timedelta(hours=1),
        EndTime=scene.now,
        Period=300,
        Statistics=["Maximum"],
    )["Datapoints"]
    return Counter({"": round(max((one["Maximum"] for one in points), default=0))})


def trails(scene: Scene) -> Iterator[Finding]:
    """Trails of other regions count where they record this one, too."""
    added = sum(1 for _ in scene.added(TRAIL))
    if not added:
        return
    used = len(scene.asking.ask(TRAILS, includeShadowTrails=True)["trailList"])
    message = f"{used} of {MOST_TRAILS} trails in {scene.target.region} are used, this adds {added}"
    if used + added > MOST_TRAILS:
        yield failed(message, "delete one, or name the account's trail as audit.trail_arn")
    else:
        yield passed(message)


QUOTAS: Final = (
    Quota("vpc-quota", "VPCs", "vpc", "L-F678F1CE", _count("AWS::EC2::VPC"), _vpcs, (VPCS,)),
    Quota("address-quota", "elastic IPs", "ec2", "L-0263D0A3", _count("AWS::EC2::EIP"), _addresses, (ADDRESSES,)),
    Quota("nat-quota", "NAT gateways", "vpc", "L-FE5A380F", _gateways_added, _gateways, (GATEWAYS, SUBNETS)),
    Quota("fargate-quota", "vCPUs of Fargate", "fargate", "L-3032A538", _processors_added, _processors, (METRIC,)),
)

CHECKS: Final = (
    *(
        Check(
            name=one.check,
            prevents=f"more {one.what} than the account may have",
            source="https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html",
            calls=(LIMIT, DEFAULT, *one.calls),
            run=partial(quota, one),
            only_aws=True,
        )
        for one in QUOTAS
    ),
    Check(
        name="trail-quota",
        prevents="a sixth trail in the region, which CloudTrail refuses",
        source="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html",
        calls=(TRAILS,),
        run=trails,
    ),
)
