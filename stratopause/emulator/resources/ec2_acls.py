"""EC2: network ACLs."""

from __future__ import annotations

import secrets
from typing import Any

from ministack.services import ec2

from stratopause.emulator.resources.calls import call
from stratopause.emulator.resources.ec2_addresses import dependents, retag
from stratopause.emulator.resources.handlers import Result, add
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties


def create_network_acl(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """An ACL without rules: it denies everything."""
    acl_id = call("ec2", "CreateNetworkAcl", VpcId=properties["VpcId"])["NetworkAcl"]["NetworkAclId"]
    retag(acl_id, {}, properties)
    return acl_id, {"Id": acl_id}


def update_network_acl(acl_id: str, before: Properties, after: Properties) -> Result:
    """Only the tags change in place."""
    retag(acl_id, before, after)
    return acl_id, {"Id": acl_id}


def delete_network_acl(acl_id: str, _properties: Properties) -> None:
    """Refused while a subnet uses it."""
    acl = ec2._network_acls.get(acl_id)
    if acl is None:
        return
    if acl["Associations"]:
        raise dependents("networkAcl", acl_id)
    call("ec2", "DeleteNetworkAcl", NetworkAclId=acl_id)


def _entry(properties: Properties) -> dict[str, Any]:
    names = ("NetworkAclId", "RuleNumber", "RuleAction", "CidrBlock", "Ipv6CidrBlock")
    entry = {name: properties[name] for name in names if name in properties}
    return entry | {"Protocol": str(properties["Protocol"]), "Egress": properties.get("Egress", False)}


def create_acl_entry(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """One rule of an ACL; its number is free."""
    acl = ec2._network_acls.get(properties["NetworkAclId"], {"Entries": []})
    entry = _entry(properties)
    if any((e["RuleNumber"], e["Egress"]) == (entry["RuleNumber"], entry["Egress"]) for e in acl["Entries"]):
        raise Refusal(
            f"The network acl entry identified by {entry['RuleNumber']} already exists.", "Ec2", "AlreadyExists"
        )
    call("ec2", "CreateNetworkAclEntry", **entry)
    entry_id = secrets.token_hex(12)
    return entry_id, {"Id": entry_id}


def update_acl_entry(entry_id: str, _before: Properties, after: Properties) -> Result:
    """The rule of this number, anew."""
    call("ec2", "ReplaceNetworkAclEntry", **_entry(after))
    return entry_id, {"Id": entry_id}


def delete_acl_entry(_entry_id: str, properties: Properties) -> None:
    """The ACL may be gone already."""
    if properties["NetworkAclId"] in ec2._network_acls:
        entry = _entry(properties)
        names = ("NetworkAclId", "RuleNumber", "Egress")
        call("ec2", "DeleteNetworkAclEntry", **{name: entry[name] for name in names})


def create_acl_association(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """A subnet has one ACL, so an association moves it from another."""
    acl_id, subnet_id = properties["NetworkAclId"], properties["SubnetId"]
    if acl_id not in ec2._network_acls:
        raise Refusal(f"The networkAcl ID '{acl_id}' does not exist", "Ec2", "NotFound")
    if subnet_id not in ec2._subnets:
        raise Refusal(f"The subnet ID '{subnet_id}' does not exist", "Ec2", "NotFound")
    for acl in ec2._network_acls.values():
        acl["Associations"] = [a for a in acl["Associations"] if a["SubnetId"] != subnet_id]
    association_id = f"aclassoc-{secrets.token_hex(9)[:17]}"
    association = {"NetworkAclAssociationId": association_id, "SubnetId": subnet_id, "NetworkAclId": acl_id}
    ec2._network_acls[acl_id]["Associations"].append(association)
    return association_id, {"AssociationId": association_id}


def delete_acl_association(association_id: str, _properties: Properties) -> None:
    """The subnet goes back to the default ACL of its VPC."""
    for acl in ec2._network_acls.values():
        kept = [a for a in acl["Associations"] if a["NetworkAclAssociationId"] != association_id]
        acl["Associations"] = kept


add("AWS::EC2::NetworkAcl", create_network_acl, delete_network_acl, update_network_acl)
add("AWS::EC2::NetworkAclEntry", create_acl_entry, delete_acl_entry, update_acl_entry)
add("AWS::EC2::SubnetNetworkAclAssociation", create_acl_association, delete_acl_association)
