"""CloudWatch Logs: names of log groups that a template doesn't name."""

from __future__ import annotations

from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.handlers import Result, add
from stratopause.emulator.resources.schema import Properties


def log_group_name(logical_id: str, properties: Properties, stack_name: str) -> str:
    """The template's name, or one that CloudFormation makes."""
    name: str = properties.get("LogGroupName") or provisioners._physical_name(stack_name, logical_id)
    return name


def create_log_group(logical_id: str, properties: Properties, stack_name: str) -> Result:
    """Its Arn ends in `:*`."""
    named = {**properties, "LogGroupName": log_group_name(logical_id, properties, stack_name)}
    result: Result = provisioners._cwlogs_create(logical_id, named, stack_name)
    return result


def update_log_group(name: str, before: Properties, after: Properties) -> Result:
    """Everything but the name changes in place."""
    named = {**after, "LogGroupName": name}
    result: Result = provisioners._cwlogs_update(name, before, named, "", name)
    return result


add("AWS::Logs::LogGroup", create_log_group, provisioners._cwlogs_delete, update_log_group)
