"""What else tells why a resource failed, asked for at once, since a rollback takes it away.

Permissions: ecs:ListTasks, ecs:DescribeTasks, ecs:DescribeServices, cloudformation:DescribeEvents,
cloudformation:DescribeStacks. Without one of them, or an answer, there is that much less evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from stratopause.deployer.aws.api import Api
from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.events import Happened
from stratopause.deployer.reasons import UNKNOWN, explain, failed_inside

MOST: Final = 3
"""So many lines, the newest: they stand on one screen with the cause."""
TASKS: Final = 20
SERVICE: Final = "AWS::ECS::Service"


def evidence(api: Api, cause: Happened) -> tuple[str, ...]:
    """A few lines, each of something that AWS knows beside the reason of `cause`; none where it can't be asked."""
    try:
        return tuple(islice(dict.fromkeys(_found(api, cause)), MOST))
    except DeploymentError:
        return ()


def _found(api: Api, cause: Happened) -> Iterator[str]:
    event = cause.event
    if event.type == SERVICE and event.physical_id.count("/") == 2:
        yield from _of_service(api, *event.physical_id.split("/")[1:])
    if explain(event.reason) is UNKNOWN or failed_inside(event.reason):
        yield from _of_operations(api, cause)


def _of_service(api: Api, cluster: str, service: str) -> Iterator[str]:
    """Why its tasks stopped, which ECS knows for an hour; where none has, what the service itself tells.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
    """
    listed = api.call("ecs", "list_tasks", cluster=cluster, serviceName=service, desiredStatus="STOPPED")
    arns = listed.get("taskArns", [])[:TASKS]
    tasks = api.call("ecs", "describe_tasks", cluster=cluster, tasks=arns)["tasks"] if arns else []
    if tasks:
        newest = sorted(tasks, key=lambda task: str(task.get("stoppedAt", "")), reverse=True)
        yield from map(_why_stopped, newest)
        return
    found = api.call("ecs", "describe_services", cluster=cluster, services=[service])["services"]
    for event in found[0].get("events", []) if found else []:
        yield f"the service tells: {event.get('message', '')}"


def _why_stopped(task: Mapping[str, Any]) -> str:
    parts = [task.get("stoppedReason") or "ECS gives no reason"]
    for container in task.get("containers", []):
        told = [container["reason"]] if container.get("reason") else []
        told += [f"exit code {container['exitCode']}"] if container.get("exitCode") else []
        if told:
            parts.append(f"{container.get('name', 'a container')}: {', '.join(told)}")
    return f"a task stopped: {'; '.join(parts)}"


def _of_operations(api: Api, cause: Happened) -> Iterator[str]:
    """The errors that the last operations on the stack of `cause` had: a rollback is an operation of its own, and
    what failed is in the one before.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
    """
    stacks = api.call("cloudformation", "describe_stacks", StackName=cause.event.stack_id)["Stacks"]
    for operation in stacks[0].get("LastOperations", []):
        failed = {"OperationId": operation["OperationId"], "Filters": {"FailedEvents": True}}
        for event in api.call("cloudformation", "describe_events", **failed)["OperationEvents"]:
            told = (event.get(f"{kind}StatusReason") for kind in ("Validation", "Hook", "Resource"))
            reason = next(filter(None, told), "")
            if reason and reason != cause.event.reason:
                yield f"{event.get('LogicalResourceId') or 'the stack'}: {reason}"


def witness(api: Api) -> Callable[[Happened], tuple[str, ...]]:
    return lambda cause: evidence(api, cause)
