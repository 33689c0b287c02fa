"""The last operation on a stack, read again after it has ended."""

from __future__ import annotations

from stratopause.deployer.events import Happened
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.watch import StackEvents, Watch


def last_operation(cloudformation: StackEvents, stack: DeployedStack) -> tuple[Happened, ...]:
    """What happened in the stack and those nested in it since its last operation began."""
    return tuple(attach(cloudformation, stack).look())


def attach(cloudformation: StackEvents, stack: DeployedStack) -> Watch:
    """Looks at the stack's last operation from its beginning."""
    return Watch(cloudformation, stack.id, stack.name, before_last_operation(cloudformation, stack))


def before_last_operation(cloudformation: StackEvents, stack: DeployedStack) -> str | None:
    """The id of the event before the one with which the last operation began."""
    begun = False
    for event in cloudformation.events(stack.id):
        if begun:
            return event.id
        begun = event.is_of_its_stack and event.status.begins_operation
    return None
