"""The last operation on a stack, read again after it has ended."""

from __future__ import annotations

from stratopause.deployer.events import Happened
from stratopause.deployer.follow import StackEvents, Watch
from stratopause.deployer.stacks import DeployedStack


def last_operation(cloudformation: StackEvents, stack: DeployedStack) -> tuple[Happened, ...]:
    """What happened in the stack and those nested in it since its last operation began."""
    watch = Watch(cloudformation, stack.id, stack.name, _before_last_operation(cloudformation, stack))
    return tuple(watch.look())


def _before_last_operation(cloudformation: StackEvents, stack: DeployedStack) -> str | None:
    """The id of the event before the one with which the last operation began."""
    begun = False
    for event in cloudformation.events(stack.id):
        if begun:
            return event.id
        begun = event.is_of_its_stack and event.status.begins_operation
    return None
