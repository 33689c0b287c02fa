"""Termination protection: a root stack that can't be deleted until somebody lifts it."""

from __future__ import annotations

from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.events import ProtectionRefused, ProtectionSet
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack


def protect_from_termination(session: Session, stack: DeployedStack | None) -> None:
    """Set it where the target asks for it and `stack` lacks it; nested stacks have their root's.

    What AWS refuses is told: it makes no failure of a deployment that has succeeded.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
    """
    if not session.target.protected or stack is None or stack.is_protected:
        return
    try:
        session.cloudformation.protect(stack.id)
    except DeploymentError as error:
        session.conversation.show(ProtectionRefused(stack.name, error.message))
    else:
        session.conversation.show(ProtectionSet(stack.name))
