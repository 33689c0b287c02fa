"""Who began the operation on a stack, as the token of the request tells."""

from __future__ import annotations

import re
from typing import Final

from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.watch import StackEvents

OURS: Final = re.compile(r"by-(?P<user>.+)-[0-9a-f]{12}(?:-[A-Za-z0-9-]+)?")
"""As `connection.run_name` makes them, with what a request of the run adds."""


def holder(cloudformation: StackEvents, stack: DeployedStack) -> str | None:
    """Whoever began the last operation on the stack; None where that can't be told."""
    for event in cloudformation.events(stack.id):
        if event.token:
            return _named(event.token)
        if event.is_of_its_stack and event.status.begins_operation:
            return None
    return None


def _named(token: str) -> str | None:
    """The console's tokens are `Console-UpdateStack-...`.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html
    """
    if ours := OURS.fullmatch(token):
        return ours["user"]
    return "somebody in the AWS console" if token.startswith("Console-") else None
