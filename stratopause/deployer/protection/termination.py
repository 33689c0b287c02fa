"""Termination protection: a root stack that can't be deleted until somebody lifts it."""

from __future__ import annotations

from stratopause.deployer.events import ProtectionSet
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack


def protect_from_termination(session: Session, stack: DeployedStack | None) -> None:
    """Set it where the target asks for it and `stack` lacks it; nested stacks have their root's.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
    """
    if session.target.protected and stack is not None and not stack.is_protected:
        session.cloudformation.protect(stack.id)
        session.conversation.show(ProtectionSet(stack.name))
