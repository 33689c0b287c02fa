"""CloudWatch: composite alarms."""

from __future__ import annotations

from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.calls import arn, call
from stratopause.emulator.resources.handlers import Result, add
from stratopause.emulator.resources.schema import Properties

ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
OTHERS = ("AlarmDescription", "ActionsEnabled", "ActionsSuppressor")


def create_composite_alarm(logical_id: str, properties: Properties, stack_name: str) -> Result:
    """The alarms that its rule names exist."""
    name = properties.get("AlarmName") or provisioners._physical_name(stack_name, logical_id)
    return _put(name, properties, Tags=properties.get("Tags", []))


def _put(name: str, properties: Properties, **created: list[dict[str, str]]) -> Result:
    given = {key: properties[key] for key in (*ACTIONS, *OTHERS) if key in properties}
    call("cloudwatch", "PutCompositeAlarm", AlarmName=name, AlarmRule=properties["AlarmRule"], **given, **created)
    return name, {"Arn": arn("cloudwatch", f"alarm:{name}")}


def update_composite_alarm(name: str, _before: Properties, after: Properties) -> Result:
    """Everything but the name changes in place."""
    return _put(name, after)


def delete_composite_alarm(name: str, _properties: Properties) -> None:
    """The alarms of its rule stay."""
    if name in cloudwatch._composite_alarms:
        call("cloudwatch", "DeleteAlarms", AlarmNames=[name])


add("AWS::CloudWatch::CompositeAlarm", create_composite_alarm, delete_composite_alarm, update_composite_alarm)
