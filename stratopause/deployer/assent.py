"""What is agreed to beforehand."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from stratopause.deployer.session import Session


class Assent(Struct, frozen=True):
    """What whoever runs the command agrees to beforehand, or that the decision is made in the console.

    `again` is what was typed, where that isn't the command with the environment.
    """

    losses: Collection[str] = ()
    in_console: bool = False
    again: str = ""


NONE = Assent()


def require_somebody(session: Session, assent: Assent) -> None:
    """Raises: NotApproved, where nobody is there to decide, here or in the console."""
    if not assent.in_console:
        session.require_somebody()
