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
    return update_composite_alarm(name, {}, properties)


def update_composite_alarm(name: str, before: Properties, after: Properties) -> Result:
    """Everything but the name changes in place."""
    given = {key: after[key] for key in (*ACTIONS, *OTHERS) if key in after}
    call("cloudwatch", "PutCompositeAlarm", AlarmName=name, AlarmRule=after["AlarmRule"], **given)
    alarm = arn("cloudwatch", f"alarm:{name}")
    kept = {tag["Key"] for tag in after.get("Tags", ())}
    removed = [tag["Key"] for tag in before.get("Tags", ()) if tag["Key"] not in kept]
    if removed:
        call("cloudwatch", "UntagResource", ResourceARN=alarm, TagKeys=removed)
    if after.get("Tags"):
        call("cloudwatch", "TagResource", ResourceARN=alarm, Tags=after["Tags"])
    return name, {"Arn": alarm}


def delete_composite_alarm(name: str, _properties: Properties) -> None:
    """The alarms of its rule stay."""
    if name in cloudwatch._composite_alarms:
        call("cloudwatch", "DeleteAlarms", AlarmNames=[name])


# CloudWatch refuses CloudFormation's own tags on a composite alarm.
add(
    "AWS::CloudWatch::CompositeAlarm",
    create_composite_alarm,
    delete_composite_alarm,
    update_composite_alarm,
    tagged_by_stack=False,
)
