"""Load balancers: where they stand, what their listeners present, and what protects them."""

from __future__ import annotations

from ministack.services import acm, alb, ec2

from stratopause.emulator.resources.ec2_addresses import internet_gateways
from stratopause.emulator.resources.handlers import Attributes, Change, after_change, before_change, before_delete
from stratopause.emulator.resources.refusals import AlreadyExists, Refusal
from stratopause.emulator.resources.schema import Properties

LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"


def _refusal(message: str, code: str = "InvalidRequest") -> Refusal:
    return Refusal(message, "ElasticLoadBalancingV2", code)


@before_change(LOAD_BALANCER)
def _stands_in_two_zones(change: Change) -> None:
    subnets = change.properties.get("Subnets", ())
    for subnet in subnets:
        if subnet not in ec2._subnets:
            raise _refusal(f"The subnet ID '{subnet}' does not exist", "NotFound")
    for group in change.properties.get("SecurityGroups", ()):
        if group not in ec2._security_groups:
            raise _refusal(f"The security group '{group}' does not exist", "NotFound")
    zones = {ec2._subnets[subnet]["AvailabilityZone"] for subnet in subnets}
    application = change.properties.get("Type", "application") == "application"
    if subnets and application and len(zones) < 2:
        raise _refusal("At least two subnets in two different Availability Zones must be specified")


@before_change(LOAD_BALANCER)
def _internet_facing_needs_a_gateway(change: Change) -> None:
    subnets = change.properties.get("Subnets", ())
    if not subnets or change.properties.get("Scheme", "internet-facing") != "internet-facing":
        return
    vpc_id = ec2._subnets[subnets[0]]["VpcId"]
    if not internet_gateways(vpc_id):
        raise _refusal(f"VPC {vpc_id} has no internet gateway", "InvalidSubnet")


@before_change(LOAD_BALANCER)
def _balancer_name_is_free(change: Change) -> None:
    name = change.properties.get("Name")
    if change.previous is None and any(item["LoadBalancerName"] == name for item in alb._lbs.values()):
        raise AlreadyExists(LOAD_BALANCER, "Name", name or "")


@before_change(TARGET_GROUP)
def _target_group_name_is_free(change: Change) -> None:
    name = change.properties.get("Name")
    if change.previous is None and any(item["TargetGroupName"] == name for item in alb._tgs.values()):
        raise AlreadyExists(TARGET_GROUP, "Name", name or "")


@before_change(TARGET_GROUP)
def _vpc_exists(change: Change) -> None:
    vpc = change.properties.get("VpcId")
    if vpc is not None and vpc not in ec2._vpcs:
        raise _refusal(f"The VPC ID '{vpc}' is not found")


@after_change(LOAD_BALANCER)
def _balancer_record(balancer_arn: str, change: Change) -> Attributes:
    subnets = change.properties.get("Subnets", ())
    if subnets:
        alb._lbs[balancer_arn]["VpcId"] = ec2._subnets[subnets[0]]["VpcId"]
    return {}


@after_change(TARGET_GROUP)
def _target_group_attributes(target_group: str, _change: Change) -> Attributes:
    return {"LoadBalancerArns": list(alb._tgs[target_group]["LoadBalancerArns"])}


@after_change("AWS::ElasticLoadBalancingV2::ListenerRule")
def _rule_attributes(rule: str, _change: Change) -> Attributes:
    return {"RuleArn": rule, "IsDefault": "false"}


@before_change(LISTENER)
def _listener_can_answer(change: Change) -> None:
    properties = change.properties
    encrypted = properties.get("Protocol") in {"HTTPS", "TLS"}
    if encrypted and not properties.get("Certificates"):
        raise _refusal("A certificate must be specified for HTTPS listeners")
    for certificate in properties.get("Certificates", ()):
        if certificate["CertificateArn"] not in acm._certificates:
            raise _refusal(f"Certificate ARN '{certificate['CertificateArn']}' is not valid", "NotFound")
    for action in properties["DefaultActions"]:
        target = action.get("TargetGroupArn")
        if target is not None and target not in alb._tgs:
            raise _refusal(f"One or more target groups not found: {target}", "NotFound")
    others = [item for item in alb._listeners.values() if item["LoadBalancerArn"] == properties.get("LoadBalancerArn")]
    if change.previous is None and any(item["Port"] == properties.get("Port") for item in others):
        raise _refusal("A listener already exists on this port for this load balancer", "AlreadyExists")


@after_change(LISTENER)
def _targets_know_their_balancer(listener_arn: str, change: Change) -> Attributes:
    balancer = alb._listeners[listener_arn]["LoadBalancerArn"]
    for action in change.properties["DefaultActions"]:
        target_group = alb._tgs.get(action.get("TargetGroupArn"))
        if target_group is not None and balancer not in target_group["LoadBalancerArns"]:
            target_group["LoadBalancerArns"].append(balancer)
    return {}


@before_delete(LOAD_BALANCER)
def _balancer_is_not_protected(balancer_arn: str, _properties: Properties) -> None:
    attributes = {item["Key"]: item["Value"] for item in alb._lb_attrs.get(balancer_arn, ())}
    if attributes.get("deletion_protection.enabled") == "true":
        message = f"Load balancer '{balancer_arn}' cannot be deleted because deletion protection is enabled"
        raise _refusal(message)


@before_delete(TARGET_GROUP)
def _target_group_is_free(target_group: str, _properties: Properties) -> None:
    rules = [*alb._listeners.values(), *alb._rules.values()]
    actions = [action for rule in rules for action in rule.get("DefaultActions", rule.get("Actions", ()))]
    if any(action.get("TargetGroupArn") == target_group for action in actions):
        raise _refusal(f"Target group '{target_group}' is currently in use by a listener or a rule", "ResourceInUse")
