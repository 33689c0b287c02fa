"""RDS: event subscriptions."""

from __future__ import annotations

import time
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import rds, sns
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.calls import arn
from stratopause.emulator.resources.handlers import Result, add
from stratopause.emulator.resources.operations import as_xml, forget_on_reset
from stratopause.emulator.resources.refusals import AlreadyExists, Refusal
from stratopause.emulator.resources.schema import Properties

_subscriptions: AccountRegionScopedDict = AccountRegionScopedDict()  # name -> event subscription


def create_subscription(logical_id: str, properties: Properties, stack_name: str) -> Result:
    """Its topic exists."""
    name = properties.get("SubscriptionName") or provisioners._physical_name(stack_name, logical_id, lowercase=True)
    if name in _subscriptions:
        raise AlreadyExists("AWS::RDS::EventSubscription", "SubscriptionName", name)
    if properties["SnsTopicArn"] not in sns._topics:
        raise Refusal("SNS topic not found.", "Rds", "NotFound", 404)
    _subscriptions[name] = {"SubscriptionCreationTime": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())}
    return update_subscription(name, {}, properties)


def update_subscription(name: str, _before: Properties, after: Properties) -> Result:
    """Everything but name and topic changes in place."""
    _subscriptions[name] |= {
        "CustSubscriptionId": name,
        "CustomerAwsId": rds.get_account_id(),
        "EventSubscriptionArn": arn("rds", f"es:{name}"),
        "SnsTopicArn": after["SnsTopicArn"],
        "Status": "active",
        "SourceType": after.get("SourceType", ""),
        "Enabled": str(after.get("Enabled", True)).lower(),
        "SourceIdsList": [("SourceId", item) for item in after.get("SourceIds", ())],
        "EventCategoriesList": [("EventCategory", item) for item in after.get("EventCategories", ())],
    }
    return name, {}


def delete_subscription(name: str, _properties: Properties) -> None:
    """Its topic stays."""
    _subscriptions.pop(name, None)


def _describe_subscriptions(parameters: dict[str, Any]) -> Any:
    name = rds._p(parameters, "SubscriptionName")
    if name and name not in _subscriptions:
        return rds._error("SubscriptionNotFound", f"Event Subscription {name} not found.", 404)
    wanted = [_subscriptions[name]] if name else _subscriptions.values()
    items = "".join(f"<EventSubscription>{as_xml(item)}</EventSubscription>" for item in wanted)
    result = f"<EventSubscriptionsList>{items}</EventSubscriptionsList>"
    answer = f"<DescribeEventSubscriptionsResult>{result}</DescribeEventSubscriptionsResult>"
    return rds._xml(200, "DescribeEventSubscriptionsResponse", answer)


add("AWS::RDS::EventSubscription", create_subscription, delete_subscription, update_subscription)
rds._ACTION_MAP["DescribeEventSubscriptions"] = _describe_subscriptions
forget_on_reset(rds, _subscriptions)
