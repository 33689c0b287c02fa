"""EC2: rules of a security group as resources of their own.

ministack's AuthorizeSecurityGroupIngress forgets prefix lists, so the rules go straight into the group.
"""

from __future__ import annotations

import secrets
from typing import Any

from ministack.services import ec2

from stratopause.emulator.resources.handlers import Create, Delete, Result, Update, add
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties

PEERS = {
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
}
GROUPS = ("GroupId", "SourceSecurityGroupId", "DestinationSecurityGroupId")


def rule_of(properties: Properties) -> dict[str, Any]:
    """The rule as a group keeps it: protocol, ports and one peer with its description."""
    rule: dict[str, Any] = {"IpProtocol": str(properties["IpProtocol"])}
    rule |= {name: properties[name] for name in ("FromPort", "ToPort") if name in properties}
    rule |= {peers: [] for peers, _ in PEERS.values()}
    described = {"Description": properties["Description"]} if "Description" in properties else {}
    for name, (peers, key) in PEERS.items():
        if name in properties:
            rule[peers] = [{key: properties[name], **described}]
    return rule


def covers(rule: dict[str, Any]) -> tuple[Any, ...]:
    """What makes two rules the same: all but id and description."""
    peers = sorted(
        (key, peer[key]) for peers, key in set(PEERS.values()) for peer in rule.get(peers, ()) if key in peer
    )
    return rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"), tuple(peers)


def _refuse_unknown_groups(properties: Properties) -> None:
    for name in GROUPS:
        if name in properties and properties[name] not in ec2._security_groups:
            raise Refusal(f"The security group '{properties[name]}' does not exist", "Ec2", "NotFound")


def _handlers(direction: str) -> tuple[Create, Delete, Update]:
    def create(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
        _refuse_unknown_groups(properties)
        rules = ec2._security_groups[properties["GroupId"]].setdefault(direction, [])
        rule = rule_of(properties) | {"SecurityGroupRuleId": f"sgr-{secrets.token_hex(9)[:17]}"}
        if any(covers(rule) == covers(existing) for existing in rules):
            raise Refusal("the specified rule already exists", "Ec2", "AlreadyExists")
        rules.append(rule)
        return rule["SecurityGroupRuleId"], {"Id": rule["SecurityGroupRuleId"]}

    def delete(rule_id: str, properties: Properties) -> None:
        group = ec2._security_groups.get(properties["GroupId"])
        if group is not None:
            group[direction] = [rule for rule in group[direction] if rule.get("SecurityGroupRuleId") != rule_id]

    def update(rule_id: str, _before: Properties, after: Properties) -> Result:
        for rule in ec2._security_groups[after["GroupId"]][direction]:
            if rule.get("SecurityGroupRuleId") == rule_id:
                rule.update(rule_of(after))
        return rule_id, {"Id": rule_id}

    return create, delete, update


add("AWS::EC2::SecurityGroupIngress", *_handlers("IpPermissions"))
add("AWS::EC2::SecurityGroupEgress", *_handlers("IpPermissionsEgress"))
