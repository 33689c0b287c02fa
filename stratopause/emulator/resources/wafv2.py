"""WAF: what a web ACL protects, and where it logs."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import alb, cloudwatch_logs, waf

from stratopause.emulator.resources.calls import call
from stratopause.emulator.resources.handlers import (
    Attributes,
    Change,
    Result,
    add,
    after_change,
    before_change,
    before_delete,
)
from stratopause.emulator.resources.operations import add_operations, forget_on_reset
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties

_logging: AccountRegionScopedDict = AccountRegionScopedDict()  # web ACL ARN -> logging configuration

LOG_GROUP_PREFIX = "aws-waf-logs-"


def invalid_destination(destination: str) -> Refusal:
    """WAF's answer to a log destination that it doesn't accept."""
    message = (
        "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information "
        f"separated by colons or slashes., field: LOG_DESTINATION, parameter: {destination}"
    )
    return Refusal(message, "Wafv2", "WAFInvalidParameterException")


def nonexistent() -> Refusal:
    """WAF's answer to a resource that isn't there."""
    message = "AWS WAF couldn't perform the operation because your resource doesn't exist."
    return Refusal(message, "Wafv2", "WAFNonexistentItemException")


def associate(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """A web ACL in front of a load balancer."""
    resource, acl = properties["ResourceArn"], properties["WebACLArn"]
    if not _is_known(acl) or (":loadbalancer/" in resource and resource not in alb._lbs):
        raise nonexistent()
    call("wafv2", "AssociateWebACL", ResourceArn=resource, WebACLArn=acl)
    return f"{acl}|{resource}", {}


def _is_known(acl: str) -> bool:
    return any(known["ARN"] == acl for known in waf._web_acls.values())


def disassociate(_physical_id: str, properties: Properties) -> None:
    """The resource stays, unprotected."""
    call("wafv2", "DisassociateWebACL", ResourceArn=properties["ResourceArn"])


def put_logging(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """Logging of a web ACL; its physical id is the ACL's ARN."""
    acl = properties["ResourceArn"]
    if not _is_known(acl):
        raise nonexistent()
    for destination in properties["LogDestinationConfigs"]:
        _refuse_destination(destination)
    _logging[acl] = properties
    return acl, {"ManagedByFirewallManager": False}


def _refuse_destination(destination: str) -> None:
    """A log group is named aws-waf-logs-..., is given by its bare ARN, and exists.

    https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
    """
    if ":log-group:" not in destination:
        return
    name = destination.partition(":log-group:")[2]
    if not name.startswith(LOG_GROUP_PREFIX) or name not in cloudwatch_logs._log_groups:  # a group ends in no `:*`
        raise invalid_destination(destination)


def update_logging(acl: str, _before: Properties, after: Properties) -> Result:
    """The whole configuration anew."""
    return put_logging("", {**after, "ResourceArn": acl}, "")


def delete_logging(acl: str, _properties: Properties) -> None:
    """What was logged stays."""
    _logging.pop(acl, None)


def _get_logging(request: dict[str, Any]) -> dict[str, Any]:
    configuration = _logging.get(request["ResourceArn"])
    if configuration is None:
        raise nonexistent()
    return {"LoggingConfiguration": configuration}


def _list_logging(_request: dict[str, Any]) -> dict[str, Any]:
    return {"LoggingConfigurations": list(_logging.values())}


@after_change("AWS::WAFv2::WebACL")
def _web_acl_attributes(physical_id: str, _change: Change) -> Attributes:
    name = physical_id.partition("|")[0]
    return {"Capacity": 0, "LabelNamespace": f"awswaf:{waf.get_account_id()}:webacl:{name}:"}


@before_change("AWS::WAFv2::WebACL")
def _web_acl_name_is_free(change: Change) -> None:
    name, scope = change.properties.get("Name"), change.properties["Scope"]
    known = {(acl["Name"], acl.get("Scope")) for acl in waf._web_acls.values()}
    if change.previous is None and (name, scope) in known:
        raise Refusal(waf._DUPLICATE_ITEM_MESSAGE, "Wafv2", "AlreadyExists")


@before_delete("AWS::WAFv2::WebACL")
def _web_acl_is_free(physical_id: str, _properties: Properties) -> None:
    acl_id = physical_id.split("|")[1]
    acl = next((acl["ARN"] for acl in waf._web_acls.values() if acl["Id"] == acl_id), None)
    if acl is not None and acl in waf._associations.values():
        message = "AWS WAF couldn't perform the operation because your resource is being used by another resource "
        raise Refusal(message + "or it's associated with another resource.", "Wafv2", "WAFAssociatedItemException")


add("AWS::WAFv2::WebACLAssociation", associate, disassociate)
add("AWS::WAFv2::LoggingConfiguration", put_logging, delete_logging, update_logging)
add_operations(waf, {"GetLoggingConfiguration": _get_logging, "ListLoggingConfigurations": _list_logging})
forget_on_reset(waf, _logging)
